#!/bin/sh
# Boots Debian's systemd as the first process of its own pid, mount, network, IPC, host name and cgroup namespaces.
#
#   boot.sh DIR NAME PATH…
#
# The root file system is a tmpfs: /usr is this machine's, read-only, /etc begins with what is in DIR/etc, and each PATH is
# there as it is here. What the kernel has only once, such as /proc/sys, cannot be changed. Everything vanishes with the first
# process, except the cgroups called NAME, which the caller removes.
set -eu

if [ "${1-}" != --inside ]; then
  name=$2
  hierarchies=/sys/fs/cgroup
  [ -e /sys/fs/cgroup/cgroup.procs ] || hierarchies=/sys/fs/cgroup/*
  for hierarchy in $hierarchies; do
    [ -e "$hierarchy/cgroup.procs" ] && [ ! -L "$hierarchy" ] || continue
    mkdir "$hierarchy/$name"
    # Without a CPU nothing can be put into a cpuset.
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$hierarchy/release_agent" ] || [ ! -e "$hierarchy/$file" ] || cat "$hierarchy/$file" >"$hierarchy/$name/$file"
    done
    echo $$ >"$hierarchy/$name/cgroup.procs"
  done
  exec unshare --mount --pid --net --ipc --uts --cgroup --fork --kill-child --propagation private "$0" --inside "$@"
fi

directory=$2
root=$directory/root
shift 3

mkdir -p "$root"
mount -t tmpfs -o mode=755 none "$root"
cd "$root"
mkdir usr etc var var/lib var/log var/tmp run dev proc sys tmp root old
chmod 1777 tmp var/tmp
for link in bin sbin lib lib32 lib64 libx32; do
  [ ! -L "/$link" ] || cp -P "/$link" "$link"
done
mount --rbind /usr usr
mount -o remount,bind,ro usr
ln -s ../run var/run
for file in passwd group alternatives ld.so.cache ld.so.conf ld.so.conf.d; do
  [ ! -e "/etc/$file" ] || cp -a "/etc/$file" etc/
done
: >etc/fstab
: >etc/resolv.conf
echo '127.0.0.1 localhost' >etc/hosts
tr -d - </proc/sys/kernel/random/uuid >etc/machine-id
cp -a "$directory/etc/." etc/
for path in "$directory" "$@"; do
  mkdir -p ".$path"
  mount --bind "$path" ".$path"
done

mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
if [ -e /sys/fs/cgroup/cgroup.procs ]; then
  mount -t cgroup2 cgroup2 sys/fs/cgroup
else
  mount -t tmpfs -o mode=755 none sys/fs/cgroup
  for hierarchy in /sys/fs/cgroup/*; do
    controllers=${hierarchy##*/}
    # The unified hierarchy is left out: crun refuses a mixture.
    [ -e "$hierarchy/release_agent" ] || [ -e "$hierarchy/cgroup.clone_children" ] || continue
    [ ! -L "$hierarchy" ] || continue
    [ "$controllers" != systemd ] || controllers=none,name=systemd
    mkdir "sys/fs/cgroup/${hierarchy##*/}"
    mount -t cgroup -o "$controllers" cgroup "sys/fs/cgroup/${hierarchy##*/}"
  done
fi
mount -t tmpfs -o mode=755 none dev
for node in null zero full random urandom tty fuse; do
  [ -e "/dev/$node" ] || continue
  : >"dev/$node"
  mount --bind "/dev/$node" "dev/$node"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs none run
pivot_root . old
cd /
umount -l old
rmdir old
ip link set lo up
# Reports to systemd that it runs in a container.
exec env -i container=conmon-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=null --show-status=0

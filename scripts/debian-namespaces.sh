#!/bin/sh
# Boots a root file system with systemd as the first process of its own pid, mount, network, IPC, host name and cgroup namespaces;
# scripts/debian.sh calls it.
#
#   debian-namespaces.sh STAGE ROOT CGROUP
#
# ROOT is only read: changes go to a tmpfs. STAGE/checkout is its /checkout, STAGE/output.fifo its output port.
set -eu

if [ "$1" != --inside ]; then
  echo $$ >"$3/cgroup.procs"
  exec setpriv --pdeathsig KILL unshare --mount --pid --net --ipc --uts --cgroup --fork --kill-child --propagation private "$0" --inside "$@"
fi
stage=$2 root=$3
mount -t tmpfs -o mode=755 none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" none /mnt/root
cd /mnt/root
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
# The network has its own settings. As long as the namespace has one /proc with nothing over it, users may mount one.
mkdir -p mnt/proc
mount -t proc proc mnt/proc
mount --bind mnt/proc/sys/net proc/sys/net
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 none dev
for node in null zero full random urandom tty fuse net/tun; do
  [ -e "/dev/$node" ] || continue
  mkdir -p "$(dirname "dev/$node")"
  : >"dev/$node"
  mount --bind "/dev/$node" "dev/$node"
done
mkdir dev/pts dev/shm dev/virtio-ports
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount --bind "$stage/checkout" checkout
: >dev/virtio-ports/output
mount --bind "$stage/output.fifo" dev/virtio-ports/output
# Podman's storage needs a file system on which an overlay can lie.
mkdir -p var/lib/containers
mount -t tmpfs none var/lib/containers
mount -t tmpfs none run
mount -t tmpfs none tmp
mkdir old
pivot_root . old
umount -l old
ip link set lo up
# Reports to systemd that it runs in a container.
exec env -i container=conmon-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=conmon-test.service \
  --log-target=console --show-status=0

#!/bin/busybox sh
# Sourced by the first process of a virtual machine: mounts what containers need, and starts them under a monitor. $hierarchy, which
# the kernel passes from its command line, says which cgroups are mounted: v1, hybrid (v1, and v2 without controllers) or v2.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
# TOMOYO of older kernels looks up /dev/fd/N when a runtime executes a copy of itself.
ln -s /proc/self/fd /dev/fd
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
export PATH=/bin:/usr/bin

case $hierarchy in
  v2) mount -t cgroup2 none /sys/fs/cgroup ;;
  *)
    mount -t tmpfs none /sys/fs/cgroup
    mkdir /sys/fs/cgroup/systemd
    mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/systemd
    for controller in $(awk '$4 == 1 { print $1 }' /proc/cgroups); do
      mkdir /sys/fs/cgroup/$controller
      # Newer kernels have some controllers only in v2.
      mount -t cgroup -o $controller none /sys/fs/cgroup/$controller 2>/dev/null || rmdir /sys/fs/cgroup/$controller
    done
    [ ! -e /sys/fs/cgroup/cpuset ] || echo 1 > /sys/fs/cgroup/cpuset/cgroup.clone_children
    [ ! -e /sys/fs/cgroup/memory ] || echo 1 > /sys/fs/cgroup/memory/memory.use_hierarchy 2>/dev/null
    [ $hierarchy = v1 ] || { mkdir /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified; }
    ;;
esac

# until_true SECONDS COMMAND...
until_true() {
  tries=$(($1 * 20)); shift
  while ! "$@" 2>/dev/null; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { echo "FAILED to see $*: $(cat $dir/log $dir/stderr)"; return 1; }
    sleep 0.05
  done
}
exists() { [ -e "$1" ]; }
gone() { [ ! -e "$1" ]; }

runtime=crun
# begin MONITOR SCRIPT [CONFIGURATION]: a container that runs the script; its files are in $dir
begin() {
  monitor=$1
  dir=/tmp/scene
  rm -rf $dir
  mkdir -p $dir/bundle $dir/exits $dir/persist
  cp -a /rootfs $dir/bundle/rootfs
  printf '%s\n' "$2" > $dir/bundle/rootfs/script
  cp ${3:-/limited.json} $dir/bundle/config.json
  cd $dir/bundle
  _OCI_SYNCPIPE=3 $monitor --api-version 1 -c scene -u scene -n scene -r /usr/bin/$runtime \
    -b $dir/bundle -p $dir/pidfile -P $dir/conmon.pid -l k8s-file:$dir/log --exit-dir $dir/exits --persist-dir $dir/persist \
    --full-attach --no-pivot 3> $dir/sync > $dir/stdout 2> $dir/stderr &
  until_true 20 grep -q data $dir/sync || { echo "FAILED $monitor: $(cat $dir/sync $dir/stderr)"; return 1; }
  grep -q '"data": [1-9]' $dir/sync || { echo "FAILED $monitor: $(cat $dir/sync)"; return 1; }
  $runtime start scene
}
in_container() { : > $dir/bundle/rootfs/$1; }
oom() { [ -e $dir/persist/oom ] && echo yes || echo no; }
finish() {
  until_true 30 exists $dir/exits/scene
  until_true 10 gone /proc/$(cat $dir/conmon.pid)
  $runtime delete --force scene 2>/dev/null
}
result() { name=$1; shift; echo "RESULT $(basename $(dirname $monitor)) $name $*"; }

#!/bin/busybox sh
# The first process of a virtual machine with Debian's programs and Node. Runs the files of /suite/files, tests of __test__/e2e, and
# prints the TAP of each after a line FILE NAME.
#
# pivot_root(2) refuses the kernel's first root, hence the same directory as a mount of its own.
if [ -z "$mounted" ]; then
  /bin/busybox mount --bind / /mnt
  cd /mnt
  /bin/busybox mount --move . /
  mounted=1 exec /bin/busybox chroot . /init
fi
. /machine.sh
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr
mkdir -p /dev/pts /dev/shm /var/tmp
mount -t devpts -o ptmxmode=0666,mode=620,gid=5 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t tmpfs -o mode=1777 tmp /tmp
ip link set lo up
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
export CONMON=/suite/dist/native/conmon CONMON_TEST_SLOW=1 TAP_TIMEOUT=600
echo; echo "KERNEL $(uname -r)"
echo "NODE $(node --version)"
cd /suite
for file in $(cat files); do
  timeout 900 node __test__/e2e/$file.test.js > /tmp/tap 2>&1
  echo "FILE $file $? $(cut -d ' ' -f 1 /proc/uptime)"
  cat /tmp/tap
done
echo END
reboot -f

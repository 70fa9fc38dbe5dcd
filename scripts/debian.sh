#!/bin/bash
# Runs a command under another release of Debian, with its systemd as the first process and its Podman, in a copy of this checkout,
# and exits with the command's status. What the command changes is discarded afterwards.
#
#   scripts/debian.sh SUITE vm|namespaces COMMAND
#
#   scripts/debian.sh trixie vm 'podman --version; uname -r'
#   scripts/debian.sh sid namespaces 'npx tap __test__/e2e/podman-exec.test.ts'
#
# `vm` boots the kernel of the release in a virtual machine, with cgroup v2 and all its controllers. Without usable KVM the processor
# is emulated, ten to twenty times slower. `namespaces` uses this machine's kernel: fast, also with cgroup v2, but with only those
# controllers that no hierarchy of cgroup v1 has.
#
# The first time it installs the release below target/debian (about 600 MB, two minutes) with mmdebstrap; `rm -r
# --one-file-system target/debian/SUITE` discards it. Needs root, mmdebstrap, and for `vm` qemu-system-x86.
#
# CONMON_DEBIAN_MIRROR: instead of deb.debian.org. Other variables that begin with CONMON_ are passed to the command.
set -euo pipefail
usage='usage: scripts/debian.sh SUITE vm|namespaces COMMAND'
suite=${1:?$usage} backend=${2:?$usage} command=${3:?$usage}
checkout=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
directory=$checkout/target/debian
release=$directory/$suite

packages=(
  systemd systemd-sysv dbus dbus-user-session libpam-systemd udev kmod linux-image-cloud-amd64 initramfs-tools
  podman conmon crun runc netavark aardvark-dns nftables iptables iproute2 uidmap passt slirp4netns fuse-overlayfs catatonit
  busybox-static jq socat strace procps util-linux bsdutils curl ca-certificates tzdata
)

new='' stage=''
trap 'rm -rf --one-file-system ${new:+"$new"} ${stage:+"$stage"}' EXIT

say() { echo "$*" >&2; }

install_release() {
  say "Installing Debian $suite into $release; this happens once…"
  mkdir -p "$directory"
  new=$(mktemp -d "$release-XXXXXX")
  # A mirror that is a snapshot has expired. Not every release has criu.
  nice -n 10 mmdebstrap --variant=minbase --mode=root --include="${packages[*]}" \
    --dpkgopt=force-unsafe-io --aptopt='Acquire::Check-Valid-Until "false"' \
    --customize-hook='chroot "$1" apt-get -qq install -y --no-install-recommends criu || :' \
    "$suite" "$new/root" "${CONMON_DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$new/log" 2>&1 || { tail -n 30 "$new/log" >&2; exit 1; }
  configure "$new/root"
  chmod 0755 "$new/root"
  mv "$new" "$release"
  new=''
}

# What it does when it boots: the second disk holds the checkout and the command, a port carries the output.
configure() {
  local root=$1
  echo conmon-test >"$root/etc/hostname"
  echo '127.0.0.1 localhost conmon-test' >"$root/etc/hosts"
  : >"$root/etc/fstab"
  : >"$root/etc/machine-id"
  mkdir "$root/checkout"
  chroot "$root" useradd --create-home --shell /bin/bash user
  cat >"$root/usr/local/sbin/conmon-test" <<'RUN'
#!/bin/bash
exec >/dev/virtio-ports/output 2>&1
# In namespaces it is mounted already.
[ ! -b /dev/vdb ] || mount /dev/vdb /checkout
cd /checkout
export HOME=/root PATH=/checkout/target/guest:/checkout/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
set -a
. target/guest/environment
set +a
bash target/guest/command
echo "status of the command: $?"
RUN
  chmod 0755 "$root/usr/local/sbin/conmon-test"
  cat >"$root/etc/systemd/system/conmon-test.service" <<'UNIT'
[Unit]
Wants=multi-user.target
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/conmon-test
ExecStopPost=/bin/systemctl --no-block poweroff
Delegate=yes
TasksMax=infinity
TimeoutStartSec=infinity
UNIT
}

# A copy of the checkout as it is, and the Node that runs here.
pack() {
  local stage=$1 name
  local guest=$stage/checkout/target/guest
  mkdir -p "$guest"
  git -C "$checkout" ls-files -z --cached --others --exclude-standard | tar -C "$checkout" --create --null --files-from - |
    tar -C "$stage/checkout" --extract
  cp -a "$checkout/dist" "$checkout/node_modules" "$stage/checkout/"
  cp "$(readlink -f "$(command -v node)")" "$guest/node"
  printf '%s\n' "$command" >"$guest/command"
  for name in $(compgen -e | grep '^CONMON_' || :); do printf '%s=%q\n' "$name" "${!name}"; done >"$guest/environment"
}

# Sparse: what the machine does not use takes no space here.
make_image() {
  local from=$1 image=$2 size=$3
  [ ! -e "$image" ] || return 0
  truncate --size "$size" "$image.new"
  mke2fs -q -t ext4 -d "$from" "$image.new"
  mv "$image.new" "$image"
}

boot_vm() {
  local stage=$1 accelerator processor=qemu64
  accelerator=$("$checkout/scripts/vm-accelerator.sh")
  [ "$accelerator" = tcg ] || processor=host
  make_image "$release/root" "$release/root.ext4" 12G
  make_image "$stage/checkout" "$stage/checkout.ext4" 2G
  say "Booting Debian $suite ($accelerator)…"
  local append='root=/dev/vda rw console=ttyS0 quiet panic=-1 systemd.unit=conmon-test.service systemd.mask=serial-getty@ttyS0.service'
  # Ends with this script, however that ends.
  setpriv --pdeathsig KILL qemu-system-x86_64 -accel "$accelerator" -cpu "$processor" -smp "$(nproc)" -m 3G \
    -nodefaults -nographic -no-reboot -snapshot \
    -kernel "$release"/root/boot/vmlinuz-* -initrd "$release"/root/boot/initrd.img-* \
    -append "$append" \
    -drive "file=$release/root.ext4,format=raw,if=virtio,cache=unsafe" \
    -drive "file=$stage/checkout.ext4,format=raw,if=virtio,cache=unsafe" \
    -serial "file:$stage/console" \
    -device virtio-serial -chardev file,id=output,path=/dev/stdout -device virtserialport,chardev=output,name=output </dev/null
}

boot_namespaces() {
  local stage=$1 hierarchy=/sys/fs/cgroup
  [ -e "$hierarchy/cgroup.procs" ] || hierarchy=/sys/fs/cgroup/unified
  local name=conmon-debian-$$
  mkfifo "$stage/output.fifo"
  cat "$stage/output.fifo" &
  local reader=$!
  mkdir "$hierarchy/$name"
  say "Booting Debian $suite (namespaces)…"
  "$checkout/scripts/debian-namespaces.sh" "$stage" "$release/root" "$hierarchy/$name" >"$stage/console" 2>&1 </dev/null || :
  # Ends the reader also if nothing else opened the FIFO.
  : <>"$stage/output.fifo"
  wait "$reader" || :
  # Its last processes are still exiting.
  for _ in $(seq 50); do
    find "$hierarchy/$name" -depth -type d -exec rmdir {} + 2>/dev/null && break
    sleep 0.1
  done
}

main() {
  case $backend in vm | namespaces) ;; *) say "$usage"; exit 2 ;; esac
  [ -d "$release" ] || install_release
  stage=$(mktemp -d "$directory/run-XXXXXX")
  pack "$stage"
  "boot_$backend" "$stage" > >(tee "$stage/output" | sed --unbuffered '/^status of the command: /d')
  wait $! || :
  local status
  status=$(sed -n 's/^status of the command: //p' "$stage/output")
  if [ -z "$status" ]; then
    say "The system stopped before the command ended. The end of its console:"
    tail -n 30 "$stage/console" >&2
    exit 125
  fi
  exit "$status"
}

# In one line, so that a change of this file does not reach a run.
main; exit

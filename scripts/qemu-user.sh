#!/bin/bash
# Downloads the emulator of Debian 13 for programs of other machines, unless it is there. It is unpacked below target, not
# installed. Debian 12's lacks PR_SET_CHILD_SUBREAPER, without which a monitor refuses to start.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/apt-of.sh
qemu=$PWD/target/qemu-user
names=(qemu-aarch64 qemu-arm qemu-ppc64le qemu-riscv64 qemu-s390x)
missing=0
for name in "${names[@]}"; do [[ -x $qemu/$name ]] || missing=1; done
if ((!missing)); then exit; fi

mkdir -p target
directory=$(mktemp -d "$qemu-XXXXXX")
trap 'rm -rf "$directory"' EXIT
cd "$directory"
apt_of trixie
apt-get -qq "${apt[@]}" download qemu-user
dpkg-deb --fsys-tarfile qemu-user_*.deb | tar -x "${names[@]/#/./usr/bin/}"
mkdir -p "$qemu"
mv usr/bin/* "$qemu"

#!/bin/bash
# Downloads the emulator of Debian 13 for programs of other machines, unless it exists. It is unpacked below target, not
# installed. Debian 12's lacks PR_SET_CHILD_SUBREAPER, without which a monitor refuses to start.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/apt-of.sh
qemu=$PWD/target/qemu-user
machines=(aarch64 arm ppc64le riscv64 s390x)
if ls "${machines[@]/#/$qemu/qemu-}" >/dev/null 2>&1; then exit; fi

beside "$qemu"
apt_of trixie
apt-get -qq "${apt[@]}" download qemu-user
dpkg-deb --fsys-tarfile qemu-user_*.deb | tar -x "${machines[@]/#/./usr/bin/qemu-}"
mkdir -p "$qemu"
mv usr/bin/* "$qemu"

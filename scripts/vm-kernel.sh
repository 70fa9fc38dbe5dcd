#!/bin/bash
# Downloads a kernel of Debian for the tests in a virtual machine, unless it exists, and prints its path. It is unpacked below
# target, not installed.
#
#   scripts/vm-kernel.sh [SUITE]     absent: this machine's release
#
# CONMON_TEST_MACHINE: an architecture of Debian, amd64 by default.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/apt-of.sh
machine=${CONMON_TEST_MACHINE:-amd64}
kernel=$PWD/target/vm-kernel${1:+-$1}${CONMON_TEST_MACHINE:+-$machine}
if compgen -G "$kernel/boot/vmlinuz-*"; then exit; fi

beside "$kernel"
apt_of "${1:-$(. /etc/os-release && echo "$VERSION_CODENAME")}" "$machine"
# Depends on the one that is current; small, because it knows only what virtual machines have.
package=$(apt-cache "${apt[@]}" depends "linux-image-cloud-$machine" | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p')
: "${package:?linux-image-cloud-$machine names no kernel}"
# Since 7.0 the kernel itself is in a package of its own.
binary=${package/#linux-image-/linux-binary-}
if apt-cache "${apt[@]}" show "$binary" >/dev/null 2>&1; then package=$binary; fi
apt-get "${apt[@]}" -qq download "$package" >&2
dpkg-deb --extract ./*.deb unpacked
mkdir -p new/boot
find unpacked -name 'vmlinuz*' -type f -exec cp {} "new/boot/vmlinuz-${package#linux-*-}" \;
ls new/boot/vmlinuz-* >/dev/null
rm -rf "$kernel"
mv new "$kernel"
ls "$kernel"/boot/vmlinuz-*

#!/bin/bash
# Fetches a kernel of Debian for the tests in a virtual machine, if there is none yet. It is unpacked below target, not
# installed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
kernel=$PWD/target/vm-kernel
if compgen -G "$kernel/boot/vmlinuz-*" >/dev/null; then exit; fi

mkdir -p target
directory=$(mktemp -d "$kernel-XXXXXX")
trap 'rm -rf "$directory"' EXIT
cd "$directory"
# Depends on the one that is current; small, because it knows only what virtual machines have.
package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p')
apt-get download "${package:?linux-image-cloud-amd64 names no kernel}"
dpkg-deb --extract ./*.deb .
ls boot/vmlinuz-* >/dev/null
rm -rf "$kernel"
mv "$directory" "$kernel"

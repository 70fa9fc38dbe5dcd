#!/bin/bash
# Downloads packages of Debian, for a virtual machine of another architecture, and all that they depend on, unless they
# exist. They are unpacked below target/NAME, not installed: none of their scripts runs.
#
#   scripts/vm-packages.sh NAME ARCHITECTURE SUITE PACKAGE…
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/apt-of.sh
root=$PWD/target/${1:?} architecture=${2:?} suite=${3:?}
shift 3
if [ -d "$root" ]; then exit; fi

beside "$root"
apt_of "$suite" "$architecture"
# For these lists nothing is installed, so that it fetches everything down to the C library.
apt-get "${apt[@]}" -qq install -y --no-install-recommends --download-only "$@" >&2
mkdir -p new/usr/{bin,sbin,lib}
for name in bin sbin lib; do ln -s "usr/$name" "new/$name"; done
for package in cache/archives/*.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x -C new --keep-directory-symlink; done
rm -rf new/usr/share/{doc,info,locale,man}
mv new "$root"

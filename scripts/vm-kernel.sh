#!/bin/bash
# Fetches a kernel of Debian for the tests in a virtual machine, if there is none yet, and prints its path. It is unpacked below
# target, not installed.
#
#   scripts/vm-kernel.sh [SUITE]     absent: this machine's release
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
suite=${1-}
kernel=$PWD/target/vm-kernel${suite:+-$suite}
if compgen -G "$kernel/boot/vmlinuz-*"; then exit; fi

mkdir -p target
directory=$(mktemp -d "$kernel-XXXXXX")
trap 'rm -rf "$directory"' EXIT
cd "$directory"
options=(-o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root)
if [ -n "$suite" ]; then
  # Lists of their own: this machine's apt does not learn of the other release.
  mkdir -p lists/partial
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  echo "deb [signed-by=$keyring] ${CONMON_DEBIAN_MIRROR:-http://deb.debian.org/debian} $suite main" >sources.list
  options+=(-o "Dir::Etc::sourcelist=$PWD/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$PWD/lists")
  options+=(-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=)
  apt-get "${options[@]}" -qq update >&2
fi
# Depends on the one that is current; small, because it knows only what virtual machines have.
package=$(apt-cache "${options[@]}" depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p')
: "${package:?linux-image-cloud-amd64 names no kernel}"
# Since 7.0 the kernel itself is in a package of its own.
binary=${package/#linux-image-/linux-binary-}
if apt-cache "${options[@]}" show "$binary" >/dev/null 2>&1; then package=$binary; fi
apt-get "${options[@]}" -qq download "$package" >&2
dpkg-deb --extract ./*.deb unpacked
mkdir boot
find unpacked -name 'vmlinuz*' -type f -exec cp {} "boot/vmlinuz-${package#linux-*-}" \;
ls boot/vmlinuz-* >/dev/null
rm -rf lists sources.list ./*.deb unpacked "$kernel"
mv "$directory" "$kernel"
ls "$kernel"/boot/vmlinuz-*

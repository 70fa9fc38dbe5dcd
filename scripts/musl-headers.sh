#!/bin/bash
# Downloads the headers of musl from Debian 13, unless they exist: `scripts/musl-headers.sh amd64`, or another architecture of
# Debian. They are unpacked to target/musl-headers/ARCHITECTURE, not installed; 600 kB. Rust's library for musl has none.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/apt-of.sh
place=$PWD/target/musl-headers/$1
if [[ -e $place/stdio.h ]]; then exit; fi

beside "$place"
apt_of trixie "$1"
apt-get -qq "${apt[@]}" download musl-dev
dpkg-deb --extract musl-dev_*.deb .
mv usr/include/*-linux-musl out
mv -T out "$place" || [[ -e $place/stdio.h ]]

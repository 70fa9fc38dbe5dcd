#!/bin/bash
# Fetches the emulator of Debian 13 for programs of other machines, if it is not there yet. It is unpacked below target, not
# installed. Debian 12's lacks PR_SET_CHILD_SUBREAPER, without which a monitor refuses to start. apt verifies what it fetches
# with Debian's keys, by lists of its own: those of this machine stay as they are.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
qemu=$PWD/target/qemu-user
if [[ -d $qemu ]]; then exit; fi

mkdir -p target
directory=$(mktemp -d "$qemu-XXXXXX")
trap 'rm -rf "$directory"' EXIT
cd "$directory"
mkdir -p lists/partial cache/archives/partial
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -m 1 -v security)
keys=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keys] ${mirror:?apt knows no mirror of Debian} trixie main" >sources.list
options=(-o "Dir::Etc::SourceList=$PWD/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$PWD/lists"
  -o "Dir::Cache=$PWD/cache" -o Dir::State::Status=/dev/null -o APT::Sandbox::User=root -o Acquire::Languages=none)
apt-get -qq "${options[@]}" update
apt-get -qq "${options[@]}" download qemu-user
dpkg-deb --fsys-tarfile qemu-user_*.deb | tar -x ./usr/bin/qemu-aarch64 ./usr/bin/qemu-arm ./usr/bin/qemu-riscv64
mkdir tree
mv usr/bin/* tree
mv tree "$qemu"

#!/bin/bash
# `npm run demo`: runs a real container under our monitor and explains each step. Without crun or runc and a static busybox it
# is a plain process under the mini runtime.
set -u
dist=$(dirname "$(readlink -f "$0")")/../dist
PATH+=:/usr/sbin:/sbin
directory=$(mktemp --directory --tmpdir conmon-demo-XXXXXX)
trap 'rm -rf "$directory"' EXIT
busybox=$(type -P busybox)

if [ -n "$(type -P crun runc)" ] && LC_ALL=C ldd "$busybox" 2>&1 | grep --quiet 'not a dynamic executable'; then
  # Where the runtime mounts, also when the root file system is read-only.
  mkdir "$directory"/{bin,proc,sys,dev,tmp}
  cp "$busybox" "$directory/bin/busybox"
  for command in sh echo printf sleep; do ln -s busybox "$directory/bin/$command"; done
  options=(--rootfs "$directory")
else
  echo 'A plain process under the mini runtime; for a container, apt-get install crun busybox-static'
  options=(--runtime mini)
fi

# Not 0, to show that it is passed on.
expected=42
node "$dist/conmonctl.js" run --explain "${options[@]}" -- /bin/sh -c '
  echo "I am number $$ here; my parent is a runtime that has left."
  echo "this goes to stderr" >&2
  printf "a line, "; sleep 0.3; echo "finished later"
  sleep 0.7
  printf "and at the end a part of one"
  exit '$expected &
child=$!
# A terminal sends SIGINT to both; conmonctl ends the container, and its directory is removed afterwards.
trap : INT
trap 'kill $child' TERM HUP
while
  wait "$child"
  status=$?
  kill -0 "$child" 2>/dev/null
do :; done
echo
echo "The container ended with $status."
exit $((status == expected ? 0 : status == 0 ? 1 : status))

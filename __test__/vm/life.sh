#!/bin/busybox sh
# The first process of a virtual machine. Runs the same scenes under each runtime and prints the results, one line each:
# RESULT MONITOR SCENE KEY=VALUE...
. /machine.sh
# The firmware leaves its line open.
echo; echo "KERNEL $(uname -r)"

in_memory() { [ -e /sys/fs/cgroup/memory ] || grep -qs memory /sys/fs/cgroup/cgroup.controllers; }
# What the log has, without times.
logged() { cut -d ' ' -f 2- $dir/log | tr ' \n' '_,'; }
# Runs the command of /exec.json in the container; prints its output and what the sync pipe brought after the pid.
executed() {
  mkdir $dir/exec
  _OCI_SYNCPIPE=3 $monitor --api-version 1 -c scene -u session -n scene -r /usr/bin/$runtime -e --exec-process-spec /exec.json \
    -b $dir/exec -p $dir/exec/pid -l k8s-file:$dir/exec/log --full-attach 3> $dir/exec/sync > /dev/null 2> $dir/stderr
  until_true 20 ended >&2 || cat $dir/exec/sync $dir/stderr >&2
  echo "$(cut -d ' ' -f 3- $dir/exec/log | tr ' ' '_'):$(sed -n '2s/[^0-9]//gp' $dir/exec/sync)"
}
ended() { [ "$(wc -l < $dir/exec/sync)" -ge 2 ]; }

monitor=/ours/conmon
for runtime in crun runc; do
  begin $monitor 'echo out; echo err >&2; : > /up; until [ -e /stop ]; do sleep 0.05; done; printf rest; exit 5' /plain.json && {
    until_true 20 exists $dir/bundle/rootfs/up
    exec=$(executed)
    in_container stop
    finish
    result life-$runtime exit=$(cat $dir/exits/scene) exec=$exec log=$(logged)
  }
  in_memory || continue
  begin $monitor 'exec tail /dev/zero' && {
    finish
    result oom-$runtime oom=$(oom) exit=$(cat $dir/exits/scene)
  }
done
in_memory || echo "NO MEMORY CONTROLLER"
echo END
reboot -f

#!/bin/busybox sh
# The first process of a virtual machine with cgroup v2 only. Runs scenes under each monitor and prints the results, one
# line each: RESULT MONITOR SCENE KEY=VALUE...
. /machine.sh
cgroup=/sys/fs/cgroup/scene
echo '+memory' > /sys/fs/cgroup/cgroup.subtree_control

counted() { [ "$(awk -v name="$1" '$1 == name { print $2 }' $cgroup/memory.events)" -gt 0 ]; }
switches() { awk '/ctxt_switches/ { sum += $2 } END { print sum }' /proc/$(cat $dir/conmon.pid)/status; }
end() { finish; until_true 10 gone $cgroup; }

for monitor in /ours/conmon /c/conmon; do
  [ -x $monitor ] || continue

  # Events other than OOM come first; then the kernel kills a child, and the container continues.
  begin $monitor '
dd if=/dev/zero of=/mem/held bs=1M count=8 2>/dev/null
: > /held
until [ -e /more ]; do sleep 0.05; done
dd if=/dev/zero of=/mem/more bs=1M count=1 2>/dev/null
until [ -e /hungry ]; do sleep 0.05; done
tail /dev/zero
: > /survived
until [ -e /stop ]; do sleep 0.05; done
exit 3' && {
    until_true 20 exists $dir/bundle/rootfs/held
    echo 4M > $cgroup/memory.high
    in_container more
    until_true 20 counted high
    echo max > $cgroup/memory.high
    # Longer than the second for which buffers are kept.
    sleep 2
    early=$(oom)
    before=$(switches); sleep 1; after=$(switches)
    in_container hungry
    until_true 20 exists $dir/bundle/rootfs/survived
    until_true 5 exists $dir/persist/oom
    told=$(oom)
    kills=$(awk '$1 == "oom_kill" { print $2 }' $cgroup/memory.events)
    in_container stop
    end
    result high-then-child early=$early wakeups=$((after - before)) told=$told kills=$kills exit=$(cat $dir/exits/scene)
  }

  # The container itself is killed.
  begin $monitor 'exec tail /dev/zero' && {
    end
    result killed oom=$(oom) exit=$(cat $dir/exits/scene)
  }

  # The same, and the cgroup is removed as soon as possible: a reader of its counters has to be faster than a shell
  # that does nothing else. A processor that is taken away at that moment loses the race for anybody, hence more than one.
  told=0
  for round in 1 2 3 4 5; do
    begin $monitor 'until [ -e /hungry ]; do sleep 0.05; done; exec tail /dev/zero' && {
      (until rmdir $cgroup 2>/dev/null; do :; done) &
      remover=$!
      in_container hungry
      end
      wait $remover
      [ $(oom) = no ] || told=$((told + 1))
    }
  done
  result killed-and-removed told=$told exit=$(cat $dir/exits/scene)

  # Killed by another process, after events other than OOM: no OOM.
  begin $monitor 'dd if=/dev/zero of=/mem/held bs=1M count=8 2>/dev/null; : > /held; until [ -e /more ]; do sleep 0.05; done
dd if=/dev/zero of=/mem/more bs=1M count=1 2>/dev/null; sleep 600' && {
    until_true 20 exists $dir/bundle/rootfs/held
    echo 4M > $cgroup/memory.high
    in_container more
    until_true 20 counted high
    crun kill scene KILL
    end
    result no-oom oom=$(oom) exit=$(cat $dir/exits/scene)
  }
done
echo END
reboot -f

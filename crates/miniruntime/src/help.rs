//! The text of `--help`.

pub(crate) const TEXT: &str = "\
miniruntime - a small OCI runtime without isolation

It runs the process of a bundle as a plain child of the caller: no namespaces, no cgroups, no chroot, no seccomp, no
capabilities dropped. The container can do whatever the caller can. Use it for tests, benchmarks and to try things out,
never to isolate a program.

Usage: miniruntime [OPTIONS] COMMAND [OPTIONS] ID

Commands:
  create   --bundle B --pid-file F [--console-socket S] [--preserve-fds N] ID
                          start a process that waits for `start`
  start    ID             run it
  restore  --bundle B --pid-file F --detach --image-path R --work-path B ID
                          like create, but runs immediately (nothing is restored: the process starts again)
  exec     --process SPEC --pid-file F [--detach] [--console-socket S] [--preserve-fds N] ID
                          run a process in a running container
  kill     [--all] ID [SIGNAL]
                          number or name, default TERM; --all: the whole process group
  delete   [--force] ID   delete a container; --force kills it first
  state    ID             print its state as JSON

  refuse EPERM|ENOSYS CALL[,CALL...] PROGRAM [ARG...]
                          run a program with these system calls refused (names, numbers; N+: N and later)

Options:
  --root DIR              state directory; default $XDG_RUNTIME_DIR/miniruntime, else /run/miniruntime
  --log FILE              also append errors to FILE
  --log-format json       as JSON: level, msg, time
  --help, --version
  --systemd-cgroup, --cgroup-manager X, --no-pivot, --no-new-keyring and others of crun and runc are accepted and ignored.

From config.json: process.args, env, cwd, terminal, user.uid, gid, additionalGids, umask (a user other than our own
only as root); root.path is only a prefix of process.cwd. Programs are looked up on the host.

Misbehaviour, in the environment, of create, restore and exec only:
  MINIRUNTIME_ON=create,exec    only these commands misbehave; default: all three
  MINIRUNTIME_FAIL=N            do nothing, exit with N
  MINIRUNTIME_STDERR_BYTES=N    N bytes of text on stderr first, in many writes
  MINIRUNTIME_STDERR_HEX=ff1b   these bytes on stderr first
  MINIRUNTIME_STDOUT=TEXT       TEXT on stdout first
  MINIRUNTIME_LINGER_MS=N       leave a child behind that holds stdout and stderr open for N ms
  MINIRUNTIME_SIGNAL=KILL       be killed by this signal, before any work
  MINIRUNTIME_DELAY_BEFORE_MS=N sleep before the pid file is written
  MINIRUNTIME_DELAY_AFTER_MS=N  sleep after it has been written
  MINIRUNTIME_LATE_MS=N         the process waits for `start` only N ms after `create` has returned
  MINIRUNTIME_PIDFILE=none      write no pid file, exit 0
  MINIRUNTIME_PIDFILE=content:X write X (which may be empty) into the pid file
  MINIRUNTIME_NO_CONSOLE=1      create the requested terminal, but do not send it
  MINIRUNTIME_REPARENT=1        double fork: the container becomes the child of another subreaper
  MINIRUNTIME_STATUS=N          do everything, then exit with N

Observation, of every command:
  MINIRUNTIME_DUMP=FILE         append a line of JSON to FILE: argv, env, fds, cwd, umask, oomScoreAdj, blocked,
                                ignored, parentDeathSignal, pid, ppid, pgid, sid; a byte 0xNN that is not UTF-8
                                becomes the lone surrogate U+DCNN
";

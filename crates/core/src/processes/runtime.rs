//! Starts the OCI runtime in a child that inherits only what the runtime is to have.

use std::os::fd::{BorrowedFd, OwnedFd};

use conmon_sys::disposition::IgnoredSignals;
use conmon_sys::environment::Environment;
use conmon_sys::errors::describe;
use conmon_sys::fds::wait_for_bytes;
use conmon_sys::process::{Image, exit_now, fork, vfork_exec};
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, getpid, getppid};

use crate::error::{Error, Step};
use crate::plan::{Bytes, RuntimeCall};

/// The state that this process inherited and has changed since. It is restored for its children.
pub(crate) struct InheritedState {
    pub(crate) signals: SigSet,
    pub(crate) ignored: IgnoredSignals,
    /// Content of `/proc/self/oom_score_adj`, if it was changed.
    pub(crate) oom_score: Option<Vec<u8>>,
    /// The pid that our caller knows.
    pub(crate) launcher: Pid,
}

/// The runtime's standard streams; `None` leaves ours in place.
#[derive(Default)]
pub(crate) struct Streams {
    pub(crate) stdin: Option<OwnedFd>,
    pub(crate) stdout: Option<OwnedFd>,
    pub(crate) stderr: Option<OwnedFd>,
}

/// Starts the runtime, and returns the pid of our child. `console` is the path of the console socket, `start` a pipe to
/// read before it is executed; `alone` says that this process has no other threads.
pub(crate) fn spawn(
    call: &RuntimeCall,
    streams: &Streams,
    console: Option<&Bytes>,
    start: Option<BorrowedFd<'_>>,
    inherited: &InheritedState,
    alone: bool,
) -> Result<Pid, Error> {
    let mut argv: Vec<_> = call.argv.iter().map(Bytes::as_c_str).collect();
    if let (Some(path), Some(place)) = (console, call.console_socket_index.and_then(|at| argv.get_mut(at))) {
        *place = path.as_c_str();
    }
    let parent = getpid();
    let mut environment = Environment::inherit();
    if call.listen_pid.is_some_and(|listen| {
        listen.always || [parent, inherited.launcher].contains(&Pid::from_raw(listen.pid))
    }) {
        environment.reserve_number("LISTEN_PID");
    }
    let image = Image::new(&argv).step("prepare the runtime's command line")?;
    let failed =
        [&b"conmon: cannot execute "[..], call.argv.first().map_or(&b""[..], Bytes::as_bytes), b": "]
            .concat();
    let work = || {
        // Only system calls on memory prepared above: see `fork`.
        if let Err(error) = set_pdeathsig(Signal::SIGKILL) {
            abandon(streams, b"conmon: tie the runtime to the monitor: ", error);
        }
        if getppid() != parent {
            exit_now(1);
        }
        restore(inherited);
        inherited.ignored.restore_child();
        if let Err(error) = connect(streams) {
            abandon(streams, b"conmon: connect the runtime's streams: ", error);
        }
        if let Some(start) = start {
            // Any byte, or the end, is the manager's permission to continue.
            let _ = wait_for_bytes(start);
        }
        environment.fill_in(getpid().as_raw().unsigned_abs());
        let error = image.execute(&environment);
        complain(streams, &failed, Errno::from_raw(error.raw_os_error().unwrap_or(0)));
    };
    // A child that waits must not suspend this process.
    let pid = if alone && start.is_none() { vfork_exec(work) } else { fork(work) };
    pid.step("start the runtime")
}

/// Restores the inherited OOM score and signals in a child, except SIGCHLD, which keeps its default action.
pub(crate) fn restore(inherited: &InheritedState) {
    restore_all_but_mask(inherited);
    let _ = inherited.signals.thread_set_mask();
}

/// The same for a process that still blocks signals.
pub(crate) fn restore_all_but_mask(inherited: &InheritedState) {
    inherited.ignored.restore();
    if let Some(score) = &inherited.oom_score
        && let Ok(file) = open(c"/proc/self/oom_score_adj", OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::empty())
    {
        let _ = nix::unistd::write(file, score);
    }
}

fn connect(streams: &Streams) -> nix::Result<()> {
    put(streams.stdin.as_ref(), |fd| dup2_stdin(fd))?;
    put(streams.stdout.as_ref(), |fd| dup2_stdout(fd))?;
    put(streams.stderr.as_ref(), |fd| dup2_stderr(fd))
}

fn put(stream: Option<&OwnedFd>, dup2: impl Fn(&OwnedFd) -> nix::Result<()>) -> nix::Result<()> {
    let Some(stream) = stream else { return Ok(()) };
    loop {
        match dup2(stream) {
            // Both pass: dup(2), "Errors".
            Err(Errno::EINTR | Errno::EBUSY) => {}
            put => return put,
        }
    }
}

/// Reports why the child cannot execute the runtime, and exits.
fn abandon(streams: &Streams, step: &[u8], error: Errno) -> ! {
    complain(streams, step, error);
    exit_now(1)
}

/// Writes the reason of a failure to the runtime's stderr, where the monitor looks for it. With passthrough that is the user's stderr,
/// and the status has to suffice.
fn complain(streams: &Streams, step: &[u8], error: Errno) {
    let Some(stderr) = &streams.stderr else { return };
    for part in [step, describe(error).as_bytes(), b"\n"] {
        let _ = nix::unistd::write(stderr, part);
    }
}

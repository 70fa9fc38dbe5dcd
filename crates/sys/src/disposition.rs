//! The dispositions of the signals that this process depends on: signal(7), "Signal dispositions".
//!
//! execve(2) keeps ignored signals ignored, so the dispositions the caller set are recorded before they are changed, and
//! restored for the runtime.

use libc::{SIG_DFL, SIG_IGN, SIGCHLD, SIGPIPE, SIGXFSZ, c_int, sighandler_t};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// The signals that the caller of this process ignored, among those this process changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IgnoredSignals {
    broken_pipe: bool,
    file_size: bool,
    child: bool,
}

impl IgnoredSignals {
    /// Sets what this process needs: a failing write returns an error instead of killing it (SIGPIPE; SIGXFSZ,
    /// setrlimit(2)), and ended children wait to be reaped (waitpid(2), "Linux notes": not if SIGCHLD is ignored).
    pub fn replace() -> Self {
        Self {
            broken_pipe: set(SIGPIPE, SIG_IGN) == SIG_IGN,
            file_size: set(SIGXFSZ, SIG_IGN) == SIG_IGN,
            child: set(SIGCHLD, SIG_DFL) == SIG_IGN,
        }
    }

    /// As flags, for another executable of this process: SIGPIPE, SIGXFSZ, SIGCHLD.
    pub fn to_array(self) -> [bool; 3] {
        [self.broken_pipe, self.file_size, self.child]
    }

    /// The opposite of [`Self::to_array`].
    pub fn from_array([broken_pipe, file_size, child]: [bool; 3]) -> Self {
        Self { broken_pipe, file_size, child }
    }

    /// Restores the caller's dispositions in a forked child, except that of SIGCHLD ([`Self::restore_child`]).
    pub fn restore(self) {
        set(SIGPIPE, or_default(self.broken_pipe));
        set(SIGXFSZ, or_default(self.file_size));
    }

    /// Restores SIGCHLD too. Not for the exit command: a shell that ignores SIGCHLD cannot get its commands' statuses.
    pub fn restore_child(self) {
        if self.child {
            set(SIGCHLD, SIG_IGN);
        }
    }
}

/// For a process we run inside (Node): makes the exits of children waitable if SIGCHLD is ignored.
pub fn keep_ended_children() {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: sigaction(2) with a null new action only writes the current one to memory of its size.
    let asked = unsafe { libc::sigaction(SIGCHLD, std::ptr::null(), action.as_mut_ptr()) };
    if asked != 0 {
        return;
    }
    // SAFETY: the call succeeded, so it filled in the structure.
    let action = unsafe { action.assume_init() };
    if action.sa_sigaction == SIG_IGN {
        set(SIGCHLD, SIG_DFL);
    }
}

/// Resets every signal to its default action.
pub fn reset_all() {
    for signal in 1..=libc::SIGRTMAX() {
        // Refused, without a change, for SIGKILL, SIGSTOP and the two signals reserved by the C library.
        set(signal, SIG_DFL);
    }
}

/// Signals reset to their default action, with their previous actions.
pub struct DefaultActions(Vec<(Signal, SigAction)>);

impl DefaultActions {
    /// Resets these signals to their default action: execve(2) would keep an ignored one ignored.
    pub fn set(signals: &[Signal]) -> Self {
        let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
        Self(signals.iter().filter_map(|signal| Some((*signal, change(*signal, &default)?))).collect())
    }

    /// Restores the previous actions.
    pub fn undo(self) {
        for (signal, before) in self.0 {
            change(signal, &before);
        }
    }
}

fn change(signal: Signal, action: &SigAction) -> Option<SigAction> {
    // SAFETY: a handler must be safe to run at any time. The default action runs none, and the restored action was
    // installed before.
    unsafe { sigaction(signal, action) }.ok()
}

fn or_default(ignored: bool) -> sighandler_t {
    if ignored { SIG_IGN } else { SIG_DFL }
}

/// Sets the action of a signal and returns the previous one.
fn set(signal: c_int, disposition: sighandler_t) -> sighandler_t {
    // SAFETY: callers pass only dispositions that run no handler.
    unsafe { libc::signal(signal, disposition) }
}

//! What the signals do that this process depends on: signal(7), "Signal dispositions".
//!
//! Execve(2) keeps an ignored signal ignored, so what the caller ignored has to be known before it is changed: the
//! runtime gets it back.

use libc::{SIG_DFL, SIG_IGN, SIGCHLD, SIGPIPE, SIGXFSZ, c_int, sighandler_t};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// The signals that the caller of this process ignored, among those that this process changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    broken_pipe: bool,
    file_size: bool,
    child: bool,
}

impl Ignored {
    /// Sets what this process needs: a write that cannot succeed fails (SIGPIPE; SIGXFSZ, setrlimit(2)) instead of ending
    /// it, and children that have ended wait to be reaped (waitpid(2), "Linux notes": not where SIGCHLD is ignored).
    pub fn replace() -> Self {
        Self {
            broken_pipe: set(SIGPIPE, SIG_IGN) == SIG_IGN,
            file_size: set(SIGXFSZ, SIG_IGN) == SIG_IGN,
            child: set(SIGCHLD, SIG_DFL) == SIG_IGN,
        }
    }

    /// Gives a forked child back what the caller had, but for [`Self::restore_child`].
    pub fn restore(self) {
        set(SIGPIPE, or_default(self.broken_pipe));
        set(SIGXFSZ, or_default(self.file_size));
    }

    /// The same for SIGCHLD. Not for the exit command: a shell could not know how its own commands end.
    pub fn restore_child(self) {
        if self.child {
            set(SIGCHLD, SIG_IGN);
        }
    }
}

/// For a process that is not ours: has the ends of its children reported, if nothing else is set up for them.
pub fn keep_ended_children() {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: sigaction(2) with a null new action only writes the present one to memory of its size.
    let asked = unsafe { libc::sigaction(SIGCHLD, std::ptr::null(), action.as_mut_ptr()) };
    if asked != 0 {
        return;
    }
    // SAFETY: the call has succeeded, so it has filled the structure in.
    let action = unsafe { action.assume_init() };
    if action.sa_sigaction == SIG_IGN {
        set(SIGCHLD, SIG_DFL);
    }
}

/// Gives every signal its default action.
pub fn reset_all() {
    for signal in 1..=libc::SIGRTMAX() {
        // Refused, without a change, for SIGKILL, SIGSTOP and the two signals that the C library keeps for itself.
        set(signal, SIG_DFL);
    }
}

/// Signals that were given their default action, with what they did before.
pub struct DefaultActions(Vec<(Signal, SigAction)>);

impl DefaultActions {
    /// Gives these signals their default action: execve(2) would keep an ignored one ignored.
    pub fn set(signals: &[Signal]) -> Self {
        let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
        Self(signals.iter().filter_map(|signal| Some((*signal, change(*signal, &default)?))).collect())
    }

    /// Restores what they did before.
    pub fn undo(self) {
        for (signal, before) in self.0 {
            change(signal, &before);
        }
    }
}

fn change(signal: Signal, action: &SigAction) -> Option<SigAction> {
    // SAFETY: a handler must be fit to run at any time. The default action runs none, and the action that is restored was in
    // force before.
    unsafe { sigaction(signal, action) }.ok()
}

fn or_default(ignored: bool) -> sighandler_t {
    if ignored { SIG_IGN } else { SIG_DFL }
}

/// Returns what the signal did before.
fn set(signal: c_int, disposition: sighandler_t) -> sighandler_t {
    // SAFETY: neither disposition that is ever passed runs code of ours.
    unsafe { libc::signal(signal, disposition) }
}

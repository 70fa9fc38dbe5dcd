//! What signals do. An exec resets handlers by itself, but an ignored signal stays ignored. `signal(7)`.

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// Ignored by Node and by nobody who starts us.
const IGNORED_BY_NODE: [Signal; 2] = [Signal::SIGPIPE, Signal::SIGXFSZ];

/// Signals that were given their default action, with what they did before.
pub(crate) struct Defaults(Vec<(Signal, SigAction)>);

impl Defaults {
    /// Gives the signals that Node ignores their default action.
    pub(crate) fn set() -> Self {
        let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
        Self(
            IGNORED_BY_NODE.iter().filter_map(|signal| Some((*signal, change(*signal, &default)?))).collect(),
        )
    }

    /// What it was before: the exec failed.
    pub(crate) fn undo(self) {
        for (signal, before) in self.0 {
            change(signal, &before);
        }
    }
}

fn change(signal: Signal, action: &SigAction) -> Option<SigAction> {
    // SAFETY: a handler must be fit to run at any time. The default action runs none, and the action that is put back
    // was in force before.
    unsafe { sigaction(signal, action) }.ok()
}

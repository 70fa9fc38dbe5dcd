//! Signals to the monitor, as events: no handler runs anywhere (signalfd(2)).

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use crate::error::{Error, Step};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// Pass it on to the container.
    Forward(Signal),
    /// Some child has ended.
    ChildEnded,
}

/// The signals of this process, blocked and queued.
pub(crate) struct Signals(SignalFd);

const FORWARDED: [Signal; 3] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGQUIT];

impl Signals {
    /// The set to block: what is forwarded, ends of children, and SIGUSR1, which must never kill us.
    pub(crate) fn set() -> SigSet {
        FORWARDED.into_iter().chain([Signal::SIGCHLD, Signal::SIGUSR1]).collect()
    }

    /// Blocks the signals of [`Self::set`] in this thread. Returns the signal mask before that.
    pub(crate) fn block() -> Result<SigSet, Error> {
        let mut before = SigSet::empty();
        pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&Self::set()), Some(&mut before))
            .step("block signals")?;
        Ok(before)
    }

    /// Receives the signals of [`Self::set`], which must be blocked.
    pub(crate) fn open() -> Result<Self, Error> {
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        SignalFd::with_flags(&Self::set(), flags).step("receive signals").map(Self)
    }

    /// The next pending signal; `None` if there is none.
    pub(crate) fn next(&self) -> io::Result<Option<Notice>> {
        loop {
            let info = match self.0.read_signal() {
                Ok(Some(info)) => info,
                Ok(None) => return Ok(None),
                Err(Errno::EINTR) => continue,
                Err(errno) => return Err(errno.into()),
            };
            let signal = i32::try_from(info.ssi_signo).ok().and_then(|number| Signal::try_from(number).ok());
            match signal {
                Some(Signal::SIGCHLD) => return Ok(Some(Notice::ChildEnded)),
                Some(signal) if FORWARDED.contains(&signal) => return Ok(Some(Notice::Forward(signal))),
                _ => {}
            }
        }
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

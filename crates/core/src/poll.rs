//! [`Poll`]: the epoll instance, and which descriptors are ready.
//!
//! Level-triggered (epoll(7)): what has not been read or written completely is reported again. A descriptor that its owner cannot serve
//! now is removed from the set, because epoll reports hang-ups whatever the interest is.
//!
//! The exception is a terminal that is hung up. Its master reports that as long as no process has the terminal open, which may last for
//! the rest of the container's life and may end at any time. It is then edge-triggered: the hang-up is reported once, and output after
//! the terminal has been opened again is a new edge (the kernel's `n_tty` wakes readers). Adding or changing a descriptor reports what
//! is ready at that moment, so no edge is missed.

mod watched;

use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::backoff::in_a_row;
use crate::error::{Error, Step};
pub(crate) use watched::{AnyWatched, Watched};

/// The owner of a ready descriptor. Within one wake-up, descriptors are served in this order: clients are accepted before output is read,
/// or they would miss it; exits of processes are handled after their output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Token {
    Signals,
    AttachListener,
    Ctl,
    Winsz,
    Oom,
    Notify,
    Console,
    Stdin,
    Stdout,
    Stderr,
    AttachClient(u32),
    Log,
    SyncPipe,
    AttachPipe,
    PrivateListener,
    PrivateClient(u32),
    Runtime,
    Container,
    Guardian,
}

/// Set in the numbers of tokens with an ID of their own.
const CLIENT_BIT: u64 = 1 << 32;
const PRIVATE_CLIENT_BIT: u64 = 1 << 33;

/// The numbers of tokens in both directions. A token that is missing here, or a number that is here twice, does not compile.
macro_rules! numbers {
    ($($token:ident = $number:literal),* $(,)?) => {
        impl Token {
            #[cfg(test)]
            const FIXED: &[Self] = &[$(Self::$token),*];

            fn encode(self) -> u64 {
                match self {
                    Self::AttachClient(id) => CLIENT_BIT | u64::from(id),
                    Self::PrivateClient(id) => PRIVATE_CLIENT_BIT | u64::from(id),
                    $(Self::$token => $number,)*
                }
            }

            fn decode(data: u64) -> Option<Self> {
                match data {
                    $($number => Some(Self::$token),)*
                    client => {
                        let id = |bit| u32::try_from(client ^ bit).ok();
                        let private = || id(PRIVATE_CLIENT_BIT).map(Self::PrivateClient);
                        id(CLIENT_BIT).map(Self::AttachClient).or_else(private)
                    }
                }
            }
        }
    };
}

numbers! {
    Signals = 0,
    AttachListener = 1,
    Ctl = 2,
    Winsz = 3,
    Oom = 4,
    Notify = 5,
    Console = 6,
    Stdin = 7,
    Stdout = 8,
    Stderr = 9,
    Log = 10,
    SyncPipe = 11,
    AttachPipe = 12,
    Runtime = 13,
    Container = 14,
    PrivateListener = 15,
    Guardian = 16,
}

/// What can be done with a descriptor now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Readiness {
    pub(crate) readable: bool,
    pub(crate) writable: bool,
    /// The other end is closed, or an error is pending.
    pub(crate) hung_up: bool,
}

/// What an owner waits for. Hang-ups are always reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    Nothing,
    Read,
    Write,
    ReadWrite,
    /// Only when something new arrives.
    ReadEdge,
    /// Only when there is room again.
    WriteEdge,
}

impl Interest {
    fn flags(self) -> EpollFlags {
        match self {
            Self::Nothing => EpollFlags::empty(),
            Self::Read => EpollFlags::EPOLLIN,
            Self::Write => EpollFlags::EPOLLOUT,
            Self::ReadWrite => EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT,
            Self::ReadEdge => EpollFlags::EPOLLIN | EpollFlags::EPOLLET,
            Self::WriteEdge => EpollFlags::EPOLLOUT | EpollFlags::EPOLLET,
        }
    }
}

/// More ready descriptors are reported by the next epoll_wait(2).
const EVENTS_A_WAKE_UP: usize = 32;

/// The descriptors a session waits for.
pub(crate) struct Poll {
    epoll: Epoll,
}

impl Poll {
    pub(crate) fn new() -> Result<Self, Error> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).step("create an epoll instance")?;
        Ok(Self { epoll })
    }

    /// Adds a descriptor. Retried, because a source that is not in the set is never served.
    fn add(&self, fd: impl AsFd, token: Token, interest: Interest) -> Result<(), Error> {
        let event = EpollEvent::new(interest.flags(), token.encode());
        in_a_row(|| Ok(self.epoll.add(&fd, event)?)).step("add a descriptor to epoll")
    }

    fn modify(&self, fd: impl AsFd, token: Token, interest: Interest) -> Result<(), Error> {
        let mut event = EpollEvent::new(interest.flags(), token.encode());
        in_a_row(|| Ok(self.epoll.modify(&fd, &mut event)?)).step("change a descriptor in epoll")
    }

    fn remove(&self, fd: impl AsFd) {
        let _ = self.epoll.delete(fd);
    }

    /// Waits until a descriptor is ready, or for `limit`. `ready` is sorted by [`Token`], the order of service.
    pub(crate) fn wait(
        &self,
        limit: Option<Duration>,
        ready: &mut Vec<(Token, Readiness)>,
    ) -> Result<(), Error> {
        // Rounded up, or it would wake up before what it waits for.
        let timeout = limit.map_or(EpollTimeout::NONE, |limit| {
            EpollTimeout::try_from(limit + Duration::from_millis(1)).unwrap_or(EpollTimeout::MAX)
        });
        let mut events = [EpollEvent::empty(); EVENTS_A_WAKE_UP];
        ready.clear();
        let count = match self.epoll.wait(&mut events, timeout) {
            Ok(count) => count,
            Err(Errno::EINTR) => 0,
            Err(error) => return Err(error).step("wait for events"),
        };
        ready.extend(events.iter().take(count).filter_map(|event| {
            let flags = event.events();
            let readiness = Readiness {
                readable: flags.contains(EpollFlags::EPOLLIN),
                writable: flags.contains(EpollFlags::EPOLLOUT),
                hung_up: flags.intersects(EpollFlags::EPOLLHUP | EpollFlags::EPOLLERR),
            };
            Token::decode(event.data()).map(|token| (token, readiness))
        }));
        ready.sort_unstable_by_key(|(token, _)| *token);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_comes_back_as_itself() {
        let clients = [Token::AttachClient, Token::PrivateClient].map(|token| [token(0), token(u32::MAX)]);
        for token in Token::FIXED.iter().copied().chain(clients.into_iter().flatten()) {
            assert_eq!(Token::decode(token.encode()), Some(token));
        }
    }

    #[test]
    fn clients_are_accepted_before_output_is_read() {
        assert!(Token::AttachListener < Token::Stdout);
        assert!(Token::Stderr < Token::Container);
    }
}

//! [`Shelf`]: what a next monitor needs, kept by the kernel while one is killed and another starts.
//!
//! A pair of connected sockets; guardian and monitor both have both ends. A packet stays in the kernel's queue with its descriptors
//! (unix(7), `SCM_RIGHTS`). It is peeked at (`MSG_PEEK`) and not received, so it survives the death of either process.
//!
//! - From the first socket to the second: the state of the session, with our ends of the container's pipes or its terminal. Two
//!   states are there only while one replaces the other.
//! - From the second to the first: how the container ended, then the pid of the exit command.
//!
//! A page in memory has the [`Progress`](super::Progress) of the monitor.
//!
//! An eventfd says whether the exit command has been started: it can be read once, by the process that then executes it.

use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

use conmon_sys::fds::{close_all_but, readable};
use conmon_sys::process::Ended;
use conmon_sys::shared_page::create_writable;
use conmon_sys::unix_socket::{Received, pair, peek, receive, send_with};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::unistd::{Pid, getpid};

use crate::backoff::in_a_row;
use crate::handover::adopt;

const DESCRIPTORS: usize = 4;
/// The descriptors of a [`Shelf`].
pub(crate) type ShelfNumbers = [RawFd; DESCRIPTORS];
/// More than a state has.
const LONGEST_STATE: usize = 4096;
/// More than a note has.
const LONGEST_NOTE: usize = 32;
/// How long a process may take from its claim to its note.
const PATIENCE: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_millis(1);

/// The sockets and the eventfd that guardian and monitor share.
#[derive(Debug)]
pub(crate) struct Shelf {
    first: OwnedFd,
    second: OwnedFd,
    claim: OwnedFd,
    progress: OwnedFd,
}

impl Shelf {
    pub(super) fn new() -> io::Result<Self> {
        let (first, second) = pair()?;
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        let claim = EventFd::from_value_and_flags(1, flags)?;
        let progress = create_writable(c"conmon-progress")?;
        Ok(Self { first, second, claim: claim.into(), progress })
    }

    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        let copy = OwnedFd::try_clone;
        Ok(Self {
            first: copy(&self.first)?,
            second: copy(&self.second)?,
            claim: copy(&self.claim)?,
            progress: copy(&self.progress)?,
        })
    }

    /// For another program of this process, or a child.
    pub(crate) fn numbers(&self) -> ShelfNumbers {
        self.descriptors().map(|descriptor| descriptor.as_raw_fd())
    }

    /// All of it, in the order of [`Self::numbers`].
    pub(crate) fn descriptors(&self) -> [BorrowedFd<'_>; DESCRIPTORS] {
        [&self.first, &self.second, &self.claim, &self.progress].map(AsFd::as_fd)
    }

    /// The opposite of [`Self::numbers`].
    pub(crate) fn from_numbers([first, second, claim, progress]: ShelfNumbers) -> Option<Self> {
        Some(Self {
            first: adopt(first)?,
            second: adopt(second)?,
            claim: adopt(claim)?,
            progress: adopt(progress)?,
        })
    }

    /// The page of the [`Progress`](super::Progress).
    pub(super) fn progress(&self) -> io::Result<OwnedFd> {
        self.progress.try_clone()
    }

    pub(super) fn close_all_others(&self) {
        close_all_but(self.descriptors());
    }

    /// Puts the state there; `is_first` unless one is there already, which it replaces. For the monitor.
    pub(crate) fn put_state(&self, state: &[u8], descriptors: &[RawFd], is_first: bool) -> io::Result<()> {
        if state.len() > LONGEST_STATE {
            return Err(Errno::EMSGSIZE.into());
        }
        in_a_row(|| Ok(send_with(&self.first, state, descriptors)?))?;
        if !is_first {
            self.drop_first_state()?;
        }
        Ok(())
    }

    fn drop_first_state(&self) -> io::Result<()> {
        in_a_row(|| Ok(receive(&self.second, &mut [0])?)).map(drop)
    }

    /// The first state in the queue, without its descriptors. While it is being replaced this is the older one, which names the same
    /// container. For the guardian, which must not receive what a monitor replaces.
    pub(crate) fn first_state(&self) -> Option<Vec<u8>> {
        self.look_at_state().ok()?.map(|(state, _)| state)
    }

    /// The last state, with copies of its descriptors. For the monitor.
    pub(crate) fn state(&self) -> io::Result<Option<(Vec<u8>, Vec<OwnedFd>)>> {
        loop {
            let Some((state, descriptors)) = self.look_at_state()? else { return Ok(None) };
            // The bytes of all packets: the kernel's `unix_inq_len`.
            let waiting = in_a_row(|| readable(&self.second))?;
            if usize::try_from(waiting).is_ok_and(|waiting| waiting <= state.len()) {
                return Ok(Some((state, descriptors)));
            }
            self.drop_first_state()?;
        }
    }

    fn look_at_state(&self) -> io::Result<Option<(Vec<u8>, Vec<OwnedFd>)>> {
        let mut text = vec![0; LONGEST_STATE];
        let Some(Received { bytes, descriptors }) = look(|| peek(&self.second, &mut text))? else {
            return Ok(None);
        };
        text.truncate(bytes);
        Ok(Some((text, descriptors)))
    }

    /// Puts there how the container ended.
    pub(crate) fn put_end(&self, ended: Ended) -> io::Result<()> {
        match ended {
            Ended::Exited(code) => self.put_note("exited", code),
            Ended::Killed(signal) => self.put_note("killed", signal),
        }
    }

    /// Allocates nothing.
    fn put_note(&self, what: &str, number: i32) -> io::Result<()> {
        let mut note = [0; LONGEST_NOTE];
        let mut rest = &mut note[..];
        write!(rest, "{what} {number}")?;
        let length = LONGEST_NOTE - rest.len();
        in_a_row(|| Ok(send_with(&self.second, &note[..length], &[])?))
    }

    /// How the container ended, if it has.
    pub(crate) fn end(&self) -> Option<Ended> {
        let mut note = [0; LONGEST_NOTE];
        let length = look(|| peek(&self.first, &mut note)).ok()??.bytes;
        Note::parse(note.get(..length)?)?.end()
    }

    /// Claims the right to execute the exit command; `false` if another process has. Allocates nothing, for a child after a fork.
    pub(crate) fn claim(&self) -> bool {
        let is_ours = loop {
            match nix::unistd::read(&self.claim, &mut [0; 8]) {
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) if !self.is_claimed() => {}
                // If that cannot be found out, twice is better than never.
                read => break read != Err(Errno::EAGAIN),
            }
        };
        if is_ours {
            let _ = self.put_note("command", getpid().as_raw());
        }
        is_ours
    }

    /// Whether a process has [claimed](Self::claim) it.
    pub(super) fn is_claimed(&self) -> bool {
        let mut claim = [PollFd::new(self.claim.as_fd(), PollFlags::POLLIN)];
        in_a_row(|| Ok(poll(&mut claim, PollTimeout::ZERO)?)).is_ok_and(|count| count == 0)
    }

    /// How the container ended, and the process that has claimed the exit command. For the guardian, without a monitor.
    pub(super) fn take_notes(&self) -> (Option<Ended>, Option<Pid>) {
        let limit = Instant::now() + PATIENCE;
        let mut end = None;
        loop {
            let mut note = [0; LONGEST_NOTE];
            let received = look(|| receive(&self.first, &mut note)).ok().flatten();
            let length = received.map(|received| received.bytes);
            match length.and_then(|length| Note::parse(note.get(..length)?)) {
                Some(Note::Command(pid)) => return (end, Some(pid)),
                Some(note) => end = end.or(note.end()),
                None if Instant::now() >= limit => return (end, None),
                None => std::thread::sleep(PAUSE),
            }
        }
    }
}

/// What is sent to the first socket.
enum Note {
    End(Ended),
    Command(Pid),
}

impl Note {
    fn parse(note: &[u8]) -> Option<Self> {
        let (what, number) = std::str::from_utf8(note).ok()?.split_once(' ')?;
        match (what, number.parse().ok()?) {
            ("exited", code) => Some(Self::End(Ended::Exited(code))),
            ("killed", signal) => Some(Self::End(Ended::Killed(signal))),
            ("command", pid) => Some(Self::Command(Pid::from_raw(pid))),
            _ => None,
        }
    }

    fn end(&self) -> Option<Ended> {
        match self {
            Self::End(ended) => Some(*ended),
            Self::Command(_) => None,
        }
    }
}

/// Receives or peeks at a packet; `None` if the queue is empty.
fn look(mut receive: impl FnMut() -> nix::Result<Received>) -> io::Result<Option<Received>> {
    match in_a_row(|| Ok(receive()?)) {
        Ok(received) => Ok(Some(received)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_remains_after_it_is_read() {
        let shelf = Shelf::new().unwrap();
        assert!(shelf.state().unwrap().is_none() && shelf.first_state().is_none());
        shelf.put_state(b"first", &[shelf.numbers()[0]], true).unwrap();
        for _ in 0..2 {
            let (state, descriptors) = shelf.state().unwrap().unwrap();
            assert_eq!((state.as_slice(), descriptors.len()), (&b"first"[..], 1));
        }
        shelf.put_state(b"second", &[], false).unwrap();
        for _ in 0..2 {
            let (state, descriptors) = shelf.state().unwrap().unwrap();
            assert_eq!((state.as_slice(), descriptors.len()), (&b"second"[..], 0));
        }
        assert!(shelf.put_state(&[0; LONGEST_STATE + 1], &[], false).is_err());
    }

    #[test]
    fn a_monitor_that_was_killed_while_it_replaced_a_state_has_replaced_it() {
        let shelf = Shelf::new().unwrap();
        shelf.put_state(b"old", &[shelf.numbers()[0]], true).unwrap();
        shelf.put_state(b"new", &[], true).unwrap();
        assert_eq!(shelf.first_state().unwrap(), b"old");
        let (state, descriptors) = shelf.state().unwrap().unwrap();
        assert_eq!((state.as_slice(), descriptors.len()), (&b"new"[..], 0));
    }

    #[test]
    fn the_first_end_stays_too() {
        for ended in [Ended::Exited(7), Ended::Killed(9), Ended::Exited(255)] {
            let shelf = Shelf::new().unwrap();
            assert_eq!(shelf.end(), None);
            shelf.put_end(ended).unwrap();
            shelf.put_end(Ended::Exited(1)).unwrap();
            assert_eq!((shelf.end(), shelf.end()), (Some(ended), Some(ended)));
        }
    }

    #[test]
    fn one_process_executes_the_exit_command() {
        let shelf = Shelf::new().unwrap();
        shelf.put_end(Ended::Exited(3)).unwrap();
        assert!(!shelf.is_claimed() && shelf.claim() && shelf.is_claimed() && !shelf.claim());
        assert_eq!(shelf.end(), Some(Ended::Exited(3)));
        assert_eq!(shelf.take_notes(), (Some(Ended::Exited(3)), Some(getpid())));
        assert_eq!(shelf.take_notes(), (None, None));
    }

    #[test]
    fn other_descriptors_are_not_a_shelf() {
        assert!(Shelf::from_numbers([1_000_000, 1_000_001, 1_000_002, 1_000_003]).is_none());
    }
}

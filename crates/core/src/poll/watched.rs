//! [`Watched`]: a descriptor and its place in an epoll set.

use std::ops::{Deref, DerefMut};
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;

use super::{Interest, Poll, Token};
use crate::error::Error;

/// Owns a descriptor and its registration in an epoll set. It leaves the set on drop, before the descriptor is closed: an open file
/// description to which another descriptor refers would stay in the set (epoll(7), Q6).
pub(crate) struct Watched<T: AsFd> {
    inner: T,
    token: Token,
    interest: Option<Interest>,
    /// `None` for a descriptor that is opened before the session, until [`Self::join`].
    poll: Option<Rc<Poll>>,
}

impl<T: AsFd> Watched<T> {
    /// In `poll`, but with no interest yet.
    pub(crate) fn new(inner: T, token: Token, poll: &Rc<Poll>) -> Self {
        Self { inner, token, interest: None, poll: Some(Rc::clone(poll)) }
    }

    /// In `poll`, with interest in reading.
    ///
    /// # Errors
    /// When epoll_ctl(2) fails.
    pub(crate) fn reading(inner: T, token: Token, poll: &Rc<Poll>) -> Result<Self, Error> {
        let mut watched = Self::new(inner, token, poll);
        watched.set(Some(Interest::Read))?;
        Ok(watched)
    }

    /// In no epoll set until [`Self::join`].
    pub(crate) fn detached(inner: T, token: Token) -> Self {
        Self { inner, token, interest: None, poll: None }
    }

    /// Puts a detached descriptor into `poll`, with no interest yet.
    pub(crate) fn join(&mut self, poll: &Rc<Poll>) {
        self.poll = Some(Rc::clone(poll));
    }

    /// Sets what the loop waits for; `None` takes the descriptor out of the set, so that not even a hang-up is reported.
    /// Makes no system call if nothing changes.
    ///
    /// # Errors
    /// If epoll_ctl(2) fails. The descriptor has then left the set, so the same call tries again.
    pub(crate) fn set(&mut self, wanted: Option<Interest>) -> Result<(), Error> {
        let Some(poll) = self.poll.as_deref().filter(|_| wanted != self.interest) else { return Ok(()) };
        let done = match (self.interest, wanted) {
            (_, None) => {
                poll.remove(&self.inner);
                Ok(())
            }
            (None, Some(interest)) => poll.add(&self.inner, self.token, interest),
            (Some(_), Some(interest)) => poll.modify(&self.inner, self.token, interest),
        };
        self.interest = wanted;
        if done.is_err() {
            poll.remove(&self.inner);
            self.interest = None;
        }
        done
    }

    /// What the loop waits for now.
    #[cfg(test)]
    pub(crate) fn interest(&self) -> Option<Interest> {
        self.interest
    }
}

/// A [`Watched`] of any type.
pub(crate) trait AnyWatched {
    /// See [`Watched::set`].
    fn set(&mut self, wanted: Option<Interest>) -> Result<(), Error>;
}

impl<T: AsFd> AnyWatched for Watched<T> {
    fn set(&mut self, wanted: Option<Interest>) -> Result<(), Error> {
        Self::set(self, wanted)
    }
}

impl<T: AsFd> Deref for Watched<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T: AsFd> DerefMut for Watched<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl<T: AsFd> AsFd for Watched<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl<T: AsFd> Drop for Watched<T> {
    fn drop(&mut self) {
        let _ = self.set(None);
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use super::*;

    /// The reading end of a pipe with something in it.
    fn readable(poll: &Rc<Poll>) -> (Watched<OwnedFd>, OwnedFd) {
        let (reader, writer) = nix::unistd::pipe().unwrap();
        nix::unistd::write(&writer, b"x").unwrap();
        (Watched::new(reader, Token::Stdout, poll), writer)
    }

    fn wakes(poll: &Poll) -> usize {
        let mut ready = Vec::new();
        poll.wait(Some(Duration::ZERO), &mut ready).unwrap();
        ready.len()
    }

    #[test]
    fn only_what_is_set_is_waited_for() {
        let poll = Rc::new(Poll::new().unwrap());
        let (mut reader, writer) = readable(&poll);
        assert_eq!(wakes(&poll), 0);
        for interest in [Interest::Read, Interest::Read, Interest::ReadEdge] {
            reader.set(Some(interest)).unwrap();
            assert_eq!((reader.interest(), wakes(&poll)), (Some(interest), 1));
        }
        assert_eq!(wakes(&poll), 0, "the edge was reported");
        drop(writer);
        reader.set(None).unwrap();
        assert_eq!(wakes(&poll), 0, "not even the hang-up");
    }

    #[test]
    fn it_leaves_the_set_when_dropped_although_its_description_stays_open() {
        let poll = Rc::new(Poll::new().unwrap());
        let (mut reader, _writer) = readable(&poll);
        let other = reader.try_clone().unwrap();
        reader.set(Some(Interest::Read)).unwrap();
        assert_eq!(wakes(&poll), 1);
        drop(reader);
        assert_eq!(wakes(&poll), 0);
        drop(other);
    }

    #[test]
    fn what_epoll_refuses_is_not_taken_for_watched() {
        let poll = Rc::new(Poll::new().unwrap());
        // A regular file (epoll_ctl(2), EPERM).
        let file = std::fs::File::open("/proc/self/exe").unwrap();
        let mut watched = Watched::new(file, Token::Log, &poll);
        for _ in 0..2 {
            watched.set(Some(Interest::Read)).unwrap_err();
            assert_eq!(watched.interest(), None, "so the next call tries again");
        }
    }

    #[test]
    fn nothing_is_waited_for_before_it_has_joined() {
        let poll = Rc::new(Poll::new().unwrap());
        let (reader, _writer) = nix::unistd::pipe().unwrap();
        let mut reader = Watched::detached(reader, Token::SyncPipe);
        reader.set(Some(Interest::Read)).unwrap();
        assert_eq!(reader.interest(), None);
        reader.join(&poll);
        reader.set(Some(Interest::Read)).unwrap();
        assert_eq!(reader.interest(), Some(Interest::Read));
    }
}

//! Answers to the manager that its pipe did not take when they were given.

use super::Session;
use crate::manager::pipe::ManagerPipe;
use crate::poll::{Interest, Poll, Token};

impl Session {
    /// Waits for the manager to read, if an answer does not fit into its pipe.
    pub(super) fn watch_pipes(&mut self) {
        watch(self.sync_pipe.pipe(), Token::SyncPipe, &self.poll);
        watch(self.attach_pipe.pipe(), Token::AttachPipe, &self.poll);
    }

    pub(super) fn write_sync_pipe(&mut self) {
        write(self.sync_pipe.pipe(), Token::SyncPipe, &self.poll);
    }

    pub(super) fn write_attach_pipe(&mut self) {
        write(self.attach_pipe.pipe(), Token::AttachPipe, &self.poll);
    }
}

/// What cannot be watched is tried again at the end of the container.
fn watch(pipe: &ManagerPipe, token: Token, poll: &Poll) {
    if let Some(fd) = pipe.blocked() {
        let _ = poll.watch(fd, token, Interest::Write);
    }
}

fn write(pipe: &mut ManagerPipe, token: Token, poll: &Poll) {
    let Some(fd) = pipe.blocked() else { return };
    // Before it may be closed: another process may hold the same description, and then closing ends no watch (epoll(7)).
    poll.forget(fd);
    pipe.flush();
    watch(pipe, token, poll);
}

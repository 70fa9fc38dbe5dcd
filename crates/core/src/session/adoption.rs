//! The private socket, and the exit commands of exec sessions, in the session of their container; see [`crate::adoption`].

use std::io;
use std::time::Instant;

use conmon_sys::process::Ended;
use nix::unistd::Pid;

use super::{Components, Host, Session};
use crate::adoption::PendingCommands;
use crate::handover::Candidate;
use crate::plan::Mode;
use crate::private_socket::{PrivateSocket, Received};

/// The private socket, and the exit commands received on it.
pub(super) struct Adoption {
    pub(super) socket: PrivateSocket,
    pub(super) pending: PendingCommands,
    /// A signal has asked this process to end: commands that are pending when the container ends are due immediately.
    pub(super) told_to_end: bool,
    /// A request or a command has used memory that an idle monitor does not need.
    pub(super) is_warm: bool,
}

impl Adoption {
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.socket.deadline().into_iter().chain(self.pending.next_start()).min()
    }
}

impl Session {
    /// Serves the request of a client of the private socket.
    #[inline(never)]
    pub(super) fn serve_private_client(&mut self, id: u32) {
        let Some(Adoption { socket, pending, is_warm, .. }) = &mut self.components.adoption else { return };
        *is_warm = true;
        let Some((caller, received)) = socket.receive(id) else { return };
        let done = match received {
            Ok(Received::ExitCommand { block, delay }) => pending.add(&block, delay, Instant::now()),
            Ok(Received::Executable(file)) => match Candidate::check(file) {
                Ok(candidate) => return self.hand_over(&candidate, caller),
                Err(why) => Err(why),
            },
            Err(why) => Err(why),
        };
        if let Err(why) = &done {
            let reporter = &self.components.reporter;
            reporter.debug(format_args!("a request on the private socket was refused: {why}"));
        }
        caller.answer(done.as_ref().err().map(String::as_str));
    }
}

// Not inlined: their frames would be part of that of the loop, which stays on the stack while nothing happens.
impl Components {
    /// Binds the socket. If that fails, monitors of exec sessions keep their commands.
    #[inline(never)]
    pub(super) fn open_adoption(&mut self) {
        let Some(plan) = self.plan.adoption.as_ref().filter(|_| self.host == Host::Standalone) else {
            return;
        };
        // In a bundle that an exec session shares with its container, the socket is that of the container's monitor.
        if self.plan.mode == Mode::Exec && plan.socket.as_path().exists() {
            return;
        }
        match PrivateSocket::bind(plan.socket.as_path(), &self.poll) {
            Ok(socket) => {
                let pending = PendingCommands::new(plan.exit_commands);
                self.adoption = Some(Adoption { socket, pending, told_to_end: false, is_warm: false });
            }
            Err(error) => self.reporter.debug(error),
        }
    }

    #[inline(never)]
    pub(super) fn accept_private_clients(&mut self) -> io::Result<()> {
        self.adoption.as_mut().map_or(Ok(()), |adoption| adoption.socket.accept())
    }

    pub(super) fn serve_adoption_deadlines(&mut self, now: Instant) {
        let Some(Adoption { socket, pending, is_warm, .. }) = &mut self.adoption else { return };
        *is_warm |= pending.next_start().is_some_and(|next| next <= now);
        socket.drop_late(now);
        pending.start_due(0, &self.inherited, &self.reporter);
    }

    /// Adopts no more commands, and moves those that are not due yet to a child process.
    #[inline(never)]
    pub(super) fn close_adoption(&mut self) {
        let Some(Adoption { socket, pending, told_to_end, .. }) = self.adoption.take() else { return };
        drop(socket);
        self.unmoved_commands = pending.move_to_child(told_to_end, &self.inherited, &self.reporter);
    }

    #[inline(never)]
    pub(super) fn adopted_command_ended(&mut self, pid: Pid, ended: Ended) {
        let Some(Adoption { pending, is_warm, .. }) = &mut self.adoption else { return };
        *is_warm |= !pending.is_empty();
        pending.ended(pid, ended, &self.reporter);
        pending.start_due(0, &self.inherited, &self.reporter);
    }
}

//! The attach socket: every client gets all output from the moment it is accepted, and may send input.

mod backlog;
mod client;
mod consumer;
mod packets;
mod socket;

use std::io;
use std::os::fd::RawFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

pub(crate) use client::Input;

use serde::{Deserialize, Serialize};

use crate::consumer::Consumer;
use crate::diagnostics::report::Reporter;
use crate::diagnostics::warnings::Warnings;
use crate::error::{Error, Reason};
use crate::handover::{Descriptors, adopt};
use crate::plan::AttachPlan;
use crate::poll::{Interest, Poll, Readiness, Token, Watched};
use crate::stream::{PerStream, Stream};
use backlog::{Backlog, BacklogState};
use client::{Client, ClientState};
use socket::AttachSocket;

#[cfg(fuzzing)]
pub(crate) mod fuzzing {
    pub(crate) use super::packets::send_batch;
    use crate::fuzzing::Source;

    /// Output that some client has not read yet.
    #[derive(Default)]
    pub struct Backlog(super::Backlog);

    impl Backlog {
        /// The position after all output so far.
        #[must_use]
        pub fn end(&self) -> u64 {
            self.0.end()
        }

        /// Adds output that clients have taken up to a position.
        ///
        /// # Errors
        /// When memory cannot be mapped.
        pub fn add(&mut self, source: Source, bytes: &[u8], taken: u64) -> std::io::Result<()> {
            self.0.add(source.into(), bytes, taken)
        }

        /// The longest piece of one stream at a position.
        #[must_use]
        pub fn piece_at(&self, position: u64) -> Option<(Source, &[u8])> {
            self.0.piece_at(position).map(|(stream, bytes)| (stream.into(), bytes))
        }

        /// Drops the output before this position, which all clients have read.
        pub fn forget_before(&mut self, position: u64) {
            self.0.forget_before(position);
        }

        /// Releases the memory, if the backlog is empty.
        pub fn release(&mut self) {
            self.0.release();
        }
    }
}

/// How often accepting is retried after EMFILE.
const ACCEPT_PAUSE: Duration = Duration::from_secs(5);
/// The same after any other error, which may have passed already.
const ERROR_PAUSE: Duration = Duration::from_millis(100);

/// How many disconnected clients are kept because the container has not read their input yet.
const MAX_DEPARTED: usize = 64;

/// The socket and its clients.
pub(crate) struct Attach {
    /// `None` once it is closed.
    socket: Option<Watched<AttachSocket>>,
    poll: Rc<Poll>,
    /// Whether the container's stdin takes packets.
    input: bool,
    /// The process is out of descriptors (EMFILE): clients that wait are accepted when one has left, or at this time if there
    /// is a descriptor again.
    full_until: Option<Instant>,
    warnings: Warnings,
    stall_warnings: Warnings,
    clients: Vec<Client>,
    backlog: Backlog,
    next_id: u32,
    stall: Duration,
    counts: Counts,
}

/// What has happened here so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    /// Clients that were dropped because they read nothing.
    pub(crate) stalled: u64,
    /// Bytes for clients, for each of them; what still waits in a queue included.
    pub(crate) sent: PerStream<u64>,
}

/// An [`Attach`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttachState {
    listener: Option<RawFd>,
    clients: Vec<ClientState>,
    next_id: u32,
    backlog: BacklogState,
    counts: Counts,
}

impl Attach {
    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> AttachState {
        AttachState {
            listener: self.socket.as_ref().map(|socket| descriptors.add(socket)),
            clients: self.clients.iter().map(|client| client.state(descriptors)).collect(),
            next_id: self.next_id,
            backlog: self.backlog.state(),
            counts: self.counts.clone(),
        }
    }

    /// Continues with what was handed over, and waits for clients.
    pub(crate) fn from_state(state: AttachState, plan: &AttachPlan, poll: &Rc<Poll>) -> Self {
        let socket = state.listener.and_then(adopt).map(|listener| AttachSocket::from_state(listener, plan));
        let socket = socket.map(|socket| Watched::new(socket, Token::AttachListener, poll));
        let mut attach = Self {
            clients: state.clients.iter().filter_map(|client| Client::from_state(client, poll)).collect(),
            next_id: state.next_id,
            backlog: Backlog::from_state(state.backlog),
            counts: state.counts,
            // Watch the socket now, or as soon as that succeeds.
            full_until: Some(Instant::now()),
            ..Self::of(socket, plan, poll)
        };
        attach.listen_again();
        attach.update_clients();
        attach
    }

    /// Binds the socket and listens.
    pub(crate) fn bind(plan: &AttachPlan, poll: &Rc<Poll>) -> Result<Self, Error> {
        let socket = Watched::reading(AttachSocket::bind(plan)?, Token::AttachListener, poll)?;
        Ok(Self::of(Some(socket), plan, poll))
    }

    fn of(socket: Option<Watched<AttachSocket>>, plan: &AttachPlan, poll: &Rc<Poll>) -> Self {
        Self {
            socket,
            poll: Rc::clone(poll),
            input: true,
            full_until: None,
            warnings: Warnings::default(),
            stall_warnings: Warnings::default(),
            clients: Vec::new(),
            backlog: Backlog::default(),
            next_id: 0,
            stall: Duration::from_secs(u64::from(plan.stall_seconds)),
            counts: Counts::default(),
        }
    }

    /// Accepts all pending connections.
    pub(crate) fn accept(&mut self, reporter: &Reporter) {
        while let Some(accepted) = self.socket.as_deref().and_then(AttachSocket::accept) {
            let id = self.next_id;
            self.next_id = self.next_id.wrapping_add(1);
            match accepted {
                Ok(fd) => {
                    let end = self.backlog.end();
                    let mut client = Client::new(id, fd, &self.poll, end);
                    client.update(self.input, end);
                    self.counts.accepted += 1;
                    self.clients.push(client);
                }
                Err(error) => return self.keep_waiting(&error, reporter),
            }
        }
        self.listen_again();
    }

    /// Drops the input of all but [`MAX_DEPARTED`] clients that have disconnected: if the container never reads its stdin, each of them
    /// would cost a descriptor.
    pub(crate) fn forget_surplus(&mut self, reporter: &Reporter) {
        let departed = self.clients.iter_mut().filter(|client| client.has_departed());
        let mut any = false;
        for newest in departed.skip(MAX_DEPARTED) {
            newest.drop_output();
            any = true;
        }
        if any {
            let what =
                "the input of an attach client that has gone is lost: the container does not read its stdin";
            self.warnings.warn(reporter, format_args!("{what}"));
            self.sweep();
        }
    }

    fn listen_again(&mut self) {
        if self.full_until.take().is_some()
            && let Some(socket) = &mut self.socket
            && socket.set(Some(Interest::Read)).is_err()
        {
            self.full_until = Some(Instant::now() + ACCEPT_PAUSE);
        }
    }

    /// Stops watching the socket for a pause: connections that cannot be accepted would wake the loop again and again.
    fn keep_waiting(&mut self, error: &io::Error, reporter: &Reporter) {
        // Without a free descriptor, accept4(2) fails even if no connection is pending.
        let Some(socket) = self.socket.as_mut().filter(|socket| socket.is_awaited()) else {
            return self.listen_again();
        };
        let pause = match error.raw_os_error() {
            Some(libc::EMFILE | libc::ENFILE) => ACCEPT_PAUSE,
            _ => ERROR_PAUSE,
        };
        if self.full_until.replace(Instant::now() + pause).is_none() {
            let (there, why) = (self.clients.len(), Reason(error));
            self.warnings.warn(
                reporter,
                format_args!(
                    "cannot serve a further attach client beside {there}: {why}; it waits until one leaves"
                ),
            );
            let _ = socket.set(None);
        }
    }

    /// Sends output to every client. Returns false if one of them blocks the container.
    pub(crate) fn broadcast(&mut self, stream: Stream, bytes: &[u8], reporter: &Reporter) -> bool {
        let takers = self.clients.iter().filter(|client| client.takes_output()).count();
        *self.counts.sent.get_mut(stream) += u64::try_from(takers * bytes.len()).unwrap_or(0);
        let begin = self.backlog.end();
        for client in &mut self.clients {
            client.offer(stream, bytes, begin);
        }
        if let Err(error) = self.backlog.add(stream, bytes, self.taken_by_all()) {
            let what = format_args!("cannot keep output for attach clients: {}", Reason(&error));
            self.warnings.warn(reporter, what);
            let end = self.backlog.end();
            self.clients.iter_mut().filter(|client| client.has_unsent(end)).for_each(Client::drop_output);
        }
        self.update_clients();
        !self.is_congested()
    }

    /// The position up to which every client has taken all output.
    fn taken_by_all(&self) -> u64 {
        self.clients.iter().map(Client::taken).min().unwrap_or(u64::MAX)
    }

    /// Serves one client. Its packets are passed to `packet` until that returns false.
    pub(crate) fn serve(
        &mut self,
        id: u32,
        readiness: Readiness,
        buffer: &mut [u8],
        packet: &mut impl FnMut(Input<'_>) -> bool,
    ) {
        let Some(client) = self.clients.iter_mut().find(|client| client.id() == id) else { return };
        client.serve(readiness, buffer, &self.backlog, &mut |input| {
            self.input = packet(input);
            self.input
        });
        client.update(self.input, self.backlog.end());
        self.sweep();
    }

    /// Sets whether the container's stdin takes packets.
    pub(crate) fn input_possible(&mut self, possible: bool) {
        self.input = possible;
        self.update_clients();
    }

    fn update_clients(&mut self) {
        let end = self.backlog.end();
        for client in &mut self.clients {
            client.update(self.input, end);
        }
        self.sweep();
    }

    /// What has happened so far.
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Bytes that are pending for each client.
    pub(crate) fn queues(&self) -> impl Iterator<Item = u64> {
        let end = self.backlog.end();
        self.clients.iter().map(move |client| client.behind(end))
    }

    /// Closes the connections of all clients that have received everything.
    pub(crate) fn close_served_clients(&mut self) {
        let end = self.backlog.end();
        for client in self.clients.iter_mut().filter(|client| !client.has_unsent(end)) {
            client.drop_output();
        }
        self.sweep();
    }

    /// Closes the socket and removes its names.
    pub(crate) fn close_socket(&mut self) {
        self.socket = None;
    }

    fn sweep(&mut self) {
        let before = self.clients.len();
        self.clients.retain(|client| !client.is_gone());
        self.backlog.forget_before(self.taken_by_all());
        if self.clients.len() < before {
            self.listen_again();
        }
    }
}

//! [`PrivateSocket`]: the listening side. The event loop serves it like all descriptors: nothing blocks on a client.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use conmon_sys::errors::describe;
use conmon_sys::{memfd, unix_socket};
use nix::sys::socket::{Backlog, MsgFlags, listen, send};
use nix::sys::stat::Mode;
use serde::{Deserialize, Serialize};

use super::identity::Peer;
use super::message::{Answer, MAX_PACKET, Operation, Request};
use crate::adoption::MAX_LENGTH;
use crate::error::{Error, Step};
use crate::files::directory::open_directory_of;
use crate::files::remove::remove_if_exists;
use crate::handover::{Descriptors, adopt};
use crate::poll::{Interest, Poll, Token, Watched};

const MODE: Mode = Mode::S_IRUSR.union(Mode::S_IWUSR);
/// A client that has sent nothing for this long is dropped.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most clients at a time; more of them wait to be accepted.
const MAX_CLIENTS: usize = 64;

/// The listening socket and the connections.
pub(crate) struct PrivateSocket {
    pub(crate) listener: Watched<OwnedFd>,
    file: SocketFile,
    clients: Vec<Client>,
    next_id: u32,
    poll: Rc<Poll>,
}

/// A [`PrivateSocket`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SocketState {
    listener: RawFd,
}

/// The socket's file, removed on drop.
struct SocketFile(PathBuf);

struct Client {
    id: u32,
    connection: Watched<OwnedFd>,
    until: Instant,
}

/// The connection on which an answer is awaited.
pub(crate) struct Caller(Watched<OwnedFd>);

/// A request of a process that may send it.
pub(crate) enum Received {
    /// To run an exit command, given as the block of a [`Document`](crate::adoption::Document), after a delay.
    ExitCommand { block: Vec<u8>, delay: Duration },
    /// To continue as this executable.
    Executable(File),
}

impl Caller {
    /// For the executable that answers it.
    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> RawFd {
        descriptors.add(&self.0)
    }

    /// Answers with the reason of a refusal, or that it was done, and closes the connection.
    pub(crate) fn answer(self, refused: Option<&str>) {
        send_answer(&self.0, refused);
    }
}

/// Reports to the caller of an earlier executable that this one serves the container.
pub(crate) fn answer_from_here(caller: RawFd) {
    if let Some(connection) = adopt(caller) {
        send_answer(&connection, None);
    }
}

fn send_answer(connection: &OwnedFd, refused: Option<&str>) {
    let answer = Answer::encode(refused);
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    let _ = send(connection.as_raw_fd(), &answer, flags);
}

impl PrivateSocket {
    /// Binds and listens. A file that has this name is removed first.
    ///
    /// # Errors
    /// When that is not possible.
    pub(crate) fn bind(path: &Path, poll: &Rc<Poll>) -> Result<Self, Error> {
        remove_if_exists(path).step_at("remove the stale private socket", path)?;
        let listener = unix_socket::bound(path, MODE).step_at("bind the private socket", path)?;
        let file = SocketFile(path.to_owned());
        listen(&listener, Backlog::MAXALLOWABLE).step_at("listen on the private socket", path)?;
        let listener = Watched::reading(listener, Token::PrivateListener, poll)?;
        let poll = Rc::clone(poll);
        Ok(Self { listener, file, clients: Vec::new(), next_id: 0, poll })
    }

    /// Clients whose request has not come yet do without an answer.
    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> SocketState {
        SocketState { listener: descriptors.add(&self.listener) }
    }

    /// Continues with what was handed over. Nothing is waited for yet.
    pub(crate) fn from_state(state: &SocketState, path: &Path, poll: &Rc<Poll>) -> Option<Self> {
        let listener = Watched::new(adopt(state.listener)?, Token::PrivateListener, poll);
        let (file, poll) = (SocketFile(path.to_owned()), Rc::clone(poll));
        Some(Self { listener, file, clients: Vec::new(), next_id: 0, poll })
    }

    /// Accepts the clients that wait.
    ///
    /// # Errors
    /// Those of accept(2) and epoll_ctl(2).
    pub(crate) fn accept(&mut self) -> io::Result<()> {
        while self.clients.len() < MAX_CLIENTS {
            let Some(connection) = unix_socket::accept(&self.listener)? else { return Ok(()) };
            let token = Token::PrivateClient(self.next_id);
            let connection = Watched::reading(connection, token, &self.poll).map_err(Error::into_reason)?;
            let until = Instant::now() + PATIENCE;
            self.clients.push(Client { id: self.next_id, connection, until });
            self.next_id = self.next_id.wrapping_add(1);
        }
        self.listener.set(None).map_err(Error::into_reason)
    }

    /// Receives a client's request. `None` for a client that has gone.
    pub(crate) fn receive(&mut self, id: u32) -> Option<(Caller, Result<Received, String>)> {
        let at = self.clients.iter().position(|client| client.id == id)?;
        let mut connection = self.clients.swap_remove(at).connection;
        // There is room for another one.
        let _ = self.listener.set(Some(Interest::Read));
        let _ = connection.set(None);
        let received = receive(&connection, &self.file.0);
        Some((Caller(connection), received))
    }

    /// When the first client times out.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.clients.iter().map(|client| client.until).min()
    }

    /// Drops clients that have timed out.
    pub(crate) fn drop_late(&mut self, now: Instant) {
        let before = self.clients.len();
        self.clients.retain(|client| client.until > now);
        if self.clients.len() < before {
            let _ = self.listener.set(Some(Interest::Read));
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn receive(connection: &OwnedFd, path: &Path) -> Result<Received, String> {
    let mut packet = [0; MAX_PACKET];
    let received =
        unix_socket::receive(connection, &mut packet).map_err(|errno| describe(errno).to_owned())?;
    let operation = Request::parse(packet.get(..received.bytes).unwrap_or_default())?;
    let [directory, content] = <[OwnedFd; 2]>::try_from(received.descriptors)
        .map_err(|descriptors| format!("{} descriptors; expected 2", descriptors.len()))?;
    // It may have sent the same request again.
    if unix_socket::peek(connection, &mut [0]).is_ok_and(|next| next.bytes == 0) {
        return Err("the client has not waited for the answer".to_owned());
    }
    let ours = open_directory_of(path).map_err(|error| format!("cannot open the bundle: {error}"))?;
    let peer = Peer::of(connection, &directory.into(), &ours)?;
    match operation {
        Operation::AdoptExitCommand { delay_milliseconds } => {
            peer.check_as_equal()?;
            let block = memfd::read_sealed(&mut content.into(), MAX_LENGTH)
                .map_err(|error| format!("cannot read the document: {error}"))?;
            Ok(Received::ExitCommand { block, delay: Duration::from_millis(delay_milliseconds) })
        }
        Operation::Upgrade {} => {
            peer.check_as_tracer()?;
            Ok(Received::Executable(content.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

    use super::super::client::{
        ADOPTION_PATIENCE, Failure, adopt_exit_command, send as send_request, upgrade,
    };
    use crate::adoption::Document;

    fn connected(path: &Path) -> OwnedFd {
        let connection =
            socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).unwrap();
        unix_socket::connect(&connection, path).unwrap();
        connection
    }

    const DELAY: Duration = Duration::from_secs(7);

    fn document() -> Document<'static> {
        Document { environment: vec![c"A=b"], argv: vec![c"/bin/true"], directory: c"/" }
    }

    /// A socket in a directory of its own, which goes with the first value.
    fn bound() -> (tempfile::TempDir, PathBuf, Rc<Poll>, PrivateSocket) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        let poll = Rc::new(Poll::new().unwrap());
        let socket = PrivateSocket::bind(&path, &poll).unwrap();
        (directory, path, poll, socket)
    }

    /// Serves the socket until one request has come, and answers it.
    fn serve_one(socket: &mut PrivateSocket, poll: &Poll) -> Result<Received, String> {
        let mut ready = Vec::new();
        loop {
            poll.wait(Some(Duration::from_secs(10)), &mut ready).unwrap();
            for (token, _) in &ready {
                match token {
                    Token::PrivateListener => socket.accept().unwrap(),
                    Token::PrivateClient(id) => {
                        let (caller, received) = socket.receive(*id).unwrap();
                        caller.answer(received.as_ref().err().map(String::as_str));
                        return received;
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    #[test]
    fn requests_of_this_process_are_received() {
        let (_directory, path, poll, mut socket) = bound();
        let client = std::thread::spawn({
            let path = path.clone();
            move || {
                adopt_exit_command(&document(), DELAY, &path, ADOPTION_PATIENCE)
                    .map_err(|why| why.to_string())?;
                upgrade(&path, &File::open("/proc/self/exe").unwrap())
            }
        });
        let Received::ExitCommand { block, delay } = serve_one(&mut socket, &poll).unwrap() else {
            panic!("not an exit command")
        };
        assert_eq!((block, delay), (document().to_block(), DELAY));
        let Received::Executable(executable) = serve_one(&mut socket, &poll).unwrap() else {
            panic!("not an executable")
        };
        let own = File::open("/proc/self/exe").unwrap();
        assert_eq!(executable.metadata().unwrap().len(), own.metadata().unwrap().len());
        client.join().unwrap().unwrap();
        drop(socket);
        assert!(!path.exists());
    }

    #[test]
    fn nobody_listening_is_an_error_with_its_reason() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        let failure = adopt_exit_command(&document(), DELAY, &path, ADOPTION_PATIENCE).unwrap_err();
        assert!(matches!(&failure, Failure::Final(why) if why.contains("No such file")), "{failure}");
    }

    #[test]
    fn a_monitor_that_does_not_answer_may_answer_the_next_request() {
        let (_directory, path, _poll, mut socket) = bound();
        let failure = adopt_exit_command(&document(), DELAY, &path, Duration::from_millis(10)).unwrap_err();
        assert!(matches!(failure, Failure::NoAnswer(_)), "{failure}");
        let client =
            std::thread::spawn(move || adopt_exit_command(&document(), DELAY, &path, ADOPTION_PATIENCE));
        while socket.clients.len() < 2 {
            socket.accept().unwrap();
        }
        socket.drop_late(Instant::now() + 2 * PATIENCE);
        let failure = client.join().unwrap().unwrap_err();
        assert!(matches!(failure, Failure::NoAnswer(_)), "{failure}");
    }

    #[test]
    fn the_request_of_a_client_that_has_not_waited_is_refused() {
        let (_directory, path, poll, mut socket) = bound();
        let client = connected(&path);
        let content = memfd::sealed(c"test", &document().to_block()).unwrap();
        send_request(&client, &Request::adopt(DELAY), &path, content.as_fd()).unwrap();
        drop(client);
        assert!(serve_one(&mut socket, &poll).is_err_and(|why| why.contains("not waited")));
    }

    #[test]
    fn a_request_without_descriptors_or_with_nonsense_closes_its_connection_and_nothing_else() {
        let (_directory, path, poll, mut socket) = bound();
        for (packet, why) in [
            (Request::adopt(DELAY), "0 descriptors"),
            (Request::upgrade(), "0 descriptors"),
            (b"\0\xff".to_vec(), "malformed"),
        ] {
            let client = connected(&path);
            send(client.as_raw_fd(), &packet, MsgFlags::empty()).unwrap();
            assert!(serve_one(&mut socket, &poll).is_err_and(|refused| refused.contains(why)), "{why}");
            let mut answer = [0; MAX_PACKET];
            let received = unix_socket::receive(&client, &mut answer).unwrap();
            assert!(Answer::check(&answer[..received.bytes]).unwrap_err().contains(why));
        }
        drop(connected(&path));
        assert!(serve_one(&mut socket, &poll).is_err());
    }

    #[test]
    fn a_silent_client_is_dropped_and_makes_room() {
        let (_directory, path, _poll, mut socket) = bound();
        let clients: Vec<_> = (0..=MAX_CLIENTS).map(|_| connected(&path)).collect();
        socket.accept().unwrap();
        assert_eq!(socket.clients.len(), MAX_CLIENTS);
        let late = socket.deadline().unwrap() + PATIENCE;
        socket.drop_late(late);
        assert!(socket.clients.is_empty());
        socket.accept().unwrap();
        assert_eq!(socket.clients.len(), 1);
        drop(clients);
    }
}

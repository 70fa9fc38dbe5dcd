//! What each descriptor of a C conmon is for. From its sources, 2.1.6 to 2.2.1:
//!
//! - It sets close-on-exec on all that it opens itself, but for clients (accept(2)) and the terminal (recvmsg(2), dup(2)). What it
//!   has inherited is not close-on-exec, but for the pipes that the environment names.
//! - It creates the pipes of stdin, stdout and stderr one after the other and closes nothing meanwhile, so their numbers rise.
//! - It polls what it reads, and what it could not write: `POLLOUT` means that it holds bytes in memory.
//!
//! Anything else is not understood, and the process is left alone.

use std::os::fd::RawFd;
use std::path::Path;

use crate::process::{Descriptor, Object};
use crate::sockets::{Kind, UnixSocket};
use crate::tracee::Polled;

/// What the command line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a command line")]
pub(crate) struct Expected {
    pub(crate) terminal: bool,
    pub(crate) attach: bool,
    pub(crate) notify: bool,
    /// Path of the log in a file.
    pub(crate) log: bool,
    /// Descriptor of the sync pipe.
    pub(crate) sync: Option<RawFd>,
}

/// A client that is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientRole {
    pub(crate) fd: RawFd,
    /// It may still send input.
    pub(crate) input: bool,
}

/// The numbers of all descriptors that a monitor needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roles {
    pub(crate) stdin: Option<RawFd>,
    pub(crate) stdout: Option<RawFd>,
    pub(crate) stderr: Option<RawFd>,
    /// Stdout is the master side of the container's terminal, and so is stdin.
    pub(crate) terminal: bool,
    pub(crate) listener: Option<RawFd>,
    pub(crate) clients: Vec<ClientRole>,
    pub(crate) ctl: Option<RawFd>,
    pub(crate) winsz: Option<RawFd>,
    pub(crate) notify: Option<(RawFd, RawFd)>,
    /// The event of cgroup v1.
    pub(crate) oom_v1: Option<RawFd>,
    pub(crate) oom_v2: Option<RawFd>,
    pub(crate) log: Option<RawFd>,
    pub(crate) sync: Option<RawFd>,
    /// Inherited, of unknown purpose.
    pub(crate) leaked: Vec<RawFd>,
}

impl Roles {
    /// What another program inherits.
    pub(crate) fn kept(&self) -> impl Iterator<Item = RawFd> {
        let single = [self.listener, self.log, self.sync].into_iter().flatten();
        let notify = self.notify.into_iter().flat_map(|(container, sender)| [container, sender]);
        let clients = self.clients.iter().map(|client| client.fd);
        self.read_and_written().chain(single).chain(notify).chain(clients)
    }

    /// What a monitor of this project reads and writes without blocking. (It tells the kernel so each time for sockets.)
    pub(crate) fn read_and_written(&self) -> impl Iterator<Item = RawFd> {
        [self.stdin, self.stdout, self.stderr, self.oom_v1, self.oom_v2].into_iter().flatten()
    }
}

/// Why the roles are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unclear {
    /// It may be otherwise the next time it waits.
    Now(String),
    Always(String),
}

/// A descriptor and, for a Unix socket, what it is.
pub(crate) type Known = (Descriptor, Option<UnixSocket>);

/// Which pipe the container's stdout and stderr are: inodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContainerPipes {
    pub(crate) stdout: Option<u64>,
    pub(crate) stderr: Option<u64>,
}

/// Finds the role of every descriptor.
pub(crate) fn roles_of(
    descriptors: &[Known],
    polled: &[Polled],
    expected: &Expected,
    container: ContainerPipes,
) -> Result<Roles, Unclear> {
    let mut finder = Finder {
        polled,
        expected,
        container,
        roles: Roles::default(),
        outputs: Vec::new(),
        terminals: Vec::new(),
        senders: Vec::new(),
        notified: None,
        writers: Vec::new(),
        signals: None,
        understood: Vec::new(),
    };
    finder.check_events()?;
    for (descriptor, socket) in descriptors.iter().filter(|(descriptor, _)| descriptor.number > 2) {
        finder.take(descriptor, socket.as_ref())?;
    }
    finder.finish(descriptors)
}

struct Finder<'a> {
    polled: &'a [Polled],
    expected: &'a Expected,
    container: ContainerPipes,
    roles: Roles,
    /// Reading ends of pipes: number and inode.
    outputs: Vec<(RawFd, u64)>,
    terminals: Vec<(RawFd, u32)>,
    /// Datagram sockets without a name that do not block.
    senders: Vec<RawFd>,
    notified: Option<RawFd>,
    /// Writing ends of pipes.
    writers: Vec<RawFd>,
    /// How it notices that the container has ended.
    signals: Option<RawFd>,
    /// Polled, and needed by the C monitor only.
    understood: Vec<RawFd>,
}

impl Finder<'_> {
    fn check_events(&self) -> Result<(), Unclear> {
        match self.polled.iter().find(|polled| polled.events & libc::POLLOUT != 0) {
            Some(Polled { fd, .. }) => {
                Err(Unclear::Now(format!("it holds input that descriptor {fd} does not take")))
            }
            None => Ok(()),
        }
    }

    fn is_polled(&self, number: RawFd) -> bool {
        self.polled.iter().any(|polled| polled.fd == number)
    }

    fn take(&mut self, it: &Descriptor, socket: Option<&UnixSocket>) -> Result<(), Unclear> {
        let number = it.number;
        if self.expected.sync == Some(number) && it.closes_on_exec() && it.access() != libc::O_RDONLY {
            self.roles.sync = Some(number);
            return Ok(());
        }
        if self.take_received(it, socket) {
            return Ok(());
        }
        if !it.closes_on_exec() {
            // `inotify_init` of an older version does not close on exec.
            match &it.object {
                Object::Anonymous(kind) if kind == "inotify" && self.is_polled(number) => {
                    self.roles.oom_v2 = Some(number);
                }
                _ => self.roles.leaked.push(number),
            }
            return Ok(());
        }
        match (&it.object, socket) {
            (Object::Pipe(inode), _) if it.access() == libc::O_RDONLY => self.outputs.push((number, *inode)),
            (Object::Pipe(_), _) => self.writers.push(number),
            (Object::Fifo, _) => self.take_fifo(it)?,
            (Object::Socket, Some(socket)) => self.take_socket(it, socket)?,
            (Object::Regular, _)
                if it.access() == libc::O_WRONLY && self.expected.log && self.roles.log.is_none() =>
            {
                self.roles.log = Some(number);
            }
            (Object::Regular, _) if is_oom_control(&it.link) => {}
            (Object::Null, _) => {}
            // A directory of a log that 2.2 could not rotate. There is nothing to do with such a descriptor.
            _ if it.has(libc::O_PATH) => {}
            (Object::Anonymous(kind), _) => self.take_anonymous(it, kind)?,
            _ => return Err(not_understood(it)),
        }
        Ok(())
    }

    /// Clients and the terminal. Returns whether it is one of those.
    fn take_received(&mut self, it: &Descriptor, socket: Option<&UnixSocket>) -> bool {
        match (&it.object, socket) {
            (Object::Terminal(index), _) if self.expected.terminal => {
                self.terminals.push((it.number, *index))
            }
            (Object::Socket, Some(UnixSocket { kind: Kind::Connection, bound: Some(path) }))
                if self.expected.attach && path.file_name() == Some("attach".as_ref()) =>
            {
                self.roles.clients.push(ClientRole { fd: it.number, input: self.is_polled(it.number) });
            }
            _ => return false,
        }
        true
    }

    fn take_fifo(&mut self, it: &Descriptor) -> Result<(), Unclear> {
        let reads = it.access() == libc::O_RDONLY;
        let link = it.link.strip_suffix(b" (deleted)").unwrap_or(&it.link);
        match (file_name(link), reads) {
            (b"ctl", true) => self.roles.ctl = Some(it.number),
            (b"winsz", true) => {
                self.roles.winsz = Some(it.number);
                self.understood.push(it.number);
            }
            (b"ctl" | b"winsz", false) => {}
            _ => return Err(not_understood(it)),
        }
        Ok(())
    }

    fn take_socket(&mut self, it: &Descriptor, socket: &UnixSocket) -> Result<(), Unclear> {
        match (socket.kind, &socket.bound) {
            (Kind::Listener, Some(_)) if self.expected.attach && self.roles.listener.is_none() => {
                self.roles.listener = Some(it.number);
            }
            (Kind::Datagram, Some(_)) if self.expected.notify && self.notified.is_none() => {
                self.notified = Some(it.number);
            }
            // Of libsystemd and syslog(3), which block.
            (Kind::Datagram, None) if !it.has(libc::O_NONBLOCK) => {}
            (Kind::Datagram, None) => self.senders.push(it.number),
            _ => return Err(not_understood(it)),
        }
        Ok(())
    }

    fn take_anonymous(&mut self, it: &Descriptor, kind: &str) -> Result<(), Unclear> {
        match kind {
            // GLib's own does not block.
            "[eventfd]" if it.has(libc::O_NONBLOCK) => self.understood.push(it.number),
            "[eventfd]" if self.roles.oom_v1.is_none() => self.roles.oom_v1 = Some(it.number),
            "[signalfd]" => {
                self.signals = Some(it.number);
                self.understood.push(it.number);
            }
            "inotify" if self.roles.oom_v2.is_none() => self.roles.oom_v2 = Some(it.number),
            _ => return Err(not_understood(it)),
        }
        Ok(())
    }

    fn finish(mut self, descriptors: &[Known]) -> Result<Roles, Unclear> {
        self.find_streams()?;
        self.find_notify()?;
        let fd = |number: RawFd| descriptors.iter().map(|(it, _)| it).find(|it| it.number == number);
        if let Some(sender) = self.senders.first().and_then(|number| fd(*number)) {
            return Err(not_understood(sender));
        }
        for (missing, what) in [
            (self.expected.attach && self.roles.listener.is_none(), "attach socket"),
            (
                self.expected.attach && (self.roles.ctl.is_none() || self.roles.winsz.is_none()),
                "control FIFOs",
            ),
            (self.expected.log && self.roles.log.is_none(), "log file"),
        ] {
            if missing {
                return Err(Unclear::Always(format!("it has no {what}")));
            }
        }
        self.check_polled()?;
        Ok(self.roles)
    }

    fn find_notify(&mut self) -> Result<(), Unclear> {
        self.roles.notify = match (self.expected.notify, self.notified) {
            (false, _) => None,
            (true, Some(container)) if self.senders.len() == 1 => {
                self.senders.pop().map(|sender| (container, sender))
            }
            (true, _) => return Err(Unclear::Always("its notify sockets are not understood".to_owned())),
        };
        Ok(())
    }

    fn find_streams(&mut self) -> Result<(), Unclear> {
        if self.expected.terminal {
            self.find_terminal()?;
        }
        match (self.expected.terminal, &self.outputs[..]) {
            (_, []) => {}
            (true, [(stderr, _)]) => self.roles.stderr = Some(*stderr),
            (false, [(stdout, _), (stderr, _)]) => {
                (self.roles.stdout, self.roles.stderr) = (Some(*stdout), Some(*stderr));
            }
            (false, [(number, inode)]) => {
                match (self.container.stdout == Some(*inode), self.container.stderr == Some(*inode)) {
                    (true, false) => self.roles.stdout = Some(*number),
                    (false, true) => self.roles.stderr = Some(*number),
                    _ => {
                        return Err(Unclear::Always(format!(
                            "whether descriptor {number} is stdout or stderr is not known"
                        )));
                    }
                }
            }
            _ => return Err(Unclear::Always("it has more pipes than a container has outputs".to_owned())),
        }
        match self.writers[..] {
            [] => Ok(()),
            [stdin] if !self.expected.terminal => {
                self.roles.stdin = Some(stdin);
                Ok(())
            }
            _ => Err(Unclear::Always("it has more pipes than a container has inputs".to_owned())),
        }
    }

    /// Stdin is the descriptor that was received, stdout a duplicate.
    fn find_terminal(&mut self) -> Result<(), Unclear> {
        let polled = self.terminals.iter().find(|(number, _)| self.is_polled(*number)).copied();
        let Some((stdout, index)) = polled else {
            // While no process has the terminal open, it is polled ten times a second.
            return Err(Unclear::Now("its terminal is closed".to_owned()));
        };
        let (same, others): (Vec<_>, Vec<_>) = self.terminals.iter().partition(|(_, other)| *other == index);
        self.roles.leaked.extend(others.iter().map(|(number, _)| number));
        self.roles.leaked.sort_unstable();
        let rest: Vec<RawFd> =
            same.iter().map(|(number, _)| *number).filter(|number| *number != stdout).collect();
        match rest[..] {
            [] => {}
            [stdin] => self.roles.stdin = Some(stdin),
            _ => return Err(Unclear::Always("it has its terminal open too often".to_owned())),
        }
        (self.roles.stdout, self.roles.terminal) = (Some(stdout), true);
        Ok(())
    }

    /// Everything that it polls has a role, and it polls its outputs: before the container runs, it does not.
    fn check_polled(&self) -> Result<(), Unclear> {
        let roles = &self.roles;
        let outputs = [roles.stdout, roles.stderr];
        if let Some(number) = outputs.into_iter().flatten().find(|number| !self.is_polled(*number)) {
            return Err(Unclear::Now(format!(
                "it does not read descriptor {number}: its container is not running yet"
            )));
        }
        if !self.signals.is_some_and(|signals| self.is_polled(signals)) {
            return Err(Unclear::Now("it does not wait for events".to_owned()));
        }
        let notified = roles.notify.map(|(container, _)| container);
        let single = [roles.listener, roles.ctl, roles.oom_v1, roles.oom_v2, notified];
        let known = |fd: RawFd| {
            outputs.contains(&Some(fd))
                || single.contains(&Some(fd))
                || self.understood.contains(&fd)
                || roles.clients.iter().any(|client| client.fd == fd)
        };
        match self.polled.iter().find(|polled| !known(polled.fd)) {
            Some(Polled { fd, .. }) => {
                Err(Unclear::Now(format!("why it waits for descriptor {fd} is not understood")))
            }
            None => Ok(()),
        }
    }
}

fn is_oom_control(link: &[u8]) -> bool {
    file_name(link) == b"memory.oom_control"
}

fn file_name(link: &[u8]) -> &[u8] {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(link)).file_name().map(OsStrExt::as_bytes).unwrap_or_default()
}

fn not_understood(it: &Descriptor) -> Unclear {
    Unclear::Always(format!("its descriptor {} is not understood", it.name()))
}

#[cfg(test)]
mod tests;

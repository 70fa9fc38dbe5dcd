//! What a C conmon has to have for the executable: descriptors that it is made to open, all close-on-exec.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::socket::{MsgFlags, recv, setsockopt, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};

use crate::calls;
use crate::data::Data;
use crate::frames::Call;
use crate::inspect::{Facts, Target};
use crate::process::reason;
use crate::tracee::{Outcome, Tracee};

/// How long the executable may take to report that it serves the container.
const ANSWER_SECONDS: i64 = 20;
/// More than the paths that are opened take together.
const ROOM: usize = 8192;

/// The descriptors.
pub(crate) struct Prepared {
    /// A file in memory.
    pub(crate) document: RawFd,
    /// The executable (`O_PATH`).
    pub(crate) executable: RawFd,
    /// Where the executable reports that it serves the container.
    pub(crate) caller: RawFd,
    /// The other end of that connection.
    other_end: RawFd,
    /// The FIFOs `ctl` and `winsz`, open for reading and writing.
    pub(crate) control: Option<(RawFd, RawFd)>,
    /// One more of the terminal.
    pub(crate) terminal: Option<RawFd>,
    /// `memory.events` of cgroup v2.
    pub(crate) memory_events: Option<RawFd>,
    /// Our duplicate of the other end.
    answer: OwnedFd,
}

/// Calls, and the numbers that they have returned.
struct Opening {
    place: u64,
    data: Data,
    calls: Vec<Call>,
    opened: Vec<RawFd>,
}

impl Opening {
    fn new(tracee: &Tracee) -> Result<Self, String> {
        let place = tracee.room(ROOM, 7)?;
        Ok(Self { place, data: Data::at(place), calls: Vec::new(), opened: Vec::new() })
    }

    fn path(&mut self, path: &[u8], flags: i32) {
        let path = self.data.string(path);
        self.calls.push(calls::open(path, flags));
    }

    /// Makes the process execute them. After an error it has closed what it had opened.
    fn run(&mut self, tracee: &mut Tracee, pair: u64) -> Result<(), String> {
        let results = results(tracee.run(self.place, self.data.bytes(), &self.calls, None)?)?;
        // The first call stores two numbers instead of returning one.
        let (connected, others) = results.split_first().ok_or("it has executed no call")?;
        if *connected == 0 {
            let ends = tracee.memory.read(pair, 8)?;
            let ends = ends.chunks_exact(4).map(|end| RawFd::from_le_bytes([end[0], end[1], end[2], end[3]]));
            self.opened.extend(ends);
        }
        self.opened.extend(
            others.iter().filter_map(|number| RawFd::try_from(*number).ok()).filter(|number| *number >= 0),
        );
        match results.iter().find(|result| **result < 0) {
            None => Ok(()),
            Some(error) => {
                close_all(tracee, &self.opened)?;
                Err(format!("it cannot prepare for the executable: {}", describe(*error)))
            }
        }
    }
}

impl Prepared {
    /// Opens all of them, or none.
    ///
    /// # Errors
    /// Why the process cannot, or that it has ended.
    pub(crate) fn make(tracee: &mut Tracee, target: &Target<'_>, facts: &Facts) -> Result<Self, String> {
        let roles = &facts.roles;
        let mut opening = Opening::new(tracee)?;
        let pair = opening.data.pointers(std::iter::empty());
        let name = opening.data.string(b"conmon-state");
        opening.calls.extend([calls::connection(pair), calls::memory_file(name)]);
        opening.path(target.request.executable.as_os_str().as_bytes(), libc::O_PATH);
        let control = roles.ctl.zip(roles.winsz);
        for fifo in control.iter().flat_map(|(ctl, winsz)| [ctl, winsz]) {
            opening.path(format!("/proc/self/fd/{fifo}").as_bytes(), libc::O_RDWR | libc::O_NONBLOCK);
        }
        if let Some(path) = &facts.memory_events {
            opening.path(path, libc::O_RDONLY);
        }
        opening.calls.extend(roles.stdout.filter(|_| roles.terminal).map(calls::duplicate));
        opening.run(tracee, pair)?;
        let numbers = opening.opened;
        let mut next = numbers.iter().copied();
        let mut take = |wanted: bool| if wanted { next.next() } else { None };
        let (connection, document, executable) = (take(true).zip(take(true)), take(true), take(true));
        let control = take(control.is_some()).zip(take(control.is_some()));
        let (memory_events, terminal) = (take(facts.memory_events.is_some()), take(roles.terminal));
        let made =
            connection.zip(document.zip(executable)).ok_or_else(|| "it has opened too little".to_owned());
        match made.and_then(|made| target.duplicate(made.0.1).map(|answer| (made, answer))) {
            Ok((((caller, other_end), (document, executable)), answer)) => {
                Ok(Self { document, executable, caller, other_end, control, terminal, memory_events, answer })
            }
            Err(why) => {
                close_all(tracee, &numbers)?;
                Err(why)
            }
        }
    }

    /// What the executable inherits of them.
    pub(crate) fn kept(&self) -> impl Iterator<Item = RawFd> {
        let control = self.control.into_iter().flat_map(|(ctl, winsz)| [ctl, winsz]);
        let single = [Some(self.document), Some(self.caller), self.terminal, self.memory_events];
        single.into_iter().flatten().chain(control)
    }

    /// Closes all of them.
    ///
    /// # Errors
    /// When the process has ended.
    pub(crate) fn undo(&self, tracee: &mut Tracee) -> Result<(), String> {
        close_all(tracee, &self.kept().chain([self.other_end, self.executable]).collect::<Vec<_>>())
    }

    /// Fills the file in memory, and seals it.
    ///
    /// # Errors
    /// Those of write(2) and fcntl(2).
    pub(crate) fn write(&self, target: &Target<'_>, text: &str) -> Result<(), String> {
        const STEP: &str = "cannot write the monitor's state";
        let mut file = File::from(target.duplicate(self.document)?);
        file.write_all(text.as_bytes()).map_err(|error| format!("{STEP}: {}", reason(&error)))?;
        let seals =
            SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
        let sealed = fcntl(&file, FcntlArg::F_ADD_SEALS(seals));
        sealed.map(drop).map_err(|errno| format!("{STEP}: {}", conmon_sys::errors::describe(errno)))
    }

    /// Waits until the executable serves the container.
    ///
    /// # Errors
    /// When it does not report that.
    pub(crate) fn answer(&self) -> Result<(), String> {
        let patience = TimeVal::seconds(ANSWER_SECONDS);
        let limited = setsockopt(&self.answer, sockopt::ReceiveTimeout, &patience);
        let mut answer = [0; 512];
        match limited.and_then(|()| recv(self.answer.as_raw_fd(), &mut answer, MsgFlags::empty())) {
            Ok(length) if length > 0 => Ok(()),
            _ => {
                Err("the executable was executed, but has not reported that it serves the container"
                    .to_owned())
            }
        }
    }
}

fn close_all(tracee: &mut Tracee, numbers: &[RawFd]) -> Result<(), String> {
    let list: Vec<Call> = numbers.iter().copied().map(calls::close).collect();
    let place = tracee.room(0, list.len())?;
    tracee.run(place, &[], &list, None).map(drop)
}

fn results(outcome: Outcome) -> Result<Vec<i64>, String> {
    match outcome {
        Outcome::Results(results) => Ok(results),
        Outcome::Executed => Err("it has executed another program".to_owned()),
    }
}

/// The error that a call has returned.
pub(crate) fn describe(result: i64) -> &'static str {
    let errno = i32::try_from(-result).unwrap_or(0);
    conmon_sys::errors::describe(nix::errno::Errno::from_raw(errno))
}

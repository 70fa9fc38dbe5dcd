//! [`Record`]: what another process needs in order to monitor this container if this process is killed.

use std::ffi::{CStr, OsStr};
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use conmon_sys::environment::Environment;
use conmon_sys::pages::Pages;
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;

use super::Pipes;
use crate::files::atomic_file::AtomicFile;
use crate::files::small_file;
use crate::processes::proc_stat::ProcStat;

/// Changes with the format.
const VERSION: &str = "1";
const MALFORMED: &str = "malformed";
/// The environment may hold secrets.
const MODE: u32 = 0o600;
/// Clock ticks per second in `/proc`, on every machine that this is built for (`USER_HZ`).
const CLOCK_TICKS: u32 = 100;
/// More than the first line has.
const FIRST_LINE: usize = 512;
/// More than the arguments and the environment of a process can have together by default (execve(2), "Limits").
pub(super) const MAX_RECORD: NonZeroUsize = NonZeroUsize::new(8 << 20).unwrap();

/// What another process needs in order to monitor the container.
///
/// On disk: a line of numbers, then four blocks of bytes. The line has the version; pid and start time of the monitor, and of the
/// container; the inode of the monitor's pid namespace; those of the container's pipes, or `-`; and the lengths of the blocks. The
/// blocks are the monitor's command line and environment, each string with a NUL after it, its working directory, and its
/// `/proc/self/cgroup`.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) monitor: Identity,
    pub(crate) container: Identity,
    /// The inode of the pid namespace in which the monitor has its pid.
    namespace: u64,
    pub(crate) pipes: Pipes,
    blocks: [Vec<u8>; 4],
}

/// A process, distinguished from later ones with the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) pid: i32,
    /// In clock ticks after the start of the system.
    pub(crate) started: u64,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pid, self.started)
    }
}

impl Identity {
    pub(crate) fn of(pid: Pid) -> io::Result<Self> {
        Ok(Self { pid: pid.as_raw(), started: ProcStat::of(pid)?.started })
    }

    /// How long ago it started.
    pub(crate) fn age(self) -> Duration {
        let uptime = clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(Duration::ZERO, Duration::from);
        uptime.saturating_sub(Duration::from_secs(self.started) / CLOCK_TICKS)
    }

    /// Whether it runs.
    pub(crate) fn runs(self) -> bool {
        ProcStat::of(Pid::from_raw(self.pid))
            .is_ok_and(|stat| stat.started == self.started && !stat.has_ended())
    }
}

impl Record {
    /// Reads a record.
    ///
    /// # Errors
    /// Why this executable cannot.
    pub(super) fn read(content: &[u8]) -> Result<Self, String> {
        let newline = content.iter().position(|byte| *byte == b'\n').ok_or(MALFORMED)?;
        let (line, mut rest) = content.split_at(newline + 1);
        let line = std::str::from_utf8(line).map_err(|_| MALFORMED)?.trim_end();
        let (version, numbers) = line.split_once(' ').ok_or(MALFORMED)?;
        if version != VERSION {
            return Err(format!("it has version {version}; expected {VERSION}"));
        }
        let numbers: Vec<Option<u64>> = numbers.split(' ').map(|number| number.parse().ok()).collect();
        let &[
            monitor,
            monitor_started,
            container,
            container_started,
            namespace,
            stdin,
            stdout,
            stderr,
            a,
            b,
            c,
            d,
        ] = &numbers[..]
        else {
            return Err(MALFORMED.to_owned());
        };
        let identity = |pid: Option<u64>, started: Option<u64>| {
            Some(Identity { pid: i32::try_from(pid?).ok().filter(|pid| *pid > 0)?, started: started? })
        };
        let mut block = |length: Option<u64>| {
            let (block, others) = rest.split_at_checked(usize::try_from(length?).ok()?)?;
            rest = others;
            Some(block.to_vec())
        };
        let blocks = (|| Some([block(a)?, block(b)?, block(c)?, block(d)?]))().ok_or(MALFORMED)?;
        let record = Self {
            monitor: identity(monitor, monitor_started).ok_or(MALFORMED)?,
            container: identity(container, container_started).ok_or(MALFORMED)?,
            namespace: namespace.ok_or(MALFORMED)?,
            pipes: Pipes { stdin, stdout, stderr },
            blocks,
        };
        match rest.is_empty() && !record.argv().is_empty() {
            true => Ok(record),
            false => Err(MALFORMED.to_owned()),
        }
    }

    /// Whether its pids are those of this process' namespace.
    pub(super) fn is_of_this_namespace(&self) -> bool {
        pid_namespace().is_ok_and(|namespace| namespace == self.namespace)
    }

    /// The whole argument vector.
    pub(super) fn argv(&self) -> Vec<&CStr> {
        strings(&self.blocks[0])
    }

    /// `NAME=VALUE`.
    pub(super) fn environment(&self) -> Vec<&CStr> {
        strings(&self.blocks[1])
    }

    /// Working directory.
    pub(super) fn directory(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.blocks[2]))
    }

    /// The content of `/proc/self/cgroup`.
    pub(super) fn cgroup(&self) -> &[u8] {
        &self.blocks[3]
    }
}

fn pid_namespace() -> io::Result<u64> {
    Ok(std::fs::metadata("/proc/self/ns/pid")?.ino())
}

fn strings(block: &[u8]) -> Vec<&CStr> {
    block.split_inclusive(|byte| *byte == 0).filter_map(|text| CStr::from_bytes_with_nul(text).ok()).collect()
}

/// The content of a record of this process. In pages of its own: what the heap grows by for a moment it keeps.
struct Content {
    pages: Pages,
    /// Where the first line begins, and where the last block ends.
    start: usize,
    end: usize,
}

impl Content {
    fn of(monitor: Pid, container: Pid, pipes: Pipes) -> io::Result<Self> {
        let mut content = Self { pages: Pages::reserve(MAX_RECORD)?, start: FIRST_LINE, end: FIRST_LINE };
        let environment = Environment::inherit();
        let lengths = [
            content.add(|room| fill(File::open("/proc/self/cmdline")?, room))?,
            content.add(|room| {
                environment
                    .strings()
                    .try_fold(0, |length, text| Ok(length + put(text.to_bytes_with_nul(), room, length)?))
            })?,
            content.add(|room| put(std::env::current_dir()?.as_os_str().as_bytes(), room, 0))?,
            content.add(|room| fill(File::open("/proc/self/cgroup")?, room))?,
        ];
        content.put_line((Identity::of(monitor)?, Identity::of(container)?), pipes, lengths)?;
        Ok(content)
    }

    /// Adds a block; returns its length.
    fn add(&mut self, write: impl FnOnce(&mut [u8]) -> io::Result<usize>) -> io::Result<usize> {
        let length = write(self.pages.get_mut(self.end..).unwrap_or_default())?;
        self.end += length;
        Ok(length)
    }

    /// Puts the first line right before the blocks.
    fn put_line(
        &mut self,
        (monitor, container): (Identity, Identity),
        pipes: Pipes,
        [a, b, c, d]: [usize; 4],
    ) -> io::Result<()> {
        let mut line = [0; FIRST_LINE];
        let mut rest = &mut line[..];
        let inode = |inode: Option<u64>| inode.map_or_else(|| "-".to_owned(), |inode| inode.to_string());
        let [stdin, stdout, stderr] = [pipes.stdin, pipes.stdout, pipes.stderr].map(inode);
        let namespace = pid_namespace()?;
        writeln!(
            rest,
            "{VERSION} {monitor} {container} {namespace} {stdin} {stdout} {stderr} {a} {b} {c} {d}"
        )?;
        let length = FIRST_LINE - rest.len();
        self.start = FIRST_LINE - length;
        put(&line[..length], &mut self.pages, self.start).map(drop)
    }

    fn bytes(&self) -> &[u8] {
        self.pages.get(self.start..self.end).unwrap_or_default()
    }
}

/// Copies text to a place; returns its length.
fn put(text: &[u8], room: &mut [u8], at: usize) -> io::Result<usize> {
    let place = room.get_mut(at..at + text.len()).ok_or(io::ErrorKind::FileTooLarge)?;
    place.copy_from_slice(text);
    Ok(text.len())
}

/// Reads a file to its end.
fn fill(mut file: File, room: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    loop {
        match file
            .read(room.get_mut(length..).filter(|room| !room.is_empty()).ok_or(io::ErrorKind::FileTooLarge)?)
        {
            Ok(0) => return Ok(length),
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A record on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RescueFile {
    inode: u64,
}

impl RescueFile {
    /// Leaves a record at `path` that names a process, this one or its guardian, and has the command line of this process.
    ///
    /// # Errors
    /// When `/proc` cannot be read, the container is gone, or the file cannot be created or written.
    pub(crate) fn leave(path: &Path, monitor: Pid, container: Pid, pipes: Pipes) -> io::Result<Self> {
        let content = Content::of(monitor, container, pipes)?;
        let file = AtomicFile::create(path, MODE)?;
        let inode = file.inode()?;
        file.publish(content.bytes())?;
        Ok(Self { inode })
    }

    /// The one that another monitor of this container has left.
    pub(crate) fn find(path: &Path, container: Identity) -> Option<Self> {
        let (file, found) = small_file::open_with_metadata(path).ok()?;
        let record = Record::read(&small_file::read(file, MAX_RECORD.get()).ok()?).ok()?;
        (record.container == container).then_some(Self { inode: found.ino() })
    }

    /// Removes it, unless the record of another life of the container is there by now.
    pub(crate) fn remove(self, path: &Path) {
        if inode_of(path) == Some(self.inode) {
            let _ = std::fs::remove_file(path);
        }
    }

    /// For a hand-over.
    pub(crate) fn state(self) -> u64 {
        self.inode
    }

    pub(crate) fn from_state(inode: u64) -> Self {
        Self { inode }
    }
}

/// The inode number of what is at the path, also of a symbolic link.
pub(super) fn inode_of(path: &Path) -> Option<u64> {
    path.symlink_metadata().ok().map(|metadata| metadata.ino())
}

#[cfg(test)]
mod tests {
    use nix::unistd::getpid;

    use super::*;

    /// Records of this version will be read by all later ones: what is here never changes.
    const VERSION_1: &[u8] = b"1 11 5 12 6 4026531836 - 77 78 12 8 1 6\nconmon\0--\0\xff\0A=b\0B=c\0/0::/x\n";

    #[test]
    fn version_1_is_this() {
        let record = Record::read(VERSION_1).unwrap();
        assert_eq!(record.monitor, Identity { pid: 11, started: 5 });
        assert_eq!(record.container, Identity { pid: 12, started: 6 });
        assert_eq!(record.pipes, Pipes { stdin: None, stdout: Some(77), stderr: Some(78) });
        assert_eq!(record.argv(), [c"conmon", c"--", c"\xff"]);
        assert_eq!(record.environment(), [c"A=b", c"B=c"]);
        assert_eq!((record.directory(), record.cgroup()), (Path::new("/"), &b"0::/x\n"[..]));
    }

    #[test]
    fn other_bytes_are_refused() {
        let later = [b"2", &VERSION_1[1..]].concat();
        assert_eq!(Record::read(&later).unwrap_err(), "it has version 2; expected 1");
        for end in 0..VERSION_1.len() {
            assert!(Record::read(&VERSION_1[..end]).is_err(), "{end}");
        }
        assert!(Record::read(&[VERSION_1, b"more"].concat()).is_err());
        for numbers in
            ["0 5 12 6 1", "11 5 12 - 1", "11 5 12 1", "-4 5 12 6 1", "11 5 12 6 -", "11 5 12 6 7 8"]
        {
            let content = format!("1 {numbers} - - - 2 0 0 0\nx\0");
            assert_eq!(Record::read(content.as_bytes()).unwrap_err(), MALFORMED, "{numbers}");
        }
        assert!(Record::read(b"1 11 5 12 6 1 - - - 99999999999999999999 0 0 0\n").is_err());
    }

    #[test]
    fn the_record_of_this_process_is_read() {
        let content = Content::of(getpid(), getpid(), Pipes { stdout: Some(7), ..Pipes::default() }).unwrap();
        let record = Record::read(content.bytes()).unwrap();
        assert!(record.monitor.runs() && record.is_of_this_namespace());
        assert_eq!((record.monitor, record.pipes.stdout), (record.container, Some(7)));
        let argv: Vec<_> = std::env::args_os().collect();
        let read: Vec<_> = record.argv().iter().map(|text| OsStr::from_bytes(text.to_bytes())).collect();
        assert_eq!(read, argv);
        assert_eq!(record.environment().len(), std::env::vars_os().count());
        assert_eq!(record.directory(), std::env::current_dir().unwrap());
        assert_eq!(record.cgroup(), std::fs::read("/proc/self/cgroup").unwrap());
    }

    #[test]
    fn a_record_is_for_its_owner_and_is_removed_by_who_left_it() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pidfile.rescue");
        let first = RescueFile::leave(&path, getpid(), getpid(), Pipes::default()).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, MODE);
        let held = std::fs::File::open(&path).unwrap();
        let container = Identity::of(getpid()).unwrap();
        assert_eq!(RescueFile::find(&path, container), Some(first));
        assert_eq!(RescueFile::find(&path, Identity { started: container.started + 1, ..container }), None);
        let second = RescueFile::leave(&path, getpid(), getpid(), Pipes::default()).unwrap();
        first.remove(&path);
        assert!(path.exists());
        second.remove(&path);
        assert!(!path.exists());
        drop(held);
    }
}

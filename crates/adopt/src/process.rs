//! A process as seen from outside: its memory and what `/proc` shows of it (proc(5)).

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Kernel's unit of times in `/proc/PID/stat` (`USER_HZ`), a second.
const TICKS: u64 = 100;

/// `PF_EXITING` (include/linux/sched.h).
const EXITING: u64 = 4;

/// `/proc/PID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proc(pub(crate) i32);

/// Fields of `/proc/PID/stat` (proc_pid_stat(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) state: u8,
    pub(crate) parent: i32,
    /// `PF_EXITING`: it is in exit(2), and not a zombie yet.
    exiting: bool,
    /// In ticks since the start of the system.
    pub(crate) started: u64,
    /// Where its arguments and its environment are in memory, from the first byte to behind the last.
    pub(crate) arguments: (u64, u64),
    pub(crate) environment: (u64, u64),
}

impl Proc {
    /// A path below it.
    pub(crate) fn path(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.0))
    }

    /// From here, what has an absolute path there: it may be in another mount namespace.
    pub(crate) fn sees(self, path: &Path) -> PathBuf {
        self.path("root").join(path.strip_prefix("/").unwrap_or(path))
    }

    pub(crate) fn read(self, name: &str) -> Result<Vec<u8>, String> {
        let path = self.path(name);
        fs::read(&path).map_err(|error| format!("cannot read {}: {}", path.display(), reason(&error)))
    }

    pub(crate) fn text(self, name: &str) -> Result<String, String> {
        self.read(name).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(crate) fn stat(self) -> Result<Stat, String> {
        let line = self.text("stat")?;
        parse_stat(&line).ok_or_else(|| format!("cannot read {}: unknown form", self.path("stat").display()))
    }

    /// A field of `/proc/PID/status`.
    pub(crate) fn status(self, field: &str) -> Result<Option<String>, String> {
        let text = self.text("status")?;
        let find =
            |line: &str| line.strip_prefix(field)?.strip_prefix(':').map(|value| value.trim().to_owned());
        Ok(text.lines().find_map(find))
    }

    pub(crate) fn mappings(self) -> Result<Vec<Mapping>, String> {
        Ok(self.text("maps")?.lines().filter_map(Mapping::parse).collect())
    }

    /// How long it has existed.
    pub(crate) fn age(self) -> Result<std::time::Duration, String> {
        let uptime = fs::read_to_string("/proc/uptime").map_err(|error| reason(&error))?;
        let seconds = uptime.split(' ').next().and_then(|text| text.parse::<f64>().ok());
        let started = self.stat()?.started;
        let since = seconds.ok_or("cannot read /proc/uptime: unknown form")? - started as f64 / TICKS as f64;
        Ok(std::time::Duration::from_secs_f64(since.max(0.0)))
    }

    pub(crate) fn memory(self) -> Result<Memory, String> {
        let path = self.path("mem");
        let opened = OpenOptions::new().read(true).write(true).open(&path);
        opened.map(Memory).map_err(|error| format!("cannot open {}: {}", path.display(), reason(&error)))
    }

    /// Its open descriptors, in the order of their numbers.
    pub(crate) fn descriptors(self) -> Result<Vec<Descriptor>, String> {
        let path = self.path("fd");
        let failed = |error: &io::Error| format!("cannot read {}: {}", path.display(), reason(error));
        let mut found = Vec::new();
        for entry in fs::read_dir(&path).map_err(|error| failed(&error))? {
            let entry = entry.map_err(|error| failed(&error))?;
            let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            found.push(Descriptor::of(self, number)?);
        }
        found.sort_by_key(|descriptor| descriptor.number);
        Ok(found)
    }
}

impl Stat {
    /// It does nothing any more, and has no memory.
    pub(crate) fn has_ended(&self) -> bool {
        self.exiting || matches!(self.state, b'Z' | b'X')
    }
}

fn parse_stat(line: &str) -> Option<Stat> {
    // The name is in parentheses, and may contain some itself.
    let fields: Vec<&str> = line.get(line.rfind(')')? + 1..)?.split_ascii_whitespace().collect();
    // Numbers of the man page, where the state is 3.
    let number = |at: usize| fields.get(at - 3)?.parse::<u64>().ok();
    Some(Stat {
        state: *fields.first()?.as_bytes().first()?,
        parent: fields.get(1)?.parse().ok()?,
        exiting: number(9)? & EXITING != 0,
        started: number(22)?,
        arguments: (number(48)?, number(49)?),
        environment: (number(50)?, number(51)?),
    })
}

/// A line of `/proc/PID/maps`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mapping {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) writable: bool,
    pub(crate) executable: bool,
    pub(crate) offset: u64,
    pub(crate) name: String,
}

impl Mapping {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.splitn(6, ' ');
        let (start, end) = fields.next()?.split_once('-')?;
        let permissions = fields.next()?;
        let offset = u64::from_str_radix(fields.next()?, 16).ok()?;
        let name = fields.nth(2).unwrap_or_default().trim_start().to_owned();
        let (start, end) = (u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?);
        let (writable, executable) = (permissions.contains('w'), permissions.contains('x'));
        Some(Self { start, end, writable, executable, offset, name })
    }

    pub(crate) fn length(&self) -> usize {
        usize::try_from(self.end - self.start).unwrap_or(0)
    }
}

/// `/proc/PID/mem`.
#[derive(Debug)]
pub(crate) struct Memory(File);

impl Memory {
    pub(crate) fn read(&self, address: u64, length: usize) -> Result<Vec<u8>, String> {
        let mut bytes = vec![0; length];
        let read = self.0.read_exact_at(&mut bytes, address);
        read.map(|()| bytes).map_err(|error| format!("cannot read its memory: {}", reason(&error)))
    }

    pub(crate) fn write(&self, address: u64, bytes: &[u8]) -> Result<(), String> {
        let written = self.0.write_all_at(bytes, address);
        written.map_err(|error| format!("cannot write its memory: {}", reason(&error)))
    }
}

/// What a descriptor is open on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    /// A pipe without a name; its inode.
    Pipe(u64),
    Fifo,
    Socket,
    /// The master side of a pseudo-terminal; its index.
    Terminal(u32),
    Regular,
    Null,
    /// The name of its kind, such as `[eventfd]`.
    Anonymous(String),
    Other,
}

/// An open descriptor of another process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Descriptor {
    pub(crate) number: RawFd,
    /// Target of the link in `/proc/PID/fd`.
    pub(crate) link: Vec<u8>,
    pub(crate) object: Object,
    /// Flags of open(2), with `O_CLOEXEC`.
    pub(crate) flags: i32,
}

impl Descriptor {
    fn of(process: Proc, number: RawFd) -> Result<Self, String> {
        let path = process.path(&format!("fd/{number}"));
        let failed = |error: io::Error| format!("cannot inspect descriptor {number}: {}", reason(&error));
        let link = fs::read_link(&path).map_err(failed)?.as_os_str().as_bytes().to_vec();
        let info = process.text(&format!("fdinfo/{number}"))?;
        let field = |name: &str| {
            info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
        };
        let flags = field("flags").and_then(|octal| i32::from_str_radix(octal, 8).ok());
        let flags = flags.ok_or_else(|| format!("cannot inspect descriptor {number}: no flags"))?;
        let metadata = fs::metadata(&path).map_err(failed)?;
        let object = if let Some(kind) = link.strip_prefix(b"anon_inode:") {
            Object::Anonymous(String::from_utf8_lossy(kind).into_owned())
        } else if let Some(index) = field("tty-index").and_then(|index| index.parse().ok()) {
            Object::Terminal(index)
        } else if link.starts_with(b"pipe:") {
            Object::Pipe(metadata.ino())
        } else if metadata.file_type().is_fifo() {
            Object::Fifo
        } else if metadata.file_type().is_socket() {
            Object::Socket
        } else if metadata.file_type().is_char_device() && metadata.rdev() == libc::makedev(1, 3) {
            Object::Null
        } else if metadata.file_type().is_file() {
            Object::Regular
        } else {
            Object::Other
        };
        Ok(Self { number, link, object, flags })
    }

    pub(crate) fn has(&self, flag: i32) -> bool {
        self.flags & flag != 0
    }

    pub(crate) fn closes_on_exec(&self) -> bool {
        self.has(libc::O_CLOEXEC)
    }

    /// Whether it is open for reading only, writing only, or both.
    pub(crate) fn access(&self) -> i32 {
        self.flags & libc::O_ACCMODE
    }

    /// For messages.
    pub(crate) fn name(&self) -> String {
        format!("{} ({})", self.number, String::from_utf8_lossy(&self.link))
    }
}

/// Without the number that the standard library adds.
pub(crate) fn reason(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(
        || error.to_string(),
        |number| conmon_sys::errors::describe(nix::errno::Errno::from_raw(number)).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_stat_are_counted_after_the_name() {
        let own = Proc(i32::try_from(std::process::id()).unwrap());
        let stat = own.stat().unwrap();
        let environment = own.memory().unwrap().read(stat.environment.0, 4).unwrap();
        assert_eq!(environment, own.read("environ").unwrap()[..4]);
        assert_eq!(stat.parent, nix::unistd::getppid().as_raw());
        let line = "1 (a) b) Z 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 ";
        assert_eq!(parse_stat(line), None, "too short");
    }

    #[test]
    fn mappings_have_a_name_or_none() {
        let line = "7f00-8f00 r-xp 00001000 fe:00 10166365                   /usr/bin/a b";
        let expected = Mapping {
            start: 0x7f00,
            end: 0x8f00,
            writable: false,
            executable: true,
            offset: 0x1000,
            name: "/usr/bin/a b".to_owned(),
        };
        assert_eq!(Mapping::parse(line), Some(expected));
        assert_eq!(Mapping::parse("7f00-8f00 rw-p 00000000 00:00 0 ").unwrap().name, "");
        assert_eq!(Mapping::parse("nonsense"), None);
    }
}

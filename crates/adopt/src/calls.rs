//! Lists of system calls that a C conmon is made to execute.

use std::os::fd::RawFd;

use crate::frames::Call;
use crate::process::Descriptor;

const CLOSE_ON_EXEC: u64 = libc::FD_CLOEXEC as u64;

fn number(fd: RawFd) -> u64 {
    i64::from(fd).cast_unsigned()
}

fn bits(flags: i32) -> u64 {
    u64::from(flags.cast_unsigned())
}

/// An empty file in memory, to which the document is written.
pub(crate) fn memory_file(name: u64) -> Call {
    let flags = u64::from(libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING);
    Call::new(libc::SYS_memfd_create, &[name, flags])
}

/// A connection; the numbers of both ends are stored at `place`.
pub(crate) fn connection(place: u64) -> Call {
    let (family, kind) = (bits(libc::AF_UNIX), bits(libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC));
    Call::new(libc::SYS_socketpair, &[family, kind, 0, place])
}

/// Opens a file by its path.
pub(crate) fn open(path: u64, flags: i32) -> Call {
    Call::new(libc::SYS_openat, &[number(libc::AT_FDCWD), path, bits(flags | libc::O_CLOEXEC)])
}

pub(crate) fn duplicate(fd: RawFd) -> Call {
    Call::new(libc::SYS_fcntl, &[number(fd), bits(libc::F_DUPFD_CLOEXEC), 3])
}

pub(crate) fn close(fd: RawFd) -> Call {
    Call::new(libc::SYS_close, &[number(fd)])
}

fn set_close_on_exec(fd: RawFd, flag: u64) -> Call {
    Call::new(libc::SYS_fcntl, &[number(fd), bits(libc::F_SETFD), flag])
}

fn set_flags(fd: RawFd, flags: i32) -> Call {
    Call::new(libc::SYS_fcntl, &[number(fd), bits(libc::F_SETFL), bits(flags)])
}

/// What changes with the program, and how that is undone.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) calls: Vec<Call>,
    undo: Vec<Call>,
}

impl Change {
    /// The program inherits the descriptor.
    pub(crate) fn keep(&mut self, fd: RawFd) {
        self.calls.push(set_close_on_exec(fd, 0));
        self.undo.push(set_close_on_exec(fd, CLOSE_ON_EXEC));
    }

    /// Reading and writing does not block.
    pub(crate) fn never_block(&mut self, descriptor: &Descriptor) {
        self.add_flag(descriptor, libc::O_NONBLOCK);
    }

    /// The mask of permissions for new files.
    pub(crate) fn umask(&mut self, mask: u32, before: u32) {
        self.calls.push(Call::new(libc::SYS_umask, &[u64::from(mask)]));
        self.undo.push(Call::new(libc::SYS_umask, &[u64::from(before)]));
    }

    /// Everything is written to the end of the file.
    pub(crate) fn append(&mut self, descriptor: &Descriptor) {
        self.add_flag(descriptor, libc::O_APPEND);
    }

    fn add_flag(&mut self, descriptor: &Descriptor, flag: i32) {
        let flags = descriptor.flags & !libc::O_CLOEXEC;
        if flags & flag == 0 {
            self.calls.push(set_flags(descriptor.number, flags | flag));
            self.undo.push(set_flags(descriptor.number, flags));
        }
    }

    /// Executes an open file at last; `empty` is the address of an empty string. Returns the place of that call in the list.
    pub(crate) fn execute(&mut self, file: RawFd, empty: u64, arguments: u64, environment: u64) -> usize {
        let at = self.calls.len();
        let how = bits(libc::AT_EMPTY_PATH);
        let call = Call::new(libc::SYS_execveat, &[number(file), empty, arguments, environment, how]);
        self.calls.push(call);
        self.calls.append(&mut self.undo);
        at
    }

    /// How many calls there will be with an execution.
    pub(crate) fn count(&self) -> usize {
        self.calls.len() + self.undo.len() + 1
    }
}

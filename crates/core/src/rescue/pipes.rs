//! [`Pipes`]: the pipes of a container, found and opened again through the processes that hold them.
//!
//! Opening `/proc/PID/fd/NUMBER` of a pipe gives a new end of it (proc(5)). The number of a pipe's inode identifies it: the kernel
//! gives it to no other pipe while one of its ends is open. The container's first process may have closed or replaced its standard
//! streams, so all of the container's processes are searched.

use std::fs::{File, OpenOptions, read_dir};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

use conmon_sys::numbers::converted;
use nix::sys::stat::fstat;
use nix::unistd::{Pid, getpid};

use crate::container_io::stdio::Ends;
use crate::processes::process::is_below;

/// More than `/proc/PID/cgroup` has with any number of hierarchies.
const MAX_CGROUP: usize = 64 * 1024;

/// The inode numbers of the container's pipes; `None` for a stream that is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pipes {
    pub(crate) stdin: Option<u64>,
    pub(crate) stdout: Option<u64>,
    pub(crate) stderr: Option<u64>,
}

/// The number that identifies a pipe.
pub(crate) fn inode(pipe: impl AsFd) -> Option<u64> {
    fstat(pipe).ok().and_then(|found| converted(found.st_ino))
}

impl Pipes {
    /// Our ends of those that processes of the container still hold.
    ///
    /// # Errors
    /// When this process may not look at the descriptors of the container.
    pub(crate) fn open(self, container: Pid) -> io::Result<Ends> {
        let mut ends = Ends::default();
        // A failure for any other process only means that it has ended, or belongs to somebody else.
        drop(read_dir(descriptors_of(container))?);
        for pid in processes_of(container)? {
            self.open_of(pid, &mut ends);
            let missing = |number: Option<u64>, end: &Option<OwnedFd>| number.is_some() && end.is_none();
            if !missing(self.stdin, &ends.stdin)
                && !missing(self.stdout, &ends.stdout)
                && !missing(self.stderr, &ends.stderr)
            {
                break;
            }
        }
        Ok(ends)
    }

    fn open_of(self, pid: Pid, ends: &mut Ends) {
        let Ok(entries) = read_dir(descriptors_of(pid)) else { return };
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let Some(number) = pipe_of(&path) else { continue };
            let slots = [
                (self.stdin, &mut ends.stdin, true),
                (self.stdout, &mut ends.stdout, false),
                (self.stderr, &mut ends.stderr, false),
            ];
            for (wanted, end, writes) in slots {
                if wanted == Some(number) && end.is_none() {
                    *end = open_end(&path, number, writes);
                }
            }
        }
    }
}

fn descriptors_of(pid: Pid) -> PathBuf {
    format!("/proc/{pid}/fd").into()
}

/// The number in a link to a pipe: `pipe:[NUMBER]`.
fn pipe_of(link: &PathBuf) -> Option<u64> {
    let target = std::fs::read_link(link).ok()?;
    target.to_str()?.strip_prefix("pipe:[")?.strip_suffix(']')?.parse().ok()
}

/// `None` also if another file has the descriptor by now, or nobody has the other end of a stdin open.
fn open_end(path: &PathBuf, number: u64, writes: bool) -> Option<OwnedFd> {
    let mut options = OpenOptions::new();
    let file = options.read(!writes).write(writes).custom_flags(libc::O_NONBLOCK).open(path).ok()?;
    let found = file.metadata().ok()?;
    (found.file_type().is_fifo() && found.ino() == number).then(|| file.into())
}

/// The container's processes, the first one first: those below it, in its pid namespace or in its cgroup, if it has these for
/// itself.
fn processes_of(container: Pid) -> io::Result<Vec<Pid>> {
    let mut all = Vec::new();
    for entry in read_dir("/proc")? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.parse::<i32>().ok());
        all.extend(number.map(Pid::from_raw).filter(|pid| *pid != container));
    }
    let (ours, its) = (Group::of(getpid()), Group::of(container));
    let shares = |pid: Pid| {
        let group = Group::of(pid);
        let same = |of: fn(&Group) -> &Option<Vec<u8>>| {
            of(&its).is_some() && of(&group) == of(&its) && of(&its) != of(&ours)
        };
        same(|group| &group.namespace) || same(|group| &group.cgroup)
    };
    let members = all.into_iter().filter(|pid| is_below(*pid, container) || shares(*pid));
    Ok(std::iter::once(container).chain(members).collect())
}

/// What the processes of a container have in common.
struct Group {
    namespace: Option<Vec<u8>>,
    cgroup: Option<Vec<u8>>,
}

impl Group {
    fn of(pid: Pid) -> Self {
        use std::os::unix::ffi::OsStringExt;
        let namespace = std::fs::read_link(format!("/proc/{pid}/ns/pid")).ok();
        let cgroup = File::open(format!("/proc/{pid}/cgroup"))
            .and_then(|file| crate::files::small_file::read(file, MAX_CGROUP));
        Self { namespace: namespace.map(|link| link.into_os_string().into_vec()), cgroup: cgroup.ok() }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};

    use nix::sys::signal::{Signal, killpg};

    use super::*;

    fn pid_of(child: &Child) -> Pid {
        Pid::from_raw(i32::try_from(child.id()).unwrap())
    }

    #[test]
    fn the_pipes_of_a_process_and_of_those_below_it_are_opened_again() {
        // Its own streams are gone; a child holds them.
        let script = "sleep 60 & exec </dev/null >/dev/null 2>&1; wait";
        let mut command = Command::new("sh");
        command.args(["-c", script]).process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let pipes = Pipes { stdin: None, stdout: inode(&stdout), stderr: inode(&stderr) };
        let own = PathBuf::from(format!("/proc/{}/fd/2", child.id()));
        while pipe_of(&own).is_some() {
            std::thread::yield_now();
        }
        let ends = pipes.open(pid_of(&child)).unwrap();
        let numbers = [&ends.stdin, &ends.stdout, &ends.stderr].map(|end| end.as_ref().and_then(inode));
        assert_eq!(numbers, [None, pipes.stdout, pipes.stderr]);
        killpg(pid_of(&child), Signal::SIGKILL).unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn what_a_container_wrote_while_nobody_held_the_other_end_is_read() {
        let mut command = Command::new("sh");
        command
            .args(["-c", "echo kept; read line; echo \"$line\""])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let pipes = Pipes { stdin: inode(&stdin), stdout: inode(&stdout), stderr: None };
        while conmon_sys::fds::readable(&stdout).unwrap() == 0 {
            std::thread::yield_now();
        }
        let ends = pipes.open(pid_of(&child)).unwrap();
        drop((stdin, stdout));
        File::from(ends.stdin.unwrap()).write_all(b"again\n").unwrap();
        child.wait().unwrap();
        let mut text = String::new();
        File::from(ends.stdout.unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "kept\nagain\n");
        assert!(ends.stderr.is_none());
    }

    #[test]
    fn a_process_that_has_ended_has_no_pipes() {
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        assert!(Pipes::default().open(pid_of(&child)).is_err());
    }
}

//! Whose requests are accepted: those of a process that could have the same effect by itself.
//!
//! An exit command will have our user, groups, capabilities, restrictions and cgroup, so its sender must have the same ones. Who
//! wants to replace this process must be able to trace it (ptrace(2)): be root or our user, with our capabilities. In both cases
//! the sender must see our bundle through the same mount: a container into which the bundle is mounted sees it through another
//! one.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::MetadataExt;

use conmon_sys::errors::describe;
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::{getegid, geteuid};

use crate::files::small_file;

/// The lines of `/proc/PID/status` (proc(5)) that must be the same. All have the form `NAME:\tVALUE`.
const COMPARED: [&str; 8] =
    ["Uid:", "Gid:", "Groups:", "CapInh:", "CapBnd:", "CapAmb:", "NoNewPrivs:", "Seccomp:"];
const MAX_STATUS: usize = 16 << 10;
const MAX_CGROUP: usize = 64 << 10;

/// The process at the other end of a connection.
pub(super) struct Peer {
    uid: u32,
    gid: u32,
    pid: i32,
}

impl Peer {
    /// As it was when it connected: a program that it executed since cannot have changed that.
    ///
    /// # Errors
    /// When the kernel does not report that, or the process cannot see our bundle as we do.
    pub(super) fn of(
        connection: impl AsFd,
        its_directory: &File,
        our_directory: &File,
    ) -> Result<Self, String> {
        let credentials =
            getsockopt(&connection, PeerCredentials).map_err(|errno| describe(errno).to_owned())?;
        let peer = Self { uid: credentials.uid(), gid: credentials.gid(), pid: credentials.pid() };
        if peer.pid <= 0 {
            return Err("the request comes from another pid namespace".to_owned());
        }
        if place(its_directory).map_err(unreadable)? != place(our_directory).map_err(unreadable)? {
            return Err("the request comes from another mount of the bundle".to_owned());
        }
        Ok(peer)
    }

    /// Whether it may replace this process.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn check_as_tracer(&self) -> Result<(), String> {
        if self.uid != 0 && self.uid != geteuid().as_raw() {
            return Err(format!("the request comes from user {}", self.uid));
        }
        let (own, other) = self.statuses()?;
        require_capabilities(&own, &other)
    }

    /// Whether it may leave us its exit command.
    ///
    /// # Errors
    /// How it differs from this process, or why that cannot be determined.
    pub(super) fn check_as_equal(&self) -> Result<(), String> {
        if (self.uid, self.gid) != (geteuid().as_raw(), getegid().as_raw()) {
            return Err(format!("the request comes from user {}", self.uid));
        }
        let (own, other) = self.statuses()?;
        compare(&own, &other, self.pid)
    }

    fn statuses(&self) -> Result<(Vec<u8>, Vec<u8>), String> {
        Ok((status("self").map_err(unreadable)?, status(&self.pid.to_string()).map_err(unreadable)?))
    }
}

fn compare(own: &[u8], other: &[u8], pid: i32) -> Result<(), String> {
    if let Some(name) = COMPARED.iter().find(|name| line(own, name) != line(other, name)) {
        return Err(format!("the process has another value of {}", name.trim_end_matches(':')));
    }
    // With the secure bit `NOROOT` it would not get back what it has given up; we would.
    require_capabilities(own, other)?;
    let cgroup = |pid: &str| read(pid, "cgroup", MAX_CGROUP).map_err(unreadable);
    match cgroup("self")? == cgroup(&pid.to_string())? {
        true => Ok(()),
        false => Err("the process is in another cgroup".to_owned()),
    }
}

fn require_capabilities(own: &[u8], other: &[u8]) -> Result<(), String> {
    match missing_capabilities(own, other) {
        Some(0) => Ok(()),
        _ => Err("the process has fewer capabilities".to_owned()),
    }
}

/// Whether the process that listens at the other end is ours or root's.
pub(super) fn may_be_trusted(listener: impl AsFd) -> bool {
    getsockopt(&listener, PeerCredentials)
        .is_ok_and(|credentials| credentials.uid() == geteuid().as_raw() || credentials.uid() == 0)
}

/// Device and inode of a directory, and the mount through which it was opened.
fn place(directory: &File) -> io::Result<(u64, u64, Vec<u8>)> {
    let metadata = directory.metadata()?;
    let information = format!("/proc/self/fdinfo/{}", directory.as_raw_fd());
    let information = small_file::read(File::open(information)?, MAX_STATUS)?;
    let mount = line(&information, "mnt_id:").ok_or(io::ErrorKind::Unsupported)?;
    Ok((metadata.dev(), metadata.ino(), mount.to_vec()))
}

fn status(pid: &str) -> io::Result<Vec<u8>> {
    read(pid, "status", MAX_STATUS)
}

fn read(pid: &str, name: &str, most: usize) -> io::Result<Vec<u8>> {
    small_file::read(File::open(format!("/proc/{pid}/{name}"))?, most)
}

/// The permitted capabilities that this process has and the other one lacks; `None` if they cannot be read.
fn missing_capabilities(own: &[u8], other: &[u8]) -> Option<u64> {
    let permitted = |status| {
        let line = std::str::from_utf8(line(status, "CapPrm:")?).ok()?;
        u64::from_str_radix(line.split_ascii_whitespace().nth(1)?, 16).ok()
    };
    Some(permitted(own)? & !permitted(other)?)
}

fn line<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    text.split(|byte| *byte == b'\n').find(|line| line.starts_with(name.as_bytes()))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unreadable(error: io::Error) -> String {
    format!("cannot compare the process with this one: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    #[test]
    fn this_process_is_like_itself() {
        let (_ours, theirs) = UnixStream::pair().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let open = || File::open(directory.path()).unwrap();
        let peer = Peer::of(&theirs, &open(), &open()).unwrap();
        peer.check_as_equal().unwrap();
        peer.check_as_tracer().unwrap();
        assert!(may_be_trusted(&theirs));
    }

    #[test]
    fn another_directory_is_refused() {
        let (_ours, theirs) = UnixStream::pair().unwrap();
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let open = |directory: &tempfile::TempDir| File::open(directory.path()).unwrap();
        let why = Peer::of(&theirs, &open(&one), &open(&other)).map(drop);
        assert!(why.unwrap_err().contains("another mount"));
    }

    #[test]
    fn a_process_must_have_all_capabilities_that_we_have() {
        let status = |mask: &str| format!("Uid:\t0\nCapPrm:\t{mask}\n").into_bytes();
        assert_eq!(missing_capabilities(&status("0f"), &status("ff")), Some(0));
        assert_eq!(missing_capabilities(&status("0f"), &status("0e")), Some(1));
        assert_eq!(missing_capabilities(&status("0f"), b"Uid:\t0\n"), None);
    }

    #[test]
    fn a_line_is_found_by_its_name() {
        let text = b"Uid:\t0\t0\nGid:\t5\n";
        assert_eq!(line(text, "Gid:"), Some(&b"Gid:\t5"[..]));
        assert_eq!(line(text, "Cap:"), None);
    }
}

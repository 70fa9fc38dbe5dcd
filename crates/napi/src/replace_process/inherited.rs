//! Separates the descriptors inherited from our caller from those Node opened.
//!
//! Nothing records the origin, so it is derived from the type. libuv opens epoll instances, non-blocking eventfds, io_uring
//! instances and pipes with both ends in this process (observed with Node 20 to 24). Everything else is inherited.
//! `proc_pid_fd(5)`, `proc_pid_fdinfo(5)`.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStrExt;

use conmon_sys::fds;
use nix::errno::Errno;
use nix::fcntl::OFlag;

struct Open {
    fd: RawFd,
    target: OsString,
    flags: OFlag,
}

/// The inherited descriptors, always including 0 to 2.
pub(crate) fn descriptors() -> Result<Vec<RawFd>, Errno> {
    let open = open()?;
    let mut ends: HashMap<&OsString, (bool, bool)> = HashMap::new();
    for each in &open {
        let end = ends.entry(&each.target).or_default();
        let access = each.flags & OFlag::O_ACCMODE;
        end.0 |= access == OFlag::O_RDONLY;
        end.1 |= access == OFlag::O_WRONLY;
    }
    let both_ends = |target: &OsString| ends.get(target) == Some(&(true, true));
    Ok(open
        .iter()
        .filter(|each| each.fd <= 2 || !is_nodes_own(each, both_ends))
        .map(|each| each.fd)
        .collect())
}

fn is_nodes_own(open: &Open, both_ends: impl Fn(&OsString) -> bool) -> bool {
    match open.target.as_bytes() {
        b"anon_inode:[eventpoll]" | b"anon_inode:[io_uring]" => true,
        b"anon_inode:[eventfd]" => open.flags.contains(OFlag::O_NONBLOCK),
        target if target.starts_with(b"pipe:[") => both_ends(&open.target),
        _ => false,
    }
}

fn open() -> Result<Vec<Open>, Errno> {
    let io = |error: std::io::Error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO));
    let mut list = Vec::new();
    for entry in fs::read_dir("/proc/self/fd").map_err(io)? {
        let entry = entry.map_err(io)?;
        let Some(fd) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // The directory's own descriptor is close-on-exec and closed by now.
        let Ok(flags) = fds::status_flags(fd) else { continue };
        let target = fs::read_link(entry.path()).map_err(io)?.into_os_string();
        list.push(Open { fd, target, flags });
    }
    Ok(list)
}

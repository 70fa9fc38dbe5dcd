use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, lchown, symlink};
use std::os::unix::net::UnixListener;

use nix::sys::stat::Mode;

use super::*;
use crate::log::scratch::Scratch;

const STRANGER: u32 = 65_533;

fn refusal(scratch: &Scratch, name: &str) -> String {
    open(&scratch.path(name)).unwrap_err().to_string()
}

/// Whether this test may give files away.
fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

fn mode(scratch: &Scratch, mode: u32) {
    std::fs::set_permissions(scratch.path(""), Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_fifo_without_a_reader_and_a_socket_are_refused_with_the_reason() {
    let scratch = Scratch::new();
    nix::unistd::mkfifo(&scratch.path("fifo"), Mode::S_IRWXU).unwrap();
    assert_eq!(refusal(&scratch, "fifo"), "no process reads this FIFO; start its reader first");
    let _listener = UnixListener::bind(scratch.path("socket")).unwrap();
    assert_eq!(refusal(&scratch, "socket"), "it is a socket; a log can be a file, a FIFO or a device");
    symlink("fifo", scratch.path("link")).unwrap();
    assert_eq!(refusal(&scratch, "link"), "no process reads this FIFO; start its reader first");
}

#[test]
fn only_a_regular_file_has_a_size_and_an_end() {
    let scratch = Scratch::new();
    for (content, unfinished) in [("", false), ("x\n", false), ("x", true), ("x\n\0", true)] {
        std::fs::write(scratch.path("log"), content).unwrap();
        let opened = open(&scratch.path("log")).unwrap();
        assert!(opened.regular);
        assert_eq!((opened.size, opened.unfinished), (content.len() as u64, unfinished), "{content:?}");
    }
    let device = open(Path::new("/dev/null")).unwrap();
    assert!(!device.regular && !device.unfinished && !device.descriptor);
}

#[test]
fn links_of_our_own_are_followed_also_to_what_does_not_exist_yet() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path("deep")).unwrap();
    symlink("deep/second", scratch.path("log")).unwrap();
    symlink("../file", scratch.path("deep/second")).unwrap();
    open(&scratch.path("log")).unwrap();
    assert!(scratch.path("file").is_file());
}

#[test]
fn a_circle_of_links_ends() {
    let scratch = Scratch::new();
    symlink("log", scratch.path("log")).unwrap();
    assert_eq!(open(&scratch.path("log")).unwrap_err().raw_os_error(), Some(libc::ELOOP));
}

#[test]
fn a_descriptor_of_this_process_is_known_as_one() {
    let scratch = Scratch::new();
    let file = File::create(scratch.path("file")).unwrap();
    symlink(format!("/proc/self/fd/{}", file.as_raw_fd()), scratch.path("log")).unwrap();
    assert!(open(&scratch.path("log")).unwrap().descriptor);
}

#[test]
fn a_link_that_a_stranger_placed_is_refused_wherever_it_is_and_leads() {
    if !is_root() {
        return;
    }
    let scratch = Scratch::new();
    std::fs::write(scratch.path("victim"), "").unwrap();
    symlink("victim", scratch.path("theirs")).unwrap();
    lchown(scratch.path("theirs"), Some(STRANGER), None).unwrap();
    symlink("theirs", scratch.path("ours")).unwrap();
    for directory in [0o755, 0o777, 0o1777] {
        mode(&scratch, directory);
        let refused = open(&scratch.path("theirs")).unwrap_err();
        // In a sticky directory the kernel may be first (proc(5), protected_symlinks).
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied, "{directory:o}");
    }
    mode(&scratch, 0o755);
    let why =
        "it is a symbolic link owned by user 65533; only those of root and of our own user are followed";
    assert_eq!((refusal(&scratch, "theirs"), refusal(&scratch, "ours")), (why.to_owned(), why.to_owned()));
}

#[test]
fn a_link_of_ours_is_refused_where_a_stranger_could_have_moved_it() {
    let scratch = Scratch::new();
    symlink("file", scratch.path("log")).unwrap();
    for (directory, followed) in [(0o755, true), (0o775, true), (0o1777, true), (0o777, false)] {
        mode(&scratch, directory);
        assert_eq!(open(&scratch.path("log")).is_ok(), followed, "{directory:o}");
    }
    mode(&scratch, 0o755);
    if is_root() {
        lchown(scratch.path(""), Some(STRANGER), None).unwrap();
        let why = "it is a symbolic link in a directory where other users could have placed it";
        assert_eq!(refusal(&scratch, "log"), why);
    }
}

#[test]
fn a_file_with_two_names_is_refused_where_a_stranger_could_have_added_one() {
    let scratch = Scratch::new();
    std::fs::write(scratch.path("victim"), "").unwrap();
    std::fs::hard_link(scratch.path("victim"), scratch.path("log")).unwrap();
    open(&scratch.path("log")).unwrap();
    for directory in [0o777, 0o1777] {
        mode(&scratch, directory);
        let why = "it has more than one name, and other users can add names to its directory";
        assert_eq!(refusal(&scratch, "log"), why);
    }
}

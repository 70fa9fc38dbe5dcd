use std::path::PathBuf;

use super::*;

const NONBLOCK: i32 = libc::O_NONBLOCK;
const CLOEXEC: i32 = libc::O_CLOEXEC;

fn it(number: RawFd, object: Object, flags: i32, link: &str) -> Known {
    (Descriptor { number, link: link.as_bytes().to_vec(), object, flags }, None)
}

fn anonymous(number: RawFd, kind: &str, flags: i32) -> Known {
    it(number, Object::Anonymous(kind.to_owned()), flags | CLOEXEC, "anon_inode:")
}

fn pipe(number: RawFd, inode: u64, flags: i32) -> Known {
    it(number, Object::Pipe(inode), flags | CLOEXEC, "pipe:")
}

fn fifo(number: RawFd, name: &str, flags: i32) -> Known {
    it(number, Object::Fifo, flags | CLOEXEC, name)
}

fn socket(number: RawFd, kind: Kind, bound: Option<&str>, flags: i32) -> Known {
    let (descriptor, _) = it(number, Object::Socket, flags, "socket:");
    (descriptor, Some(UnixSocket { kind, bound: bound.map(PathBuf::from) }))
}

/// Of Podman, as seen on Debian 12.
fn usual() -> Vec<Known> {
    vec![
        it(0, Object::Null, 0, "/dev/null"),
        anonymous(3, "[eventfd]", libc::O_RDWR | NONBLOCK),
        it(4, Object::Regular, libc::O_WRONLY | libc::O_APPEND | CLOEXEC, "/ctr.log"),
        it(5, Object::Null, CLOEXEC, "/dev/null"),
        pipe(8, 100, libc::O_WRONLY | NONBLOCK),
        pipe(9, 101, libc::O_RDONLY),
        it(10, Object::Pipe(7), libc::O_WRONLY, "pipe:"),
        it(11, Object::Regular, CLOEXEC, "/sys/fs/cgroup/memory/a/memory.oom_control"),
        pipe(12, 102, libc::O_RDONLY),
        anonymous(13, "[eventfd]", libc::O_RDWR),
        fifo(14, "/b/ctl", NONBLOCK),
        socket(15, Kind::Listener, Some("/proc/self/fd/7/attach"), NONBLOCK | CLOEXEC),
        fifo(16, "/b/ctl", libc::O_WRONLY),
        fifo(17, "/b/winsz (deleted)", NONBLOCK),
        fifo(18, "/b/winsz", libc::O_WRONLY),
        anonymous(19, "[signalfd]", libc::O_RDWR),
        socket(20, Kind::Connection, Some("/proc/self/fd/7/attach"), 0),
        socket(21, Kind::Connection, Some("/proc/self/fd/7/attach"), 0),
    ]
}

const POLLED: [RawFd; 8] = [3, 9, 12, 13, 14, 15, 19, 20];

fn polled(numbers: &[RawFd]) -> Vec<Polled> {
    numbers.iter().map(|fd| Polled { fd: *fd, events: libc::POLLIN }).collect()
}

fn expected() -> Expected {
    Expected { attach: true, log: true, ..Expected::default() }
}

fn find(known: &[Known], numbers: &[RawFd], expected: &Expected) -> Result<Roles, Unclear> {
    roles_of(known, &polled(numbers), expected, ContainerPipes::default())
}

fn why(result: Result<Roles, Unclear>) -> String {
    match result.unwrap_err() {
        Unclear::Now(why) => format!("now: {why}"),
        Unclear::Always(why) => why,
    }
}

#[test]
fn each_descriptor_of_a_usual_monitor_has_its_role() {
    let roles = find(&usual(), &POLLED, &expected()).unwrap();
    let clients = vec![ClientRole { fd: 20, input: true }, ClientRole { fd: 21, input: false }];
    let expected = Roles {
        stdin: Some(8),
        stdout: Some(9),
        stderr: Some(12),
        listener: Some(15),
        clients,
        ctl: Some(14),
        winsz: Some(17),
        oom_v1: Some(13),
        log: Some(4),
        leaked: vec![10],
        ..Roles::default()
    };
    assert_eq!(roles, expected);
}

#[test]
fn bytes_that_it_could_not_write_are_waited_for() {
    let mut waiting = polled(&POLLED);
    waiting.push(Polled { fd: 8, events: libc::POLLOUT });
    let found = roles_of(&usual(), &waiting, &expected(), ContainerPipes::default());
    assert_eq!(why(found), "now: it holds input that descriptor 8 does not take");
}

#[test]
fn what_is_not_understood_is_refused() {
    let cases = [
        (
            it(22, Object::Regular, CLOEXEC, "/etc/passwd"),
            "its descriptor 22 (/etc/passwd) is not understood",
        ),
        (fifo(22, "/b/other", 0), "its descriptor 22 (/b/other) is not understood"),
        (anonymous(22, "[timerfd]", 0), "its descriptor 22 (anon_inode:) is not understood"),
        (socket(22, Kind::Other, None, CLOEXEC), "its descriptor 22 (socket:) is not understood"),
        (socket(22, Kind::Listener, Some("/x"), CLOEXEC), "its descriptor 22 (socket:) is not understood"),
        (
            socket(22, Kind::Datagram, None, CLOEXEC | NONBLOCK),
            "its descriptor 22 (socket:) is not understood",
        ),
        (pipe(22, 103, libc::O_RDONLY), "it has more pipes than a container has outputs"),
        (pipe(22, 103, libc::O_WRONLY), "it has more pipes than a container has inputs"),
    ];
    for (more, reason) in cases {
        let known: Vec<Known> = usual().into_iter().chain([more]).collect();
        assert_eq!(why(find(&known, &POLLED, &expected())), reason);
    }
}

#[test]
fn a_directory_that_was_left_open_is_of_no_use() {
    let directory = it(22, Object::Other, libc::O_PATH | libc::O_DIRECTORY | CLOEXEC, "/b");
    let known: Vec<Known> = usual().into_iter().chain([directory]).collect();
    assert_eq!(find(&known, &POLLED, &expected()), find(&usual(), &POLLED, &expected()));
}

#[test]
fn a_process_that_does_not_wait_as_a_running_monitor_is_refused_for_now() {
    for (numbers, reason) in [
        (&[3, 9, 12, 14, 15][..], "it does not wait for events"),
        (&[3, 9, 14, 15, 19], "it does not read descriptor 12: its container is not running yet"),
        (&[3, 9, 12, 14, 15, 19, 4], "why it waits for descriptor 4 is not understood"),
    ] {
        assert_eq!(why(find(&usual(), numbers, &expected())), format!("now: {reason}"));
    }
}

#[test]
fn missing_parts_are_refused() {
    for (number, what) in
        [(15, "attach socket"), (14, "control FIFOs"), (17, "control FIFOs"), (4, "log file")]
    {
        let known: Vec<Known> = usual().into_iter().filter(|(it, _)| it.number != number).collect();
        let numbers: Vec<RawFd> = POLLED.into_iter().filter(|fd| *fd != number).collect();
        assert_eq!(why(find(&known, &numbers, &expected())), format!("it has no {what}"));
    }
}

#[test]
fn one_pipe_that_is_left_is_the_one_that_the_container_has() {
    let known: Vec<Known> = usual().into_iter().filter(|(it, _)| it.number != 9).collect();
    let numbers = polled(&POLLED.map(|fd| if fd == 9 { 3 } else { fd }));
    let of = |stdout, stderr| roles_of(&known, &numbers, &expected(), ContainerPipes { stdout, stderr });
    let roles = of(None, Some(102)).unwrap();
    assert_eq!((roles.stdout, roles.stderr), (None, Some(12)));
    let roles = of(Some(102), Some(3)).unwrap();
    assert_eq!((roles.stdout, roles.stderr), (Some(12), None));
    for (stdout, stderr) in [(None, None), (Some(102), Some(102))] {
        assert_eq!(why(of(stdout, stderr)), "whether descriptor 12 is stdout or stderr is not known");
    }
}

#[test]
fn a_terminal_is_the_one_that_is_polled() {
    let terminal = |number, index| it(number, Object::Terminal(index), libc::O_RDWR, "/dev/ptmx");
    let mut known: Vec<Known> = usual().into_iter().filter(|(it, _)| ![8, 9].contains(&it.number)).collect();
    known.extend([terminal(6, 4), terminal(7, 9), terminal(9, 4)]);
    let expected = Expected { terminal: true, ..expected() };
    let roles = find(&known, &POLLED, &expected).unwrap();
    assert_eq!((roles.stdin, roles.stdout, roles.stderr), (Some(6), Some(9), Some(12)));
    assert_eq!((roles.terminal, roles.leaked), (true, vec![7, 10]));
    let without: Vec<RawFd> = POLLED.into_iter().filter(|fd| *fd != 9).collect();
    assert_eq!(why(find(&known, &without, &expected)), "now: its terminal is closed");
}

#[test]
fn notify_sockets_and_the_sync_pipe_are_kept() {
    let mut known = usual();
    known.extend([
        socket(22, Kind::Datagram, Some("/b/notify/notify.sock"), CLOEXEC | NONBLOCK),
        socket(23, Kind::Datagram, None, CLOEXEC | NONBLOCK),
        // Of libsystemd.
        socket(24, Kind::Datagram, None, CLOEXEC),
        pipe(25, 200, libc::O_WRONLY),
    ]);
    let numbers: Vec<RawFd> = POLLED.into_iter().chain([22]).collect();
    let expected = Expected { notify: true, sync: Some(25), ..expected() };
    let roles = find(&known, &numbers, &expected).unwrap();
    assert_eq!((roles.notify, roles.sync, roles.stdin), (Some((22, 23)), Some(25), Some(8)));
    let kept: Vec<RawFd> = roles.kept().collect();
    for number in [4, 8, 9, 12, 13, 15, 20, 21, 22, 23, 25] {
        assert!(kept.contains(&number), "{number}");
    }
    assert_eq!(kept.len(), 11);
}

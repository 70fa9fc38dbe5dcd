//! Each rule with a pidfd, and with the number alone.

use std::process::{Child as Started, Command, Stdio};

use super::*;

fn started(program: &str, args: &[&str]) -> Started {
    Command::new(program).args(args).spawn().unwrap()
}

fn pid_of(child: &Started) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap())
}

/// Watched both ways.
fn both(pid: Pid) -> [Process; 2] {
    let watched = Process::watch(pid, Token::Container, &Rc::new(Poll::new().unwrap()));
    assert!(matches!(watched.handle, Handle::Watched(_)));
    [watched, by_number(pid, started_at(pid))]
}

/// Without a pidfd.
fn by_number(pid: Pid, started: Option<u64>) -> Process {
    let poll = Rc::new(Poll::new().unwrap());
    Process { pid, handle: Handle::Number(started), token: Token::Container, poll }
}

fn until(mut fact: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !fact() {
        assert!(Instant::now() < end);
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_signal_reaches_a_child_which_has_ended_when_it_is_a_zombie() {
    for at in 0..2 {
        let mut child = started("sleep", &["60"]);
        let process = &both(pid_of(&child))[at];
        assert!(!process.has_ended());
        assert_eq!(process.reap(), Waited::None);
        process.signal(Signal::SIGTERM).unwrap();
        until(|| process.has_ended());
        assert_eq!(process.reap(), Waited::Ended(process.pid(), Ended::Killed(libc::SIGTERM)));
        assert_eq!(process.reap(), Waited::NotOurs);
        assert!(process.has_ended());
        process.signal(Signal::SIGTERM).unwrap();
        assert!(child.wait().is_err(), "reaped above");
    }
}

#[test]
fn a_later_process_with_the_same_number_is_neither_seen_nor_signalled() {
    // Not our child, and started at another time.
    let other = by_number(nix::unistd::getppid(), Some(1));
    assert!(other.has_ended());
    other.signal(Signal::SIGKILL).unwrap();
}

/// A shell that leads a group and waits for the other member, whose pid comes second.
fn group() -> (Started, Pid) {
    let leader = started("setsid", &["sh", "-c", "sleep 60 & wait"]);
    let pid = pid_of(&leader);
    let listed = format!("/proc/{pid}/task/{pid}/children");
    let mut member = None;
    until(|| {
        let list = std::fs::read_to_string(&listed).unwrap_or_default();
        member = list.trim().parse().ok().map(Pid::from_raw);
        member.is_some() && getpgid(Some(pid)) == Ok(pid)
    });
    (leader, member.unwrap())
}

#[test]
fn a_group_is_killed_with_its_leader_only() {
    for at in 0..2 {
        let (mut leader, member) = group();
        both(member)[at].kill_group();
        assert!(leader.wait().unwrap().success(), "the leader was not killed");

        let (mut leader, member) = group();
        both(pid_of(&leader))[at].kill_group();
        until(|| ProcStat::of(member).map_or(true, ProcStat::has_ended));
        assert!(!leader.wait().unwrap().success());
    }
}

#[test]
fn the_group_of_a_process_that_is_not_below_us_is_left_alone() {
    assert!(!is_below_us(nix::unistd::getppid()));
    let mut child = started("sleep", &["60"]);
    assert!(is_below_us(pid_of(&child)));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn nothing_has_to_be_looked_for_but_what_nobody_reports() {
    let mut child = started("sleep", &["60"]);
    let [watched, numbered] = both(pid_of(&child));
    let reported =
        [true, false].map(|sigchld| (watched.ends_unreported(sigchld), numbered.ends_unreported(sigchld)));
    assert_eq!(reported, [(false, false), (false, true)]);
    let stranger = by_number(nix::unistd::getppid(), None);
    assert!(stranger.ends_unreported(true));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A process that is not our child: its parent, which comes first, reaps it when it gets a line.
fn grandchild(script: &str) -> (Started, Pid) {
    use std::io::{BufRead, BufReader};
    let command = format!("sh -c '{script}' & echo $!; read line; wait");
    let shell =
        Command::new("sh").args(["-c", &command]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut shell = shell.unwrap();
    let mut line = String::new();
    BufReader::new(shell.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (shell, Pid::from_raw(line.trim().parse().unwrap()))
}

#[test]
fn how_another_ones_child_ended_is_seen_before_and_after_it_was_reaped() {
    for (script, ended) in [("sleep 0.2; exit 7", Ended::Exited(7)), ("sleep 0.2; exit 0", Ended::Exited(0))]
    {
        let (mut parent, pid) = grandchild(script);
        let [watched, numbered] = both(pid);
        until(|| watched.has_ended());
        assert_eq!([&watched, &numbered].map(Process::ended_elsewhere), [Some(ended); 2], "a zombie");
        drop(parent.stdin.take());
        parent.wait().unwrap();
        assert_eq!(numbered.ended_elsewhere(), None);
        // From Linux 6.15 on.
        assert!([None, Some(ended)].contains(&watched.ended_elsewhere()));
    }
}

#[test]
fn a_later_process_with_the_number_of_a_recorded_one_is_not_watched() {
    let mut child = started("sleep", &["60"]);
    let (pid, poll) = (pid_of(&child), Rc::new(Poll::new().unwrap()));
    let started = started_at(pid).unwrap();
    let watch = |started| Process::watch_started(pid, started, Token::Container, &poll);
    assert!(!watch(started).has_ended());
    assert!(watch(started - 1).has_ended());
    child.kill().unwrap();
    child.wait().unwrap();
}

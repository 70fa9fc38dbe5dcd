//! Plays the manager of one container while another thread traces its monitor, and records what it sees.

use std::fs;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, pipe2};

use crate::Outcome;
use crate::client::Client;
use crate::counters::Counters;
use crate::scenario::{Scenario, Step, TYPED, input};
use crate::scene::Scene;
use crate::shared::{GUARDED, LAUNCHER, Shared};

/// A run that takes longer hangs.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);
/// A step that takes longer is abandoned, so that the container does not wait for it until the end.
const PATIENCE: Duration = Duration::from_secs(2);
/// No scenario's container lives longer by itself.
const CONTAINER: Duration = Duration::from_secs(4);
/// The container does not exit by itself after this long.
const SOON: Duration = Duration::from_millis(500);

/// The manager's ends of the pipes.
pub(crate) struct Pipes {
    sync: fs::File,
    start: fs::File,
    attach: fs::File,
    stderr: fs::File,
}

/// What the manager saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Lines of the sync pipe.
    pub(crate) lines: Vec<String>,
    pub(crate) stderr: String,
    /// What the client received; `None`: it could not connect.
    pub(crate) client: Option<[Vec<u8>; 2]>,
    pub(crate) counters: Option<Counters>,
    /// Steps that timed out.
    pub(crate) stuck: Vec<String>,
    /// The manager killed the container.
    pub(crate) ended: bool,
    /// What hung after [`LIMIT`].
    pub(crate) hung: Option<String>,
}

impl Pipes {
    /// The pipes, and the monitor's ends: descriptors 3, 4, 5, and its stderr.
    pub(crate) fn new() -> Outcome<(Self, Vec<OwnedFd>, OwnedFd)> {
        let pipe = || pipe2(OFlag::O_CLOEXEC);
        let ((sync, sync_in), (start_out, start), (attach, attach_in)) = (pipe()?, pipe()?, pipe()?);
        let (stderr, stderr_in) = pipe()?;
        let ours =
            Self { sync: sync.into(), start: start.into(), attach: attach.into(), stderr: stderr.into() };
        Ok((ours, vec![sync_in, start_out, attach_in], stderr_in))
    }
}

/// One run of a scenario from the manager's side.
pub(crate) struct Manager<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) scene: &'a Scene,
    /// The runtime's directory.
    pub(crate) state: &'a Path,
    pub(crate) shared: &'a Shared,
    pub(crate) begin: Instant,
}

impl Manager<'_> {
    /// Runs until the monitor has exited, or has been killed because it hung.
    pub(crate) fn manage(&self, mut pipes: Pipes) -> Seen {
        let mut seen = Seen::default();
        let host = UnixDatagram::bind(self.scene.at("host.sock")).ok();
        let _ = pipes.start.write_all(&[0]);
        let mut client = None;
        let mut start = Some(pipes.start);
        if self.scenario.attach_pipe {
            if self.line(&mut pipes.attach).is_some_and(|line| !is_failure(&line)) {
                client = Client::connect(&self.scene.socket()).ok();
                let _ = start.as_mut().map(|start| start.write_all(&[0]));
            } else {
                // Without a reply the manager gives up and closes its end of the start pipe.
                start = None;
            }
        }
        let answer = self.line(&mut pipes.sync);
        let started = answer.as_ref().is_some_and(|line| !is_failure(line));
        seen.lines.extend(answer);
        if started {
            if !self.scenario.sync {
                // A manager reads the sync pipe only after the launcher has exited.
                self.shared.wait_for(LAUNCHER, self.soon());
            }
            seen.counters = self.shared.monitor().and_then(Counters::of);
            if self.scenario.client && !self.scenario.attach_pipe {
                client = Client::connect(&self.scene.socket()).ok();
            }
            self.steps(client.as_ref(), host.as_ref(), &mut seen);
        } else if seen.lines.is_empty() && self.scenario.status.is_some() {
            seen.ended = self.give_up();
        }
        drop(start);
        self.wait_for_end(&mut seen);
        seen.client = client.map(Client::finish);
        seen.lines.extend(std::iter::from_fn(|| self.line(&mut pipes.sync)));
        let mut text = vec![];
        let _ = pipes.stderr.read_to_end(&mut text);
        seen.stderr = String::from_utf8_lossy(&text).into_owned();
        seen
    }

    fn soon(&self) -> Instant {
        (Instant::now() + PATIENCE).min(self.begin + LIMIT)
    }

    fn wait_for_end(&self, seen: &mut Seen) {
        // A container that still waits is not the monitor's fault alone: check whether the monitor exits with it.
        let pid = seen.lines.first().and_then(|line| number(line));
        if !seen.ended && self.end_container(pid, CONTAINER) {
            seen.ended = true;
            seen.stuck.push("the container waits".to_owned());
        }
        if !self.shared.wait_until_over(self.begin + LIMIT) {
            seen.hung = Some(self.shared.kill_all());
            self.shared.wait_until_over(Instant::now() + LIMIT);
        }
    }

    fn steps(&self, client: Option<&Client>, host: Option<&UnixDatagram>, seen: &mut Seen) {
        for step in self.scenario.steps {
            let done = match step {
                Step::Start => start(&self.state.join(&self.scene.cid).join("start"), self.soon()),
                Step::TypeAfter(count) => {
                    client.is_some_and(|client| client.wait_for(*count, self.soon()) && client.send(TYPED))
                }
                Step::Send => client.is_some_and(|client| {
                    let sent = client.send(&input());
                    client.end_input();
                    sent
                }),
                Step::Reopen => self.reopen(),
                Step::Upgrade => self.upgrade(),
                Step::Kill => self.kill_monitor(),
                Step::Resize => self.control("winsz", b"30 90\n"),
                Step::AwaitReady => {
                    let ready = host.is_some_and(|host| is_ready(host, self.soon()));
                    open_gate(&self.scene.at("gate"), self.soon()) && ready
                }
            };
            if !done {
                seen.stuck.push(format!("{step:?}"));
            }
        }
        if !seen.stuck.is_empty() {
            let pid = seen.lines.first().and_then(|line| number(line));
            seen.ended = self.end_container(pid, PATIENCE);
        }
    }

    /// Kills a container that waits for something that will not come. Returns whether it had to.
    fn end_container(&self, pid: Option<i32>, patience: Duration) -> bool {
        if self.shared.wait_until_over((Instant::now() + patience).min(self.begin + LIMIT)) {
            return false;
        }
        let pid = pid.filter(|pid| *pid > 1).map(Pid::from_raw);
        pid.is_some_and(|pid| kill(pid, Signal::SIGKILL).is_ok())
    }

    /// The pipe ended without a reply: a manager treats that as a failure and kills the container.
    fn give_up(&self) -> bool {
        let pid = self.scene.read("pidfile").and_then(|text| text.trim().parse().ok());
        self.end_container(pid, SOON)
    }

    fn reopen(&self) -> bool {
        let log = self.scene.at("ctr.log");
        let renamed = fs::rename(&log, self.scene.at("ctr.log.old")).is_ok();
        let sent = renamed && self.control("ctl", b"2 0 0\n");
        // The monitor may need another attempt; until then it writes to the old file.
        let patience = Instant::now() + Duration::from_millis(300);
        while sent && !log.exists() && Instant::now() < patience {
            std::thread::sleep(Duration::from_micros(200));
        }
        open_gate(&self.scene.at("gate"), self.soon()) && sent
    }

    /// A fault may make the monitor continue unchanged.
    fn upgrade(&self) -> bool {
        let executable = self.shared.monitor().map(|pid| fs::File::open(format!("/proc/{pid}/exe")));
        if let Some(Ok(executable)) = executable {
            let _ = conmon_core::upgrade(&self.scene.at("bundle").join("conmon.sock"), &executable);
        }
        open_gate(&self.scene.at("gate"), self.soon())
    }

    fn kill_monitor(&self) -> bool {
        // Killed while it writes its record, it would leave a temporary file.
        let record = self.scene.at("conmon.pid.rescue");
        let patience = Instant::now() + Duration::from_millis(500);
        while !record.exists() && Instant::now() < patience {
            std::thread::sleep(Duration::from_micros(200));
        }
        // A fault may have made it run without a guardian.
        if let Some(pid) = self.shared.with_role(GUARDED) {
            let _ = kill(pid, Signal::SIGKILL);
        }
        open_gate(&self.scene.at("gate"), self.soon())
    }

    fn control(&self, name: &str, line: &[u8]) -> bool {
        open_for_writing(&self.scene.at("bundle").join(name))
            .is_some_and(|mut fifo| fifo.write_all(line).is_ok())
    }

    /// The next line of a pipe, without its newline; `None` at its end or at the time limit.
    fn line(&self, pipe: &mut fs::File) -> Option<String> {
        let mut line = vec![];
        let mut byte = [0];
        while is_readable(pipe, self.begin + LIMIT) && pipe.read(&mut byte).is_ok_and(|count| count == 1) {
            if byte == [b'\n'] {
                return Some(String::from_utf8_lossy(&line).into_owned());
            }
            line.extend(byte);
        }
        (!line.is_empty()).then(|| format!("{} (cut)", String::from_utf8_lossy(&line)))
    }
}

/// The number N of `{"data": N, …}`.
pub(crate) fn number(line: &str) -> Option<i32> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    i32::try_from(value.get("data")?.as_i64()?).ok()
}

fn is_failure(line: &str) -> bool {
    number(line).is_none_or(|number| number < 0)
}

fn is_readable(fd: &impl AsFd, limit: Instant) -> bool {
    let mut fds = [PollFd::new(fd.as_fd(), PollFlags::POLLIN)];
    let left = limit.saturating_duration_since(Instant::now());
    let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
    poll(&mut fds, timeout).is_ok_and(|count| count > 0)
}

/// Like `miniruntime start`: the container's process waits until the FIFO is opened, and execve(2) closes it.
fn start(fifo: &Path, limit: Instant) -> bool {
    let reading = fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(fifo);
    let done = reading.is_ok_and(|fifo| is_readable(&fifo, limit));
    done && fs::remove_file(fifo).is_ok()
}

fn is_ready(host: &UnixDatagram, limit: Instant) -> bool {
    let mut bytes = [0; 64];
    is_readable(host, limit)
        && host.recv(&mut bytes).is_ok_and(|count| bytes.get(..count) == Some(b"READY=1"))
}

/// Waits until the container is at its gate, and opens it.
fn open_gate(gate: &Path, limit: Instant) -> bool {
    while Instant::now() < limit {
        if open_for_writing(gate).is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    false
}

/// Fails while the FIFO has no reader.
fn open_for_writing(fifo: &Path) -> Option<fs::File> {
    fs::OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(fifo).ok()
}

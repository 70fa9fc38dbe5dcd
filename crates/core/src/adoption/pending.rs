//! [`PendingCommands`]: adopted exit commands until they are due, and while they run.
//!
//! There may be thousands, which differ only in the ID of a session. So only the bytes are kept in which a command differs from
//! another one; see [`Block`].

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

use conmon_sys::environment::Environment;
use conmon_sys::heap;
use conmon_sys::process::Ended;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use super::document::Document;
use crate::backoff::Backoff;
use crate::diagnostics::report::Reporter;
use crate::handover::{Blob, Moment};
use crate::processes::exit_command::{ChildCommand, Started, describe_failure, start};
use crate::processes::runtime::InheritedState;

/// Limit on the bytes of all adopted commands.
const MAX_MEMORY: usize = 64 << 20;
/// How many blocks others are compared with.
const MAX_PATTERNS: usize = 8;

/// Adopted exit commands that have not ended.
pub(crate) struct PendingCommands {
    /// In the order in which they are due.
    waiting: VecDeque<WaitingCommand>,
    running: Vec<RunningCommand>,
    /// How many run at a time.
    limit: usize,
    /// Pause before the first command, which could not be started, is retried.
    backoff: Backoff,
    patterns: VecDeque<Rc<[u8]>>,
    memory: usize,
}

struct WaitingCommand {
    due: Instant,
    block: Block,
}

struct RunningCommand {
    pid: Pid,
    program: Box<str>,
}

/// [`PendingCommands`] as they are handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PendingState {
    /// What the blocks have in common, each once.
    patterns: Vec<Blob>,
    waiting: Vec<WaitingState>,
    running: Vec<(i32, Box<str>)>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WaitingState {
    due: Moment,
    /// Position in the list of patterns.
    pattern: usize,
    front: usize,
    back: usize,
    middle: Blob,
}

impl PendingCommands {
    pub(crate) fn state(&self) -> PendingState {
        let mut patterns: Vec<&Rc<[u8]>> = Vec::new();
        let waiting = self.waiting.iter().map(|WaitingCommand { due, block }| {
            let known = patterns.iter().position(|pattern| Rc::ptr_eq(pattern, &block.pattern));
            let pattern = known.unwrap_or_else(|| {
                patterns.push(&block.pattern);
                patterns.len() - 1
            });
            let middle = Blob(block.middle.to_vec());
            WaitingState { due: Moment(*due), pattern, front: block.front, back: block.back, middle }
        });
        let waiting = waiting.collect();
        let patterns = patterns.into_iter().map(|pattern| Blob(pattern.to_vec())).collect();
        let running = self.running.iter();
        let running =
            running.map(|RunningCommand { pid, program }| (pid.as_raw(), program.clone())).collect();
        PendingState { patterns, waiting, running }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(state: PendingState, limit: u32) -> Self {
        let patterns: Vec<Rc<[u8]>> = state.patterns.into_iter().map(|Blob(bytes)| bytes.into()).collect();
        let waiting = state.waiting.into_iter().filter_map(|command| {
            let WaitingState { due: Moment(due), pattern, front, back, middle: Blob(middle) } = command;
            let pattern = Rc::clone(patterns.get(pattern)?);
            let fits = front.checked_add(back).is_some_and(|common| common <= pattern.len());
            fits.then(|| WaitingCommand { due, block: Block { pattern, front, back, middle: middle.into() } })
        });
        let waiting: VecDeque<WaitingCommand> = waiting.collect();
        let running = state.running.into_iter();
        let running =
            running.map(|(pid, program)| RunningCommand { pid: Pid::from_raw(pid), program }).collect();
        let memory = waiting.iter().map(|command| command.block.own_length()).sum();
        let patterns = patterns.into_iter().take(MAX_PATTERNS).collect();
        Self { waiting, running, patterns, memory, ..Self::new(limit) }
    }

    pub(crate) fn new(limit: u32) -> Self {
        Self {
            waiting: VecDeque::new(),
            running: Vec::new(),
            limit: usize::try_from(limit).unwrap_or(usize::MAX).max(1),
            backoff: Backoff::for_step(),
            patterns: VecDeque::new(),
            memory: 0,
        }
    }

    /// Keeps a command until it is due.
    ///
    /// # Errors
    /// When the block is malformed, or does not fit.
    pub(crate) fn add(&mut self, block: &[u8], delay: Duration, now: Instant) -> Result<(), String> {
        Document::of_block(block).ok_or("malformed document")?;
        let block = Block::new(block, &mut self.patterns);
        if self.memory + block.own_length() > MAX_MEMORY {
            return Err(format!("{MAX_MEMORY} bytes of commands are pending"));
        }
        let due = now.checked_add(delay).ok_or("the delay is too long")?;
        self.memory += block.own_length();
        let at = self.waiting.partition_point(|other| other.due <= due);
        self.waiting.insert(at, WaitingCommand { due, block });
        Ok(())
    }

    /// Whether no command waits or runs.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.running.is_empty()
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The commands that run.
    pub(super) fn running(&self) -> impl Iterator<Item = Pid> {
        self.running.iter().map(|running| running.pid)
    }

    /// Makes all commands due.
    pub(super) fn hurry(&mut self, now: Instant) {
        for command in &mut self.waiting {
            command.due = command.due.min(now);
        }
    }

    /// Forgets the running commands, in a child of the process that will reap them.
    pub(super) fn disown_running(&mut self) {
        self.running.clear();
    }

    /// When the next one is due. `None` also while the maximum number of them runs.
    pub(crate) fn next_start(&self) -> Option<Instant> {
        let first = self.waiting.front().filter(|_| self.running.len() < self.limit)?;
        Some(self.backoff.next_try().map_or(first.due, |next| first.due.max(next)))
    }

    /// Starts those that are due, the oldest first; `others` is the number of those that run elsewhere.
    pub(crate) fn start_due(&mut self, others: usize, inherited: &InheritedState, reporter: &Reporter) {
        let now = Instant::now();
        while self.running.len() + others < self.limit && self.backoff.is_due(now) {
            if self.waiting.front().is_none_or(|first| first.due > now) {
                return;
            }
            let Some(first) = self.waiting.pop_front() else { return };
            self.start(first, inherited, reporter);
        }
    }

    #[inline(never)]
    fn start(&mut self, command: WaitingCommand, inherited: &InheritedState, reporter: &Reporter) {
        let bytes = command.block.bytes();
        let Some(Document { environment, argv, directory }) = Document::of_block(&bytes) else { return };
        let environment = Environment::of(&environment);
        let directory = Some(directory);
        let child = ChildCommand { argv: &argv, environment: &environment, directory, delay: 0, claim: None };
        match start(&child, &mut self.backoff, inherited, reporter) {
            Started::Running(pid) => {
                self.backoff = Backoff::for_step();
                let program =
                    argv.first().map(|program| program.to_string_lossy().into()).unwrap_or_default();
                self.running.push(RunningCommand { pid, program });
                self.forget(&command);
            }
            Started::Later => self.waiting.push_front(command),
            Started::Never => {
                self.backoff = Backoff::for_step();
                self.forget(&command);
            }
        }
    }

    fn forget(&mut self, command: &WaitingCommand) {
        self.memory -= command.block.own_length();
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
            self.patterns = VecDeque::new();
            heap::trim();
        }
    }

    /// Records the end of a process that may be one of these.
    pub(crate) fn ended(&mut self, pid: Pid, ended: Ended, reporter: &Reporter) {
        let Some(at) = self.running.iter().position(|running| running.pid == pid) else { return };
        let RunningCommand { program, .. } = self.running.swap_remove(at);
        if let Some(failure) = describe_failure(ended) {
            reporter.warn(format_args!("the exit command {program} of an exec session: {failure}"));
        }
    }
}

/// A block of bytes as its difference from a pattern: what is between the common beginning and the common end.
struct Block {
    pattern: Rc<[u8]>,
    front: usize,
    back: usize,
    middle: Box<[u8]>,
}

impl Block {
    /// Finds the pattern that has the most in common with `bytes`. If that is less than half, they become a pattern.
    fn new(bytes: &[u8], patterns: &mut VecDeque<Rc<[u8]>>) -> Self {
        let best = patterns.iter().map(|pattern| (common(pattern, bytes), pattern));
        let best = best.max_by_key(|((front, back), _)| front + back);
        match best {
            Some(((front, back), pattern)) if (front + back) * 2 >= bytes.len() => {
                let middle = bytes.get(front..bytes.len() - back).unwrap_or_default().into();
                Self { pattern: Rc::clone(pattern), front, back, middle }
            }
            _ => {
                let pattern: Rc<[u8]> = bytes.into();
                patterns.push_front(Rc::clone(&pattern));
                patterns.truncate(MAX_PATTERNS);
                Self { front: pattern.len(), pattern, back: 0, middle: Box::default() }
            }
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let (front, back) = (self.pattern.get(..self.front), self.pattern.len() - self.back);
        [front.unwrap_or_default(), &self.middle, self.pattern.get(back..).unwrap_or_default()].concat()
    }

    /// Bytes that no other block has; those of a pattern are counted for the block that made it.
    fn own_length(&self) -> usize {
        let pattern = if self.front == self.pattern.len() { self.front } else { 0 };
        size_of::<WaitingCommand>() + self.middle.len() + pattern
    }
}

/// How many bytes two blocks have in common at their beginning, and after that at their end.
fn common(one: &[u8], other: &[u8]) -> (usize, usize) {
    let front = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let rest = one.len().min(other.len()) - front;
    let back = one.iter().rev().zip(other.iter().rev()).take(rest).take_while(|(one, other)| one == other);
    (front, back.count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    use conmon_sys::disposition::IgnoredSignals;
    use conmon_sys::process::{Child, Waited, reap};
    use nix::sys::signal::SigSet;
    use proptest::prelude::*;

    use crate::log::scratch::reporter;
    use crate::properties::config;

    fn block(script: &str) -> Vec<u8> {
        let script = CString::new(script).unwrap();
        let argv = vec![c"/bin/sh", c"-c", &script];
        Document { environment: vec![c"MARK=x"], argv, directory: c"/tmp" }.to_block()
    }

    fn inherited() -> InheritedState {
        let (signals, ignored) = (SigSet::empty(), IgnoredSignals::default());
        InheritedState { signals, ignored, oom_score: None, launcher: nix::unistd::getpid() }
    }

    fn reap_all(pending: &mut PendingCommands) {
        let pids: Vec<_> = pending.running().collect();
        for pid in pids {
            if let Waited::Ended(pid, ended) = reap(Child::This(pid), true) {
                pending.ended(pid, ended, &reporter());
            }
        }
    }

    #[test]
    fn commands_run_when_they_are_due_the_oldest_first_and_no_more_than_may() {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("out");
        let mut pending = PendingCommands::new(2);
        let now = Instant::now();
        for (name, delay) in [("c", 3), ("a", 1), ("b", 2), ("d", 4)] {
            let script = format!("echo {name} $MARK $PWD >> {}", out.display());
            pending.add(&block(&script), Duration::from_secs(delay), now).unwrap();
        }
        pending.start_due(0, &inherited(), &reporter());
        assert_eq!((pending.running.len(), pending.next_start()), (0, Some(now + Duration::from_secs(1))));
        pending.hurry(Instant::now());
        pending.start_due(1, &inherited(), &reporter());
        assert_eq!(pending.running.len(), 1, "another one runs elsewhere");
        reap_all(&mut pending);
        pending.start_due(0, &inherited(), &reporter());
        assert_eq!((pending.running.len(), pending.next_start()), (2, None));
        reap_all(&mut pending);
        pending.start_due(0, &inherited(), &reporter());
        reap_all(&mut pending);
        assert!(pending.is_empty());
        assert_eq!(pending.memory, 0);
        let seen = std::fs::read_to_string(out).unwrap();
        assert_eq!(seen.lines().next(), Some("a x /tmp"));
        assert_eq!((seen.lines().count(), seen.lines().last()), (4, Some("d x /tmp")));
    }

    #[test]
    fn a_thousand_commands_that_differ_in_an_id_share_the_rest() {
        let mut pending = PendingCommands::new(2);
        let long = "x".repeat(2000);
        for id in 0..1000 {
            let block = block(&format!("cleanup {id:064} # {long}"));
            pending.add(&block, Duration::from_secs(300), Instant::now()).unwrap();
        }
        assert!(pending.memory < 1000 * (size_of::<WaitingCommand>() + 64) + 4096, "{}", pending.memory);
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn every_block_keeps_its_bytes(blocks in prop::collection::vec(prop::collection::vec(0_u8..3, 0..20), 1..20)) {
            let mut patterns = VecDeque::new();
            let kept: Vec<_> = blocks.iter().map(|block| Block::new(block, &mut patterns)).collect();
            for (kept, block) in kept.iter().zip(&blocks) {
                prop_assert_eq!(&kept.bytes(), block);
            }
        }
    }
}

//! The pipes on which a manager waits for our answers: the sync pipe and, for `--exec-attach`, the attach pipe.
//!
//! The planner owns the messages; here numbers and texts are filled into its templates. A message is one write of at most 4096 bytes,
//! because Podman reads its SEQPACKET socket through a buffer of that size. A manager that has exited does not affect the container: the
//! pipe is closed.

use std::rc::Rc;
use std::time::Duration;

use conmon_sys::fds::adopt;
use serde::{Deserialize, Serialize};

use crate::diagnostics::report::Reporter;
use crate::error::{Error, Step};
use crate::handover::Descriptors;
use crate::manager::pipe::{ManagerPipe, PipeState};
use crate::plan::{
    AttachPipePlan, Bytes, ELLIPSIS, MAX_MESSAGE, MESSAGE_SLOT, NUMBER_SLOT, Plan, SyncPipePlan, push_escaped,
};
use crate::poll::{Poll, Token};

/// Fills a template. The message is cut in its middle so that the whole fits [`MAX_MESSAGE`].
fn fill(template: &Bytes, number: i64, message: &[u8]) -> Vec<u8> {
    let number = number.to_string();
    let template = template.as_bytes();
    let room = MAX_MESSAGE.saturating_sub(template.len() + number.len());
    let mut line = Vec::with_capacity(template.len() + number.len() + message.len().min(room));
    for byte in template {
        match *byte {
            NUMBER_SLOT => line.extend_from_slice(number.as_bytes()),
            MESSAGE_SLOT => push_message(&mut line, &String::from_utf8_lossy(message), room),
            byte => line.push(byte),
        }
    }
    line
}

/// The inside of a JSON string of at most `room` bytes. Runtimes print the reason last: a text that does not fit keeps its
/// beginning and its end.
fn push_message(line: &mut Vec<u8>, message: &str, room: usize) {
    let length = message.chars().map(escaped_length).sum::<usize>();
    if length <= room {
        return message.chars().for_each(|character| push_escaped(line, character));
    }
    let part = room.saturating_sub(ELLIPSIS.len()) / 2;
    let mut left = part;
    let beginning = message.chars().take_while(|character| fits(&mut left, *character));
    beginning.for_each(|character| push_escaped(line, character));
    line.extend_from_slice(ELLIPSIS.as_bytes());
    let mut left = part;
    let end = message.chars().rev().take_while(|character| fits(&mut left, *character)).count();
    let skipped = message.chars().count() - end;
    message.chars().skip(skipped).for_each(|character| push_escaped(line, character));
}

/// Reserves the room for a character. Returns false if there is not enough.
fn fits(room: &mut usize, character: char) -> bool {
    let left = room.checked_sub(escaped_length(character));
    *room = left.unwrap_or(*room);
    left.is_some()
}

fn escaped_length(character: char) -> usize {
    let mut escaped = Vec::with_capacity(8);
    push_escaped(&mut escaped, character);
    escaped.len()
}

fn conclude(pipe: &mut ManagerPipe, name: &str, patience: Duration, reporter: &Reporter) {
    if !pipe.flush_within(patience) {
        let seconds = patience.as_secs();
        reporter.warn(format_args!(
            "the manager did not read the {name} pipe for {seconds} s: its answer is lost"
        ));
    }
    pipe.close();
}

/// Both pipes.
pub(crate) struct ManagerPipes {
    pub(crate) sync: SyncPipe,
    pub(crate) attach: AttachPipe,
}

/// [`ManagerPipes`] as they are handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PipesState {
    sync: PipeState,
    attach: PipeState,
}

impl ManagerPipes {
    /// Of a container that runs: its manager knows that, and that clients can connect.
    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> PipesState {
        PipesState { sync: self.sync.pipe.state(descriptors), attach: self.attach.pipe.state(descriptors) }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(state: PipesState, plan: &Plan) -> Self {
        let sync = ManagerPipe::from_state(state.sync, Token::SyncPipe);
        let attach = ManagerPipe::from_state(state.attach, Token::AttachPipe);
        Self {
            sync: SyncPipe { pipe: sync, plan: plan.sync_pipe.clone(), failed: false },
            attach: AttachPipe { pipe: attach, plan: None },
        }
    }

    /// Adopts the descriptors that the plan names.
    pub(crate) fn adopt(plan: &Plan) -> Result<Self, Error> {
        let sync = SyncPipe::adopt(&plan.sync_pipe)?;
        Ok(Self { sync, attach: AttachPipe::adopt(plan.attach_pipe.as_ref())? })
    }

    /// From now on `poll` reports when the manager has read enough for the answers that wait.
    pub(crate) fn join(&mut self, poll: &Rc<Poll>) {
        self.sync.pipe.join(poll);
        self.attach.pipe.join(poll);
    }

    /// Reports why the container could not be created.
    pub(crate) fn failed(&mut self, message: &[u8]) {
        self.attach.failed(message);
        self.sync.failed(message);
    }

    /// Closes each pipe, so that the manager sees its end, when the last answer has been read or `patience` is over. Blocks.
    pub(crate) fn conclude(&mut self, patience: Duration, reporter: &Reporter) {
        conclude(&mut self.sync.pipe, "sync", patience, reporter);
        conclude(&mut self.attach.pipe, "attach", patience, reporter);
    }
}

/// `_OCI_SYNCPIPE`.
pub(crate) struct SyncPipe {
    pipe: ManagerPipe,
    plan: SyncPipePlan,
    /// A failure has been reported; a second message would be taken for the answer to something else.
    failed: bool,
}

impl SyncPipe {
    /// Adopts the descriptor that the plan names, if it names one.
    fn adopt(plan: &SyncPipePlan) -> Result<Self, Error> {
        let fd = plan.fd.map(adopt).transpose().step("adopt the sync pipe")?;
        Ok(Self { pipe: ManagerPipe::new(fd, Token::SyncPipe), plan: plan.clone(), failed: false })
    }

    /// Reports that the container runs.
    pub(crate) fn started(&mut self, pid: i32) {
        if let Some(template) = &self.plan.started {
            self.pipe.send(fill(template, i64::from(pid), b""));
        }
    }

    /// Reports a failure, once.
    fn failed(&mut self, message: &[u8]) {
        if !std::mem::replace(&mut self.failed, true) {
            self.pipe.send(fill(&self.plan.failed, -1, message));
        }
    }

    /// Reports the exit status.
    pub(crate) fn exited(&mut self, status: i32) {
        if let Some(template) = &self.plan.exited {
            self.pipe.send(fill(template, i64::from(status), b""));
        }
    }

    /// Reports that the container was killed at its time limit.
    pub(crate) fn timed_out(&mut self) {
        if let Some(line) = &self.plan.timed_out {
            self.pipe.send(line.as_bytes().to_vec());
        }
    }

    /// Writes the answers that wait, as far as the pipe takes them.
    pub(crate) fn flush(&mut self) {
        self.pipe.flush();
    }
}

/// `_OCI_ATTACHPIPE`: reports once whether clients can connect.
pub(crate) struct AttachPipe {
    pipe: ManagerPipe,
    plan: Option<AttachPipePlan>,
}

impl AttachPipe {
    /// Adopts the descriptor that the plan names, if it names one.
    fn adopt(plan: Option<&AttachPipePlan>) -> Result<Self, Error> {
        let fd = plan.map(|plan| adopt(plan.fd)).transpose().step("adopt the attach pipe")?;
        Ok(Self { pipe: ManagerPipe::new(fd, Token::AttachPipe), plan: plan.cloned() })
    }

    /// Reports that the attach socket listens. The pipe stays open: Podman reads it until its end.
    pub(crate) fn ready(&mut self) {
        if let Some(plan) = self.plan.take() {
            self.pipe.send(plan.ready.as_bytes().to_vec());
        }
    }

    /// Reports that clients will not be able to connect, unless the socket was reported as ready.
    fn failed(&mut self, message: &[u8]) {
        if let Some(plan) = self.plan.take() {
            self.pipe.send(fill(&plan.failed, -1, message));
        }
    }

    /// Writes the answers that wait, as far as the pipe takes them.
    pub(crate) fn flush(&mut self) {
        self.pipe.flush();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::properties::{config, text};

    fn filled(template: &str, number: i64, message: &[u8]) -> String {
        let template = Bytes::try_from(template.as_bytes().to_vec()).unwrap();
        String::from_utf8(fill(&template, number, message)).unwrap()
    }

    #[test]
    fn a_number_goes_into_its_slot() {
        assert_eq!(filled("{\"data\": \u{1}}\n", 42, b""), "{\"data\": 42}\n");
    }

    #[test]
    fn a_message_is_valid_json_whatever_the_runtime_printed() {
        let line = filled("{\"data\": -1, \"message\": \"\u{2}\"}\n", -1, b"a\xff\"\\\x01\x7f\n\xc3\xa9\x00");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["message"], "a\u{fffd}\"\\\u{1}\u{7f}\né\0");
    }

    #[test]
    fn a_message_is_cut_in_its_middle_between_characters_so_that_the_line_fits() {
        for middle in ["é".repeat(10_000), "\u{1}".repeat(10_000), "x".repeat(100_000), "😀".repeat(4000)]
        {
            for shift in 0..8 {
                let text = format!("{}first{middle}last", "-".repeat(shift));
                let line = filled("{\"data\": -1, \"message\": \"\u{2}\"}\n", -1, text.as_bytes());
                assert!(line.len() <= MAX_MESSAGE && line.len() > MAX_MESSAGE - 16, "{}", line.len());
                let value: serde_json::Value = serde_json::from_str(&line).unwrap();
                let (beginning, end) = value["message"].as_str().unwrap().split_once(ELLIPSIS).unwrap();
                assert!(text.starts_with(beginning) && beginning.len() > 300, "{beginning}");
                assert!(text.ends_with(end) && end.len() > 300, "{end}");
            }
        }
    }

    #[test]
    fn a_message_that_just_fits_is_whole() {
        let template = "{\"data\": -1, \"message\": \"\u{2}\"}\n";
        let whole = "x".repeat(MAX_MESSAGE - template.len() - 2);
        assert!(filled(template, -1, whole.as_bytes()).contains(&whole));
        assert!(filled(template, -1, format!("{whole}xxx").as_bytes()).contains(ELLIPSIS));
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn an_answer_is_one_line_of_json_that_fits_whatever_is_filled_in(
            number in any::<i64>(),
            parts in prop::collection::vec((text(), 1..40_usize), 0..12),
        ) {
            let message: Vec<u8> = parts.into_iter().flat_map(|(text, times)| text.repeat(times)).collect();
            let line = filled("{\"data\": \u{1}, \"message\": \"\u{2}\"}\n", number, &message);
            prop_assert!(line.len() <= MAX_MESSAGE);
            prop_assert_eq!(line.find('\n'), Some(line.len() - 1));
            let value: serde_json::Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(value["data"].as_i64(), Some(number));
            let (given, sent) = (String::from_utf8_lossy(&message), value["message"].as_str().unwrap());
            if sent != given {
                let (beginning, end) = sent.split_once(ELLIPSIS).unwrap();
                prop_assert!(given.starts_with(beginning) && given.ends_with(end) && line.len() > MAX_MESSAGE - 16);
            }
        }
    }
}

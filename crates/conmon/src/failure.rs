//! Failures before there is a plan or a refusal, and how they are still reported.
//!
//! The planner owns the protocol of the sync pipe, but here it has failed: [`LAST_RESORT`] is the line without it.

use std::env;
use std::os::fd::RawFd;

use conmon_core::plan::{Bytes, LAST_RESORT, MESSAGE_SLOT, Refusal, Reply, escape_into};
use conmon_sys::errors::describe;
use nix::errno::Errno;

use crate::answer::Malformed;

/// Environment variable with the number of the sync pipe.
const SYNC_PIPE: &str = "_OCI_SYNCPIPE";

/// Why there is neither a plan nor a refusal.
#[derive(Debug)]
pub(crate) enum Failure {
    /// No memory for the engine; the size requested.
    Arena(usize, Errno),
    /// The engine ran out of memory; its size.
    ArenaFull(usize),
    /// The engine failed.
    Engine(rquickjs::Error),
    /// The planner threw; its message.
    Exception(String),
    /// The planner's answer is not a plan result.
    Answer(Malformed),
    /// The plan another host passed cannot be trusted or read; why.
    InheritedPlan(String),
    /// The state of a monitor that another executable passed cannot be read; why.
    InheritedState(String),
}

impl From<rquickjs::Error> for Failure {
    fn from(error: rquickjs::Error) -> Self {
        Self::Engine(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Arena(size, errno) => {
                write!(f, "cannot map {size} bytes for the planner: {}", describe(*errno))
            }
            Self::ArenaFull(size) => write!(
                f,
                "the planner needs more than the {size} bytes reserved for a command line of this length"
            ),
            Self::Engine(error) => write!(f, "cannot run the planner: {error}"),
            Self::Exception(message) => write!(f, "the planner failed: {message}"),
            Self::Answer(error) => write!(f, "cannot read the planner's answer: {error}"),
            Self::InheritedState(why) => write!(f, "cannot continue the monitor: {why}"),
            Self::InheritedPlan(why) => write!(f, "cannot adopt the plan: {why}"),
        }
    }
}

impl Failure {
    /// The refusal that reports it on stderr and the sync pipe.
    pub(crate) fn into_refusal(self) -> Refusal {
        let text = format!("conmon: {self}");
        let replies = sync_pipe().and_then(|fd| Some(Reply { fd, line: line(&text)? })).into_iter().collect();
        let stderr = bytes(format!("{text}\n").into_bytes());
        Refusal { stderr, syslog: None, replies, status: 1 }
    }
}

fn sync_pipe() -> Option<RawFd> {
    env::var(SYNC_PIPE).ok()?.parse().ok().filter(|fd| *fd > 2)
}

fn line(text: &str) -> Option<Bytes> {
    let (before, after) = LAST_RESORT.split_once(char::from(MESSAGE_SLOT))?;
    let mut line = before.as_bytes().to_vec();
    escape_into(&mut line, text.as_bytes());
    line.extend_from_slice(after.as_bytes());
    Bytes::try_from(line).ok()
}

fn bytes(mut text: Vec<u8>) -> Bytes {
    text.retain(|byte| *byte != 0);
    Bytes::try_from(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reply_is_one_line_of_json_whatever_the_message_holds() {
        let line = line("a \"quoted\"\nline\u{1}").unwrap();
        let (last, rest) = line.as_bytes().split_last().unwrap();
        assert_eq!(*last, b'\n');
        assert!(!rest.contains(&b'\n'));
        let value: serde_json::Value = serde_json::from_slice(rest).unwrap();
        assert_eq!(value["message"], "a \"quoted\"\nline\u{1}");
        for key in ["data", "pid", "exit_code"] {
            assert_eq!(value[key], -1, "{key}");
        }
    }

    #[test]
    fn a_failure_is_a_refusal_with_status_1() {
        let refusal = Failure::Exception("no way".to_owned()).into_refusal();
        assert_eq!(refusal.stderr.as_bytes(), b"conmon: the planner failed: no way\n");
        assert_eq!(refusal.status, 1);
    }
}

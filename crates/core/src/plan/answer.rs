//! What the planner answers: a plan, a text or a refusal.

use std::os::fd::RawFd;

use serde::Deserialize;

use super::{Bytes, Plan};

/// What the planner makes of a command line.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PlanResult {
    /// A command line to carry out.
    Plan(Box<Plan>),
    /// A text to print.
    Text(Text),
    /// A command line that cannot be carried out.
    Refusal(Refusal),
}

impl PlanResult {
    /// Reads the planner's answer.
    ///
    /// # Errors
    /// When the document is not a complete plan result of this version.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

/// Output of `--help` and `--version`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Text {
    /// Printed unchanged.
    pub stdout: Bytes,
    /// Exit status of the process.
    pub status: u8,
}

/// A command line that cannot be carried out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    /// Text for the user, newline included.
    pub stderr: Bytes,
    /// The same for syslog, without a newline; null unless `--syslog` was given.
    pub syslog: Option<Bytes>,
    /// What waiting managers read: at most one line for each of their pipes.
    pub replies: Vec<Reply>,
    /// Exit status of the process.
    pub status: u8,
}

/// One complete line for one inherited descriptor.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reply {
    /// Number of the descriptor.
    pub fd: RawFd,
    /// The line, newline included.
    pub line: Bytes,
}

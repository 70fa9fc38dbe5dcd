//! The plan: what the planner decided, as the core reads it.
//!
//! Mirrors `ts/planner/plan.ts` field by field, which also says what each field means; this page adds only what Rust
//! makes of it. It holds no default and no rule: a document that is not complete is refused.

use std::os::fd::RawFd;

use serde::Deserialize;

mod bytes;

pub(crate) use bytes::push_escaped;
pub use bytes::{Bytes, escape_into};

/// The version of the document that this core carries out.
pub const PLAN_VERSION: u32 = 1;

/// What the planner makes of a command line.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PlanResult {
    /// To be carried out.
    Plan(Box<Plan>),
    /// To be printed.
    Text(Text),
    /// To be told to everybody who waits.
    Refusal(Refusal),
}

impl PlanResult {
    /// Reads the planner's answer.
    ///
    /// # Errors
    /// When the document is not a complete plan result of this version.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        let result: Self = serde_json::from_slice(json)?;
        if let Self::Plan(plan) = &result {
            plan.check_version()?;
        }
        Ok(result)
    }
}

/// Output of `--help` and `--version`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Text {
    /// Printed as it is.
    pub stdout: Bytes,
    /// Exit status of the process.
    pub status: u8,
}

/// A command line that cannot be carried out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    /// For the user, newline included.
    pub stderr: Bytes,
    /// For syslog, if asked for.
    pub syslog: Option<Bytes>,
    /// For the managers that wait.
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

/// Which call of the runtime is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// A new container.
    Create,
    /// A container from a checkpoint.
    Restore,
    /// A further process in a container.
    Exec,
}

/// Everything needed to carry out one invocation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct Plan {
    pub version: u32,
    pub mode: Mode,
    pub cid: Bytes,
    pub diagnostics: Diagnostics,
    pub launch: Launch,
    pub runtime: RuntimeCall,
    pub stdio: StdioPlan,
    pub sync_pipe: SyncPipePlan,
    pub attach_pipe: Option<AttachPipePlan>,
    pub attach: Option<AttachPlan>,
    pub control_directory: Option<Bytes>,
    pub logs: LogsPlan,
    pub exit: ExitPlan,
    pub oom_files: Vec<Bytes>,
    pub notify: Option<NotifyPlan>,
    pub confinement: Option<Confinement>,
}

impl Plan {
    /// Reads a bare plan, as it comes on a memfd.
    ///
    /// # Errors
    /// When the document is not a complete plan of this version.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        let plan: Self = serde_json::from_slice(json)?;
        plan.check_version()?;
        Ok(plan)
    }

    fn check_version(&self) -> Result<(), serde_json::Error> {
        if self.version == PLAN_VERSION {
            return Ok(());
        }
        let text = format!("plan version {} where {PLAN_VERSION} is understood", self.version);
        Err(serde::de::Error::custom(text))
    }
}

/// How much of our own messages is wanted; the most severe first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Error,
    Warning,
    Info,
    Debug,
    Trace,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct Diagnostics {
    pub level: LogLevel,
    pub syslog: bool,
    pub warnings: Vec<Bytes>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct Launch {
    pub daemonize: bool,
    pub pidfile: Option<Bytes>,
    pub start_pipe: Option<RawFd>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct RuntimeCall {
    pub argv: Vec<Bytes>,
    pub console_socket_index: Option<usize>,
    pub temporary_directory: Bytes,
    pub pidfile: Bytes,
    pub start_pipe: Option<RawFd>,
    pub listen_pid: Option<ListenPid>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct ListenPid {
    pub pid: i32,
    pub always: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
#[expect(clippy::struct_excessive_bools, reason = "four independent switches of the command line")]
pub struct StdioPlan {
    pub terminal: bool,
    pub stdin: bool,
    pub leave_stdin_open: bool,
    pub passthrough: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct SyncPipePlan {
    pub fd: Option<RawFd>,
    pub started: Option<Bytes>,
    pub failed: Bytes,
    pub exited: Option<Bytes>,
    pub timed_out: Option<Bytes>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct AttachPipePlan {
    pub fd: RawFd,
    pub ready: Bytes,
    pub failed: Bytes,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct AttachPlan {
    pub directory: Bytes,
    pub link: Option<Bytes>,
    pub stall_seconds: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct LogsPlan {
    pub drivers: Vec<LogDriver>,
    pub fsync: bool,
    pub loss_marker: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub enum LogDriver {
    K8sFile(FileLog),
    JsonFile(FileLog),
    Journald(JournaldLog),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct FileLog {
    pub path: Bytes,
    pub max_bytes: Option<u64>,
    pub max_total_bytes: Option<u64>,
    pub rotation: Option<Rotation>,
    pub allowlist: Vec<Bytes>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct Rotation {
    pub files: u32,
    pub compress: Option<Compression>,
    pub on_reopen: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the name says it")]
pub enum Compression {
    Gzip,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct JournaldLog {
    pub fields: Vec<(Bytes, Bytes)>,
    pub partial_message: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct ExitPlan {
    pub files: Vec<Bytes>,
    pub command: Option<ExitCommandPlan>,
    pub timeout_seconds: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct ExitCommandPlan {
    pub argv: Vec<Bytes>,
    pub delay_seconds: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct NotifyPlan {
    pub directory: Bytes,
    pub host: Bytes,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct Confinement {
    pub restrictions: Option<Restrictions>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct Restrictions {
    pub writable: Option<Writable>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "documented once, in ts/planner/plan.ts")]
pub struct Writable {
    pub directories: Vec<Bytes>,
    pub files: Vec<Bytes>,
}

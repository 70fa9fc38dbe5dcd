//! The plan: everything needed to carry out one invocation. The planner decides all of it; the core adds no default and no
//! rule, and refuses a document that is incomplete or has unknown fields.
//!
//! A plan travels as one JSON document: from the embedded engine to the core, or from Node to the executable on a sealed
//! memfd. Alternatives are objects with one key, not objects with a `kind` field: a reader that finds `kind` last would have
//! to buffer the other fields as text, and bytes that are not UTF-8 would be lost there.

// The only description of the document: `npm run plan-types` generates `ts/planner/plan.ts` and `constants.ts` from it.

use std::os::fd::RawFd;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

mod answer;
mod bytes;
mod constants;
mod logs;

pub use crate::log::formats::LogFormat;
pub use answer::{PlanResult, Refusal, Reply, Text};
pub(crate) use bytes::push_escaped;
pub use bytes::{Bytes, escape_into};
pub use constants::{
    ELLIPSIS, GUARDIAN_NAME, LAST_RESORT, MAX_MESSAGE, MAX_WINDOW_SIZE, MESSAGE_SLOT, MONITOR_FAILED,
    NUMBER_SLOT, PLAN_FD_VARIABLE, PLAN_VERSION, RESCUE_READY, RESCUE_VARIABLE,
};
pub use logs::{Compression, FileLog, JournaldLog, LogDriver, LogsPlan, Rotation};

/// A line of the sync-pipe protocol, newline included, in which a [`NUMBER_SLOT`] or [`MESSAGE_SLOT`] is still to be filled.
pub type Template = Bytes;

/// The subcommand of the OCI runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Create a container.
    Create,
    /// Restore a container from a checkpoint.
    Restore,
    /// Start an exec session in a running container.
    Exec,
}

/// Everything needed to carry out one invocation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// Version of the document.
    pub version: PlanVersion,
    /// Whether a container or an exec session is started.
    pub mode: Mode,
    /// Container ID.
    pub cid: Bytes,
    /// Messages of the monitor itself.
    pub diagnostics: Diagnostics,
    /// What happens before and at the fork.
    pub launch: Launch,
    /// The call of the OCI runtime.
    pub runtime: RuntimeCall,
    /// The container's standard streams.
    pub stdio: StdioPlan,
    /// The pipe of `_OCI_SYNCPIPE`.
    pub sync_pipe: SyncPipePlan,
    /// The pipe of `_OCI_ATTACHPIPE`; null unless `--exec-attach` was given.
    pub attach_pipe: Option<AttachPipePlan>,
    /// The attach socket; null when nobody can attach (passthrough, legacy exec).
    pub attach: Option<AttachPlan>,
    /// The control FIFOs; null when nobody can attach.
    pub control: Option<ControlPlan>,
    /// Where the container's output is logged.
    pub logs: LogsPlan,
    /// How the exit of the container is reported.
    pub exit: ExitPlan,
    /// Empty files to create after an OOM kill in the container, in this order.
    pub oom_files: Vec<Bytes>,
    /// The sd-notify relay; null unless `--sdnotify-socket` was given.
    pub notify: Option<NotifyPlan>,
    /// The private socket, and what a container's monitor adopts there from the monitors of its exec sessions; null for a legacy exec and
    /// without a bundle.
    pub adoption: Option<AdoptionPlan>,
    /// File that the monitor leaves while the container runs, from which another one can be started if it is killed; null for an exec
    /// session.
    pub rescue: Option<Bytes>,
    /// What the monitor gives up once the container runs; null: nothing.
    pub confinement: Option<Confinement>,
}

impl Plan {
    /// Reads a bare plan, as it comes on a memfd.
    ///
    /// # Errors
    /// When the document is not a complete plan of this version.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

/// [`PLAN_VERSION`]: a document with another version cannot be read.
#[derive(Clone, Copy, Debug)]
pub struct PlanVersion;

impl<'de> Deserialize<'de> for PlanVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            PLAN_VERSION => Ok(Self),
            other => Err(D::Error::custom(format_args!("plan version {other}; expected {PLAN_VERSION}"))),
        }
    }
}

/// The least severe messages of the monitor that are logged; the most severe level first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LogLevel {
    /// The monitor cannot do what it was asked to.
    Error,
    /// Something was lost, or needs attention.
    Warning,
    /// What happens in the life of a container.
    Info,
    /// Details for developers.
    Debug,
    /// Everything.
    Trace,
}

/// Messages of the monitor itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Diagnostics {
    /// The least severe level that is logged.
    pub level: LogLevel,
    /// `--syslog`: send messages to syslog as well as to stderr.
    pub syslog: bool,
    /// Warnings to log once at the start.
    pub warnings: Vec<Bytes>,
}

/// What happens before and at the fork.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Launch {
    /// Fork and let the caller's child exit immediately; false with `--sync`.
    pub daemonize: bool,
    /// File for the monitor's pid (digits only); null with `--sync` or when not requested.
    pub pidfile: Option<Bytes>,
    /// Descriptor to read once, blocking, before the fork.
    pub start_pipe: Option<RawFd>,
    /// Fork once more: the first child is a guardian, which starts another monitor if the second, the monitor, is killed.
    pub guardian: bool,
}

/// The call of the OCI runtime.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuntimeCall {
    /// The whole argument vector; the first element is the path of the program.
    pub argv: Vec<Bytes>,
    /// Index of the empty element of `argv` that receives the path of the console socket; null without a terminal.
    pub console_socket_index: Option<usize>,
    /// Directory in which the private directory of the console socket is created (`TMPDIR`, or `/tmp`).
    pub temporary_directory: Bytes,
    /// File to which the runtime writes the container's pid.
    pub pidfile: Bytes,
    /// Descriptor to read a second time, in the runtime's process just before `execve` (`--exec-attach`).
    pub start_pipe: Option<RawFd>,
    /// `LISTEN_PID` from the environment; null if it is not set.
    pub listen_pid: Option<ListenPid>,
}

/// How `LISTEN_PID` (sd_listen_fds(3)) is passed to the runtime.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListenPid {
    /// The pid in the variable. The runtime's pid replaces it if it is the monitor's own.
    pub pid: i32,
    /// `--replace-listen-pid`: replace it in any case.
    pub always: bool,
}

/// The container's standard streams.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "four independent switches of the command line")]
pub struct StdioPlan {
    /// `--terminal`: the container gets a terminal.
    pub terminal: bool,
    /// `--stdin`: the container gets a pipe as stdin.
    pub stdin: bool,
    /// `--leave-stdin-open`: keep that pipe open when the input of a client ends.
    pub leave_stdin_open: bool,
    /// The container inherits descriptors 0 to 2 of the monitor's caller.
    pub passthrough: bool,
}

/// The pipe of `_OCI_SYNCPIPE`. A template that is null is a message that this mode does not send.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SyncPipePlan {
    /// Number of the descriptor; null without a sync pipe.
    pub fd: Option<RawFd>,
    /// The container was created. Number: its pid.
    pub started: Option<Template>,
    /// Something failed. Message: the reason. The number (−1) is already in the template.
    pub failed: Template,
    /// The exec session ended. Number: its exit status.
    pub exited: Option<Template>,
    /// The time limit was reached. Has no slots.
    pub timed_out: Option<Template>,
}

/// The pipe of `_OCI_ATTACHPIPE`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachPipePlan {
    /// Number of the descriptor.
    pub fd: RawFd,
    /// Clients can connect. Has no slots.
    pub ready: Template,
    /// The start failed before that. Message: the reason.
    pub failed: Template,
}

/// The attach socket.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachPlan {
    /// Path of the socket.
    pub socket: Bytes,
    /// Symbolic link through which managers with long bundle paths find it; null with `--full-attach`.
    pub link: Option<AttachLink>,
    /// How many seconds a client that does not read may hold back the container's output.
    pub stall_seconds: u32,
}

/// A symbolic link that exists while the monitor does.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachLink {
    /// Path of the link.
    pub path: Bytes,
    /// Content of the link: the directory of the socket.
    pub target: Bytes,
}

/// The FIFOs through which managers send requests.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ControlPlan {
    /// Path of the FIFO for all requests.
    pub ctl: Bytes,
    /// Path of the FIFO for resizes.
    pub winsz: Bytes,
}

/// How the exit of the container is reported.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExitPlan {
    /// Files that receive the exit status (digits only), in this order.
    pub files: Vec<Bytes>,
    /// The exit command; null: none.
    pub command: Option<ExitCommandPlan>,
    /// Seconds after which the container is killed; null: no limit.
    pub timeout_seconds: Option<u32>,
}

/// The program to run after the container has exited.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExitCommandPlan {
    /// The whole argument vector; the first element is the path of the program.
    pub argv: Vec<Bytes>,
    /// Seconds to wait before running it.
    pub delay_seconds: u32,
    /// Private socket of the container's monitor, which may adopt the command. Null unless this is an exec session with a
    /// delay, whose monitor nobody waits for.
    pub adopter: Option<Bytes>,
}

/// The exit commands that a container's monitor adopts from the monitors of its exec sessions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdoptionPlan {
    /// Path of the private socket on which it receives them.
    pub socket: Bytes,
    /// How many of them run at a time.
    pub exit_commands: u32,
}

/// The sd-notify relay.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotifyPlan {
    /// Path of the container's socket. Its directory is created if it does not exist.
    pub socket: Bytes,
    /// Address of the host's socket, as in `NOTIFY_SOCKET`: a path, or an abstract name after `@`.
    pub host: Bytes,
}

/// What a monitor gives up in addition to most of its capabilities.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Confinement {
    /// What every process inherits that the monitor starts: no new privileges, few system calls. Null with an exit command.
    pub restrictions: Option<Restrictions>,
}

/// Restrictions of a monitor that starts no more processes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Restrictions {
    /// Where the monitor can still write; null: anywhere.
    pub writable: Option<Writable>,
}

/// Where a confined monitor can still write.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Writable {
    /// These directories and everything below them.
    pub directories: Vec<Bytes>,
    /// These files. For a symbolic link, also the directory of the file that it points to when the monitor is confined.
    pub files: Vec<Bytes>,
}

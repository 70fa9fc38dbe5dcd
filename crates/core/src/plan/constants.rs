//! Numbers and names that the planner, the core, their hosts and `conmonctl` must agree on.

use std::ffi::CStr;

/// Version of the document. Raised whenever a field changes its meaning; the core refuses a plan of another version.
pub const PLAN_VERSION: u32 = 3;

/// Environment variable that names the memfd with the plan when another host of the planner starts the executable.
pub const PLAN_FD_VARIABLE: &str = "_CONMON_PLAN_FD";

/// Marks the place of a decimal number in a [`Template`].
pub const NUMBER_SLOT: u8 = b'\x01';

/// Marks the place of a JSON-escaped text in a [`Template`].
pub const MESSAGE_SLOT: u8 = b'\x02';

/// Most bytes of a message on the sync pipe. Podman reads its end, a packet socket, into a buffer of this size and loses the
/// rest of a longer packet.
pub const MAX_MESSAGE: usize = 4096;

/// Replaces the middle of a text that was too long.
pub const ELLIPSIS: &str = " … ";

/// Most rows or columns that a terminal can be given through the control FIFOs, as in C conmon.
pub const MAX_WINDOW_SIZE: u16 = 1000;

/// The line for every pipe of a manager when the planner itself has failed, with a [`MESSAGE_SLOT`]. The planner owns the protocol,
/// so this has every key that any version of it reads; managers ignore those they do not know.
pub const LAST_RESORT: &str = "{\"data\": -1, \"pid\": -1, \"exit_code\": -1, \"message\": \"\x02\"}\n";

/// Begins the message of a failure of the monitor itself on the sync and attach pipes. Other messages are the runtime's.
pub const MONITOR_FAILED: &str = "conmon: ";

/// Name (`PR_SET_NAME`) of a process above a monitor that starts another one if the monitor is killed.
pub const GUARDIAN_NAME: &CStr = c"conmon-guard";

/// Environment variable that names the descriptor of the record when the executable is to monitor a container whose monitor was
/// killed.
pub const RESCUE_VARIABLE: &str = "_CONMON_RESCUE";

/// What that executable prints to stderr when it monitors the container. No other program prints it.
pub const RESCUE_READY: &str = "conmon-node: monitors this container";

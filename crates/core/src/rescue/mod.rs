//! Rescue: a monitor for a container whose monitor was killed.
//!
//! Each monitor leaves a [`Record`] beside its pidfile while the container runs. `conmonctl rescue` executes the monitor's
//! executable with an open record. That process first takes on the command line, environment and working directory of the monitor
//! that was killed, and its pid where that is possible ([`RescueCall::become_monitor`]); then it plans the command line as usual,
//! opens the container's pipes again ([`Pipes`]), and continues as a session whose container runs already.
//!
//! What was lost with the killed monitor cannot be recovered: a terminal, input and output that it had read and not
//! passed on, the connections of clients, adopted exit commands.

mod call;
mod pipes;
mod record;

pub use call::RescueCall;
pub(crate) use pipes::{Pipes, inode};
use record::Record;
pub(crate) use record::{Identity, RescueFile};

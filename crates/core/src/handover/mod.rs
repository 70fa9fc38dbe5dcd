//! Hand-over: a monitor continues as another executable, with the same pid, children and descriptors.
//!
//! The session writes its state into a [document](crate::session), JSON on a sealed memfd; descriptors keep their numbers. The
//! new executable is first run in a child, which only reads the document and makes the plan from the command line (see
//! [`Candidate::try_out`]): if that fails, or execve(2) does, the monitor continues unchanged. Then this process executes it.
//! The plan is not part of the document. It is made again from the command line, which means the same to all versions.
//!
//! An executable reads the documents of all earlier versions, and refuses those of later ones.

mod candidate;
mod inherited;
mod values;

use std::time::Duration;

pub use candidate::Candidate;
pub(crate) use candidate::document;
pub(crate) use inherited::Purpose;
pub use inherited::StateDocument;
pub(crate) use values::{Blob, Descriptors, Moment, adopt};

/// Version of the document. Raised when a field changes its meaning; fields are added without that.
pub(crate) const VERSION: u32 = 1;

/// Environment variable by which an executable finds the document: `try:NUMBER` or `resume:NUMBER`, with the number of a memfd.
pub const VARIABLE: &str = "_CONMON_STATE";

/// What an executable prints to stderr when it is tried and can continue the monitor. No other program prints that.
pub const READY: &str = "conmon-node: can continue this monitor";

/// Between two attempts of a step that must work.
const PAUSE: Duration = Duration::from_millis(20);

/// Repeats a step until it works. The other executable is gone, and what the container writes waits in its pipes.
pub(crate) fn patiently<T, E>(mut step: impl FnMut() -> Result<T, E>) -> T {
    loop {
        match step() {
            Ok(done) => return done,
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
}

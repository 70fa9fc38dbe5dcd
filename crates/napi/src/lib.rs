//! The addon: what Node cannot do itself. It converts and calls; no rule of the command line or of a protocol stands here.
//!
//! A panic becomes a JavaScript error (`catch_unwind`): a monitor in somebody's process must not take it down.

pub mod attach;
pub mod foreign;
pub mod monitor;
pub mod refuse;
pub mod take_over;

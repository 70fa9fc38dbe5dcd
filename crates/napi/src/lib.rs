//! The addon: what Node cannot do itself. It only converts and calls; no rule of the command line or a protocol is here.
//!
//! A panic becomes a JavaScript error (`catch_unwind`): a monitor must not take down the process that embeds it.

pub mod adopt;
pub mod attach;
mod background;
pub mod foreign;
pub mod monitor;
pub mod refuse;
pub mod replace_process;
pub mod stdout;
pub mod upgrade;

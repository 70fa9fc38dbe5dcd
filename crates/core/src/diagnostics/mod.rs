//! What a monitor reports about itself: messages on stderr and in syslog, and the counters that others read.

pub(crate) mod counters;
pub(crate) mod report;
pub(crate) mod severity;
pub(crate) mod warnings;

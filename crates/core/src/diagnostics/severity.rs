//! Severities of syslog(3), which the journal has as priorities.

/// `LOG_ERR`
pub(crate) const ERROR: u8 = 3;
/// `LOG_WARNING`
pub(crate) const WARNING: u8 = 4;
/// `LOG_INFO`
pub(crate) const INFORMATION: u8 = 6;
/// `LOG_DEBUG`
pub(crate) const DEBUG: u8 = 7;

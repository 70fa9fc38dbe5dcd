//! Clocks and the local time zone.

use std::io;
use std::mem::MaybeUninit;

/// Broken-down local time of a second, and its offset from UTC.
pub(crate) struct Local {
    pub(crate) fields: libc::tm,
    /// Seconds east of Greenwich.
    pub(crate) offset: i64,
}

/// The local time (`TZ`, else `/etc/localtime`) of a second since 1970 in UTC, as localtime_r(3) tells it.
pub(crate) fn local(second: i64) -> io::Result<Local> {
    let mut fields = MaybeUninit::<libc::tm>::uninit();
    // SAFETY: both pointers are valid for the call: one is read, the other written.
    let result = unsafe { libc::localtime_r(&raw const second, fields.as_mut_ptr()) };
    if result.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: localtime_r returned its second argument, so it filled it.
    let fields = unsafe { fields.assume_init() };
    Ok(Local { offset: fields.tm_gmtoff, fields })
}

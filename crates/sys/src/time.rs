//! The calendar.

use std::io;
use std::mem::MaybeUninit;

/// Where a calendar is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// `TZ`, else `/etc/localtime`.
    Local,
    /// Coordinated universal time.
    Utc,
}

/// Broken-down time of a second, and its offset from UTC.
pub struct BrokenDown {
    /// Year to second.
    pub fields: libc::tm,
    /// Seconds east of Greenwich.
    pub offset: i64,
}

/// The time of a second since 1970 in UTC, as localtime_r(3) and gmtime_r(3) tell it.
pub fn broken_down(second: i64, zone: Zone) -> io::Result<BrokenDown> {
    let mut fields = MaybeUninit::<libc::tm>::uninit();
    let result = match zone {
        // SAFETY: both pointers are valid for the call: one is read, the other written.
        Zone::Local => unsafe { libc::localtime_r(&raw const second, fields.as_mut_ptr()) },
        // SAFETY: as above.
        Zone::Utc => unsafe { libc::gmtime_r(&raw const second, fields.as_mut_ptr()) },
    };
    if result.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call returned its second argument, so it filled it.
    let fields = unsafe { fields.assume_init() };
    Ok(BrokenDown { offset: fields.tm_gmtoff, fields })
}

//! Calendar time.

use std::io;
use std::mem::MaybeUninit;

/// A time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The local one: `TZ`, else `/etc/localtime`.
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

/// Converts seconds since 1970 in UTC as localtime_r(3) and gmtime_r(3) do.
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
    // SAFETY: the call succeeded, so it filled in its second argument.
    let fields = unsafe { fields.assume_init() };
    Ok(BrokenDown { offset: fields.tm_gmtoff, fields })
}

//! Calendar time.

use std::io;
use std::mem::MaybeUninit;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::numbers::converted;

#[cfg(not(all(target_pointer_width = "32", target_env = "gnu")))]
use libc::{gmtime_r, localtime_r};

// `time_t` has 32 bits in `libc` there, which end in 2038; glibc 2.34 has these besides.
#[cfg(all(target_pointer_width = "32", target_env = "gnu"))]
// SAFETY: the declarations of time.h for a `time_t` of 64 bits.
unsafe extern "C" {
    #[link_name = "__gmtime64_r"]
    fn gmtime_r(second: *const i64, fields: *mut libc::tm) -> *mut libc::tm;
    #[link_name = "__localtime64_r"]
    fn localtime_r(second: *const i64, fields: *mut libc::tm) -> *mut libc::tm;
}

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

/// Seconds since 1970 in UTC, and nanoseconds. From Rust's library: the C library's seconds have 32 bits on some machines. `None`
/// before 1970.
pub fn now() -> Option<(i64, u32)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    Some((i64::try_from(now.as_secs()).ok()?, now.subsec_nanos()))
}

/// Converts seconds since 1970 in UTC as localtime_r(3) and gmtime_r(3) do.
///
/// # Errors
/// `EOVERFLOW` for a year that does not fit `tm_year`.
pub fn broken_down(second: i64, zone: Zone) -> io::Result<BrokenDown> {
    let mut fields = MaybeUninit::<libc::tm>::uninit();
    let result = match zone {
        // SAFETY: both pointers are valid for the call: one is read, the other written.
        Zone::Local => unsafe { localtime_r(&raw const second, fields.as_mut_ptr()) },
        // SAFETY: as above.
        Zone::Utc => unsafe { gmtime_r(&raw const second, fields.as_mut_ptr()) },
    };
    if result.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call succeeded, so it filled in its second argument.
    let fields = unsafe { fields.assume_init() };
    let offset = converted(fields.tm_gmtoff).ok_or(io::ErrorKind::InvalidData)?;
    Ok(BrokenDown { fields, offset })
}

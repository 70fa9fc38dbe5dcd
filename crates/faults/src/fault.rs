//! [`Fault`]: which call of which process fails, and how. Its text form is `ROLE:CALL#N=WHAT`, such as
//! `monitor:read#3=EIO` or `launcher:write#1=short:1`.

use std::fmt;
use std::str::FromStr;

use nix::errno::Errno;

use crate::calls::{self, Effect};

/// The effect on the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Error(Errno, Effect),
    /// At most this many bytes are transferred.
    Short(u64),
    /// Half of the bytes are transferred.
    Half,
}

impl What {
    pub(crate) fn is_short(self) -> bool {
        matches!(self, Self::Short(_) | Self::Half)
    }
}

/// The place of a call in a run, counted per process and name from 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) role: String,
    pub(crate) call: String,
    pub(crate) nth: u32,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) place: Place,
    pub(crate) what: What,
}

impl Fault {
    /// All faults possible at one place.
    pub(crate) fn all_at(place: &Place) -> Vec<Self> {
        let Some(call) = calls::find(&place.call) else { return vec![] };
        let errors = call.errnos.iter().map(|errno| What::Error(*errno, call.effect));
        let short = if call.short { &[What::Short(1), What::Half][..] } else { &[] };
        errors.chain(short.iter().copied()).map(|what| Self { place: place.clone(), what }).collect()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}#{}", self.role, self.call, self.nth)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(errno, _) => write!(f, "{errno:?}"),
            Self::Short(count) => write!(f, "short:{count}"),
            Self::Half => write!(f, "half"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.place, self.what)
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("not a fault: {text}; expected ROLE:CALL#N=WHAT");
        let (place, what) = text.split_once('=').ok_or_else(wrong)?;
        let (role, rest) = place.split_once(':').ok_or_else(wrong)?;
        let (call, nth) = rest.split_once('#').ok_or_else(wrong)?;
        let nth = nth.parse().map_err(|_| wrong())?;
        let place = Place { role: role.to_owned(), call: call.to_owned(), nth };
        let found = Self::all_at(&place).into_iter().find(|fault| fault.what.to_string() == what);
        found.ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_what_its_text_says() {
        let place = Place { role: "monitor".to_owned(), call: "read".to_owned(), nth: 3 };
        for fault in Fault::all_at(&place) {
            assert_eq!(fault.to_string().parse(), Ok(fault));
        }
        for text in
            ["", "monitor", "monitor:read#3", "monitor:read#x=EIO", "monitor:read#1=EXDEV", "m:getpid#1=EIO"]
        {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }
}

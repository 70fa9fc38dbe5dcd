//! The new executable's side: the document that the old one left.

use std::env;
use std::fs::File;
use std::os::fd::RawFd;

use conmon_sys::{environment, memfd};

use super::{VARIABLE, adopt, patiently};

/// What this process was executed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To find out whether it could continue a monitor.
    Try,
    /// To continue it.
    Resume,
}

/// The state of a monitor that this process is to continue.
#[derive(Debug)]
pub struct StateDocument {
    pub(crate) purpose: Purpose,
    pub(crate) json: Vec<u8>,
}

impl StateDocument {
    /// Takes the document, if there is one, and removes the variable and the descriptor so that no child inherits them.
    ///
    /// # Errors
    /// If the variable names no document that can be read.
    #[inline(never)]
    pub fn take() -> Result<Option<Self>, String> {
        let Some(value) = env::var_os(VARIABLE) else { return Ok(None) };
        environment::remove(VARIABLE);
        let parse = |text: &str| {
            let (purpose, number) = text.split_once(':')?;
            let purpose = match purpose {
                "try" => Purpose::Try,
                "resume" => Purpose::Resume,
                _ => return None,
            };
            Some((purpose, number.parse::<RawFd>().ok().filter(|number| *number > 2)?))
        };
        let (purpose, number) = value
            .to_str()
            .and_then(parse)
            .ok_or_else(|| format!("{VARIABLE}={} names no document", value.display()))?;
        let failed = |error: &dyn std::fmt::Display| format!("descriptor {number}: {error}");
        let mut file = File::from(adopt(number).ok_or_else(|| failed(&"not open"))?);
        let json = match purpose {
            Purpose::Try => memfd::read_sealed(&mut file, u64::MAX).map_err(|error| failed(&error))?,
            // The old executable is gone, and the new one has read it before.
            Purpose::Resume => patiently(|| memfd::read_sealed(&mut file, u64::MAX)),
        };
        Ok(Some(Self { purpose, json }))
    }

    /// What this process was executed for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }
}

//! [`Error`]: which step failed, on what, and why.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use conmon_sys::errors::describe;
use nix::errno::Errno;

const CANNOT: &str = "cannot";

/// A step that failed. Reads `cannot STEP PATH: REASON`, without a full stop.
#[derive(Debug)]
#[expect(clippy::error_impl_error, reason = "read as conmon_core::Error, as io::Error is")]
pub struct Error {
    begin: &'static str,
    step: &'static str,
    path: Option<PathBuf>,
    source: io::Error,
}

impl Error {
    /// The error of the kernel or the standard library.
    #[must_use]
    pub fn reason(&self) -> &io::Error {
        &self.source
    }

    /// The same without the step.
    pub(crate) fn into_reason(self) -> io::Error {
        self.source
    }

    /// The same error in C conmon's words, which managers and test suites look for: `Failed to STEP PATH: REASON`.
    pub(crate) fn in_c_conmons_words(self) -> Self {
        Self { begin: "Failed to", ..self }
    }

    /// An error that no call has returned: the input is invalid.
    pub(crate) fn invalid(step: &'static str, why: impl Into<String>) -> Self {
        Self {
            begin: CANNOT,
            step,
            path: None,
            source: io::Error::new(io::ErrorKind::InvalidData, why.into()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.begin, self.step)?;
        if let Some(path) = &self.path {
            write!(f, " {}", path.display())?;
        }
        write!(f, ": {}", Reason(&self.source))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The reason in the words of `strerror`, without the standard library's `(os error N)`.
pub(crate) struct Reason<'a>(pub(crate) &'a io::Error);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.raw_os_error() {
            Some(code) => f.write_str(describe(Errno::from_raw(code))),
            None => self.0.fmt(f),
        }
    }
}

/// Names the step in which a call failed.
pub(crate) trait Step<T> {
    /// `cannot open the log file: No such file or directory`
    fn step(self, step: &'static str) -> Result<T, Error>;
    /// `cannot open the log file /x/y: No such file or directory`
    fn step_at(self, step: &'static str, path: impl AsRef<Path>) -> Result<T, Error>;
}

impl<T, E: Into<io::Error>> Step<T> for Result<T, E> {
    fn step(self, step: &'static str) -> Result<T, Error> {
        self.map_err(|source| Error { begin: CANNOT, step, path: None, source: source.into() })
    }

    fn step_at(self, step: &'static str, path: impl AsRef<Path>) -> Result<T, Error> {
        self.map_err(|source| {
            let path = Some(path.as_ref().to_owned());
            Error { begin: CANNOT, step, path, source: source.into() }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_step_path_and_reason() {
        let failed: Result<(), _> = Err(io::Error::from_raw_os_error(libc::ENOENT));
        let error = failed.step_at("open the log file", "/x/y").unwrap_err();
        assert_eq!(error.to_string(), "cannot open the log file /x/y: No such file or directory");
    }
}

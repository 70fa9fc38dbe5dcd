//! The only error type of this program: the step, its object, and the reason.

use std::fmt;
use std::path::Path;

/// The complete message for the user.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Names the step that failed.
pub(crate) trait Step<T> {
    /// `what` completes the sentence "cannot …".
    fn step(self, what: &str) -> Result<T, Failure>;
    /// The same with the path.
    fn step_at(self, what: &str, path: &Path) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Step<T> for Result<T, E> {
    fn step(self, what: &str) -> Result<T, Failure> {
        self.map_err(|cause| Failure(format!("cannot {what}: {cause}")))
    }

    fn step_at(self, what: &str, path: &Path) -> Result<T, Failure> {
        self.map_err(|cause| Failure(format!("cannot {what} `{}`: {cause}", path.display())))
    }
}

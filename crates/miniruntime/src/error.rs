//! The one error of this program: what was tried, on what, and why it failed.

use std::fmt;
use std::path::Path;

/// A text for the user, already complete.
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
    /// The same with the path that was tried.
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

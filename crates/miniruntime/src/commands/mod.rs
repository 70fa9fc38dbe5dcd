//! One command per file.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod exec;
pub(crate) mod kill;
mod launch;
pub(crate) mod start;
pub(crate) mod state;

use crate::cli::Cli;
use crate::error::Failure;
use crate::store::Container;

/// The container that the first argument names.
fn container(cli: &Cli) -> Result<Container, Failure> {
    Container::named(cli.path("root"), cli.argument(0, "container id")?)
}

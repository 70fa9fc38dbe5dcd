//! `state`: prints the state of a container (OCI runtime specification) as JSON.

use super::container;
use crate::cli::Cli;
use crate::error::Failure;
use crate::store::Status;

pub(crate) fn run(cli: &Cli) -> Result<u8, Failure> {
    let container = container(cli)?;
    let record = container.load()?;
    let status = container.status(record.as_ref());
    let alive = matches!(status, Status::Created | Status::Running);
    let state = serde_json::json!({
        "ociVersion": "1.0.2",
        "id": container.id,
        "status": name(status),
        "pid": record.as_ref().filter(|_| alive).map_or(0, |record| record.pid),
        "bundle": record.map(|record| record.bundle.to_string_lossy().into_owned()),
        "annotations": {},
    });
    crate::print(&format!("{state:#}\n"))
}

/// The specification's spelling.
pub(super) fn name(status: Status) -> &'static str {
    match status {
        Status::Creating => "creating",
        Status::Created => "created",
        Status::Running => "running",
        Status::Stopped => "stopped",
    }
}

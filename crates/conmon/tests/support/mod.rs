//! Runs the executable under test.

use std::process::Command;

/// The executable, without a manager's environment variables.
pub(crate) fn conmon() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conmon"));
    command.env_remove("_OCI_SYNCPIPE").env_remove("_OCI_STARTPIPE").env_remove("_OCI_ATTACHPIPE");
    command
}

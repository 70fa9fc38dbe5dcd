//! A plan from another host of the planner: JSON on an inherited, sealed memfd.
//!
//! `memfd_create(2)`, `fcntl(2)` "File Sealing". The seals make it safe to read the size first and the bytes after. A
//! caller that sets our environment could pass a command line as well, so nothing more needs checking.

use std::env;
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::RawFd;

use conmon_core::plan::{PLAN_FD_VARIABLE, Plan};
use conmon_sys::{environment, fds, memfd};

use crate::failure::Failure;

/// Takes the plan, if there is one, and removes the descriptor and the variable so that no child inherits them.
///
/// # Errors
/// If there is a descriptor without a valid plan.
pub(crate) fn take() -> Result<Option<Plan>, Failure> {
    let Some(value) = env::var_os(PLAN_FD_VARIABLE) else { return Ok(None) };
    environment::remove(PLAN_FD_VARIABLE);
    let fd =
        value.to_str().and_then(|text| text.parse::<RawFd>().ok()).filter(|fd| *fd > 2).ok_or_else(|| {
            Failure::HandedPlan(format!("{PLAN_FD_VARIABLE}={} names no descriptor", value.display()))
        })?;
    let file = fds::adopt(fd).map_err(|errno| Failure::HandedPlan(format!("descriptor {fd}: {errno}")))?;
    read(file.into()).map(Some).map_err(|why| Failure::HandedPlan(format!("descriptor {fd}: {why}")))
}

fn read(mut file: File) -> Result<Plan, String> {
    match memfd::is_sealed(&file) {
        Ok(true) => {}
        Ok(false) => return Err("not sealed against writing, shrinking and growing".to_owned()),
        Err(errno) => return Err(format!("not a file that can be sealed: {errno}")),
    }
    let mut json = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut json)).map_err(|error| error.to_string())?;
    Plan::from_json(&json).map_err(|error| error.to_string())
}

//! Continues a C conmon as the executable. All calls of ptrace(2) come from one thread, which Node's own threads are not.

use std::path::Path;

use napi::bindgen_prelude::{Buffer, Env, Object, Result};
use napi_derive::napi;

use crate::background::{path, promise};

/// A C conmon that is to continue as the executable.
#[napi(object)]
pub struct Adoption {
    /// Its process.
    pub pid: i32,
    /// `/proc/PID/cmdline`, from which the plan was made.
    pub command_line: Buffer,
    /// Its version, as in `conmon version 2.1.6`.
    pub version: String,
    /// The plan, as JSON.
    pub plan: String,
    /// Path of the executable.
    pub executable: Buffer,
}

/// Continues a C conmon as the executable. The promise is fulfilled when the executable serves the container, and rejected with the
/// reason if the C conmon continues.
#[napi(catch_unwind, ts_return_type = "Promise<void>")]
pub fn adopt_monitor<'env>(env: &'env Env, adoption: Adoption) -> Result<Object<'env>> {
    let Adoption { pid, command_line, version, plan, executable } = adoption;
    // A buffer stays with the thread of JavaScript.
    let (command_line, executable) = (command_line.to_vec(), executable.to_vec());
    promise(env, "adopt", move || adopt(pid, &command_line, &version, plan.as_bytes(), path(&executable)))
}

#[cfg(target_arch = "x86_64")]
fn adopt(
    pid: i32,
    command_line: &[u8],
    version: &str,
    plan: &[u8],
    executable: &Path,
) -> std::result::Result<(), String> {
    conmon_adopt::adopt(&conmon_adopt::Request { pid, command_line, version, plan, executable })
}

#[cfg(not(target_arch = "x86_64"))]
fn adopt(_: i32, _: &[u8], _: &str, _: &[u8], _: &Path) -> std::result::Result<(), String> {
    Err("a C conmon can be adopted on x86-64 only".to_owned())
}

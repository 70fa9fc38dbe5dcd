//! Asks a running monitor to continue as another executable. Node has neither `SOCK_SEQPACKET` nor `SCM_RIGHTS`.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use napi::bindgen_prelude::{Buffer, Env, Object, Result};
use napi_derive::napi;

use crate::background::{path, promise};

/// Asks the monitor that listens on a private socket to continue as this executable. The promise is fulfilled when the new
/// executable serves the container, and rejected with the reason if the old one continues.
#[napi(catch_unwind, ts_return_type = "Promise<void>")]
pub fn upgrade_monitor<'env>(env: &'env Env, socket: Buffer, executable: Buffer) -> Result<Object<'env>> {
    let (socket, executable) = (socket.to_vec(), executable.to_vec());
    promise(env, "upgrade", move || upgrade(path(&socket), path(&executable)))
}

fn upgrade(socket: &Path, executable: &Path) -> std::result::Result<(), String> {
    let mut options = OpenOptions::new();
    // A FIFO must not block; the monitor checks what it is.
    let opened = options.read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(executable);
    let opened = opened.map_err(|error| format!("cannot open {}: {error}", executable.display()))?;
    conmon_core::upgrade(socket, &opened)
}

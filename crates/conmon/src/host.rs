//! The few functions the planner calls, and the conversion between bytes and its strings.
//!
//! A byte that is not part of valid UTF-8 becomes a lone surrogate, as in a plan.

use std::env;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use conmon_core::plan::{Bytes, escape_into};
use conmon_sys::errors::describe;
use nix::errno::Errno;
use nix::unistd::{AccessFlags, access};
use rquickjs::{Array, Ctx, Exception, Function, Object, Result, String, Value};
use serde::Deserialize;

use crate::answer::Answer;

/// Converts byte strings to an array of strings.
pub(crate) fn texts<'js>(ctx: &Ctx<'js>, list: &[Vec<u8>]) -> Result<Array<'js>> {
    let array = Array::new(ctx.clone())?;
    for (index, bytes) in list.iter().enumerate() {
        array.set(index, text(ctx, bytes)?)?;
    }
    Ok(array)
}

fn text<'js>(ctx: &Ctx<'js>, bytes: &[u8]) -> Result<Value<'js>> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(String::from_str(ctx.clone(), text)?.into_value());
    }
    // The engine creates strings with lone surrogates only from JSON, not from bytes.
    let mut json = Vec::with_capacity(bytes.len() + 8);
    json.push(b'"');
    escape_into(&mut json, bytes);
    json.push(b'"');
    ctx.json_parse(json)
}

/// The bytes of one of the planner's strings.
fn bytes<'js>(ctx: &Ctx<'js>, text: Value<'js>) -> Result<Bytes> {
    Bytes::deserialize(Answer(text)).map_err(|error| Exception::throw_type(ctx, &error.to_string()))
}

/// `env(name): string | undefined`.
pub(crate) fn environment<'js>(ctx: &Ctx<'js>) -> Result<Function<'js>> {
    // Names come from the planner and are always UTF-8; values need not be.
    Function::new(ctx.clone(), |ctx: Ctx<'js>, name: std::string::String| -> Result<Value<'js>> {
        match env::var_os(name) {
            Some(value) => text(&ctx, value.as_bytes()),
            None => Ok(Value::new_undefined(ctx)),
        }
    })
}

/// What a plan is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// To start a monitor.
    First,
    /// To continue one, whose runtime has done its work.
    Again,
}

/// `host`: `cwd(): string`, `isExecutable(path): boolean` and `whyNotExecutable(path): string`.
pub(crate) fn object<'js>(ctx: &Ctx<'js>, decision: Decision) -> Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    host.set(
        "cwd",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>| match working_directory(decision) {
            Ok(path) => text(&ctx, &path.into_os_string().into_vec()),
            Err(error) => {
                Err(Exception::throw_message(&ctx, &format!("cannot read the working directory: {error}")))
            }
        })?,
    )?;
    host.set(
        "isExecutable",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, path: Value<'js>| -> Result<bool> {
            Ok(decision == Decision::Again || executable(bytes(&ctx, path)?.as_path()).is_ok())
        })?,
    )?;
    host.set(
        "whyNotExecutable",
        Function::new(ctx.clone(), |ctx: Ctx<'js>, path: Value<'js>| -> Result<&'static str> {
            Ok(describe(executable(bytes(&ctx, path)?.as_path()).err().unwrap_or(Errno::UnknownErrno)))
        })?,
    )?;
    Ok(host)
}

/// Of a directory that was removed the kernel still knows the path (proc_pid_cwd(5)).
fn working_directory(decision: Decision) -> io::Result<PathBuf> {
    let current = env::current_dir();
    if decision == Decision::First || current.is_ok() {
        return current;
    }
    let path = std::fs::read_link("/proc/self/cwd")?.into_os_string().into_vec();
    let path = path.strip_suffix(b" (deleted)").map_or_else(|| path.clone(), <[u8]>::to_vec);
    Ok(OsString::from_vec(path).into())
}

/// Checks like C conmon. A directory passes; the failure to execute it is reported like any other of a runtime.
fn executable(path: &Path) -> nix::Result<()> {
    access(path, AccessFlags::X_OK)
}

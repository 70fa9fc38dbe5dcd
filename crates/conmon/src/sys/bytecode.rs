//! Runs the planner's bytecode, which the engine does not validate.

use rquickjs::{Ctx, Error, Result, Value, qjs};

/// Runs a script that `build.rs` compiled with the same engine.
///
/// # Errors
/// If the script throws, or the engine has no memory.
pub(crate) fn run(ctx: &Ctx<'_>, bytecode: &'static [u8]) -> Result<()> {
    let raw = ctx.as_raw().as_ptr();
    let length = bytecode.len().try_into().map_err(|_| Error::Unknown)?;
    let flags = qjs::JS_READ_OBJ_BYTECODE.cast_signed();
    // SAFETY: the bytes must be bytecode of this engine's version, and live as long as the engine, which keeps pointers
    // into them. `build.rs` (or, at run time, a test) compiles them with the engine of the same lock file, and they are
    // `'static`.
    let function = unsafe { qjs::JS_ReadObject(raw, bytecode.as_ptr(), length, flags) };
    // SAFETY: the value is this context's and nobody else's.
    let function = unsafe { Value::from_raw(ctx.clone(), function) };
    if function.is_exception() {
        return Err(Error::Exception);
    }
    // SAFETY: the context lives for the call; the reference added is the one that it releases.
    let function = unsafe { qjs::JS_DupValue(raw, function.as_raw()) };
    // SAFETY: as above.
    let completion = unsafe { qjs::JS_EvalFunction(raw, function) };
    // SAFETY: the value is this context's and nobody else's.
    let completion = unsafe { Value::from_raw(ctx.clone(), completion) };
    if completion.is_exception() { Err(Error::Exception) } else { Ok(()) }
}

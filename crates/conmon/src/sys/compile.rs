//! Compiles a script to bytecode of this engine's version, word size and byte order. The build script includes this file.

#![expect(unsafe_code, reason = "rquickjs compiles modules only, not scripts")]

use std::ffi::CString;
use std::slice;

use rquickjs::{Ctx, Result, Value, qjs};

/// Compiles to bytecode without source text and line numbers.
///
/// # Errors
/// If the source is not a valid script.
pub(crate) fn compile(ctx: &Ctx<'_>, source: &[u8]) -> Result<Vec<u8>> {
    const COMPILE: u32 = qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_COMPILE_ONLY;
    const WRITE: u32 =
        qjs::JS_WRITE_OBJ_BYTECODE | qjs::JS_WRITE_OBJ_STRIP_SOURCE | qjs::JS_WRITE_OBJ_STRIP_DEBUG;
    let raw = ctx.as_raw().as_ptr();
    let source = CString::new(source)?;
    let length = source.as_bytes().len().try_into().map_err(|_| rquickjs::Error::Unknown)?;
    // SAFETY: context, source (NUL-terminated, as the parser requires) and name live for the call.
    let function =
        unsafe { qjs::JS_Eval(raw, source.as_ptr(), length, c"planner.js".as_ptr(), COMPILE.cast_signed()) };
    // SAFETY: the value belongs to this context and is owned here.
    let function = unsafe { Value::from_raw(ctx.clone(), function) };
    if function.is_exception() {
        return Err(rquickjs::Error::Exception);
    }
    let mut length = 0;
    // SAFETY: context and value live for the call, which writes one integer.
    let bytes = unsafe { qjs::JS_WriteObject(raw, &raw mut length, function.as_raw(), WRITE.cast_signed()) };
    if bytes.is_null() {
        return Err(rquickjs::Error::Exception);
    }
    let length = length.try_into().map_err(|_| rquickjs::Error::Unknown)?;
    // SAFETY: the engine returned a block of this many bytes.
    let bytecode = unsafe { slice::from_raw_parts(bytes, length) }.to_vec();
    // SAFETY: the caller owns the block and does not use it after this.
    unsafe { qjs::js_free(raw, bytes.cast()) };
    Ok(bytecode)
}

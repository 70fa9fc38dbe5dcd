//! Runs the planner's bytecode: bytes of the command line in, its decision out.
//!
//! The engine gets only the intrinsics that the planner uses. Its memory is an arena that is gone when this returns;
//! nothing is freed before that, because freeing piece by piece costs more than it brings.

use std::ffi::OsString;
use std::mem;
use std::os::unix::ffi::OsStringExt;

use conmon_core::plan::PlanResult;
use rquickjs::context::intrinsic;
use rquickjs::{CString, CatchResultExt, CaughtError, Context, Ctx, Function, Runtime};

use crate::failure::Failure;
use crate::host;
use crate::sys::{arena, bytecode};

/// JSON carries the answer. Nothing is asynchronous, but the engine cannot load a module without `Promise`: it aborts.
type Intrinsics = (intrinsic::Json, intrinsic::Promise);

/// Ten times what the engine and the planner need for a real command line. Only pages that are touched cost anything.
const ARENA_BASE: usize = 4 << 20;
/// A byte of an argument lives in the engine as JSON, as a string of one or two bytes a character, and several times in
/// the answer while that grows.
const ARENA_PER_ARGUMENT_BYTE: usize = 64;

/// The command line without the name of the program.
pub(crate) fn arguments() -> Vec<Vec<u8>> {
    std::env::args_os().skip(1).map(OsString::into_vec).collect()
}

/// Asks the planner.
///
/// # Errors
/// When it throws, runs out of memory, or answers with something that is no plan result.
pub(crate) fn decide(planner: &'static [u8], arguments: &[Vec<u8>]) -> Result<PlanResult, Failure> {
    let argument_bytes: usize = arguments.iter().map(Vec::len).sum();
    let size = argument_bytes.saturating_mul(ARENA_PER_ARGUMENT_BYTE).saturating_add(ARENA_BASE);
    arena::with_runtime(size, |runtime| ask(runtime, planner, arguments))?
}

fn ask(runtime: &Runtime, planner: &'static [u8], arguments: &[Vec<u8>]) -> Result<PlanResult, Failure> {
    // In an arena, collecting garbage finds nothing that could be used again.
    runtime.set_gc_threshold(usize::MAX);
    let context = Context::custom::<Intrinsics>(runtime)?;
    let result = context.with(|ctx| match answer(&ctx, planner, arguments).catch(&ctx) {
        // Read where it lies: a copy would stay behind in the monitor's heap.
        Ok(json) => PlanResult::from_json(json.as_str().as_bytes()).map_err(Failure::Answer),
        Err(CaughtError::Error(error)) => Err(Failure::Engine(error)),
        Err(CaughtError::Exception(exception)) => {
            Err(Failure::Exception(exception.message().unwrap_or_else(|| "no message".to_owned())))
        }
        Err(CaughtError::Value(value)) => Err(Failure::Exception(format!("threw a {}", value.type_name()))),
    });
    mem::forget(context);
    result
}

fn answer<'js>(
    ctx: &Ctx<'js>,
    planner: &'static [u8],
    arguments: &[Vec<u8>],
) -> rquickjs::Result<CString<'js>> {
    let (module, loaded) = bytecode::load(ctx, planner)?.eval()?;
    loaded.finish::<()>()?;
    let answer: Function<'js> = module.get("answer")?;
    let host = host::object(ctx)?;
    let json: rquickjs::String<'js> =
        answer.call((host::texts(ctx, arguments)?, host::environment(ctx)?, host))?;
    json.to_cstring()
}

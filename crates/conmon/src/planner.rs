//! Runs the planner's bytecode: takes the bytes of the command line, returns the decision. Reads plans that were made elsewhere.
//!
//! The engine has only the intrinsics that the planner uses. Its memory is an arena that is released on return; nothing is
//! freed before, because freeing piece by piece costs more than it saves.

use std::mem;

use conmon_core::plan::{Plan, PlanResult};
use conmon_sys::command_line;
use rquickjs::context::intrinsic;
use rquickjs::{CatchResultExt, CaughtError, Context, Ctx, Function, Runtime, Value};
use serde::de::DeserializeOwned;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::host::{self, Decision};
use crate::sys::arena;

/// JSON: for the sync pipe's messages, and for arguments that are not UTF-8.
#[cfg(not(planner_is_source))]
type Intrinsics = (intrinsic::Json,);
/// The same, and what parses the planner.
#[cfg(planner_is_source)]
type Intrinsics = (intrinsic::Json, intrinsic::Eval);

/// Ten times what the engine and the planner need for a real command line. Only touched pages cost anything.
const ARENA_BASE: usize = 4 << 20;
/// What the engine takes of it for each byte of a plan.
const ARENA_PER_PLAN_BYTE: usize = 16;
/// The engine holds each byte of an argument as JSON, as a string of one or two bytes a character, and several times in
/// the growing answer.
const ARENA_PER_ARGUMENT_BYTE: usize = 64;

/// The command line without the name of the program.
pub(crate) fn arguments() -> Vec<Vec<u8>> {
    command_line::arguments().into_iter().skip(1).collect()
}

/// Runs the planner.
///
/// # Errors
/// If it throws, runs out of memory, or does not return a plan result.
pub(crate) fn decide(planner: &'static [u8], arguments: &[Vec<u8>]) -> Result<PlanResult, Failure> {
    decide_in(planner, arguments, Decision::First, forks_and_ends)
}

/// The same in a process that is the monitor already, and keeps none of the engine's memory. The runtime may be gone by now, and the
/// working directory as well.
///
/// # Errors
/// Those of [`decide`].
pub(crate) fn decide_again(planner: &'static [u8], arguments: &[Vec<u8>]) -> Result<PlanResult, Failure> {
    decide_in(planner, arguments, Decision::Again, |_| false)
}

fn decide_in(
    planner: &'static [u8],
    arguments: &[Vec<u8>],
    decision: Decision,
    ends_soon: impl FnOnce(&PlanResult) -> bool,
) -> Result<PlanResult, Failure> {
    let argument_bytes: usize = arguments.iter().map(Vec::len).sum();
    let size = argument_bytes.saturating_mul(ARENA_PER_ARGUMENT_BYTE).saturating_add(ARENA_BASE);
    arena::with_runtime(size, |runtime| ask(runtime, planner, arguments, decision), ends_soon)?
}

/// Reads a plan. The engine does: its types are then needed for one source only, and another parser for all of them would be a tenth
/// of this executable.
///
/// # Errors
/// If it is not the JSON text of a complete plan of this version.
pub(crate) fn read(json: &[u8]) -> Result<Box<Plan>, Failure> {
    let size = json.len().saturating_mul(ARENA_PER_PLAN_BYTE).saturating_add(ARENA_BASE);
    arena::with_runtime(size, |runtime| parse(runtime, json), |plan| plan.launch.daemonize)?
}

fn parse(runtime: &Runtime, json: &[u8]) -> Result<Box<Plan>, Failure> {
    evaluate(runtime, |ctx| ctx.json_parse(json))
}

fn forks_and_ends(result: &PlanResult) -> bool {
    matches!(result, PlanResult::Plan(plan) if plan.launch.daemonize)
}

fn ask(
    runtime: &Runtime,
    planner: &'static [u8],
    arguments: &[Vec<u8>],
    decision: Decision,
) -> Result<PlanResult, Failure> {
    evaluate(runtime, |ctx| answer(ctx, planner, arguments, decision))
}

fn evaluate<T: DeserializeOwned>(
    runtime: &Runtime,
    work: impl for<'js> FnOnce(&Ctx<'js>) -> rquickjs::Result<Value<'js>>,
) -> Result<T, Failure> {
    // The arena could not reuse what a garbage collection frees.
    runtime.set_gc_threshold(usize::MAX);
    let context = Context::custom::<Intrinsics>(runtime)?;
    let result = context.with(|ctx| match work(&ctx).catch(&ctx) {
        Ok(answer) => T::deserialize(Answer(answer)).map_err(Failure::Answer),
        Err(CaughtError::Error(error)) => Err(Failure::Engine(error)),
        Err(CaughtError::Exception(exception)) => {
            Err(Failure::Exception(exception.message().unwrap_or_else(|| "no message".to_owned())))
        }
        Err(CaughtError::Value(value)) => Err(Failure::Exception(format!("threw a {}", value.type_name()))),
    });
    mem::forget(context);
    result
}

#[cfg(not(planner_is_source))]
fn run(ctx: &Ctx<'_>, planner: &'static [u8]) -> rquickjs::Result<()> {
    crate::sys::bytecode::run(ctx, planner)
}

/// `build.rs` has the reason.
#[cfg(planner_is_source)]
fn run(ctx: &Ctx<'_>, planner: &'static [u8]) -> rquickjs::Result<()> {
    let mut options = rquickjs::context::EvalOptions::default();
    options.strict = false;
    ctx.eval_with_options(planner, options)
}

fn answer<'js>(
    ctx: &Ctx<'js>,
    planner: &'static [u8],
    arguments: &[Vec<u8>],
    decision: Decision,
) -> rquickjs::Result<Value<'js>> {
    run(ctx, planner)?;
    let plan: Function<'js> = ctx.globals().get("plan")?;
    plan.call((host::texts(ctx, arguments)?, host::environment(ctx)?, host::object(ctx, decision)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::compile::compile;

    /// Runs `source` as the planner.
    fn decide_with(source: &str, arguments: &[&[u8]]) -> Result<PlanResult, Failure> {
        let context = Context::full(&Runtime::new().unwrap()).unwrap();
        let bytecode = context.with(|ctx| compile(&ctx, source.as_bytes()).unwrap());
        let arguments: Vec<Vec<u8>> = arguments.iter().map(|argument| argument.to_vec()).collect();
        decide(bytecode.leak(), &arguments)
    }

    #[test]
    fn a_runtime_that_is_gone_does_not_matter_to_a_monitor() {
        let source = "globalThis.plan = (argv, _, host) => ({ text: { stdout: String(argv.map(host.isExecutable)), status: 0 } })";
        let context = Context::full(&Runtime::new().unwrap()).unwrap();
        let bytecode = context.with(|ctx| compile(&ctx, source.as_bytes()).unwrap());
        match decide_again(bytecode.leak(), &[b"/no/such".to_vec()]).unwrap() {
            PlanResult::Text(text) => assert_eq!(text.stdout.as_bytes(), b"true"),
            other => panic!("expected a text: {other:?}"),
        }
    }

    fn failure(source: &str) -> Failure {
        decide_with(source, &[]).unwrap_err()
    }

    fn stdout(source: &str, arguments: &[&[u8]]) -> Vec<u8> {
        match decide_with(source, arguments).unwrap() {
            PlanResult::Text(text) => text.stdout.as_bytes().to_vec(),
            other => panic!("expected a text: {other:?}"),
        }
    }

    #[test]
    fn arguments_survive_byte_for_byte() {
        let source = "globalThis.plan = (argv) => ({ text: { stdout: argv.join('|'), status: 0 } })";
        let all: Vec<u8> = (1..=255).collect();
        assert_eq!(
            stdout(source, &[&all, b"", "é€😀".as_bytes()]),
            [&all[..], b"||", "é€😀".as_bytes()].concat()
        );
    }

    #[test]
    fn an_unset_variable_is_undefined() {
        let source = "globalThis.plan = (_, env) => ({ text: { stdout: String(env('NO_SUCH_VARIABLE')), status: 0 } })";
        assert_eq!(stdout(source, &[]), b"undefined");
    }

    #[test]
    fn executable_means_what_access_reports() {
        let source = "globalThis.plan = (argv, _, host) => ({ text: { stdout: String(argv.map(host.isExecutable)), status: 0 } })";
        let arguments: [&[u8]; 4] = [b"/bin/sh", b"/bin", b"/etc/passwd", b"/no/such\xff"];
        assert_eq!(stdout(source, &arguments), b"true,true,false,false");
    }

    #[test]
    fn an_exception_is_a_failure_with_its_message() {
        let failure = failure("globalThis.plan = () => { throw new Error('no way') }");
        assert!(matches!(failure, Failure::Exception(message) if message == "no way"));
    }

    #[test]
    fn an_exception_while_loading_the_planner_is_a_failure() {
        let failure = failure("globalThis.plan = null; throw new Error('too early')");
        assert!(matches!(failure, Failure::Exception(message) if message == "too early"));
    }

    #[test]
    fn endless_recursion_is_a_failure() {
        let failure = failure("globalThis.plan = () => plan() + '.'");
        assert!(matches!(failure, Failure::Exception(message) if message.contains("stack")));
    }

    #[test]
    fn exhausted_memory_is_reported() {
        let failure = failure(
            "globalThis.plan = () => { const all = []; for (;;) all.push('x'.repeat(1000) + all.length) }",
        );
        assert!(matches!(failure, Failure::ArenaFull(ARENA_BASE)), "{failure}");
    }

    #[test]
    fn a_block_larger_than_the_arena_is_reported() {
        let failure = failure("globalThis.plan = () => 'x'.repeat(100_000_000)");
        assert!(matches!(failure, Failure::ArenaFull(ARENA_BASE)), "{failure}");
    }

    #[test]
    fn a_malformed_answer_is_a_failure() {
        for answer in ["'{}'", "'nonsense'", "'{\"plan\": {}}'"] {
            let failure = failure(&format!("globalThis.plan = () => {answer}"));
            assert!(matches!(failure, Failure::Answer(_)), "{answer}: {failure}");
        }
    }

    #[test]
    fn the_longest_command_line_the_kernel_accepts_fits() {
        let source =
            "globalThis.plan = (argv) => ({ text: { stdout: argv.map((a) => a + a).join(''), status: 0 } })";
        let argument = "é".repeat(65_000);
        let arguments = vec![argument.as_bytes(); 45];
        assert_eq!(stdout(source, &arguments).len(), 2 * 45 * argument.len());
    }
}

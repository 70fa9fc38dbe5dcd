//! Makes each system call of a monitor fail once, and checks what happens to the container.
//!
//! - `sweep [--scenario NAME]… [--only TEXT] [--every N] [--workers N]`, which `npm run sweep` runs in this checkout;
//!   `CONMON` names another monitor;
//! - `worker MONITOR RUNTIME`: runs the jobs on stdin;
//! - `payload SCENE STEP…`: the container's process;
//! - `mark FILE`: the exit command.
//!
//! It requires root (ptrace of a root process, a mount namespace) and x86-64 (registers).

mod calls;
mod client;
mod counters;
mod exceptions;
mod fault;
mod journal;
mod judge;
mod logged;
mod manager;
mod numbers;
mod payload;
mod pool;
mod scenario;
mod scene;
mod shared;
mod sweep;
mod sys;
mod tracer;
mod worker;

use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use nix::unistd::geteuid;
use scene::Programs;
use sweep::Choice;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: npm run sweep -- [--scenario NAME]... [--only TEXT] [--every N] [--workers N]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["payload", scene, steps @ ..] => return payload::run(scene, steps),
        ["mark", path] => mark(path),
        ["worker", monitor, runtime] => {
            programs(Path::new(monitor), Path::new(runtime)).and_then(worker::serve)
        }
        ["sweep", options @ ..] => sweep(options),
        _ => Err(USAGE.into()),
    };
    outcome.unwrap_or_else(|error| {
        #[expect(clippy::print_stderr, reason = "a program only for tests")]
        {
            eprintln!("faults: {error}");
        }
        ExitCode::from(2)
    })
}

/// The exit command: appends a line for each run.
fn mark(path: &str) -> Outcome<ExitCode> {
    OpenOptions::new().create(true).append(true).open(path)?.write_all(b"ran\n")?;
    Ok(ExitCode::SUCCESS)
}

fn programs(monitor: &Path, runtime: &Path) -> Outcome<Programs> {
    let (monitor, runtime) = (monitor.to_owned(), runtime.to_owned());
    Ok(Programs { monitor, runtime, own: std::env::current_exe()? })
}

fn sweep(options: &[&str]) -> Outcome<ExitCode> {
    let mut choice = Choice { scenarios: vec![], only: None, every: 1, workers: 3 };
    for pair in options.chunks(2) {
        let [name, value] = pair else { return Err(USAGE.into()) };
        match *name {
            "--scenario" => choice.scenarios.push((*value).to_owned()),
            "--only" => choice.only = Some((*value).to_owned()),
            "--every" => choice.every = value.parse()?,
            "--workers" => choice.workers = value.parse()?,
            _ => return Err(USAGE.into()),
        }
    }
    if !geteuid().is_root() {
        return Err("must be run by root".into());
    }
    let native = |name| std::path::absolute(format!("dist/native/{name}"));
    let monitor = std::env::var_os("CONMON").map_or_else(|| native("conmon"), |path| Ok(path.into()))?;
    let clean = sweep::run(&programs(&monitor, &native("miniruntime")?)?, &choice)?;
    Ok(ExitCode::from(u8::from(!clean)))
}

//! The parts of the benchmark that Node is too slow or too noisy for. Each is a subcommand:
//!
//! - `lives SPEC`: plays the manager for short lives of containers and execs, monitors in turn, and prints nanoseconds;
//! - `flood LINE MEBIBYTES MARK`: writes lines to stdout as fast as they are taken, makes the file MARK, waits to be killed;
//! - `drain SOCKET`: attaches, reads to the end and prints the number of bytes.
//!
//! Not here: statistics, what is compared with what, and how results are shown (`bench/*.mjs`).

mod drain;
mod flood;
mod lives;

use std::error::Error;
use std::process::ExitCode;

/// What each subcommand returns: a failure is told to the person who runs the benchmark.
type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["lives", spec] => lives::run(spec),
        ["flood", line, mebibytes, mark] => flood::run(line, mebibytes, mark),
        ["drain", socket] => drain::run(socket),
        _ => Err("usage: bench-harness lives SPEC.json | flood LINE MEBIBYTES MARK | drain SOCKET".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a program for the benchmark alone")]
            {
                eprintln!("bench-harness: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

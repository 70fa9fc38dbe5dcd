//! The parts of the benchmark for which Node is too slow or too noisy. Each is a subcommand:
//!
//! - `lives SPEC`: plays the manager of short-lived containers and execs, monitors in turn, and prints nanoseconds;
//! - `crowd SPEC`: the same for many containers together;
//! - `pace SPEC`: the same for execs at a steady pace;
//! - `spawns SPEC`: runs whole programs, in turn, and prints nanoseconds;
//! - `flood LINE MEBIBYTES MARK`: writes lines to stdout as fast as they are read, records bytes and nanoseconds in the
//!   file MARK, waits to be killed;
//! - `drain SOCKET`: attaches, reads to the end and prints the number of bytes;
//! - `visits SOCKET COUNT`: attaches COUNT times, each time for one line and its echo; `silent-visits`: for nothing;
//! - `faults STATUS PROGRAM WORD…`: runs a program, which must exit with STATUS, and prints its page faults;
//! - `payload LOG`: prints how many bytes of output a log file holds;
//! - `sink SOCKET BYTES`: counts what a journal would receive;
//! - `pipes PID…`: prints the number of pages in the pipes of these processes, and in a new pipe.
//!
//! Not here: statistics, comparisons and the presentation of results (`bench/*.mjs`).

mod contest;
mod crowd;
mod drain;
mod flood;
mod lives;
mod manager;
mod pace;
mod payload;
mod pipes;
mod sink;
mod spawns;
mod visits;

use std::error::Error;
use std::process::ExitCode;

/// The result of a subcommand; an error is printed to stderr.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: bench-harness lives SPEC.json | crowd SPEC.json | pace SPEC.json | spawns SPEC.json \
                     | flood LINE MEBIBYTES MARK | drain SOCKET | visits SOCKET COUNT \
                     | silent-visits SOCKET COUNT | faults STATUS PROGRAM WORD… | payload LOG | sink SOCKET BYTES | pipes PID…";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["lives", spec] => lives::run(spec),
        ["crowd", spec] => crowd::run(spec),
        ["pace", spec] => pace::run(spec),
        ["spawns", spec] => spawns::run(spec),
        ["flood", line, mebibytes, mark] => flood::run(line, mebibytes, mark),
        ["drain", socket] => drain::run(socket),
        ["visits", socket, count] => visits::run(socket, count),
        ["silent-visits", socket, count] => visits::run_silently(socket, count),
        ["faults", status, program, words @ ..] => spawns::count_faults(status, program, words),
        ["payload", log] => payload::run(log),
        ["sink", socket, bytes] => sink::run(socket, bytes),
        ["pipes", pids @ ..] => pipes::run(pids),
        _ => Err(USAGE.into()),
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

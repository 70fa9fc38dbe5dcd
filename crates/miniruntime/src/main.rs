//! A small OCI runtime that runs the process of a bundle as a plain child, without isolation.
//!
//! It exists for tests, for the benchmark (it is fast) and for machines without crun or runc. It accepts the command lines
//! of conmon, Podman and CRI-O (OCI runtime command line interface) and, if the environment requests it, misbehaves in
//! every way a runtime can. Do not rely on it as a container runtime.

#![forbid(unsafe_code)]

use std::io::Write;
use std::process::ExitCode;

mod cli;
mod commands;
mod console;
mod dump;
mod error;
mod files;
mod help;
mod log;
mod misbehave;
mod process;
mod procfs;
mod refuse;
mod signals;
mod spec;
mod store;

use cli::{Cli, Command};
use error::Failure;

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|word| word == "refuse") {
        return log::report(&refuse::run(std::env::args_os().skip(2)), None);
    }
    let cli = match Cli::parse(std::env::args_os().skip(1)) {
        Ok(cli) => cli,
        Err(error) => return log::report(&error, None),
    };
    match run(&cli) {
        Ok(status) => ExitCode::from(status),
        Err(error) => log::report(&error, cli.log_file()),
    }
}

fn run(cli: &Cli) -> Result<u8, Failure> {
    let quirks = misbehave::Quirks::from_environment(cli.command)?;
    if let Some(path) = &quirks.dump {
        dump::append(path)?;
    }
    match cli.command {
        Command::Help => print(help::TEXT),
        Command::Version => {
            print(concat!("miniruntime version ", env!("CARGO_PKG_VERSION"), "\nspec: 1.0.2\n"))
        }
        Command::Create | Command::Restore => commands::create::run(cli, &quirks),
        Command::Exec => commands::exec::run(cli, &quirks),
        Command::Start => commands::start::run(cli),
        Command::Kill => commands::kill::run(cli),
        Command::Delete => commands::delete::run(cli),
        Command::State => commands::state::run(cli),
    }
}

/// Writes to stdout; a closed pipe is an error, not a panic.
fn print(text: &str) -> Result<u8, Failure> {
    use error::Step;
    std::io::stdout().write_all(text.as_bytes()).step("write to stdout")?;
    Ok(0)
}

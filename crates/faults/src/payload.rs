//! The container's process: runs a list of steps, whose exact output is known.
//!
//! - `out:LINES:LENGTH`, `err:LINES:LENGTH`: numbered lines of that length, newline included, in one write;
//! - `packets:LINES:LENGTH`: the same lines on stdout, each a packet of the pipe (pipe(2), `O_DIRECT`);
//! - `tail:LENGTH`: LENGTH bytes on stdout without a newline;
//! - `gate:NAME`: waits until that FIFO of the scene is opened for writing;
//! - `echo`: copies stdin to stdout until it ends;
//! - `line`: reads one line and prints it;
//! - `ready`: sends `READY=1` to the socket of the bundle;
//! - `sleep`: waits to be killed;
//! - `exit:STATUS`.

use std::fs::File;
use std::io::{BufRead, Read, Write, stderr, stdin, stdout};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use crate::Outcome;

/// The status of a container that fails: no scenario expects it.
const BROKEN: u8 = 98;

/// Runs all steps.
pub(crate) fn run(scene: &str, steps: &[&str]) -> ExitCode {
    for step in steps {
        match perform(Path::new(scene), step) {
            Ok(None) => {}
            Ok(Some(status)) => return ExitCode::from(status),
            Err(_) => return ExitCode::from(BROKEN),
        }
    }
    ExitCode::SUCCESS
}

fn perform(scene: &Path, step: &str) -> Outcome<Option<u8>> {
    let words: Vec<&str> = step.split(':').collect();
    match words.as_slice() {
        ["out", lines, length] => stdout().write_all(&text(lines.parse()?, length.parse()?))?,
        ["err", lines, length] => stderr().write_all(&text(lines.parse()?, length.parse()?))?,
        ["packets", lines, length] => packets(&text(lines.parse()?, length.parse()?))?,
        ["tail", length] => stdout().write_all(&tail(length.parse()?))?,
        ["gate", name] => drop(File::open(scene.join(name))?.read(&mut [0; 1])?),
        ["echo"] => echo()?,
        ["line"] => {
            let mut line = String::new();
            stdin().lock().read_line(&mut line)?;
            stdout().write_all(line.as_bytes())?;
        }
        ["ready"] => {
            UnixDatagram::unbound()?.send_to(b"READY=1", scene.join("bundle/notify/notify.sock"))?;
        }
        ["sleep"] => std::thread::sleep(Duration::from_secs(3600)),
        ["exit", status] => return Ok(Some(status.parse()?)),
        _ => return Err(format!("unknown step {step}").into()),
    }
    stdout().flush()?;
    Ok(None)
}

fn packets(lines: &[u8]) -> Outcome {
    fcntl(stdout(), FcntlArg::F_SETFL(OFlag::O_WRONLY | OFlag::O_DIRECT))?;
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        nix::unistd::write(stdout(), line)?;
    }
    Ok(())
}

/// Not `io::copy`, which may splice, depending on the types of the descriptors.
fn echo() -> Outcome {
    let mut bytes = [0; 4096];
    loop {
        let count = stdin().read(&mut bytes)?;
        if count == 0 {
            return Ok(());
        }
        stdout().write_all(bytes.get(..count).unwrap_or_default())?;
        stdout().flush()?;
    }
}

/// Lines `0000 xxxx…`, each `length` bytes long with its newline.
pub(crate) fn text(lines: usize, length: usize) -> Vec<u8> {
    let width = length.saturating_sub(6);
    (0..lines).flat_map(|line| format!("{line:04} {:x<width$}\n", "").into_bytes()).collect()
}

fn tail(length: usize) -> Vec<u8> {
    vec![b't'; length]
}

/// What the steps print on stdout and stderr, given `input`.
pub(crate) fn output(steps: &[&str], input: &[u8]) -> [Vec<u8>; 2] {
    let (mut out, mut err) = (vec![], vec![]);
    for step in steps {
        let words: Vec<&str> = step.split(':').collect();
        let number = |at: usize| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(0);
        match words.first() {
            Some(&("out" | "packets")) => out.extend(text(number(1), number(2))),
            Some(&"err") => err.extend(text(number(1), number(2))),
            Some(&"tail") => out.extend(tail(number(1))),
            Some(&("echo" | "line")) => out.extend(input),
            _ => {}
        }
    }
    [out, err]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_is_the_sum_of_the_steps() {
        let [out, err] = output(&["out:2:8", "err:1:7", "gate:g", "tail:3", "echo", "exit:1"], b"in");
        assert_eq!(out, b"0000 xx\n0001 xx\ntttin");
        assert_eq!(err, b"0000 x\n");
    }
}

//! Reports that nobody can read this process's stdout any more.
//!
//! A program that follows a log has nothing to write while the log is quiet, so it would not get the error `EPIPE`. For the
//! write end of a pipe, `poll(2)` reports `POLLERR` when all read ends are closed; for a terminal or socket, `POLLHUP`. Both are
//! reported without being asked for. Node can only poll a stream that it reads or writes.

use std::io;
use std::os::fd::AsFd;
use std::thread;

use napi::bindgen_prelude::{Error, Function, Result};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Stack size: enough for one system call.
const STACK: usize = 64 * 1024;

/// Calls `onGone` when all readers of our stdout are gone; never for a file. It does not keep the process alive.
#[napi(catch_unwind, ts_args_type = "onGone: () => void")]
pub fn watch_stdout(on_gone: Function<'_, (), ()>) -> Result<()> {
    let gone = on_gone.build_threadsafe_function().weak::<true>().build()?;
    let work = move || {
        if wait_for_readers_to_go(&io::stdout()).is_ok() {
            gone.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    };
    let thread = thread::Builder::new().name("stdout-watch".to_owned()).stack_size(STACK);
    thread
        .spawn(work)
        .map(drop)
        .map_err(|error| Error::from_reason(format!("cannot start a thread: {error}")))
}

fn wait_for_readers_to_go(stdout: &impl AsFd) -> nix::Result<()> {
    let mut fds = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
    loop {
        match poll(&mut fds, PollTimeout::NONE) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::pipe;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::wait_for_readers_to_go;

    #[test]
    fn a_pipe_without_readers_is_reported_and_one_with_a_reader_is_not() {
        let (reader, writer) = pipe().unwrap();
        let (report, reported) = mpsc::channel();
        let waiting = thread::spawn(move || {
            wait_for_readers_to_go(&writer).unwrap();
            report.send(()).unwrap();
        });
        assert!(reported.recv_timeout(Duration::from_millis(50)).is_err());
        drop(reader);
        reported.recv().unwrap();
        waiting.join().unwrap();
    }

    #[test]
    fn a_file_is_never_reported() {
        let file = File::open("/proc/self/exe").unwrap();
        let (report, reported) = mpsc::channel();
        // It outlives the test, as it outlives everything but the process.
        thread::spawn(move || {
            wait_for_readers_to_go(&file).unwrap();
            report.send(()).unwrap();
        });
        assert!(reported.recv_timeout(Duration::from_millis(50)).is_err());
    }
}

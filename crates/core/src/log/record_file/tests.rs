//! A FIFO plays a log that takes only a part and cannot be cut back (fifo(7), pipe(7): one page, not blocking).

use std::io::Read;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::stat::Mode;

use super::*;
use crate::log::scratch::{Scratch, reporter};

const PAGE: usize = 4096;

struct Log {
    file: RecordFile,
    reader: File,
    _scratch: Scratch,
}

impl Log {
    fn new() -> Self {
        let scratch = Scratch::new();
        let path = scratch.path("log");
        nix::unistd::mkfifo(&path, Mode::S_IRWXU).unwrap();
        let reader = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        fcntl(&reader, FcntlArg::F_SETPIPE_SZ(i32::try_from(PAGE).unwrap())).unwrap();
        fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        let file = RecordFile::open(scratch.plan("log"), Background::Thread, |_| Volume::default()).unwrap();
        fcntl(&file.file, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
        Self { file, reader, _scratch: scratch }
    }

    fn write(&mut self, text: &[u8]) {
        self.file.push([b"", text, b"\n"], &reporter());
        self.file.flush(&reporter());
    }

    fn read(&mut self) -> Vec<u8> {
        let mut page = vec![0; 2 * PAGE];
        let count = self.reader.read(&mut page).unwrap_or(0);
        page.truncate(count);
        page
    }
}

#[test]
fn a_record_that_cannot_be_cut_back_is_ended_before_the_next_one() {
    let mut log = Log::new();
    log.write(&[b'x'; 2 * PAGE]);
    assert_eq!(log.read(), [b'x'; PAGE]);
    log.write(b"next");
    assert_eq!(log.read(), b"\nnext\n");
}

#[test]
fn it_is_ended_once_although_the_next_record_does_not_fit_either() {
    let mut log = Log::new();
    log.write(&[b'x'; 2 * PAGE]);
    log.read();
    // Room for the newline alone.
    log.file.file.write_all(&[b'y'; PAGE - 1]).unwrap();
    log.write(b"lost");
    assert_eq!(log.read().last(), Some(&b'\n'));
    log.write(b"next");
    assert_eq!(log.read(), b"next\n");
}

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

/// Pushes records of these lengths, newlines included, a flush each; the lengths of those that are in the file.
fn logged(max_total_bytes: u64, lengths: &[usize]) -> Vec<usize> {
    let scratch = Scratch::new();
    let plan = FileLog { max_total_bytes: Some(max_total_bytes), ..scratch.plan("log") };
    let mut file = RecordFile::open(plan, Background::Thread, |_| Volume::default()).unwrap();
    for length in lengths {
        file.push([&vec![b'x'; length - 1][..], b"\n"], &reporter());
        file.flush(&reporter());
    }
    let content = std::fs::read(scratch.path("log")).unwrap();
    content.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::len).collect()
}

#[test]
fn the_limit_for_all_files_is_reached_exactly_and_never_passed() {
    assert_eq!(logged(30, &[10, 10, 10, 1]), [10, 10, 10]);
    assert_eq!(logged(29, &[10, 10, 10, 1]), [10, 10]);
    assert_eq!(logged(9, &[10, 1]), [0; 0]);
}

#[test]
fn many_records_in_one_batch_stop_at_the_same_place() {
    let scratch = Scratch::new();
    let plan = FileLog { max_total_bytes: Some(25), ..scratch.plan("log") };
    let mut file = RecordFile::open(plan, Background::Thread, |record| Volume::new(record.len(), 1)).unwrap();
    for text in [&b"123456789"[..], b"123456789", b"123456789", b""] {
        file.push([text, b"\n"], &reporter());
    }
    file.flush(&reporter());
    assert_eq!(std::fs::read(scratch.path("log")).unwrap(), b"123456789\n123456789\n");
    let mut account = Account::default();
    file.settle(&mut account);
    assert_eq!(account.withheld, Volume { bytes: 11, lines: 2 });
}

#[test]
fn the_record_about_a_loss_counts_and_does_not_pass_the_limit_either() {
    for (limit, expected) in [(17, "one\nabout a loss\n"), (16, "one\n")] {
        let scratch = Scratch::new();
        let plan = FileLog { max_total_bytes: Some(limit), ..scratch.plan("log") };
        let mut file = RecordFile::open(plan, Background::Thread, |_| Volume::default()).unwrap();
        file.push([b"one\n"], &reporter());
        file.flush(&reporter());
        file.loss = Some(Loss::new(&io::ErrorKind::StorageFull.into()));
        file.tell_loss(true, &reporter(), |_| b"about a loss\n".to_vec());
        file.push([b"end\n"], &reporter());
        file.flush(&reporter());
        let content = std::fs::read_to_string(scratch.path("log")).unwrap();
        assert_eq!(content, expected);
    }
}

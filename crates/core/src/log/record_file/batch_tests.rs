//! Records whose texts are written from where they were read.

use std::fs::{File, read, read_to_string};
use std::io::Read;
use std::os::fd::AsFd;

use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::{mkfifo, pipe2};
use proptest::prelude::*;

use super::*;
use crate::log::regular_file::RegularFile;
use crate::log::scratch::{Scratch, bytes, reporter, setting};
use crate::properties::config;

fn content(record: &[u8]) -> (Stream, Volume) {
    (Stream::Stdout, Volume::new(record.len(), 1))
}

/// Lines of these lengths, newlines included, and where each is.
fn lines(lengths: &[usize]) -> (Vec<u8>, Vec<Range<usize>>) {
    let mut source = Vec::new();
    let ranges = lengths.iter().zip(b'a'..).map(|(length, letter)| {
        let start = source.len();
        source.resize(start + length - 1, letter);
        source.push(b'\n');
        start..source.len()
    });
    let ranges = ranges.collect();
    (source, ranges)
}

fn log(plan: FileLog, lengths: &[usize]) -> RecordFile {
    let mut file = RecordFile::open(plan, &setting(), content).unwrap();
    let (source, ranges) = lines(lengths);
    for range in ranges {
        file.push_text((b"> ", range, b""), &source, &reporter());
    }
    file.flush(&source, &reporter());
    file
}

fn logged(lengths: &[usize]) -> Vec<u8> {
    let (source, ranges) = lines(lengths);
    ranges.into_iter().flat_map(|range| [b"> ", &source[range]].concat()).collect()
}

#[test]
fn long_and_short_texts_keep_their_order() {
    let lengths = [3, LONG, LONG + 1, 1, LONG - 1, 5 * LONG, 2];
    let scratch = Scratch::new();
    let file = log(scratch.plan("log"), &lengths);
    assert_eq!(read(scratch.path("log")).unwrap(), logged(&lengths));
    assert_eq!(file.events().written, to_u64(logged(&lengths).len()));
}

#[test]
fn a_fifo_receives_them_too() {
    use std::os::unix::fs::OpenOptionsExt;
    let scratch = Scratch::new();
    mkfifo(&scratch.path("log"), Mode::S_IRWXU).unwrap();
    let mut reader =
        File::options().read(true).custom_flags(libc::O_NONBLOCK).open(scratch.path("log")).unwrap();
    let lengths = [LONG, 3, 2 * LONG];
    drop(log(scratch.plan("log"), &lengths));
    let mut text = Vec::new();
    reader.read_to_end(&mut text).unwrap();
    assert_eq!(text, logged(&lengths));
}

#[test]
fn limits_count_them() {
    let scratch = Scratch::new();
    let rotation = Some(crate::plan::Rotation { files: 5, compress: None, on_reopen: false });
    let limit = to_u64(2 * (LONG + 2));
    log(FileLog { max_bytes: Some(limit), rotation, ..scratch.plan("log") }, &[LONG, LONG, LONG, 3]);
    assert_eq!(read(scratch.path("log.1")).unwrap(), logged(&[LONG, LONG]));
    let rest = read_to_string(scratch.path("log")).unwrap();
    assert_eq!(rest, format!("> {}\n> dd\n", "c".repeat(LONG - 1)));

    let plan = FileLog { max_total_bytes: Some(limit), ..scratch.plan("other") };
    let file = log(plan, &[LONG, LONG, LONG]);
    assert_eq!(read(scratch.path("other")).unwrap(), logged(&[LONG, LONG]));
    assert_eq!(file.accounts().get(Stream::Stdout).withheld, Volume::new(LONG + 2, 1));
}

#[test]
fn what_an_error_keeps_out_is_counted() {
    let plan = FileLog { path: bytes("/dev/full"), ..Scratch::new().plan("log") };
    let file = log(plan, &[LONG, 3, LONG]);
    assert_eq!(file.accounts().get(Stream::Stdout).lost, Volume::new(logged(&[LONG, 3, LONG]).len(), 3));
}

#[test]
fn a_file_that_takes_a_part_has_whole_records_and_knows_of_the_torn_one() {
    // A pipe that is not read takes some of one writev(2), like a disk that is full.
    let (mut reader, writer) =
        pipe2(OFlag::O_NONBLOCK).map(|(ours, theirs)| (File::from(ours), theirs)).unwrap();
    nix::fcntl::fcntl(writer.as_fd(), nix::fcntl::F_SETPIPE_SZ(4096)).unwrap();
    let mut batch = Batch::reserve().unwrap();
    let (source, ranges) = lines(&[LONG, LONG, LONG]);
    for range in ranges {
        batch.copy(&[b"> "], 2);
        batch.refer(range);
    }
    let mut file = RegularFile::new(File::from(writer), 0, false);
    let (kept, outcome) = file.write(batch.records(&source));
    assert_eq!(kept, LONG + 2);
    assert!(outcome.is_err() && file.is_torn());
    let mut taken = vec![0; 8192];
    let length = reader.read(&mut taken).unwrap();
    assert_eq!(&taken[..length], &logged(&[LONG, LONG, LONG])[..length]);
    assert_eq!(file.written(), to_u64(length));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn pieces_are_the_records_in_order(lengths in prop::collection::vec((1..2 * LONG).prop_map(|length| length + 1), 0..20)) {
        let mut batch = Batch::reserve().unwrap();
        let (source, ranges) = lines(&lengths);
        for range in ranges {
            batch.copy(&[b"> "], 2);
            if range.len() < LONG { batch.copy(&[&source[range.clone()]], range.len()) } else { batch.refer(range) }
        }
        let records = batch.records(&source);
        prop_assert_eq!(batch.len(), logged(&lengths).len());
        prop_assert_eq!(records.concat(), logged(&lengths));
        prop_assert_eq!(records.whole().is_some(), lengths.iter().all(|length| *length < LONG));
    }
}

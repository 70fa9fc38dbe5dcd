use std::fs::{File, OpenOptions};
use std::io::Read;
use std::time::Duration;

use nix::sys::stat::Mode;

use super::*;
use crate::handover::Descriptors;
use crate::log::STALL;
use crate::log::scratch::{Scratch, bytes, reporter, setting};

fn content(record: &[u8]) -> (Stream, Volume) {
    (Stream::Stdout, Volume::new(record.len(), 1))
}

/// A log with a FIFO in its place, and that FIFO's reader.
fn fifo() -> (Scratch, RecordFile, File) {
    let scratch = Scratch::new();
    nix::unistd::mkfifo(&scratch.path("log"), Mode::S_IRWXU).unwrap();
    let reader = reader(&scratch);
    let file = RecordFile::open(scratch.plan("log"), &setting(), content).unwrap();
    (scratch, file, reader)
}

fn reader(scratch: &Scratch) -> File {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(scratch.path("log")).unwrap()
}

fn write(file: &mut RecordFile, text: &[u8]) {
    file.report_loss(true, &reporter(), |text| format!("{text}\n").into_bytes());
    file.push([text, b"\n"], &[], &reporter());
    file.flush(&[], &reporter());
}

fn read(mut reader: &File) -> String {
    let mut text = Vec::new();
    // Ends with an error when nothing is there now.
    let _ = reader.read_to_end(&mut text);
    String::from_utf8(text).unwrap()
}

/// Writes numbered lines until one had to wait; returns how many.
fn fill(file: &mut RecordFile) -> usize {
    let mut lines = 0;
    while file.unsent_since().is_none() {
        write(file, lines.to_string().as_bytes());
        lines += 1;
    }
    lines
}

fn numbers(range: std::ops::Range<usize>) -> String {
    range.map(|number| format!("{number}\n")).collect()
}

#[test]
fn what_a_reader_does_not_take_waits_and_nothing_is_lost() {
    let (_scratch, mut file, reader) = fifo();
    let lines = fill(&mut file);
    write(&mut file, lines.to_string().as_bytes());
    let mut seen = String::new();
    while file.unsent_since().is_some() {
        seen += &read(&reader);
        file.resume(&reporter());
    }
    seen += &read(&reader);
    assert_eq!(seen, numbers(0..lines + 1));
    assert_eq!(file.queued(), 0);
}

/// The log as another executable continues it, with the same descriptor.
fn handed_over(file: RecordFile, scratch: &Scratch) -> RecordFile {
    let document = serde_json::to_string(&file.state(&mut Descriptors::default())).unwrap();
    // The number is adopted below.
    std::mem::forget(file);
    let state = serde_json::from_str(&document).unwrap();
    RecordFile::from_state(state, scratch.plan("log"), &setting(), content).unwrap()
}

#[test]
fn what_waits_for_a_reader_is_handed_over() {
    let (scratch, mut file, reader) = fifo();
    let lines = fill(&mut file);
    let queued = file.queued();
    let mut file = handed_over(file, &scratch);
    assert_eq!(file.queued(), queued);
    assert!(file.unsent_since().is_some());
    let mut seen = read(&reader);
    file.resume(&reporter());
    assert_eq!(file.unsent_since(), None);
    seen += &read(&reader);
    assert_eq!(seen, numbers(0..lines));
}

#[test]
fn a_reader_that_stalls_loses_what_waits_and_is_told_when_it_reads_again() {
    let (_scratch, mut file, reader) = fifo();
    let lines = fill(&mut file);
    let deadline = file.unsent_since().unwrap() + STALL;
    file.drop_stalled(deadline - Duration::from_millis(1), &reporter());
    assert!(file.unsent_since().is_some());
    file.drop_stalled(deadline, &reporter());
    assert_eq!((file.unsent_since(), file.queued()), (None, 0));
    write(&mut file, b"lost");
    assert_eq!(file.unsent_since(), None, "the container does not wait again");
    assert_eq!(read(&reader), numbers(0..lines - 1));
    write(&mut file, b"after");
    let digits = (lines - 1).to_string().len() + 1;
    let told = format!("lost {} bytes in 2 lines: its reader reads nothing\nafter\n", digits + 5);
    assert_eq!(read(&reader), told);
    assert_eq!(file.accounts().get(Stream::Stdout).lost.lines, 2);
}

#[test]
fn no_record_is_torn_for_a_reader_that_stops_and_comes_back() {
    let (_scratch, mut file, reader) = fifo();
    // Longer than what a FIFO takes whole or not at all.
    let long = vec![b'x'; 10_000];
    let mut written = 0;
    while file.unsent_since().is_none() {
        write(&mut file, &long);
        written += 1;
    }
    file.drop_stalled(file.unsent_since().unwrap() + STALL, &reporter());
    write(&mut file, b"lost");
    let mut seen = read(&reader);
    assert!(!seen.ends_with('\n'), "the last record was begun");
    write(&mut file, b"after");
    seen += &read(&reader);
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(lines.len(), written + 2);
    assert!(lines.iter().take(written).all(|line| line.as_bytes() == long));
    assert_eq!(lines[written..], ["lost 5 bytes in 1 lines: its reader reads nothing", "after"]);
}

#[test]
fn a_reader_that_leaves_and_comes_back_gets_what_follows() {
    let (scratch, mut file, first) = fifo();
    write(&mut file, b"one");
    assert_eq!(read(&first), "one\n");
    drop(first);
    write(&mut file, b"lost");
    assert_eq!(file.unsent_since(), None, "nobody is waited for");
    let second = reader(&scratch);
    write(&mut file, b"two");
    assert_eq!(read(&second), "lost 5 bytes in 1 lines: Broken pipe\ntwo\n");
}

#[test]
fn a_reader_that_came_back_and_is_slow_is_waited_for() {
    let (scratch, mut file, first) = fifo();
    fill(&mut file);
    drop(first);
    file.resume(&reporter());
    assert_eq!(file.unsent_since(), None);
    let _second = reader(&scratch);
    write(&mut file, b"waits");
    assert!(file.unsent_since().is_some());
}

#[test]
fn what_waits_is_written_to_the_file_that_takes_the_place_of_a_fifo() {
    let (scratch, mut file, reader) = fifo();
    let long = vec![b'x'; 10_000];
    while file.unsent_since().is_none() {
        write(&mut file, &long);
    }
    write(&mut file, b"last");
    std::fs::remove_file(scratch.path("log")).unwrap();
    file.reopen(&reporter());
    assert_eq!((file.unsent_since(), file.queued()), (None, 0));
    let content = std::fs::read_to_string(scratch.path("log")).unwrap();
    assert_eq!(content, format!("{}\nlast\n", "x".repeat(10_000)), "the record that was begun is whole");
    drop(reader);
    assert_eq!(file.accounts().get(Stream::Stdout).lost, Volume::default());
}

#[test]
fn a_reopened_fifo_goes_on_where_it_was() {
    let (_scratch, mut file, reader) = fifo();
    let lines = fill(&mut file);
    file.reopen(&reporter());
    assert!(file.unsent_since().is_some());
    let mut seen = read(&reader);
    file.resume(&reporter());
    seen += &read(&reader);
    assert_eq!(seen, numbers(0..lines));
}

#[test]
fn at_the_end_what_nobody_read_is_counted() {
    let (_scratch, mut file, _reader) = fifo();
    while file.unsent_since().is_none() {
        write(&mut file, &[b'x'; 10_000]);
    }
    file.drop_stalled(file.unsent_since().unwrap() + STALL, &reporter());
    assert_ne!(file.queued(), 0, "the record that was begun");
    file.conclude(&reporter());
    assert_eq!(file.accounts().get(Stream::Stdout).lost, Volume { bytes: 10_001, lines: 1 });
}

#[test]
fn a_fifo_has_no_size_and_is_not_rotated() {
    let (scratch, _, reader) = fifo();
    let plan = FileLog { max_bytes: Some(10), ..scratch.plan("log") };
    let mut file = RecordFile::open(plan, &setting(), content).unwrap();
    for _ in 0..3 {
        write(&mut file, b"123456789");
    }
    assert_eq!(read(&reader), "123456789\n".repeat(3));
    let events = file.events();
    assert_eq!((events.written, events.fresh_files, events.fresh_file_failures), (30, 0, 0));
}

#[test]
fn a_reopen_that_finds_a_fifo_without_a_reader_stays_in_the_old_file() {
    let scratch = Scratch::new();
    let mut file = RecordFile::open(scratch.plan("log"), &setting(), content).unwrap();
    std::fs::rename(scratch.path("log"), scratch.path("old")).unwrap();
    nix::unistd::mkfifo(&scratch.path("log"), Mode::S_IRWXU).unwrap();
    file.reopen(&reporter());
    write(&mut file, b"one");
    assert_eq!(std::fs::read(scratch.path("old")).unwrap(), b"one\n");
    assert_eq!(file.events().reopen_failures, 1);
}

/// Asks for a reopen of a log that rotates, after a line each time; the files and their content, by name.
fn reopened(on_reopen: bool, before: impl Fn(&Scratch)) -> Vec<(String, String)> {
    let scratch = Scratch::new();
    let rotation = Some(crate::plan::Rotation { files: 2, compress: None, on_reopen });
    let plan = FileLog { rotation, ..scratch.plan("log") };
    let mut file = RecordFile::open(plan, &setting(), content).unwrap();
    for line in [b"one", b"two"] {
        write(&mut file, line);
        before(&scratch);
        file.reopen(&reporter());
    }
    write(&mut file, b"end");
    let names = std::fs::read_dir(scratch.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    let content = |name: &String| std::fs::read_to_string(scratch.path(name)).unwrap();
    names.into_iter().map(|name| (content(&name), name)).map(|(content, name)| (name, content)).collect()
}

fn files<const COUNT: usize>(expected: [(&str, &str); COUNT]) -> Vec<(String, String)> {
    expected.map(|(name, content)| (name.to_owned(), content.to_owned())).to_vec()
}

#[test]
fn a_reopen_rotates_a_file_that_is_still_there_if_the_option_asks_for_that() {
    let rotated = files([("log", "end\n"), ("log.1", "two\n"), ("log.2", "one\n")]);
    assert_eq!(reopened(true, |_| ()), rotated);
    assert_eq!(reopened(false, |_| ()), files([("log", "one\ntwo\nend\n")]));
}

#[test]
fn a_reopen_does_not_rotate_a_file_that_was_renamed_away_or_replaced() {
    let rename = |scratch: &Scratch| std::fs::rename(scratch.path("log"), scratch.path("old")).unwrap();
    assert_eq!(reopened(true, rename), files([("log", "end\n"), ("old", "two\n")]));
    let replace = |scratch: &Scratch| {
        rename(scratch);
        std::fs::write(scratch.path("log"), "theirs\n").unwrap();
    };
    assert_eq!(reopened(true, replace), files([("log", "theirs\nend\n"), ("old", "theirs\ntwo\n")]));
}

#[test]
fn records_begin_a_line_of_their_own_after_half_a_record_or_nuls() {
    for rest in ["half a record", "whole\n\0\0\0"] {
        let scratch = Scratch::new();
        std::fs::write(scratch.path("log"), rest).unwrap();
        let mut file = RecordFile::open(scratch.plan("log"), &setting(), content).unwrap();
        write(&mut file, b"one");
        std::fs::rename(scratch.path("log"), scratch.path("old")).unwrap();
        std::fs::write(scratch.path("log"), rest).unwrap();
        file.reopen(&reporter());
        write(&mut file, b"two");
        let content = |name| std::fs::read_to_string(scratch.path(name)).unwrap();
        assert_eq!((content("old"), content("log")), (format!("{rest}\none\n"), format!("{rest}\ntwo\n")));
    }
}

/// Pushes records of these lengths, newlines included, a flush each; the lengths of those that are in the file.
fn logged(max_total_bytes: u64, lengths: &[usize]) -> Vec<usize> {
    let scratch = Scratch::new();
    let plan = FileLog { max_total_bytes: Some(max_total_bytes), ..scratch.plan("log") };
    let mut file = RecordFile::open(plan, &setting(), content).unwrap();
    for length in lengths {
        file.push([&vec![b'x'; length - 1][..], b"\n"], &[], &reporter());
        file.flush(&[], &reporter());
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
    let mut file = RecordFile::open(plan, &setting(), content).unwrap();
    for text in [&b"123456789"[..], b"123456789", b"123456789", b""] {
        file.push([text, b"\n"], &[], &reporter());
    }
    file.flush(&[], &reporter());
    assert_eq!(std::fs::read(scratch.path("log")).unwrap(), b"123456789\n123456789\n");
    let account = file.accounts().get(Stream::Stdout);
    assert_eq!(account.withheld, Volume { bytes: 11, lines: 2 });
}

#[test]
fn the_record_about_a_loss_counts_and_does_not_pass_the_limit_either() {
    for (limit, expected) in [(17, "one\nabout a loss\n"), (16, "one\n")] {
        let scratch = Scratch::new();
        let plan = FileLog { max_total_bytes: Some(limit), ..scratch.plan("log") };
        let mut file = RecordFile::open(plan, &setting(), content).unwrap();
        file.push([b"one\n"], &[], &reporter());
        file.flush(&[], &reporter());
        file.ledger.lose(b"two\n", &io::ErrorKind::StorageFull.into(), &bytes("log"), &reporter());
        file.report_loss(true, &reporter(), |_| b"about a loss\n".to_vec());
        file.push([b"end\n"], &[], &reporter());
        file.flush(&[], &reporter());
        let content = std::fs::read_to_string(scratch.path("log")).unwrap();
        assert_eq!(content, expected);
    }
}

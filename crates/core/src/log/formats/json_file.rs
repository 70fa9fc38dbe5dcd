//! The `json-file` format of Docker: one object a record, `{"log":"text\n","stream":"stdout","time":"…Z"}`.
//!
//! As Docker's own driver writes it: a line is shown when it is whole, with its newline in `log`; of a longer line than
//! [`MAX_TEXT`], and of one that has no end when the output ends, parts are written without a newline, which is the only
//! mark of a part that readers know. Time is UTC, its fraction without trailing zeros (RFC 3339 as Go prints it). One
//! thing is better here: a cut never splits a character.

mod escape;

use conmon_sys::simd::is_json_plain;
use conmon_sys::time::Zone;

use crate::diagnostics::report::Reporter;
use crate::log::Setting;
use crate::log::driver::FileFormat;
use crate::log::ledger::Content;
use crate::log::lines::{Cut, Lines, Piece};
use crate::log::record_file::RecordFile;
use crate::log::timestamp::{self, Clock};
use crate::log::volume::Volume;
use crate::stream::{PerStream, Stream};
use escape::escape_into;

/// The buffer of Docker's copier.
const MAX_TEXT: usize = 16 * 1024;
const BEGIN: &[u8] = b"{\"log\":\"";
/// A newline in a JSON string.
const NEWLINE: &[u8] = b"\\n";
/// Offset of the fraction's point in a timestamp, and of the UTC offset.
const POINT: usize = 19;
const OFFSET: usize = 29;

/// A log in Docker's format.
pub(crate) struct JsonFile {
    lines: PerStream<Lines>,
    writer: Writer,
    clock: Clock,
    loss_marker: bool,
}

struct Writer {
    file: RecordFile,
    escaped: Vec<u8>,
}

impl FileFormat for JsonFile {
    const CONTENT: Content = content;

    fn new(file: RecordFile, setting: &Setting) -> Self {
        let lines = PerStream::new(|| Lines::new(MAX_TEXT, Cut::BetweenCharacters));
        let writer = Writer { file, escaped: Vec::new() };
        Self { lines, writer, clock: Clock::new(Zone::Utc), loss_marker: setting.loss_marker }
    }

    /// Logs text as it was read.
    fn write(&mut self, stream: Stream, text: &[u8], reporter: &Reporter) {
        let end = self.begin(stream, reporter);
        let Self { lines, writer, .. } = self;
        lines.get_mut(stream).feed(text, &mut |piece| writer.push(stream, piece, &end, reporter));
        writer.file.flush(&[], reporter);
    }

    /// There will be no more output: what has no newline is logged as it is.
    fn end_of_output(&mut self, reporter: &Reporter) {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let end = self.begin(stream, reporter);
            let Self { lines, writer, .. } = self;
            lines.get_mut(stream).finish(&mut |piece| writer.push(stream, piece, &end, reporter));
            writer.file.flush(&[], reporter);
        }
    }

    fn report_loss(&mut self, reporter: &Reporter) {
        let Self { writer, clock, loss_marker, .. } = self;
        writer.file.report_loss(*loss_marker, reporter, |text| {
            let mut record = [BEGIN, b"conmon: "].concat();
            escape_into(text.as_bytes(), &mut record);
            record.extend_from_slice(&end_of_record(Stream::Stderr, &clock.now()));
            record
        });
    }

    fn lines(&self) -> Option<&PerStream<Lines>> {
        Some(&self.lines)
    }

    fn lines_mut(&mut self) -> Option<&mut PerStream<Lines>> {
        Some(&mut self.lines)
    }

    fn records(&self) -> &RecordFile {
        &self.writer.file
    }

    fn records_mut(&mut self) -> &mut RecordFile {
        &mut self.writer.file
    }

    /// Releases the memory that is no longer needed.
    fn release(&mut self) {
        self.writer.escaped = Vec::new();
        self.writer.file.release();
    }
}

impl JsonFile {
    /// The end of the records of whole lines that are written now.
    fn begin(&mut self, stream: Stream, reporter: &Reporter) -> Vec<u8> {
        self.report_loss(reporter);
        end_of_record(stream, &self.clock.now())
    }
}

impl Writer {
    fn push(&mut self, stream: Stream, piece: Piece<'_>, end: &[u8], reporter: &Reporter) {
        self.file.give(stream, piece.volume());
        let (text, end) = match piece.text.strip_suffix(b"\n") {
            Some(text) => (text, end),
            None => (piece.text, end.get(NEWLINE.len()..).unwrap_or_default()),
        };
        if is_json_plain(text) {
            return self.file.push([BEGIN, text, end], &[], reporter);
        }
        self.escaped.clear();
        escape_into(text, &mut self.escaped);
        self.file.push([BEGIN, &self.escaped, end], &[], reporter);
    }
}

/// What follows the text of a whole line. That of a part lacks the [`NEWLINE`] it starts with.
fn end_of_record(stream: Stream, now: &[u8; timestamp::LENGTH]) -> Vec<u8> {
    let zeros = now[POINT..OFFSET].iter().rev().take_while(|byte| **byte == b'0').count();
    let mut end = OFFSET - zeros;
    if end == POINT + 1 {
        end = POINT;
    }
    [NEWLINE, b"\",\"stream\":\"", stream.name().as_bytes(), b"\",\"time\":\"", &now[..end], b"Z\"}\n"]
        .concat()
}

/// What of a record is the container's.
fn content(record: &[u8]) -> (Stream, Volume) {
    let text = record.get(BEGIN.len()..).unwrap_or_default();
    // What a container writes has no quote in here without a backslash in front of it.
    let of_stderr = memchr::memmem::rfind(record, b"\",\"stream\":\"stderr\"").is_some();
    (if of_stderr { Stream::Stderr } else { Stream::Stdout }, escape::unescaped(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::scratch::{Scratch, reporter, setting};

    fn log(scratch: &Scratch, texts: &[(Stream, &[u8])]) -> Vec<serde_json::Value> {
        let mut log = JsonFile::open(scratch.plan("ctr.log"), &setting()).unwrap();
        for (stream, text) in texts {
            log.write(*stream, text, &reporter());
        }
        log.end_of_output(&reporter());
        let content = std::fs::read_to_string(scratch.path("ctr.log")).unwrap();
        content.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn texts(records: &[serde_json::Value]) -> Vec<&str> {
        records.iter().map(|record| record["log"].as_str().unwrap()).collect()
    }

    #[test]
    fn a_record_has_log_stream_and_time_in_this_order() {
        let scratch = Scratch::new();
        log(&scratch, &[(Stream::Stderr, b"a\n")]);
        let content = std::fs::read_to_string(scratch.path("ctr.log")).unwrap();
        let begin = "{\"log\":\"a\\n\",\"stream\":\"stderr\",\"time\":\"20";
        assert!(content.starts_with(begin) && content.ends_with("Z\"}\n"), "{content}");
    }

    #[test]
    fn lines_are_assembled_for_each_stream_and_the_last_one_may_lack_its_newline() {
        let scratch = Scratch::new();
        let (out, err) = (Stream::Stdout, Stream::Stderr);
        let records = log(&scratch, &[(out, b"on"), (err, b"er"), (out, b"e\ntwo"), (err, b"r\n")]);
        assert_eq!(texts(&records), ["one\n", "err\n", "two"]);
    }

    #[test]
    fn a_long_line_is_parts_without_newlines_and_its_end() {
        let scratch = Scratch::new();
        let line = ["x".repeat(MAX_TEXT - 1), "\u{e9}".to_owned(), "y".repeat(20), "\n".to_owned()].concat();
        let records = log(&scratch, &[(Stream::Stdout, line.as_bytes())]);
        assert_eq!(texts(&records).concat(), line);
        assert_eq!(texts(&records)[0].len(), MAX_TEXT - 1);
        assert_eq!(records.len(), 2);
    }

    #[test]
    fn fractions_have_no_trailing_zeros() {
        for (time, wanted) in [
            (b"2026-11-24T11:00:00.120000000+00:00", "2026-11-24T11:00:00.12Z"),
            (b"2026-11-24T11:00:00.000000000+00:00", "2026-11-24T11:00:00Z"),
            (b"2026-11-24T11:00:00.123456789+00:00", "2026-11-24T11:00:00.123456789Z"),
            (b"2026-11-24T11:00:10.000000001+00:00", "2026-11-24T11:00:10.000000001Z"),
        ] {
            let end = String::from_utf8(end_of_record(Stream::Stdout, time)).unwrap();
            assert_eq!(end, format!("\\n\",\"stream\":\"stdout\",\"time\":\"{wanted}\"}}\n"));
        }
    }

    #[test]
    fn time_is_utc() {
        let scratch = Scratch::new();
        let record = &log(&scratch, &[(Stream::Stdout, b"a\n")])[0];
        let now = Clock::new(Zone::Utc).now();
        assert_eq!(&record["time"].as_str().unwrap().as_bytes()[..13], &now[..13]);
    }

    #[test]
    fn only_the_containers_bytes_are_counted_as_lost() {
        let text = b"a\t\xff\"";
        let mut record = BEGIN.to_vec();
        escape_into(text, &mut record);
        record.extend_from_slice(&end_of_record(Stream::Stdout, &Clock::new(Zone::Utc).now()));
        assert_eq!(content(&record), (Stream::Stdout, Volume { bytes: 5, lines: 1 }));
    }

    #[test]
    fn a_record_reports_the_loss_when_the_log_works_again() {
        let scratch = Scratch::new();
        let mut log = JsonFile::open(scratch.plan("ctr.log"), &setting()).unwrap();
        std::fs::rename(scratch.path("ctr.log"), scratch.path("old")).unwrap();
        std::os::unix::fs::symlink("/dev/full", scratch.path("ctr.log")).unwrap();
        log.records_mut().reopen(&reporter());
        log.write(Stream::Stdout, b"one\ntwo\n", &reporter());
        std::fs::remove_file(scratch.path("ctr.log")).unwrap();
        log.records_mut().reopen(&reporter());
        log.write(Stream::Stdout, b"three\n", &reporter());
        let content = std::fs::read_to_string(scratch.path("ctr.log")).unwrap();
        let records: Vec<serde_json::Value> =
            content.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told = "conmon: lost 8 bytes in 2 lines: No space left on device\n";
        assert_eq!(texts(&records), [told, "three\n"]);
        assert_eq!(records[0]["stream"], "stderr");
    }
}

//! The `k8s-file` format, also known as CRI logging: one record a line,
//! `2026-11-23T18:10:00.123456789+05:30 stdout F text`, `P` for a part of a line that continues.
//!
//! Always a space after the tag, even without text. At the end of the output a rest stays `P`: an invented `F` would be
//! a newline the container never wrote (containers/conmon did that once and broke Podman, CRI-O and Kubernetes).

use conmon_sys::time::Zone;

use super::Setting;
use super::driver::FileFormat;
use super::newlines::newlines;
use super::record_file::RecordFile;
use super::timestamp::{self, Clock};
use super::volume::Volume;
use crate::diagnostics::report::Reporter;
use crate::error::Error;
use crate::plan::FileLog;
use crate::stream::Stream;

/// ` stdout F `: both streams' names have the same length.
const TAG: usize = 10;
const HEADER: usize = timestamp::LENGTH + TAG;
/// Offset of `F` or `P` in a record.
const TAG_AT: usize = HEADER - 2;
const STREAM_AT: usize = timestamp::LENGTH + 1;
/// A line is cut into parts of this size at the latest, as C conmon's reads do.
const MAX_TEXT: usize = 8192;

/// A log in k8s-file format.
pub(crate) struct K8sFile {
    file: RecordFile,
    clock: Clock,
    loss_marker: bool,
}

impl K8sFile {
    pub(crate) fn open(plan: FileLog, setting: &Setting) -> Result<Self, Error> {
        let file = RecordFile::open(plan, setting, content)?;
        Ok(Self { file, clock: Clock::new(Zone::Local), loss_marker: setting.loss_marker })
    }
}

impl FileFormat for K8sFile {
    /// Logs text as it came: whole lines, and a part if it does not end in a newline.
    fn write(&mut self, stream: Stream, text: &[u8], reporter: &Reporter) {
        self.tell_loss(reporter);
        let now = self.clock.now();
        let whole = header(&now, stream, b'F');
        let part = header(&now, stream, b'P');
        let mut lines = 0;
        let mut begin = 0;
        for at in newlines(text) {
            let line = &text[begin..=at];
            if line.len() > MAX_TEXT + 1 {
                self.push_long(&part, &whole, line, reporter);
            } else {
                self.file.push([&whole, line], reporter);
            }
            begin = at + 1;
            lines += 1;
        }
        let last = self.push_parts(&part, &text[begin..], reporter);
        if !last.is_empty() {
            self.file.push([&part, last, b"\n"], reporter);
        }
        self.file.flush(reporter);
        self.file.give(stream, Volume::new(text.len(), lines));
    }

    /// End of the output: the last chance to report losses.
    fn end_of_output(&mut self, reporter: &Reporter) {
        self.tell_loss(reporter);
    }

    fn records(&self) -> &RecordFile {
        &self.file
    }

    fn records_mut(&mut self) -> &mut RecordFile {
        &mut self.file
    }
}

impl K8sFile {
    /// A whole line that is longer than a record may be. Not inlined: that costs every short line registers.
    #[cold]
    #[inline(never)]
    fn push_long(&mut self, part: &[u8; HEADER], whole: &[u8; HEADER], line: &[u8], reporter: &Reporter) {
        let (text, newline) = line.split_at(line.len() - 1);
        let last = self.push_parts(part, text, reporter);
        self.file.push([whole, last, newline], reporter);
    }

    /// Cuts what is longer than a record may be; returns the end, not longer than that.
    fn push_parts<'a>(&mut self, header: &[u8; HEADER], line: &'a [u8], reporter: &Reporter) -> &'a [u8] {
        let mut rest = line;
        while rest.len() > MAX_TEXT {
            let (text, tail) = rest.split_at(MAX_TEXT);
            self.file.push([header, text, b"\n"], reporter);
            rest = tail;
        }
        rest
    }

    fn tell_loss(&mut self, reporter: &Reporter) {
        self.file.tell_loss(self.loss_marker, reporter, |text| {
            let header = header(&self.clock.now(), Stream::Stderr, b'F');
            [&header[..], b"conmon: ", text.as_bytes(), b"\n"].concat()
        });
    }
}

fn header(now: &[u8; timestamp::LENGTH], stream: Stream, tag: u8) -> [u8; HEADER] {
    let mut header = [b' '; HEADER];
    header[..timestamp::LENGTH].copy_from_slice(now);
    header[STREAM_AT..TAG_AT - 1].copy_from_slice(stream.name().as_bytes());
    header[TAG_AT] = tag;
    header
}

/// What of a record is the container's: the newline of an `F` was its own, that of a `P` is ours.
fn content(record: &[u8]) -> (Stream, Volume) {
    let (ours, lines) = if record.get(TAG_AT) == Some(&b'F') { (HEADER, 1) } else { (HEADER + 1, 0) };
    let name = record.get(STREAM_AT..TAG_AT).unwrap_or_default();
    let stream = if name.starts_with(b"stderr") { Stream::Stderr } else { Stream::Stdout };
    (stream, Volume::new(record.len().saturating_sub(ours), lines))
}

//! The `k8s-file` format, also known as CRI logging: one record a line,
//! `2026-11-23T18:10:00.123456789+05:30 stdout F text`, `P` for a part of a line that continues.
//!
//! Always a space after the tag, even without text. At the end of the output a rest stays `P`: an invented `F` would be
//! a newline the container never wrote (containers/conmon did that once and broke Podman, CRI-O and Kubernetes).

use std::ops::Range;

use conmon_sys::time::Zone;

use crate::diagnostics::report::Reporter;
use crate::log::Setting;
use crate::log::batch::LONG;
use crate::log::driver::FileFormat;
use crate::log::ledger::Content;
use crate::log::newlines::newlines;
use crate::log::record_file::RecordFile;
use crate::log::timestamp::{self, Clock};
use crate::log::volume::Volume;
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

impl FileFormat for K8sFile {
    const CONTENT: Content = content;

    fn new(file: RecordFile, setting: &Setting) -> Self {
        Self { file, clock: Clock::new(Zone::Local), loss_marker: setting.loss_marker }
    }

    /// Logs text as it was read: whole lines, and a part if it does not end in a newline.
    fn write(&mut self, stream: Stream, text: &[u8], reporter: &Reporter) {
        self.report_loss(reporter);
        let now = self.clock.now();
        let whole = header(&now, stream, b'F');
        let part = header(&now, stream, b'P');
        let mut lines = 0;
        let mut begin = 0;
        for at in newlines(text) {
            let line = &text[begin..=at];
            if line.len() >= LONG {
                self.push_long((&part, &whole), begin..at + 1, text, reporter);
            } else {
                self.file.push([&whole, line], text, reporter);
            }
            begin = at + 1;
            lines += 1;
        }
        let last = self.push_parts(&part, begin..text.len(), text, reporter);
        if !last.is_empty() {
            self.file.push_text((&part, last, b"\n"), text, reporter);
        }
        self.file.flush(text, reporter);
        self.file.give(stream, Volume::new(text.len(), lines));
    }

    /// End of the output: the last chance to report losses.
    fn end_of_output(&mut self, reporter: &Reporter) {
        self.report_loss(reporter);
    }

    fn report_loss(&mut self, reporter: &Reporter) {
        self.file.report_loss(self.loss_marker, reporter, |text| {
            let header = header(&self.clock.now(), Stream::Stderr, b'F');
            [&header[..], b"conmon: ", text.as_bytes(), b"\n"].concat()
        });
    }

    fn records(&self) -> &RecordFile {
        &self.file
    }

    fn records_mut(&mut self) -> &mut RecordFile {
        &mut self.file
    }
}

impl K8sFile {
    /// A whole line that is not copied, or that is longer than a record may be. Not inlined: that costs every short line registers.
    #[inline(never)]
    fn push_long(
        &mut self,
        (part, whole): (&[u8; HEADER], &[u8; HEADER]),
        line: Range<usize>,
        source: &[u8],
        reporter: &Reporter,
    ) {
        let last = self.push_parts(part, line.start..line.end - 1, source, reporter);
        self.file.push_text((whole, last.start..line.end, b""), source, reporter);
    }

    /// Cuts what is longer than a record may be; returns the end, not longer than that.
    fn push_parts(
        &mut self,
        header: &[u8; HEADER],
        text: Range<usize>,
        source: &[u8],
        reporter: &Reporter,
    ) -> Range<usize> {
        let mut start = text.start;
        while text.end - start > MAX_TEXT {
            self.file.push_text((header, start..start + MAX_TEXT, b"\n"), source, reporter);
            start += MAX_TEXT;
        }
        start..text.end
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

//! Parses logs, sharing no code with the monitor's writers.

use serde::Deserialize;

use crate::journal::Record;

/// The output in a log, and the loss it reports.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Logged {
    pub(crate) streams: [Vec<u8>; 2],
    /// The sum of N in markers `conmon: lost N bytes in M lines: REASON` and
    /// `conmon: output may be missing here, at most N bytes: REASON`.
    pub(crate) marked: u64,
    /// There is a record that an unknown part of the output may be missing.
    pub(crate) has_gap: bool,
    /// Malformed records.
    pub(crate) malformed: Vec<String>,
}

impl Logged {
    /// k8s-file: one `TIME STREAM TAG TEXT` a line.
    pub(crate) fn add_k8s(&mut self, bytes: &[u8]) {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            match k8s_record(line) {
                Some((stderr, partial, text)) => self.add(stderr, partial, text),
                None => self.malformed.push(String::from_utf8_lossy(line).into_owned()),
            }
        }
    }

    /// json-file: an object a line, whose `log` includes the newline of a complete line.
    pub(crate) fn add_json(&mut self, bytes: &[u8]) {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            match json_record(line) {
                Some((stderr, log)) => {
                    let whole = log.strip_suffix('\n');
                    self.add(stderr, whole.is_none(), whole.unwrap_or(&log).as_bytes());
                }
                None => self.malformed.push(String::from_utf8_lossy(line).into_owned()),
            }
        }
    }

    pub(crate) fn add_journal(&mut self, records: &[Record]) {
        for record in records {
            // The newline is part of the message.
            self.add(record.stderr, true, &record.message);
        }
    }

    fn add(&mut self, stderr: bool, partial: bool, text: &[u8]) {
        if text.starts_with(b"conmon: output may be missing here: ") {
            self.has_gap = true;
            return;
        }
        if let Some(bytes) = marker(text) {
            self.marked += bytes;
            return;
        }
        let Some(stream) = self.streams.get_mut(usize::from(stderr)) else { return };
        stream.extend(text);
        if !partial {
            stream.push(b'\n');
        }
    }
}

fn k8s_record(line: &[u8]) -> Option<(bool, bool, &[u8])> {
    let mut fields = line.strip_suffix(b"\n")?.splitn(4, |byte| *byte == b' ');
    let time = std::str::from_utf8(fields.next()?).ok()?;
    let stderr = stream(fields.next()?)?;
    let partial = match fields.next()? {
        b"F" => false,
        b"P" => true,
        _ => return None,
    };
    is_time(time).then_some((stderr, partial, fields.next()?))
}

fn stream(name: &[u8]) -> Option<bool> {
    match name {
        b"stdout" => Some(false),
        b"stderr" => Some(true),
        _ => None,
    }
}

/// `2026-11-23T18:10:00.123456789+05:30`
fn is_time(text: &str) -> bool {
    let form = "0000-00-00T00:00:00.000000000+00:00";
    text.len() == form.len()
        && text.chars().zip(form.chars()).all(|(is, wanted)| match wanted {
            '0' => is.is_ascii_digit(),
            '+' => is == '+' || is == '-',
            other => is == other,
        })
}

fn json_record(line: &[u8]) -> Option<(bool, String)> {
    #[derive(Deserialize)]
    struct Line {
        log: String,
        stream: String,
        time: String,
    }
    let line: Line = serde_json::from_slice(line.strip_suffix(b"\n")?).ok()?;
    (!line.time.is_empty()).then_some((stream(line.stream.as_bytes())?, line.log))
}

fn marker(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?.strip_prefix("conmon: ")?;
    let counted = ["lost ", "output may be missing here, at most "];
    let rest = counted.into_iter().find_map(|begin| text.strip_prefix(begin))?;
    rest.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_become_the_output_and_markers_the_loss() {
        let mut logged = Logged::default();
        let at = "2026-11-23T18:10:00.123456789+05:30";
        logged.add_k8s(format!("{at} stdout P a\n{at} stdout F b\n{at} stderr F \n").as_bytes());
        logged.add_k8s(format!("{at} stderr F conmon: lost 12 bytes in 1 lines: x\ntorn\n").as_bytes());
        let gap = "conmon: output may be missing here, at most 30 bytes: x";
        logged.add_k8s(format!("{at} stderr F {gap}\n").as_bytes());
        assert_eq!(logged.streams, [b"ab\n".to_vec(), b"\n".to_vec()]);
        assert_eq!((logged.marked, logged.malformed), (42, vec!["torn\n".to_owned()]));
    }

    #[test]
    fn a_json_record_without_a_newline_is_partial() {
        let mut logged = Logged::default();
        logged.add_json(b"{\"log\":\"a\\n\",\"stream\":\"stdout\",\"time\":\"t\"}\n");
        logged.add_json(b"{\"log\":\"b\",\"stream\":\"stderr\",\"time\":\"t\"}\n{\"log\"");
        assert_eq!(logged.streams, [b"a\n".to_vec(), b"b".to_vec()]);
        assert_eq!(logged.malformed.len(), 1);
    }
}

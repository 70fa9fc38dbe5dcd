//! A socket in the place of journald.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use conmon_sys::unix_socket::{self, Received};
use nix::fcntl::{FcntlArg, fcntl};

use super::*;
use crate::log::scratch::{Scratch, bytes, reporter, setting};

/// The protocol's own text of a record's fields, in order.
type Fields = Vec<(String, Vec<u8>)>;

struct Daemon {
    socket: UnixDatagram,
}

impl Daemon {
    fn listen(scratch: &Scratch) -> Self {
        let path = scratch.path("socket");
        let _ = std::fs::remove_file(&path);
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_nonblocking(true).unwrap();
        Self { socket }
    }

    /// The next record, with the file that came instead of one, if that was so.
    fn receive(&self) -> Option<(Fields, Option<File>)> {
        let mut datagram = vec![0; 1 << 20];
        let Received { bytes: length, descriptors } =
            unix_socket::receive(&self.socket, &mut datagram).ok()?;
        let file = descriptors.into_iter().next().map(File::from);
        let Some(file) = file else { return Some((parse(&datagram[..length]), None)) };
        assert_eq!(length, 0, "a record is in the datagram or in the file");
        let mut content = Vec::new();
        (&file).read_to_end(&mut content).unwrap();
        Some((parse(&content), Some(file)))
    }

    fn fields(&self) -> Vec<Fields> {
        std::iter::from_fn(|| self.receive()).map(|(fields, _)| fields).collect()
    }

    /// Priority, whether it is a part, and text of all records there.
    fn messages(&self) -> Vec<(String, bool, String)> {
        let text = |fields: &Fields, name: &str| {
            let found = fields.iter().find(|(found, _)| found == name);
            found.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
        };
        let message = |fields: Fields| {
            let part = text(&fields, "CONTAINER_PARTIAL_MESSAGE").is_some_and(|value| value == "true");
            (text(&fields, "PRIORITY").unwrap(), part, text(&fields, "MESSAGE").unwrap())
        };
        self.fields().into_iter().map(message).collect()
    }
}

fn parse(mut record: &[u8]) -> Fields {
    let mut fields = Vec::new();
    while !record.is_empty() {
        let end = record.iter().position(|byte| *byte == b'\n').unwrap();
        let line = &record[..end];
        if let Some(equals) = line.iter().position(|byte| *byte == b'=') {
            fields.push((String::from_utf8(line[..equals].to_vec()).unwrap(), line[equals + 1..].to_vec()));
            record = &record[end + 1..];
        } else {
            let (length, rest) = record[end + 1..].split_first_chunk().unwrap();
            let (value, rest) = rest.split_at(usize::try_from(u64::from_le_bytes(*length)).unwrap());
            fields.push((String::from_utf8(line.to_vec()).unwrap(), value.to_vec()));
            record = rest.strip_prefix(b"\n").unwrap();
        }
    }
    fields
}

fn journald(scratch: &Scratch, fields: &[(&str, &str)]) -> Journald {
    let fields = fields.iter().map(|(name, value)| (bytes(name), bytes(value))).collect();
    let plan = JournaldLog { fields, partial_message: true };
    Journald::new(&plan, &scratch.path("socket"), &setting())
}

fn owned(messages: &[(&str, bool, &str)]) -> Vec<(String, bool, String)> {
    let owned =
        |(priority, part, text): &(&str, bool, &str)| ((*priority).to_owned(), *part, (*text).to_owned());
    messages.iter().map(owned).collect()
}

#[test]
fn a_record_has_the_fields_of_the_plan_and_its_own() {
    let scratch = Scratch::new();
    let daemon = Daemon::listen(&scratch);
    let mut log = journald(&scratch, &[("CONTAINER_ID", "0123456789ab"), ("CONTAINER_NAME", "web")]);
    log.write(Stream::Stdout, b"hello\n", &reporter());
    let wanted = [
        ("CONTAINER_ID", "0123456789ab"),
        ("CONTAINER_NAME", "web"),
        ("PRIORITY", "6"),
        ("MESSAGE", "hello\n"),
    ];
    let wanted: Fields =
        wanted.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
    assert_eq!(daemon.fields(), [wanted]);
}

#[test]
fn lines_are_put_together_across_reads_for_each_stream() {
    let scratch = Scratch::new();
    let daemon = Daemon::listen(&scratch);
    let mut log = journald(&scratch, &[]);
    for (stream, text) in [(Stream::Stdout, "on"), (Stream::Stderr, "er"), (Stream::Stdout, "e\ntwo")] {
        log.write(stream, text.as_bytes(), &reporter());
    }
    assert_eq!(daemon.messages(), owned(&[("6", false, "one\n")]));
    log.write(Stream::Stderr, b"r\n", &reporter());
    log.end_of_output(&reporter());
    assert_eq!(daemon.messages(), owned(&[("3", false, "err\n"), ("6", true, "two")]));
}

#[test]
fn the_prefix_of_an_assembled_line_is_its_priority_and_that_of_all_its_parts() {
    let scratch = Scratch::new();
    let daemon = Daemon::listen(&scratch);
    let mut log = journald(&scratch, &[]);
    for text in ["<", "4", ">warn\n<9>no\n<0>\n"] {
        log.write(Stream::Stderr, text.as_bytes(), &reporter());
    }
    assert_eq!(
        daemon.messages(),
        owned(&[("4", false, "warn\n"), ("3", false, "<9>no\n"), ("0", false, "\n")])
    );
    let long = format!("<5>{}<3>end\n", "x".repeat(MAX_TEXT - 3));
    log.write(Stream::Stdout, long.as_bytes(), &reporter());
    let first = "x".repeat(MAX_TEXT - 3);
    assert_eq!(daemon.messages(), owned(&[("5", true, &first), ("5", false, "<3>end\n")]));
    log.write(Stream::Stdout, b"plain\n", &reporter());
    assert_eq!(daemon.messages(), owned(&[("6", false, "plain\n")]));
}

#[test]
fn a_record_too_large_for_a_datagram_is_sent_as_a_sealed_file() {
    let scratch = Scratch::new();
    let daemon = Daemon::listen(&scratch);
    // More than the send buffer that we ask for, which the kernel doubles.
    let label = "y".repeat(24 << 20);
    let mut log = journald(&scratch, &[("LABEL", &label)]);
    log.write(Stream::Stdout, b"line\n", &reporter());
    let (fields, file) = daemon.receive().unwrap();
    assert_eq!(fields[0], ("LABEL".to_owned(), label.into_bytes()));
    assert_eq!(fields[2], ("MESSAGE".to_owned(), b"line\n".to_vec()));
    let seals = fcntl(OwnedFd::from(file.unwrap()), FcntlArg::F_GET_SEALS).unwrap();
    assert_eq!(seals, libc::F_SEAL_SEAL | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_WRITE);
}

#[test]
fn what_journald_cannot_take_now_waits_and_nothing_is_lost() {
    let scratch = Scratch::new();
    let daemon = Daemon::listen(&scratch);
    let mut log = journald(&scratch, &[]);
    let lines: Vec<_> = (0..5000).map(|number| format!("{number}\n")).collect();
    log.write(Stream::Stdout, lines.concat().as_bytes(), &reporter());
    assert!(log.unsent_since().is_some());
    let mut seen = Vec::new();
    while log.unsent_since().is_some() {
        seen.extend(daemon.messages());
        log.resume(&reporter());
    }
    seen.extend(daemon.messages());
    let texts: Vec<_> = seen.into_iter().map(|(_, _, text)| text).collect();
    assert_eq!(texts, lines);
}

#[test]
fn a_journald_that_takes_nothing_is_not_waited_for_and_told_what_was_lost_when_it_does() {
    let scratch = Scratch::new();
    let daemon = Daemon::listen(&scratch);
    let mut log = journald(&scratch, &[]);
    let lines = "line\n".repeat(5000);
    log.write(Stream::Stdout, lines.as_bytes(), &reporter());
    let deadline = log.stall_deadline().unwrap();
    log.drop_stalled(deadline - Duration::from_millis(1), &reporter());
    assert!(log.unsent_since().is_some(), "it has its time");
    log.drop_stalled(deadline, &reporter());
    assert!(log.unsent_since().is_none());
    log.write(Stream::Stdout, b"also lost\n", &reporter());
    assert!(log.unsent_since().is_none(), "it is not waited for again");
    let taken = daemon.messages().len();
    log.write(Stream::Stdout, b"again\n", &reporter());
    let (count, bytes) = (5000 - taken + 1, (5000 - taken) * 5 + 10);
    let told = format!("conmon: lost {bytes} bytes in {count} lines: Connection timed out\n");
    assert_eq!(daemon.messages(), owned(&[("3", false, &told), ("6", false, "again\n")]));
}

#[test]
fn a_journald_that_comes_back_at_the_same_path_is_found() {
    let scratch = Scratch::new();
    let first = Daemon::listen(&scratch);
    let mut log = journald(&scratch, &[]);
    log.write(Stream::Stdout, b"one\n", &reporter());
    assert_eq!(first.messages().len(), 1);
    drop(first);
    log.write(Stream::Stdout, b"two\n", &reporter());
    let second = Daemon::listen(&scratch);
    // It is not looked for with every line.
    let (mut lost, mut found) = (0, Vec::new());
    while found.is_empty() {
        lost += 1;
        log.write(Stream::Stdout, b"try\n", &reporter());
        found = second.messages();
    }
    let told = format!("conmon: lost {} bytes in {lost} lines: Connection refused\n", lost * 4);
    assert_eq!(found, owned(&[("3", false, &told), ("6", false, "try\n")]));
}

#[test]
fn without_a_journald_nothing_waits() {
    let scratch = Scratch::new();
    let mut log = journald(&scratch, &[]);
    log.write(Stream::Stdout, b"one\ntwo", &reporter());
    log.end_of_output(&reporter());
    assert!(log.unsent_since().is_none());
}

#[test]
fn the_last_attempt_takes_what_fits() {
    let scratch = Scratch::new();
    let daemon = Daemon::listen(&scratch);
    let mut log = journald(&scratch, &[]);
    log.write(Stream::Stdout, "line\n".repeat(5000).as_bytes(), &reporter());
    let before = daemon.messages().len();
    log.conclude(&reporter());
    assert!(log.unsent_since().is_none());
    let after = daemon.messages();
    assert!(after.len() > before / 2);
    assert!(after.iter().all(|(_, _, text)| text == "line\n"));
}

#[test]
fn what_is_lost_is_entered_for_its_stream() {
    let scratch = Scratch::new();
    let mut log = journald(&scratch, &[]);
    log.write(Stream::Stdout, b"one\ntwo\n", &reporter());
    log.write(Stream::Stderr, b"<3>err\nrest", &reporter());
    log.end_of_output(&reporter());
    let lost = |stream: Stream| log.accounts().get(stream).lost;
    assert_eq!(lost(Stream::Stdout), Volume { bytes: 8, lines: 2 });
    assert_eq!(lost(Stream::Stderr), Volume { bytes: 8, lines: 1 });
    assert_eq!(log.accounts().get(Stream::Stderr).logged(), Volume::default());
}

/// The log as another executable continues it.
fn handed_over(log: &Journald, scratch: &Scratch) -> Journald {
    let document = serde_json::to_string(&log.state(&mut Descriptors::default())).unwrap();
    let DriverState::Journald(state) = serde_json::from_str(&document).unwrap() else { panic!("{document}") };
    let plan = JournaldLog { fields: Vec::new(), partial_message: true };
    Journald::from_state(state, &plan, &scratch.path("socket"), &setting())
}

#[test]
fn queued_records_and_an_unfinished_line_are_handed_over() {
    let scratch = Scratch::new();
    let daemon = Daemon::listen(&scratch);
    let mut log = journald(&scratch, &[]);
    let lines: String = (0..5000).map(|number| format!("{number}\n")).collect();
    log.write(Stream::Stdout, lines.as_bytes(), &reporter());
    log.write(Stream::Stderr, b"half a ", &reporter());
    assert!(log.queued() > 0);
    let written = log.accounts().get(Stream::Stdout).logged();
    let (queued, since, before) = (log.queued(), log.unsent_since().unwrap(), Instant::now());
    let mut log = handed_over(&log, &scratch);
    let paused = log.unsent_since().unwrap().saturating_duration_since(since);
    assert!(paused <= before.elapsed(), "journald gets the time of the hand-over in addition, and no more");
    assert_eq!(log.queued(), queued);
    assert_eq!(log.accounts().get(Stream::Stdout).logged(), written);
    log.write(Stream::Stderr, b"line\n", &reporter());
    let mut seen = Vec::new();
    while log.unsent_since().is_some() {
        seen.extend(daemon.messages());
        log.resume(&reporter());
    }
    seen.extend(daemon.messages());
    let texts: String = seen.into_iter().map(|(_, _, text)| text).collect();
    assert_eq!(texts, lines + "half a line\n");
}

#[test]
fn what_a_stalled_journald_has_lost_is_handed_over() {
    let scratch = Scratch::new();
    let daemon = Daemon::listen(&scratch);
    let mut log = journald(&scratch, &[]);
    log.write(Stream::Stdout, "line\n".repeat(5000).as_bytes(), &reporter());
    log.drop_stalled(log.stall_deadline().unwrap(), &reporter());
    let mut log = handed_over(&log, &scratch);
    log.write(Stream::Stdout, b"also lost\n", &reporter());
    assert_eq!(log.unsent_since(), None, "it is not waited for again");
    let taken = daemon.messages().len();
    log.write(Stream::Stdout, b"again\n", &reporter());
    let (count, bytes) = (5000 - taken + 1, (5000 - taken) * 5 + 10);
    let told = format!("conmon: lost {bytes} bytes in {count} lines: Connection timed out\n");
    assert_eq!(daemon.messages(), owned(&[("3", false, &told), ("6", false, "again\n")]));
}

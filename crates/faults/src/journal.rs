//! A fake journald: collects the records sent to the journal's socket (systemd, native journal protocol).

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Outcome;

const SOCKET: &str = "/run/systemd/journal/socket";

type Records = Arc<Mutex<Vec<Record>>>;

/// The relevant fields of a record.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) cid: String,
    pub(crate) stderr: bool,
    pub(crate) message: Vec<u8>,
    pub(crate) partial: bool,
}

#[derive(Debug)]
pub(crate) struct Journal {
    records: Records,
}

impl Journal {
    /// Listens instead of journald; the caller has a private `/run`.
    pub(crate) fn listen() -> Outcome<Self> {
        fs::create_dir_all("/run/systemd/journal")?;
        let socket = UnixDatagram::bind(SOCKET)?;
        let records = Records::default();
        let to = Arc::clone(&records);
        std::thread::spawn(move || receive(&socket, &to));
        Ok(Self { records })
    }

    /// The records of a container, in order. A datagram sent here is queued after everything the monitor sent before it
    /// exited, so it marks the end.
    pub(crate) fn take(&self, cid: &str) -> Outcome<Vec<Record>> {
        let mark = format!("end of {cid}");
        UnixDatagram::unbound()?.send_to(format!("CONTAINER_ID_FULL={mark}\n").as_bytes(), SOCKET)?;
        loop {
            let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
            if records.iter().any(|record| record.cid == mark) {
                let all = std::mem::take(&mut *records);
                return Ok(all.into_iter().filter(|record| record.cid == cid).collect());
            }
            drop(records);
            std::thread::yield_now();
        }
    }
}

fn receive(socket: &UnixDatagram, records: &Records) {
    let mut bytes = vec![0; 1 << 17];
    while let Ok(count) = socket.recv(&mut bytes) {
        let record = parse(bytes.get(..count).unwrap_or_default());
        records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }
}

/// `KEY=VALUE\n`, or `KEY\n`, eight bytes of length, the value, `\n`.
fn parse(mut bytes: &[u8]) -> Record {
    let mut record = Record::default();
    while let Some((key, value, rest)) = field(bytes) {
        match key {
            b"CONTAINER_ID_FULL" => record.cid = String::from_utf8_lossy(value).into_owned(),
            b"PRIORITY" => record.stderr = value == b"3",
            b"MESSAGE" => record.message = value.to_vec(),
            b"CONTAINER_PARTIAL_MESSAGE" => record.partial = true,
            _ => {}
        }
        bytes = rest;
    }
    record
}

fn field(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = (bytes.get(..end)?, bytes.get(end + 1..)?);
    if let Some(equals) = line.iter().position(|byte| *byte == b'=') {
        return Some((line.get(..equals)?, line.get(equals + 1..)?, rest));
    }
    let (length, rest) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    Some((line, rest.get(..length)?, rest.get(length + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_field_are_read() {
        let mut bytes = b"CONTAINER_ID_FULL=c\nPRIORITY=3\nMESSAGE\n".to_vec();
        bytes.extend(3_u64.to_le_bytes());
        bytes.extend(b"a\nb\nCONTAINER_PARTIAL_MESSAGE=true\n");
        let wanted = Record { cid: "c".to_owned(), stderr: true, message: b"a\nb".to_vec(), partial: true };
        assert_eq!(parse(&bytes), wanted);
    }
}

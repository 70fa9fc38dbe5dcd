//! Arguments and environment of a process as they were at its start.

use crate::process::{Memory, Proc};

/// Both, and the addresses of each string.
pub(crate) struct Image {
    pub(crate) arguments: Vec<Vec<u8>>,
    pub(crate) arguments_at: Vec<u64>,
    pub(crate) environment: Vec<Vec<u8>>,
    pub(crate) environment_at: Vec<u64>,
}

impl Image {
    /// Reads them from its memory.
    ///
    /// # Errors
    /// When that cannot be read.
    pub(crate) fn of(process: Proc, memory: &Memory) -> Result<Self, String> {
        let stat = process.stat()?;
        let block = |(start, end): (u64, u64)| {
            let length = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
            memory.read(start, length).map(|bytes| strings(start, &bytes))
        };
        let (arguments_at, arguments) = block(stat.arguments)?;
        let (environment_at, environment) = block(stat.environment)?;
        Ok(Self { arguments, arguments_at, environment, environment_at })
    }
}

/// The strings in a block that begins at `address`, each of which ends with a NUL, and their addresses.
fn strings(address: u64, block: &[u8]) -> (Vec<u64>, Vec<Vec<u8>>) {
    let mut at = address;
    let each = block.split_inclusive(|byte| *byte == 0).map(|text| {
        let begin = at;
        at += u64::try_from(text.len()).unwrap_or(0);
        (begin, text.strip_suffix(b"\0").unwrap_or(text).to_vec())
    });
    each.unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_string_has_its_address() {
        let (at, texts) = strings(100, b"conmon\0\0-b\0");
        assert_eq!(at, [100, 107, 108]);
        assert_eq!(texts, [&b"conmon"[..], b"", b"-b"]);
    }
}

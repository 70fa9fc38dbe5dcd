//! An exit command as one block of bytes: on its way from one monitor to another, and until it is due.
//!
//! The environment comes first, because it is the same for many commands, then the argument vector, then the working directory.
//! Each string ends with a NUL. Those of the two lists begin with `=`, so that an empty one is not mistaken for the NUL that ends
//! the list.

use std::ffi::CStr;

/// More than the arguments and the environment of a process can have together by default (execve(2), "Limits").
pub(crate) const MAX_LENGTH: u64 = 4 << 20;

/// The strings of a block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Document<'a> {
    /// `NAME=VALUE`.
    pub(crate) environment: Vec<&'a CStr>,
    /// The whole argument vector; the first element is the path of the program.
    pub(crate) argv: Vec<&'a CStr>,
    /// Working directory.
    pub(crate) directory: &'a CStr,
}

impl<'a> Document<'a> {
    pub(crate) fn to_block(&self) -> Vec<u8> {
        let mut block = Vec::new();
        for list in [&self.environment, &self.argv] {
            for text in list {
                block.push(b'=');
                block.extend_from_slice(text.to_bytes_with_nul());
            }
            block.push(0);
        }
        block.extend_from_slice(self.directory.to_bytes_with_nul());
        block
    }

    /// `None` for a malformed block, or one that names no program.
    pub(super) fn of_block(block: &'a [u8]) -> Option<Self> {
        let mut rest = block;
        let environment = take_list(&mut rest)?;
        let argv = take_list(&mut rest)?;
        let directory = CStr::from_bytes_with_nul(rest).ok()?;
        (!argv.is_empty()).then_some(Self { environment, argv, directory })
    }
}

fn take_list<'a>(rest: &mut &'a [u8]) -> Option<Vec<&'a CStr>> {
    let mut list = Vec::new();
    loop {
        let (first, tail) = rest.split_first()?;
        *rest = tail;
        match first {
            0 => return Some(list),
            b'=' => {
                let text = CStr::from_bytes_until_nul(tail).ok()?;
                *rest = tail.get(text.count_bytes() + 1..)?;
                list.push(text);
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of this version will be read by all later ones: what is here never changes.
    #[test]
    fn version_1_is_this() {
        let block = b"=A=b\0=ODD\0\0=/bin/x\0=\0=\xff\0\0/tmp\0";
        let document = Document {
            environment: vec![c"A=b", c"ODD"],
            argv: vec![c"/bin/x", c"", c"\xff"],
            directory: c"/tmp",
        };
        assert_eq!(document.to_block(), block);
        assert_eq!(Document::of_block(block), Some(document));
    }

    #[test]
    fn other_bytes_are_refused() {
        let block = b"=A=b\0\0=/bin/x\0\0/tmp\0";
        for end in 0..block.len() {
            assert_eq!(Document::of_block(&block[..end]), None, "{end}");
        }
        for block in [&b"=A\0\0\0/\0"[..], b"A=b\0\0=x\0\0/\0", b"=A=b\0\0=x\0\0/\0more\0"] {
            assert_eq!(Document::of_block(block), None, "{block:?}");
        }
    }
}

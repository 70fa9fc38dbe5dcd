//! Text of lines that have not ended, which a C conmon keeps for the journal: up to 8191 bytes for each stream, in variables of one
//! function. (In a log file it writes parts of lines immediately.)
//!
//! Their addresses are not in the executable. But its code takes them, because the function chooses between two pairs of a buffer and
//! a length: instructions `lea ADDRESS(%rip), REGISTER` whose address is in the segment of variables that begin as zeros. Of all
//! those addresses only two have 8 KiB behind them before the next, and just before each of them is that of its length. An executable
//! of another form is not understood.

use std::ops::Range;

use crate::process::{Mapping, Memory, Proc};

/// Size of the buffer for one stream (`STDIO_BUF_SIZE`).
const BUFFER: u64 = 8192;
/// How far before a buffer its length is at most: the compiler aligns large variables.
const NEAR: u64 = 64;
/// ELF (elf(5)): a segment that is loaded, and where the program header table and its entries have their fields.
const LOADED: u32 = 1;
const TABLE_AT: usize = 32;
const ENTRY_SIZE_AT: usize = 54;

/// What is kept of one line of each stream; which one is not known.
///
/// # Errors
/// When the executable is not understood.
pub(crate) fn kept(process: Proc, memory: &Memory) -> Result<[Vec<u8>; 2], String> {
    let not_understood = || "where it keeps incomplete lines for the journal is not understood".to_owned();
    let executable = process.read("exe")?;
    let mappings = process.mappings()?;
    let name = std::fs::read_link(process.path("exe")).map_err(|error| crate::process::reason(&error))?;
    let own: Vec<&Mapping> =
        mappings.iter().filter(|mapping| *mapping.name == *name.to_string_lossy()).collect();
    let base = own.iter().find(|mapping| mapping.offset == 0).ok_or_else(not_understood)?.start;
    let zeros = zeros_of(&executable).ok_or_else(not_understood)?;
    let zeros = base + zeros.start..base + zeros.end;
    let mut addresses = Vec::new();
    for mapping in own.iter().filter(|mapping| mapping.executable) {
        addresses.extend(addresses_in(&memory.read(mapping.start, mapping.length())?, mapping.start, &zeros));
    }
    let places = places_of(addresses, &zeros).ok_or_else(not_understood)?;
    let text = |place: Place| {
        let length = memory.read(place.length, 8)?;
        let length = length.try_into().map_or(u64::MAX, u64::from_le_bytes);
        let length = usize::try_from(length).ok().filter(|_| length < BUFFER).ok_or_else(not_understood)?;
        let text = memory.read(place.buffer, length)?;
        if text.contains(&b'\n') { Err(not_understood()) } else { Ok(text) }
    };
    let [first, second] = places;
    Ok([text(first)?, text(second)?])
}

/// Addresses of a buffer and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    length: u64,
    buffer: u64,
}

/// The variables that begin as zeros, as addresses in the executable: behind what the file has of the last segment.
fn zeros_of(executable: &[u8]) -> Option<Range<u64>> {
    let number = |from: usize, offset: usize, size: usize| -> Option<u64> {
        let at = from.checked_add(offset)?;
        let bytes = executable.get(at..at.checked_add(size)?)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    let header = |offset: usize, size: usize| usize::try_from(number(0, offset, size)?).ok();
    let (table, size, count) =
        (header(TABLE_AT, 8)?, header(ENTRY_SIZE_AT, 2)?, header(ENTRY_SIZE_AT + 2, 2)?);
    (0..count).find_map(|entry| {
        let entry = table.checked_add(entry * size)?;
        let field = |offset: usize| number(entry, offset, 8);
        let (address, in_file, in_memory) = (field(16)?, field(32)?, field(40)?);
        let is_it = number(entry, 0, 4)? == u64::from(LOADED) && in_memory > in_file;
        is_it.then_some(address.checked_add(in_file)?..address.checked_add(in_memory)?)
    })
}

/// The addresses in a range that code takes, in rising order.
fn addresses_in(code: &[u8], at: u64, range: &Range<u64>) -> Vec<u64> {
    // REX.W or REX.WR, LEA, ModRM for an address relative to the next instruction, and the distance.
    const LENGTH: usize = 7;
    let instructions = code.windows(LENGTH).zip(at + LENGTH as u64..);
    let taken = instructions.filter_map(|(bytes, next)| match *bytes {
        [0x48 | 0x4c, 0x8d, register, a, b, c, d] if register & 0xc7 == 0x05 => {
            next.checked_add_signed(i64::from(i32::from_le_bytes([a, b, c, d])))
        }
        _ => None,
    });
    taken.filter(|address| range.contains(address)).collect()
}

fn places_of(mut addresses: Vec<u64>, zeros: &Range<u64>) -> Option<[Place; 2]> {
    addresses.sort_unstable();
    addresses.dedup();
    let next = addresses.iter().skip(1).chain([&zeros.end]);
    let buffers =
        addresses.iter().zip(next).enumerate().filter(|(_, (address, next))| *next - *address >= BUFFER);
    let places: Option<Vec<Place>> = buffers
        .map(|(at, (buffer, _))| {
            let length = *addresses.get(at.checked_sub(1)?)?;
            (buffer - length <= NEAR && length % 8 == 0).then_some(Place { length, buffer: *buffer })
        })
        .collect();
    places?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_buffers_with_their_lengths_are_found_among_other_variables() {
        let zeros = 0x26a00..0x2ad88;
        let addresses = vec![0x2aac8, 0x28a60, 0x26a40, 0x28a40, 0x26a20, 0x2ac22, 0x28a60];
        let expected =
            [Place { length: 0x26a20, buffer: 0x26a40 }, Place { length: 0x28a40, buffer: 0x28a60 }];
        assert_eq!(places_of(addresses.clone(), &zeros), Some(expected));
        for missing in [0x26a20, 0x26a40, 0x28a40, 0x28a60] {
            let others = addresses.iter().copied().filter(|address| *address != missing).collect();
            assert_eq!(places_of(others, &zeros), None, "without {missing:#x}");
        }
    }

    #[test]
    fn addresses_are_those_that_code_takes() {
        // lea 0x10(%rip), %rax; lea -0x7(%rip), %r14; lea 0x10(%rbp), %rax
        let code = b"\x90\x48\x8d\x05\x10\0\0\0\x4c\x8d\x35\xf9\xff\xff\xff\x48\x8d\x85\x10\0\0\0";
        assert_eq!(addresses_in(code, 0x1000, &(0..0x2000)), [0x1018, 0x1008]);
        assert_eq!(addresses_in(code, 0x1000, &(0x1010..0x2000)), [0x1018]);
    }

    #[test]
    fn nonsense_is_no_executable() {
        for nonsense in [&b""[..], b"\x7fELF", &[0xff; 64], &[0xff; 4096]] {
            assert_eq!(zeros_of(nonsense), None);
        }
    }
}

//! The mappings of this process, and which of them can be released.

use std::io;

/// A part of the address space.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub(super) struct Range {
    pub(super) start: usize,
    pub(super) length: usize,
}

/// A mapping of this process: a line of `/proc/self/maps` (proc(5)).
pub(super) struct Region {
    pub(super) range: Range,
    pub(super) is_stack: bool,
    /// Released pages of it are zero or read from its file when they are used again.
    is_private: bool,
}

impl Region {
    pub(super) fn all() -> io::Result<Vec<Self>> {
        Ok(std::fs::read_to_string("/proc/self/maps")?.lines().filter_map(Self::parse).collect())
    }

    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split_ascii_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let mode = fields.next()?;
        let name = fields.nth(3).unwrap_or_default();
        let (start, end) = (usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?);
        let is_stack = name == "[stack]";
        // `[vdso]`, `[vvar]` and `[vsyscall]` belong to the kernel.
        let is_private = !is_stack && !name.starts_with("[v") && mode.ends_with('p');
        Some(Self { range: Range { start, length: end.checked_sub(start)? }, is_stack, is_private })
    }
}

impl Range {
    pub(super) fn holds(self, address: usize) -> bool {
        (self.start..self.start + self.length).contains(&address)
    }

    pub(super) fn overlaps(self, other: Self) -> bool {
        self.start < other.start + other.length && other.start < self.start + self.length
    }

    pub(super) fn words(&self) -> [usize; 2] {
        [self.start, self.length]
    }
}

/// Where the strings of `/proc/PID/cmdline` begin, right below those of the environment: `arg_start` of proc_pid_stat(5).
pub(super) fn arguments_start() -> Option<usize> {
    /// Counted from the state, which is number 3 on the man page.
    const ARGUMENTS: usize = 45;
    let line = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = line.rsplit_once(')')?;
    fields.split_ascii_whitespace().nth(ARGUMENTS)?.parse().ok().filter(|address| *address > 0)
}

/// What nothing needs any more: data, code but for one page, and the stack below the strings that the kernel put there.
/// madvise(2) rounds a length up to whole pages, so the stack is cut at a page of `page` bytes.
pub(super) fn releasable(regions: &[Region], strings: usize, page: usize) -> Vec<Range> {
    let data = regions.iter().filter(|region| region.is_private).map(|region| region.range);
    let below = |stack: Range| Range { length: (strings / page * page).saturating_sub(stack.start), ..stack };
    let stack = regions.iter().filter(|region| region.is_stack).map(|region| below(region.range));
    data.chain(stack).collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek, SeekFrom};

    use super::*;

    fn regions() -> Vec<Region> {
        [
            "00400000-00600000 r--p 00000000 08:01 17 /usr/bin/conmon",
            "00600000-00700000 r-xp 00200000 08:01 17 /usr/bin/conmon",
            "00800000-00801000 rw-p 00000000 00:00 0 [heap]",
            "00900000-00901000 rw-s 00000000 00:05 9 /memfd:conmon-counters (deleted)",
            "7ffc00000000-7ffc00008000 rw-p 00000000 00:00 0 [stack]",
            "7ffc00010000-7ffc00014000 r--p 00000000 00:00 0 [vvar]",
            "not a line",
        ]
        .into_iter()
        .filter_map(Region::parse)
        .collect()
    }

    #[test]
    fn data_code_and_the_stack_below_the_strings_are_released() {
        let ranges = releasable(&regions(), 0x7ffc_0000_6123, 0x1000);
        let bounds: Vec<_> = ranges.iter().map(Range::words).collect();
        assert_eq!(
            bounds,
            [[0x40_0000, 0x20_0000], [0x60_0000, 0x10_0000], [0x80_0000, 0x1000], [0x7ffc_0000_0000, 0x6000]]
        );
    }

    #[test]
    fn the_page_that_has_the_strings_is_kept_also_if_pages_are_large() {
        for (page, kept) in [(0x4000, 0x7ffc_0000_4000), (0x1_0000, 0x7ffc_0000_0000)] {
            let stack = releasable(&regions(), 0x7ffc_0000_6123, page).pop().unwrap();
            assert_eq!(stack.start + stack.length, kept);
        }
    }

    #[test]
    fn arguments_begin_with_the_name_of_the_program() {
        let stack = Region::all().unwrap().into_iter().find(|region| region.is_stack).unwrap();
        let start = arguments_start().unwrap();
        assert!(stack.range.holds(start));
        let mut memory = std::fs::File::open("/proc/self/mem").unwrap();
        let program = std::env::args().next().unwrap();
        let mut found = vec![0; program.len()];
        memory.seek(SeekFrom::Start(start.try_into().unwrap())).unwrap();
        memory.read_exact(&mut found).unwrap();
        assert_eq!(String::from_utf8(found).unwrap(), program);
    }

    #[test]
    fn ranges_know_what_they_share() {
        let range = |start, length| Range { start, length };
        assert!(range(10, 10).overlaps(range(19, 1)) && range(10, 10).overlaps(range(0, 100)));
        assert!(!range(10, 10).overlaps(range(20, 5)) && !range(10, 10).overlaps(range(5, 5)));
        assert!(range(10, 10).holds(10) && !range(10, 10).holds(20));
    }
}

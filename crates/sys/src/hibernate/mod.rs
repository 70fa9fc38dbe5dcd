//! [`hibernate`]: this process releases nearly all of its memory, waits, and executes a program.
//!
//! A waiting process needs its code, a stack and what execve(2) will read. Everything else is dropped with madvise(2)
//! `MADV_DONTNEED`, also the relocated data of the executable. From then on only system calls on memory in one small mapping
//! are made: no C library, no static data, no thread-local storage.

mod last;
mod machine;
mod regions;

use std::convert::Infallible;
use std::ffi::CStr;
use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

use nix::sys::signal::SigSet;
use nix::unistd::Pid;

use crate::environment::Environment;
use crate::pages::{Pages, page_size};
use regions::{Range, Region, arguments_start, releasable};

/// Room for the frames of the code that runs last.
const STACK: usize = 2048;
/// How often the execution is tried, once a second.
const TRIES: u32 = 60;

/// What ends the wait.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// This time has passed. Signals that come meanwhile are discarded.
    Delay(Duration),
    /// A child has ended. All other signals of the set are sent on to a process; the program receives what is pending.
    ChildEnded {
        /// SIGCHLD, and what is sent on.
        signals: SigSet,
        /// Receives the others.
        to: Pid,
    },
}

/// A program, its arguments and what else execve(2) needs.
pub struct Sleeper<'a> {
    /// The path of the program.
    pub program: &'a CStr,
    /// The argument vector.
    pub argv: &'a [&'a CStr],
    /// Its environment.
    pub environment: &'a Environment<'a>,
    /// When it is executed.
    pub until: Until,
    /// The signal mask of the program. Until then all signals are blocked.
    pub mask: SigSet,
    /// Whether `/proc/PID/cmdline` stays readable.
    pub shows_arguments: bool,
}

/// What the last code reads. The addresses lead into the same mapping, or to the strings that the kernel put on the stack.
#[repr(C)]
struct Task {
    ranges: usize,
    range_count: usize,
    program: usize,
    argv: usize,
    environment: usize,
    wake_at: [i64; 2],
    pause: [i64; 2],
    no_time: [i64; 2],
    all: u64,
    mask: u64,
    /// Signals that are waited for; none: until `wake_at`.
    awaited: u64,
    /// Signals that are discarded before the program is executed.
    discarded: u64,
    receiver: usize,
}

/// Waits with as little memory as possible and executes the program, which is tried for a minute. Ends with 127 if it cannot
/// be executed. For a process without other threads that has closed what it does not want to keep open.
///
/// # Errors
/// Only if the memory cannot be prepared; nothing has been changed then.
pub fn hibernate(sleeper: &Sleeper<'_>) -> io::Result<Infallible> {
    let regions = Region::all()?;
    let environment: Vec<&CStr> = sleeper.environment.strings().collect();
    let stack = regions.iter().find(|region| region.is_stack).map_or(Range::default(), |region| region.range);
    // Strings that are elsewhere, because the C library moved them, are copied.
    let stays = |text: &CStr| stack.holds(text.as_ptr().addr());
    let lowest = environment.iter().filter(|text| stays(text)).map(|text| text.as_ptr().addr()).min();
    let lowest = if sleeper.shows_arguments { arguments_start().or(lowest) } else { lowest };
    let ranges = match machine::RELEASES {
        true => releasable(&regions, lowest.unwrap_or(stack.start + stack.length), page_size()),
        false => Vec::new(),
    };

    let copied = || sleeper.argv.iter().chain(environment.iter().filter(|text| !stays(text)));
    let words = 2 * ranges.len() + sleeper.argv.len() + 1 + environment.len() + 1;
    let length = copied().chain([&sleeper.program]).map(|text| text.count_bytes() + 1).sum::<usize>();
    let length = (size_of::<Task>() + words * size_of::<usize>() + length).next_multiple_of(16) + STACK;
    let mut memory = Memory::reserve(length)?;

    let own = Range { start: memory.start, length };
    let list: Vec<usize> =
        ranges.iter().filter(|range| !range.overlaps(own)).flat_map(Range::words).collect();
    let argv: Vec<usize> = sleeper.argv.iter().map(|text| memory.text(text)).chain([0]).collect();
    let environment: Vec<usize> = environment
        .iter()
        .map(|text| if stays(text) { text.as_ptr().addr() } else { memory.text(text) })
        .chain([0])
        .collect();
    let (wake_at, awaited, receiver) = match sleeper.until {
        Until::Delay(delay) => (later(delay)?, 0, 0),
        Until::ChildEnded { signals, to } => {
            let to = usize::try_from(to.as_raw()).map_err(|_| io::ErrorKind::InvalidInput)?;
            (later(Duration::ZERO)?, crate::signals::to_bits(signals), to)
        }
    };
    let task = Task {
        range_count: list.len() / 2,
        ranges: memory.list(&list),
        program: memory.text(sleeper.program),
        argv: memory.list(&argv),
        environment: memory.list(&environment),
        wake_at,
        pause: [1, 0],
        no_time: [0, 0],
        all: u64::MAX,
        mask: crate::signals::to_bits(sleeper.mask),
        awaited,
        discarded: if awaited == 0 { u64::MAX } else { 0 },
        receiver,
    };
    let task = memory.task(&task);
    SigSet::all().thread_set_mask()?;
    // SAFETY: the mapping is not unmapped, for this call does not return; its last `STACK` bytes are free.
    unsafe { machine::leave(task, memory.start + length) }
}

/// One mapping that is filled from its start: lists first, so that they are aligned.
struct Memory {
    pages: Pages,
    start: usize,
    /// Where the next list comes; texts are put at the other end.
    lists: usize,
    texts: usize,
}

impl Memory {
    fn reserve(length: usize) -> io::Result<Self> {
        let length = NonZeroUsize::new(length).ok_or(io::ErrorKind::InvalidInput)?;
        let mut pages = Pages::reserve(length)?;
        let start = pages.as_mut_ptr().expose_provenance();
        Ok(Self { pages, start, lists: size_of::<Task>(), texts: length.get() - STACK })
    }

    fn put(&mut self, at: usize, bytes: &[u8]) -> usize {
        self.pages[at..at + bytes.len()].copy_from_slice(bytes);
        self.start + at
    }

    /// Copies a text, and returns the address of the copy.
    fn text(&mut self, text: &CStr) -> usize {
        let bytes = text.to_bytes_with_nul();
        self.texts -= bytes.len();
        self.put(self.texts, bytes)
    }

    /// Copies a list, and returns the address of the copy.
    fn list(&mut self, words: &[usize]) -> usize {
        let at = self.lists;
        self.lists += size_of_val(words);
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        self.put(at, &bytes)
    }

    fn task(&mut self, task: &Task) -> usize {
        // SAFETY: a `repr(C)` structure of integers without padding; all its bytes are initialised.
        let bytes = unsafe { std::slice::from_raw_parts((&raw const *task).cast::<u8>(), size_of::<Task>()) };
        self.put(0, bytes)
    }
}

/// The point of time of `CLOCK_MONOTONIC` that is `delay` away: seconds and nanoseconds.
fn later(delay: Duration) -> io::Result<[i64; 2]> {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: clock_gettime(2) writes the structure, which lives for the call.
    if unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let at = Duration::from(nix::sys::time::TimeSpec::from(now)) + delay;
    let seconds = i64::try_from(at.as_secs()).map_err(|_| io::ErrorKind::InvalidInput)?;
    Ok([seconds, i64::from(at.subsec_nanos())])
}

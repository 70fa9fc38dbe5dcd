//! The list of system calls as a program for the kernel (seccomp(2); the machine is that of Linux's
//! `Documentation/networking/filter.rst`).
//!
//! A call that is not allowed fails with ENOSYS, so that libraries do what they do on a kernel without it. It never kills: the
//! container's exit code would be lost. The program searches the numbers by halves, and tests nothing but the number for
//! most of them; Linux 5.11 and newer then remember the answer and run no program at all for these.

use std::mem::offset_of;

use libc::{seccomp_data, sock_filter};

use super::calls::{ALLOWED, FILTERED, First, HARMLESS};
use super::machine::{self, ARCHITECTURE};

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
/// `ENOSYS` on every architecture that has an [`ARCHITECTURE`].
const REFUSE: u32 = libc::SECCOMP_RET_ERRNO | 38;

/// `BPF_LD | BPF_W | BPF_ABS`: a word of `seccomp_data`.
const LOAD: u16 = 0x20;
/// `BPF_RET | BPF_K`.
const RETURN: u16 = 0x06;
/// `BPF_JMP | BPF_K` with `BPF_JEQ`, `BPF_JGE`, `BPF_JSET`.
const EQUAL: u16 = 0x15;
const AT_LEAST: u16 = 0x35;
const HAS_ANY: u16 = 0x45;

/// A little more than the steps of the program.
const LENGTH: usize = 168;
/// More than the calls of any machine.
const CALLS: usize = 192;

/// The lower half of a call's first argument, which has 64 bits on every machine: it comes first on all that have an
/// [`ARCHITECTURE`].
const FIRST_ARGUMENT: usize = offset_of!(seccomp_data, args);

/// A list of at most `N` elements. On the stack, which the monitor releases afterwards: in the heap it would touch a page that is
/// not used again.
pub(super) struct List<T, const N: usize> {
    elements: [T; N],
    length: usize,
}

impl<T: Copy, const N: usize> List<T, N> {
    fn new(filler: T) -> Self {
        Self { elements: [filler; N], length: 0 }
    }

    /// `None` if the list is full.
    fn push(&mut self, element: T) -> Option<()> {
        *self.elements.get_mut(self.length)? = element;
        self.length += 1;
        Some(())
    }

    fn pop(&mut self) -> Option<T> {
        self.length = self.length.checked_sub(1)?;
        self.elements.get(self.length).copied()
    }

    fn as_mut_slice(&mut self) -> &mut [T] {
        self.elements.get_mut(..self.length).unwrap_or_default()
    }

    pub(super) fn as_slice(&self) -> &[T] {
        self.elements.get(..self.length).unwrap_or_default()
    }
}

type Program = List<sock_filter, LENGTH>;

/// The program; `None` where it is not known how calls are numbered.
pub(super) fn program() -> Option<Program> {
    let architecture = ARCHITECTURE?;
    let mut program = Program::new(answer(REFUSE));
    program.push(load(offset_of!(seccomp_data, arch))?)?;
    program.push(jump(EQUAL, architecture, 1, 0))?;
    program.push(answer(REFUSE))?;
    program.push(load(offset_of!(seccomp_data, nr))?)?;
    for (call, first) in FILTERED {
        let argument = load(FIRST_ARGUMENT)?;
        let test = match first {
            First::Is(value) => jump(EQUAL, *value, 0, 1),
            First::HasNone(bits) => jump(HAS_ANY, *bits, 1, 0),
        };
        program.push(jump(EQUAL, u32::try_from(*call).ok()?, 0, 4))?;
        for step in [argument, test, answer(ALLOW), answer(REFUSE)] {
            program.push(step)?;
        }
    }
    search(ranges()?.as_slice(), &mut program)?;
    Some(program)
}

/// Where the answer changes: numbers from `start` on are allowed, or are not.
#[derive(Clone, Copy)]
struct Range {
    start: u32,
    allowed: bool,
}

fn ranges() -> Option<List<Range, LENGTH>> {
    let mut numbers = List::<u32, CALLS>::new(0);
    for call in allowed() {
        numbers.push(u32::try_from(*call).ok()?)?;
    }
    numbers.as_mut_slice().sort_unstable();
    let none = Range { start: 0, allowed: false };
    let mut ranges = List::new(none);
    ranges.push(none)?;
    for number in numbers.as_slice().iter().copied() {
        // The last range is always one that is not allowed, up to here.
        let gap = ranges.pop()?;
        if gap.start == 0 || !(gap.start..number).all(is_harmless) {
            if gap.start != number {
                ranges.push(gap)?;
            }
            ranges.push(Range { start: number, allowed: true })?;
        }
        ranges.push(Range { start: number + 1, allowed: false })?;
    }
    Some(ranges)
}

fn allowed() -> impl Iterator<Item = &'static libc::c_long> {
    ALLOWED.iter().chain(machine::ALLOWED.iter().copied().flatten())
}

fn is_harmless(call: u32) -> bool {
    HARMLESS.iter().chain(machine::HARMLESS).any(|harmless| u32::try_from(*harmless) == Ok(call))
}

/// Halves the ranges until one is left. `None` if a jump were too far for its byte.
fn search(ranges: &[Range], program: &mut Program) -> Option<()> {
    let (lower, upper) = ranges.split_at(ranges.len() / 2);
    let Some(first) = upper.first().filter(|_| !lower.is_empty()) else {
        let allowed = ranges.first().is_some_and(|range| range.allowed);
        return program.push(answer(if allowed { ALLOW } else { REFUSE }));
    };
    let at = program.length;
    program.push(jump(AT_LEAST, first.start, 0, 0))?;
    search(lower, program)?;
    let below = program.length - at - 1;
    program.elements.get_mut(at)?.jt = u8::try_from(below).ok()?;
    search(upper, program)
}

fn load(offset: usize) -> Option<sock_filter> {
    Some(sock_filter { code: LOAD, jt: 0, jf: 0, k: u32::try_from(offset).ok()? })
}

fn jump(code: u16, value: u32, if_so: u8, if_not: u8) -> sock_filter {
    sock_filter { code, jt: if_so, jf: if_not, k: value }
}

fn answer(value: u32) -> sock_filter {
    sock_filter { code: RETURN, jt: 0, jf: 0, k: value }
}

// Elsewhere there is no program.
#[cfg(target_endian = "little")]
#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel would do.
    fn run(program: &[sock_filter], architecture: u32, call: u32, first: u32) -> u32 {
        let (mut at, mut value) = (0, 0);
        loop {
            let step = program[at];
            let jump = |taken: bool| usize::from(if taken { step.jt } else { step.jf });
            at += 1;
            match step.code {
                LOAD if step.k == 0 => value = call,
                LOAD if step.k == 4 => value = architecture,
                LOAD if usize::try_from(step.k) == Ok(FIRST_ARGUMENT) => value = first,
                EQUAL => at += jump(value == step.k),
                AT_LEAST => at += jump(value >= step.k),
                HAS_ANY => at += jump(value & step.k != 0),
                RETURN => return step.k,
                code => panic!("step {at}: code {code:#x}, {}", step.k),
            }
        }
    }

    fn asked(call: u32, first: u32) -> u32 {
        run(program().unwrap().as_slice(), ARCHITECTURE.unwrap(), call, first)
    }

    #[test]
    fn the_listed_calls_are_allowed_and_no_other_that_matters() {
        let is = |number: u32| move |call: &libc::c_long| u32::try_from(*call) == Ok(number);
        for number in (0_u32..2048).chain([0x000f_0005, 0x4000_0000, 0x4000_003b, u32::MAX]) {
            if FILTERED.iter().any(|(call, _)| is(number)(call)) || is_harmless(number) {
                continue;
            }
            let wanted = if allowed().any(is(number)) { ALLOW } else { REFUSE };
            assert_eq!(asked(number, 0), wanted, "call {number}");
        }
    }

    #[test]
    fn calls_of_another_architecture_are_refused() {
        // read(2) of 32-bit x86 has the number 3, which is close(2) here.
        assert_eq!(run(program().unwrap().as_slice(), 0x4000_0003, 3, 0), REFUSE);
    }

    #[test]
    fn sockets_are_local_and_children_have_our_namespaces() {
        let socket = u32::try_from(libc::SYS_socket).unwrap();
        let clone = u32::try_from(libc::SYS_clone).unwrap();
        let bits = |flags: i32| u32::try_from(flags).unwrap();
        assert_eq!(asked(socket, bits(libc::AF_UNIX)), ALLOW);
        assert_eq!(asked(socket, bits(libc::AF_INET)), REFUSE);
        assert_eq!(asked(socket, bits(libc::AF_NETLINK)), REFUSE);
        assert_eq!(asked(clone, bits(libc::CLONE_CHILD_CLEARTID | libc::SIGCHLD)), ALLOW);
        assert_eq!(asked(clone, bits(libc::CLONE_NEWUSER | libc::SIGCHLD)), REFUSE);
    }

    #[test]
    fn what_a_monitor_never_does_is_not_in_the_list() {
        for call in [libc::SYS_execve, libc::SYS_ptrace, libc::SYS_mount, libc::SYS_bpf] {
            assert_eq!(asked(u32::try_from(call).unwrap(), 0), REFUSE, "call {call}");
        }
    }

    #[test]
    fn the_program_is_short() {
        let length = program().unwrap().as_slice().len();
        assert!(length <= LENGTH, "{length} steps");
    }
}

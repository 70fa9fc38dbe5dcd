//! System calls for another process, as data on its stack: one context of rt_sigreturn(2) for each call.
//!
//! rt_sigreturn(2) sets all registers and the signal mask from a context on the stack. Each context here leads to a `syscall; ret`
//! in the process's code, with the stack pointer at the address of the C library's call of rt_sigreturn(2). So a call returns into
//! the next context. The last one is the context in which the process was stopped. The process runs the whole list by itself: if its
//! tracer dies at any moment, the list ends all the same, and the process continues where it was.
//!
//! Layout of the context: arch/x86/include/uapi/asm/{ucontext,sigcontext}.h.

use libc::user_regs_struct;

use crate::gadgets::Gadgets;

/// Size of `struct ucontext` with a signal mask of 64 bits.
const CONTEXT: usize = 304;
/// A context, and before it the address to which the call before it returns.
const FRAME: usize = 8 + CONTEXT;
/// `UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS`: the stack segment is part of the context.
const FLAGS: u64 = 2 | 4;
/// Where `struct sigcontext` is, and the signal mask.
const REGISTERS: usize = 40;
const MASK: usize = 296;
/// Bytes below the stack pointer that belong to the function that runs (psABI of x86-64, "The Stack Frame").
const RED_ZONE: u64 = 128;

/// A system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) number: i64,
    pub(crate) arguments: [u64; 6],
}

impl Call {
    pub(crate) fn new(number: libc::c_long, arguments: &[u64]) -> Self {
        let mut all = [0; 6];
        for (place, argument) in all.iter_mut().zip(arguments) {
            *place = *argument;
        }
        Self { number, arguments: all }
    }
}

/// What to write into the process's memory, and the registers with which it begins.
#[derive(Debug)]
pub(crate) struct Frames {
    pub(crate) address: u64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) start: user_regs_struct,
}

/// Where `length` bytes of data and the frames of `calls` calls begin, below the stack pointer.
pub(crate) fn place_of(stack_pointer: u64, length: usize, calls: usize) -> Option<u64> {
    // Frames are aligned, so up to 15 bytes more.
    let size = u64::try_from(length + 16 + (calls + 1) * FRAME).ok()?;
    Some(stack_pointer.checked_sub(RED_ZONE + size)? & !15)
}

/// Frames for these calls at an address, after which the process continues with the registers `last` and the signal mask `mask`.
/// During the calls the mask is `blocked`.
pub(crate) fn frames(
    address: u64,
    calls: &[Call],
    gadgets: Gadgets,
    blocked: u64,
    last: &user_regs_struct,
    mask: u64,
) -> Frames {
    let mut bytes = Vec::with_capacity((calls.len() + 1) * FRAME);
    let slot = |at: usize| address + (at * FRAME) as u64;
    for (at, call) in calls.iter().enumerate() {
        let registers = user_regs_struct {
            rip: gadgets.call,
            // The call returns to the address in the next frame, whose context is behind it.
            rsp: slot(at + 1),
            rax: call.number.cast_unsigned(),
            rdi: call.arguments[0],
            rsi: call.arguments[1],
            rdx: call.arguments[2],
            r10: call.arguments[3],
            r8: call.arguments[4],
            r9: call.arguments[5],
            ..*last
        };
        push_frame(&mut bytes, gadgets.sigreturn, &registers, blocked);
    }
    push_frame(&mut bytes, gadgets.sigreturn, last, mask);
    let start = user_regs_struct {
        rip: gadgets.sigreturn,
        rsp: address + 8,
        // Not in a system call: the kernel restarts none.
        orig_rax: u64::MAX,
        ..*last
    };
    Frames { address, bytes, start }
}

fn push_frame(bytes: &mut Vec<u8>, sigreturn: u64, registers: &user_regs_struct, mask: u64) {
    bytes.extend(sigreturn.to_le_bytes());
    bytes.extend(context(registers, mask));
}

fn context(registers: &user_regs_struct, mask: u64) -> [u8; CONTEXT] {
    let mut context = [0; CONTEXT];
    let mut put = |at: usize, value: u64| {
        if let Some(place) = context.get_mut(at..at + 8) {
            place.copy_from_slice(&value.to_le_bytes());
        }
    };
    let r = registers;
    put(0, FLAGS);
    let segments = r.cs & 0xffff | (r.ss & 0xffff) << 48;
    let all = [
        r.r8, r.r9, r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rdi, r.rsi, r.rbp, r.rbx, r.rdx, r.rax,
        r.rcx, r.rsp, r.rip, r.eflags, segments,
    ];
    for (at, value) in all.into_iter().enumerate() {
        put(REGISTERS + at * 8, value);
    }
    // No state of the floating point unit: between two system calls of a C function nothing of it is in use.
    put(MASK, mask);
    context
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registers() -> user_regs_struct {
        user_regs_struct {
            r15: 15,
            r14: 14,
            r13: 13,
            r12: 12,
            rbp: 5,
            rbx: 3,
            r11: 11,
            r10: 10,
            r9: 9,
            r8: 8,
            rax: 1,
            rcx: 2,
            rdx: 4,
            rsi: 6,
            rdi: 7,
            orig_rax: 7,
            rip: 0x1234,
            cs: 0x33,
            eflags: 0x246,
            rsp: 0x10_0000,
            ss: 0x2b,
            fs_base: 77,
            gs_base: 0,
            ds: 0,
            es: 0,
            fs: 0,
            gs: 0,
        }
    }

    fn word(frames: &Frames, address: u64) -> u64 {
        let at = usize::try_from(address - frames.address).unwrap();
        u64::from_le_bytes(frames.bytes[at..at + 8].try_into().unwrap())
    }

    #[test]
    fn each_call_returns_into_the_next_context_and_the_last_is_the_first() {
        let gadgets = Gadgets { call: 0xca11, sigreturn: 0x516 };
        let calls = [Call::new(3, &[20]), Call::new(72, &[1, 2, 3, 4, 5, 6])];
        let last = registers();
        let frames = frames(0x8000, &calls, gadgets, 0xb10c, &last, 0xa5);
        assert_eq!(frames.bytes.len(), 3 * FRAME);
        assert_eq!((frames.start.rip, frames.start.rsp), (0x516, 0x8008));
        assert_eq!(frames.start.orig_rax, u64::MAX);
        assert_eq!(frames.start.fs_base, 77, "what is not in a context stays as it is");
        let mut context = frames.start.rsp;
        // Places of rdi, rsi, rax, rsp and rip in the context.
        let field = |context: u64, at: u64| word(&frames, context + 40 + at * 8);
        for call in calls {
            assert_eq!(word(&frames, context), FLAGS);
            assert_eq!(field(context, 8), call.arguments[0]);
            assert_eq!(field(context, 9), call.arguments[1]);
            assert_eq!(field(context, 13), u64::try_from(call.number).unwrap());
            assert_eq!(field(context, 16), 0xca11);
            assert_eq!(word(&frames, context + 296), 0xb10c);
            // The call returns to what is at the stack pointer, and then the context is there.
            let stack = field(context, 15);
            assert_eq!(word(&frames, stack), 0x516);
            context = stack + 8;
        }
        for (at, value) in [(0, 8), (8, 7), (9, 6), (10, 5), (12, 4), (13, 1), (15, 0x10_0000), (16, 0x1234)]
        {
            assert_eq!(field(context, at), value);
        }
        assert_eq!(field(context, 18), 0x33 | 0x2b << 48);
        assert_eq!(word(&frames, context + 296), 0xa5);
    }

    #[test]
    fn the_place_is_aligned_and_below_the_red_zone() {
        let place = place_of(0x10_0008, 100, 3).unwrap();
        assert_eq!(place % 16, 0);
        assert!(place + 100 + 16 + 4 * 312 <= 0x10_0008 - RED_ZONE);
        assert_eq!(place_of(1000, 100, 3), None);
    }
}

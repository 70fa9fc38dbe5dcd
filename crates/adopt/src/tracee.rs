//! A traced process, stopped where it waits for events, and the system calls that it is made to execute.
//!
//! Every step leaves the process in a state in which it continues correctly if this tracer dies: see [`crate::frames`].

use std::thread::sleep;
use std::time::{Duration, Instant};

use conmon_sys::ptrace::{Stop, stop_of};
use libc::user_regs_struct;
use nix::errno::Errno;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::frames::{Call, frames, place_of};
use crate::gadgets::Gadgets;
use crate::process::{Mapping, Memory, Proc};

/// Between two looks at a process that runs. The kernel has no descriptor that reports a traced process's stops.
const PAUSE: Duration = Duration::from_micros(100);
/// `PTRACE_EVENT_STOP`: the stop that `PTRACE_INTERRUPT` asks for, or a group stop.
const EVENT_STOP: i32 = 128;
/// poll(2), ppoll(2) of newer GLibs, and what the first becomes after the process was stopped (restart_syscall(2)), with the same
/// arguments.
const POLLS: [i64; 3] = [libc::SYS_poll, libc::SYS_ppoll, libc::SYS_restart_syscall];
/// Descriptors that a monitor waits for at most.
const MOST_POLLED: usize = 4096;
/// Why nothing can be done with it.
pub(crate) const HAS_ENDED: &str = "it has ended";
/// All signals that can be blocked.
const ALL_SIGNALS: u64 = u64::MAX;

/// What became of a list of calls.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Their results; negative ones are error numbers. The process is stopped where it was before.
    Results(Vec<i64>),
    /// The process executes another program now, and is stopped before its first instruction.
    Executed,
}

/// A process that this thread traces.
pub(crate) struct Tracee {
    pid: Pid,
    pub(crate) memory: Memory,
    mappings: Vec<Mapping>,
    gadgets: Gadgets,
    /// Signals that stop a process, which it gets afterwards.
    held: Vec<Signal>,
    /// It is not stopped, and the stop that was asked for has not come yet.
    traced: bool,
    /// The registers with which it continues.
    registers: Option<user_regs_struct>,
    mask: u64,
}

/// For what a process waits: poll(2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) polled: Vec<Polled>,
    /// How long at most.
    pub(crate) timeout: Option<Duration>,
}

/// A descriptor on which it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Polled {
    pub(crate) fd: i32,
    pub(crate) events: i16,
}

impl Tracee {
    /// Begins to trace a process, which continues to run.
    ///
    /// # Errors
    /// When that is not permitted, or the process has no code that can be used.
    pub(crate) fn seize(process: Proc) -> Result<Self, String> {
        let pid = Pid::from_raw(process.0);
        let (memory, mappings) = (process.memory()?, process.mappings()?);
        let gadgets = Gadgets::find(&memory, &mappings)?;
        let options = Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACEEXEC;
        ptrace::seize(pid, options).map_err(|errno| why_not_traced(process, errno))?;
        Ok(Self { pid, memory, mappings, gadgets, held: Vec::new(), traced: true, registers: None, mask: 0 })
    }

    /// Stops it where it waits for events, as soon as it does so and `accept` returns something. Gives up at a time.
    ///
    /// # Errors
    /// Why `accept` did not, or in which call the process was instead.
    pub(crate) fn stop_in_poll<T>(
        &mut self,
        until: Instant,
        mut accept: impl FnMut(&mut Self, &Wait) -> Result<Option<T>, String>,
        mut why_not: impl FnMut() -> String,
    ) -> Result<T, String> {
        ptrace::interrupt(self.pid).map_err(|errno| failed("stop it", errno))?;
        let mut interrupted = true;
        let mut late = None;
        loop {
            let Some(status) = self.wait(if interrupted { None } else { Some(until) })? else {
                late = Some(why_not());
                ptrace::interrupt(self.pid).map_err(|errno| failed("stop it", errno))?;
                interrupted = true;
                continue;
            };
            let mut deliver = None;
            match status {
                WaitStatus::PtraceEvent(_, Signal::SIGTRAP, EVENT_STOP) => interrupted = false,
                WaitStatus::PtraceEvent(_, _, EVENT_STOP) => {
                    return Err("it is stopped by a signal".to_owned());
                }
                WaitStatus::Stopped(_, signal) => deliver = Some(signal),
                _ => {}
            }
            if deliver.is_none()
                && let Some(wait) = self.in_poll(matches!(status, WaitStatus::PtraceSyscall(_)))?
                && let Some(accepted) = accept(self, &wait)?
            {
                return Ok(accepted);
            }
            if let Some(why) = late {
                return Err(why);
            }
            if Instant::now() >= until {
                return Err(why_not());
            }
            ptrace::syscall(self.pid, deliver).map_err(|errno| failed("continue it", errno))?;
        }
    }

    /// What it seems to wait for in poll(2) or ppoll(2), if it is in one of these now. It then continues as if the call had been interrupted.
    fn in_poll(&mut self, at_call: bool) -> Result<Option<Wait>, String> {
        if at_call && !matches!(stop_of(self.pid), Ok(Stop::Entry(..))) {
            return Ok(None);
        }
        let now = ptrace::getregs(self.pid).map_err(|errno| failed("read its registers", errno))?;
        let call = i64::try_from(now.orig_rax).ok();
        if !call.is_some_and(|call| POLLS.contains(&call)) {
            return Ok(None);
        }
        // Other calls are restarted as well, with other arguments.
        let count = usize::try_from(now.rsi).ok().filter(|count| *count <= MOST_POLLED);
        let Some(Ok(bytes)) = count.map(|count| self.memory.read(now.rdi, count * 8)) else {
            return Ok(None);
        };
        let Ok(timeout) = self.timeout(&now) else { return Ok(None) };
        let polled = bytes.chunks_exact(8).map(|entry| Polled {
            fd: i32::from_le_bytes([entry[0], entry[1], entry[2], entry[3]]),
            events: i16::from_le_bytes([entry[4], entry[5]]),
        });
        let interrupted = i64::from(-libc::EINTR).cast_unsigned();
        self.registers = Some(user_regs_struct { rax: interrupted, orig_rax: u64::MAX, ..now });
        Ok(Some(Wait { polled: polled.collect(), timeout }))
    }

    /// The timeout of the call in which it is.
    fn timeout(&self, now: &user_regs_struct) -> Result<Option<Duration>, String> {
        if i64::try_from(now.orig_rax) != Ok(libc::SYS_ppoll) {
            let [a, b, c, d, ..] = now.rdx.to_le_bytes();
            let milliseconds = u64::try_from(i32::from_le_bytes([a, b, c, d]));
            return Ok(milliseconds.ok().map(Duration::from_millis));
        }
        if now.rdx == 0 {
            return Ok(None);
        }
        let fields = self.memory.read(now.rdx, 16)?;
        let mut fields = fields
            .chunks_exact(8)
            .map(|field| field.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)));
        let (seconds, nanoseconds) = (fields.next().unwrap_or(0), fields.next().unwrap_or(0));
        Ok(Some(Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)))
    }

    /// The mask of blocked signals.
    pub(crate) fn set_mask(&mut self, mask: u64) {
        self.mask = mask;
    }

    /// Memory below the stack pointer for so many bytes and calls.
    ///
    /// # Errors
    /// When the stack is too small.
    pub(crate) fn room(&self, length: usize, calls: usize) -> Result<u64, String> {
        let pointer = self.registers.map(|registers| registers.rsp).ok_or("it is not stopped")?;
        let stack = self.mappings.iter().find(|mapping| (mapping.start..mapping.end).contains(&pointer));
        place_of(pointer, length, calls)
            .filter(|place| stack.is_some_and(|stack| stack.writable && stack.start <= *place))
            .ok_or_else(|| "its stack has no room for the calls".to_owned())
    }

    /// Makes it execute calls with `data` at `place`, which [`Self::room`] has found, while signals are blocked: all, or these.
    ///
    /// # Errors
    /// When the process was killed, or cannot be traced any more.
    pub(crate) fn run(
        &mut self,
        place: u64,
        data: &[u8],
        calls: &[Call],
        blocked: Option<u64>,
    ) -> Result<Outcome, String> {
        let last = self.registers.ok_or("it is not stopped")?;
        let end = place + u64::try_from(data.len()).unwrap_or(0);
        let blocked = blocked.unwrap_or(ALL_SIGNALS);
        let frames = frames((end + 15) & !15, calls, self.gadgets, blocked, &last, self.mask);
        self.memory.write(place, data)?;
        self.memory.write(frames.address, &frames.bytes)?;
        ptrace::setregs(self.pid, frames.start).map_err(|errno| failed("write its registers", errno))?;
        self.follow(calls.len())
    }

    fn follow(&mut self, calls: usize) -> Result<Outcome, String> {
        let (mut results, mut entered) = (Vec::new(), None);
        loop {
            ptrace::syscall(self.pid, None).map_err(|errno| failed("continue it", errno))?;
            match self.wait(None)? {
                Some(WaitStatus::PtraceSyscall(_)) => match (stop_of(self.pid), entered.take()) {
                    (Ok(Stop::Entry(number, _)), _) => entered = i64::try_from(number).ok(),
                    (Ok(Stop::Exit(_)), Some(libc::SYS_rt_sigreturn)) => {
                        if results.len() == calls {
                            return Ok(Outcome::Results(results));
                        }
                    }
                    (Ok(Stop::Exit(result)), Some(_)) => results.push(result),
                    // The call in which it was stopped.
                    (Ok(_), None) => {}
                    (Ok(_), Some(_)) | (Err(_), _) => return Err("it left the calls".to_owned()),
                },
                Some(WaitStatus::PtraceEvent(_, _, libc::PTRACE_EVENT_EXEC)) => return Ok(Outcome::Executed),
                Some(WaitStatus::Stopped(_, signal)) => self.held.push(signal),
                _ => {}
            }
        }
    }

    /// Its next stop; `None` if there was none until then.
    fn wait(&mut self, until: Option<Instant>) -> Result<Option<WaitStatus>, String> {
        loop {
            let flags = match until {
                Some(_) => WaitPidFlag::__WALL | WaitPidFlag::WNOHANG,
                None => WaitPidFlag::__WALL,
            };
            match waitpid(self.pid, Some(flags)) {
                Ok(WaitStatus::StillAlive) if until.is_some_and(|until| Instant::now() >= until) => {
                    return Ok(None);
                }
                Ok(WaitStatus::StillAlive) => sleep(PAUSE),
                Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) => {
                    self.traced = false;
                    return Err(HAS_ENDED.to_owned());
                }
                Ok(status) => return Ok(Some(status)),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(failed("wait for it", errno)),
            }
        }
    }

    /// Lets it continue without a tracer.
    pub(crate) fn detach(mut self) {
        self.release();
    }

    fn release(&mut self) {
        if std::mem::take(&mut self.traced) {
            if ptrace::detach(self.pid, None) == Err(Errno::ESRCH) {
                // It runs: it can only be left when it is stopped.
                let _ = ptrace::interrupt(self.pid);
                let _ = self.wait(None);
                let _ = ptrace::detach(self.pid, None);
            }
            for signal in self.held.drain(..) {
                let _ = kill(self.pid, signal);
            }
        }
    }
}

impl Drop for Tracee {
    fn drop(&mut self) {
        self.release();
    }
}

fn why_not_traced(process: Proc, errno: Errno) -> String {
    let has_ended = process.stat().map_or(true, |stat| stat.has_ended());
    let tracer = process.status("TracerPid").ok().flatten().filter(|pid| pid != "0");
    match (errno, has_ended, tracer) {
        (_, true, _) | (Errno::ESRCH, ..) => HAS_ENDED.to_owned(),
        (Errno::EPERM, _, Some(tracer)) => format!("process {tracer} traces it"),
        (Errno::EPERM, _, None) => {
            "the system does not permit to trace it (ptrace(2): capabilities, Yama)".to_owned()
        }
        (errno, ..) => failed("trace it", errno),
    }
}

fn failed(step: &str, errno: Errno) -> String {
    format!("cannot {step}: {}", conmon_sys::errors::describe(errno))
}

//! `miniruntime refuse ERRNO CALLS PROGRAM [ARG…]`: executes the program under a seccomp filter (seccomp(2),
//! `SECCOMP_SET_MODE_FILTER`) that fails some system calls, as an older kernel or the filter of an outer container does. For
//! tests of programs without these calls. Child processes inherit the filter.

use std::ffi::{CString, OsString};
use std::io;
use std::os::unix::ffi::OsStringExt;

use conmon_sys::errors::describe;
use conmon_sys::{confinement, disposition};
use nix::errno::Errno;
use nix::unistd::geteuid;

use crate::error::{Failure, Step};

const USAGE: &str = "usage: miniruntime refuse EPERM|ENOSYS CALL[,CALL…] PROGRAM [ARG…]";

/// The calls known by name. Others are given by number; `N+` means N and all later ones.
const NAMES: [(&str, libc::c_long); 11] = [
    ("clone3", libc::SYS_clone3),
    ("close_range", libc::SYS_close_range),
    ("copy_file_range", libc::SYS_copy_file_range),
    ("faccessat2", libc::SYS_faccessat2),
    ("memfd_create", libc::SYS_memfd_create),
    ("openat2", libc::SYS_openat2),
    ("pidfd_open", libc::SYS_pidfd_open),
    ("pidfd_send_signal", libc::SYS_pidfd_send_signal),
    ("renameat2", libc::SYS_renameat2),
    ("rseq", libc::SYS_rseq),
    ("statx", libc::SYS_statx),
];

/// The refused calls.
#[derive(Debug, PartialEq, Eq)]
enum Calls {
    One(u32),
    From(u32),
}

/// Executes the program; returns only on failure.
pub(crate) fn run(mut args: impl Iterator<Item = OsString>) -> Failure {
    // Rust's start-up ignores SIGPIPE.
    disposition::reset_all();
    match prepare(&mut args) {
        Ok((filter, argv)) => install(&filter)
            .step("install the filter")
            .and_then(|()| match nix::unistd::execvp(&argv[0], &argv) {
                Ok(never) => match never {},
                Err(errno) => Err(Failure::new(format!("cannot execute {:?}: {}", argv[0], describe(errno)))),
            })
            .map_or_else(|error| error, |()| Failure::new(USAGE)),
        Err(error) => error,
    }
}

/// An unprivileged process must set no_new_privs first; seccomp(2), EACCES.
fn install(filter: &[libc::sock_filter]) -> io::Result<()> {
    if !geteuid().is_root() {
        confinement::set_no_new_privileges()?;
    }
    confinement::filter_system_calls(filter)
}

fn prepare(
    args: &mut impl Iterator<Item = OsString>,
) -> Result<(Vec<libc::sock_filter>, Vec<CString>), Failure> {
    let usage = || Failure::new(USAGE);
    let mut word = || args.next().and_then(|word| word.into_string().ok()).ok_or_else(usage);
    let errno = match word()?.as_str() {
        "EPERM" => Errno::EPERM,
        "ENOSYS" => Errno::ENOSYS,
        _ => return Err(usage()),
    };
    let calls = word()?.split(',').map(parse).collect::<Option<Vec<_>>>().ok_or_else(usage)?;
    let argv: Vec<_> = args.filter_map(|arg| CString::new(arg.into_vec()).ok()).collect();
    if argv.is_empty() {
        return Err(usage());
    }
    Ok((filter(&calls, errno as u32), argv))
}

fn parse(word: &str) -> Option<Calls> {
    if let Some(first) = word.strip_suffix('+') {
        return first.parse().ok().map(Calls::From);
    }
    let named =
        NAMES.iter().find(|(name, _)| *name == word).and_then(|(_, number)| u32::try_from(*number).ok());
    named.or_else(|| word.parse().ok()).map(Calls::One)
}

/// Each call takes two instructions. Calls through another architecture's ABI are not checked.
fn filter(calls: &[Calls], errno: u32) -> Vec<libc::sock_filter> {
    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
    const NUMBER_AT: u32 = 0;
    let instruction = |code: u32, on_false: u8, value: u32| libc::sock_filter {
        code: u16::try_from(code).unwrap_or(0),
        jt: 0,
        jf: on_false,
        k: value,
    };
    let refuse = libc::SECCOMP_RET_ERRNO | errno;
    let compared = calls.iter().flat_map(|call| {
        let (condition, number) = match call {
            Calls::One(number) => (libc::BPF_JEQ, *number),
            Calls::From(number) => (libc::BPF_JGE, *number),
        };
        [instruction(libc::BPF_JMP | condition | libc::BPF_K, 1, number), instruction(RETURN, 0, refuse)]
    });
    [instruction(LOAD, 0, NUMBER_AT)]
        .into_iter()
        .chain(compared)
        .chain([instruction(RETURN, 0, libc::SECCOMP_RET_ALLOW)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_names_numbers_or_a_first_number() {
        assert_eq!(parse("pidfd_open"), u32::try_from(libc::SYS_pidfd_open).ok().map(Calls::One));
        assert_eq!((parse("434"), parse("424+")), (Some(Calls::One(434)), Some(Calls::From(424))));
        for word in ["", "+", "nope", "-1", "4x"] {
            assert_eq!(parse(word), None, "{word}");
        }
    }
}

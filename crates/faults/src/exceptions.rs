//! Rules that cannot be kept under some faults, each with its reason. At most ten.

use nix::errno::Errno::{self, *};

use crate::fault::{Fault, What};
use crate::judge::Broken;

#[derive(Debug)]
pub(crate) struct Exception {
    calls: &'static [&'static str],
    /// Empty: all.
    errnos: &'static [Errno],
    rules: &'static [&'static str],
    pub(crate) reason: &'static str,
}

pub(crate) const EXCEPTIONS: &[Exception] = &[
    Exception {
        calls: &["unlink", "unlinkat", "rmdir"],
        errnos: &[],
        rules: &["file-left"],
        reason: "a file that cannot be removed stays; the next start replaces it",
    },
    Exception {
        calls: &["sendmmsg", "sendmsg", "sendto", "recvfrom", "recvmsg"],
        errnos: &[ECONNRESET, EPIPE, ENOTCONN, ECONNREFUSED],
        rules: &["attach-lost", "log-lost", "stuck"],
        reason: "the error means that the attach client has gone, and with it its input and output",
    },
    Exception {
        calls: &["accept", "accept4"],
        errnos: &[EAGAIN],
        rules: &["attach-lost", "log-lost", "stuck"],
        reason: "the error means that no client is waiting, which the kernel never returns while one is",
    },
    Exception {
        calls: &["mprotect"],
        errnos: &[ENOMEM, EACCES],
        rules: &[
            "attach-lost",
            "exit-command-missing",
            "exit-file-missing",
            "file-left",
            "log-lost",
            "status",
            "stuck",
        ],
        reason: "the C library ends a program whose relocations it cannot protect, before any of our code runs",
    },
    Exception {
        calls: &["write"],
        errnos: &[EPIPE],
        rules: &["silent", "sync-status-missing", "log-lost", "attach-lost", "stuck"],
        reason: "the error means that the pipe's reader, manager or container, has gone",
    },
];

/// The exception for a rule broken by a fault.
pub(crate) fn exception(fault: &Fault, broken: &Broken) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|exception| {
        let errno = match fault.what {
            What::Error(errno, _) => exception.errnos.is_empty() || exception.errnos.contains(&errno),
            What::Short(_) | What::Half => exception.errnos.is_empty(),
        };
        errno
            && exception.calls.contains(&fault.place.call.as_str())
            && exception.rules.contains(&broken.rule.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_at_most_ten_and_each_has_a_reason() {
        assert!(EXCEPTIONS.len() <= 10);
        assert!(EXCEPTIONS.iter().all(|exception| exception.reason.len() > 20));
    }

    #[test]
    fn an_exception_holds_for_its_calls_errors_and_rules_alone() {
        let broken = |rule: &str| Broken { rule: rule.to_owned(), detail: String::new() };
        let is = |fault: &str, rule: &str| exception(&fault.parse().unwrap(), &broken(rule)).is_some();
        assert!(is("monitor:write#1=EPIPE", "silent"));
        assert!(!is("monitor:write#1=EIO", "silent"));
        assert!(!is("monitor:write#1=EPIPE", "hang"));
        assert!(is("monitor:unlink#2=EACCES", "file-left"));
    }
}

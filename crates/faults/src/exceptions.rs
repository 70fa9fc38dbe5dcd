//! Broken rules that nobody can keep, each with its reason. Never more than ten.

use nix::errno::Errno::{self, *};

use crate::fault::{Fault, What};
use crate::judge::Broken;

#[derive(Debug)]
pub(crate) struct Exception {
    calls: &'static [&'static str],
    /// None given: all.
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
        reason: "the error says that the attach client has gone, and with it what it would have sent or got",
    },
    Exception {
        calls: &["accept", "accept4"],
        errnos: &[EAGAIN],
        rules: &["attach-lost", "log-lost", "stuck"],
        reason: "the error says that no client waits, which the kernel never says while one does",
    },
    Exception {
        calls: &["write"],
        errnos: &[EPIPE],
        rules: &["silent", "sync-status-missing", "log-lost", "attach-lost", "stuck"],
        reason: "the error says that nobody reads the pipe any more, whether manager or container",
    },
];

/// The exception for a rule that a fault broke.
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

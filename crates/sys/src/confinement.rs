//! What a process can give up: capabilities (capabilities(7)), gaining new privileges, system calls (seccomp(2)) and
//! access outside some directories (landlock(7)).
//!
//! glibc has no wrappers for most of these.

use std::ffi::{c_int, c_long, c_ulong, c_void};
use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::ptr;

use crate::fds;

/// Three sets, one bit per capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The capabilities the kernel checks.
    pub effective: u64,
    /// The capabilities that may become effective.
    pub permitted: u64,
    /// The capabilities an executed program may keep.
    pub inheritable: u64,
}

/// `_LINUX_CAPABILITY_VERSION_3`: 64 capabilities in two parts.
const CAPABILITY_VERSION: u32 = 0x2008_0522;

#[repr(C)]
struct CapabilityHeader {
    version: u32,
    pid: c_int,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct CapabilityPart {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

impl Capabilities {
    /// Returns those of the calling thread.
    ///
    /// # Errors
    /// Those of capget(2).
    pub fn own() -> io::Result<Self> {
        let mut header = CapabilityHeader { version: CAPABILITY_VERSION, pid: 0 };
        let mut parts = [CapabilityPart::default(); 2];
        // SAFETY: the header and the two parts its version has live for the call.
        check(unsafe { libc::syscall(libc::SYS_capget, &raw mut header, parts.as_mut_ptr()) })?;
        let [low, high] = parts;
        let join = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
        Ok(Self {
            effective: join(low.effective, high.effective),
            permitted: join(low.permitted, high.permitted),
            inheritable: join(low.inheritable, high.inheritable),
        })
    }

    /// Sets them for the calling thread. For a single-threaded process.
    ///
    /// # Errors
    /// `EPERM` for a capability that is not permitted now; capset(2).
    pub fn set(self) -> io::Result<()> {
        let mut header = CapabilityHeader { version: CAPABILITY_VERSION, pid: 0 };
        let part = |shift: u32| CapabilityPart {
            effective: half(self.effective, shift),
            permitted: half(self.permitted, shift),
            inheritable: half(self.inheritable, shift),
        };
        let parts = [part(0), part(32)];
        // SAFETY: as in `own`; the kernel only reads the parts.
        check(unsafe { libc::syscall(libc::SYS_capset, &raw mut header, parts.as_ptr()) }).map(drop)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the other call takes the other half")]
fn half(set: u64, shift: u32) -> u32 {
    (set >> shift) as u32
}

/// The securebits (`SECBIT_NOROOT` etc.); `None` if they cannot be read.
pub fn secure_bits() -> Option<c_int> {
    // SAFETY: this option takes no argument.
    let bits = unsafe { libc::prctl(libc::PR_GET_SECUREBITS) };
    (bits >= 0).then_some(bits)
}

/// Whether execve(2) grants this process no new privileges (`PR_GET_NO_NEW_PRIVS`).
pub fn has_no_new_privileges() -> bool {
    // SAFETY: this option takes zeros.
    unsafe { libc::prctl(libc::PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0 }
}

/// Gives up gaining privileges by execve(2), permanently and for all children.
///
/// # Errors
/// Those of prctl(2), `PR_SET_NO_NEW_PRIVS`.
pub fn set_no_new_privileges() -> io::Result<()> {
    let (yes, zero): (c_ulong, c_ulong) = (1, 0);
    // SAFETY: this option takes integers.
    check(c_long::from(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, yes, zero, zero, zero) })).map(drop)
}

/// Installs `program` as a filter of all further system calls. Requires [`set_no_new_privileges`].
///
/// # Errors
/// `E2BIG` for a program of more than 65535 instructions, and those of seccomp(2).
pub fn filter_system_calls(program: &[libc::sock_filter]) -> io::Result<()> {
    let len = u16::try_from(program.len()).map_err(|_| io::Error::from_raw_os_error(libc::E2BIG))?;
    let program = libc::sock_fprog { len, filter: program.as_ptr().cast_mut() };
    let install = |flags: c_ulong| {
        // SAFETY: the kernel copies the program, which lives for the call, and checks it.
        check(unsafe {
            libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program)
        })
    };
    // Before Linux 5.16 a filter also enables speculation mitigations, which slow down memory access; this flag
    // (Linux 4.17) opts out.
    install(libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW).or_else(|_| install(0)).map(drop)
}

/// `struct landlock_ruleset_attr` of Linux 6.7; older kernels read only the first word.
#[repr(C)]
struct RulesetAttributes {
    files: u64,
    network: u64,
}

/// `struct landlock_path_beneath_attr`.
#[repr(C, packed)]
struct PathBeneath {
    allowed: u64,
    parent: RawFd,
}

const LANDLOCK_CREATE_RULESET_VERSION: c_long = 1;
const LANDLOCK_RULE_PATH_BENEATH: c_long = 1;

/// A Landlock ruleset: the handled kinds of access and the rules that allow them; landlock(7).
pub struct Ruleset(OwnedFd);

impl Ruleset {
    /// The kernel's Landlock ABI version.
    ///
    /// # Errors
    /// `ENOSYS` or `EOPNOTSUPP` if the kernel has no Landlock, or has it disabled.
    pub fn version() -> io::Result<c_long> {
        let none = ptr::null::<c_void>();
        // SAFETY: with this flag the attributes must be null.
        let version = unsafe {
            libc::syscall(libc::SYS_landlock_create_ruleset, none, 0_usize, LANDLOCK_CREATE_RULESET_VERSION)
        };
        check(version)
    }

    /// Denies all these kinds of access (`LANDLOCK_ACCESS_FS_*`, `LANDLOCK_ACCESS_NET_*`); pass 0 for `network` where the kernel
    /// does not support it.
    ///
    /// # Errors
    /// Those of landlock_create_ruleset(2).
    pub fn new(files: u64, network: u64) -> io::Result<Self> {
        let attributes = RulesetAttributes { files, network };
        let size = if network == 0 { size_of::<u64>() } else { size_of::<RulesetAttributes>() };
        // SAFETY: the attributes live for the call and are at least as large as the size passed.
        let number = check(unsafe {
            libc::syscall(libc::SYS_landlock_create_ruleset, &raw const attributes, size, 0_u32)
        })?;
        let number = RawFd::try_from(number).map_err(|_| io::Error::from_raw_os_error(libc::EBADF))?;
        Ok(Self(fds::own(number)))
    }

    /// Allows these kinds of access below a directory.
    ///
    /// # Errors
    /// Those of landlock_add_rule(2).
    pub fn allow(&self, files: u64, below: impl AsFd) -> io::Result<()> {
        let rule = PathBeneath { allowed: files, parent: below.as_fd().as_raw_fd() };
        let ruleset = self.0.as_raw_fd();
        let kind = LANDLOCK_RULE_PATH_BENEATH;
        // SAFETY: both descriptors are borrowed and open, the rule lives for the call.
        check(unsafe { libc::syscall(libc::SYS_landlock_add_rule, ruleset, kind, &raw const rule, 0_u32) })
            .map(drop)
    }

    /// Restricts this process permanently. Requires [`set_no_new_privileges`].
    ///
    /// # Errors
    /// Those of landlock_restrict_self(2).
    pub fn enforce(self) -> io::Result<()> {
        // SAFETY: the call takes integers; `self` owns the descriptor.
        check(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, self.0.as_raw_fd(), 0_u32) }).map(drop)
    }
}

fn check(result: c_long) -> io::Result<c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

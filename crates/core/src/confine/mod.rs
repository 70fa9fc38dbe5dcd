//! What the monitor gives up once its container runs, so that a vulnerability in it does not compromise the whole machine.
//!
//! - Capabilities: all but those in [`KEPT`]. Root gets the others back when it executes a program, so the exit command has
//!   what it always had.
//! - Where there is no exit command, which would inherit it: the chance of new privileges, all system calls but those in
//!   [`calls`], and writing outside of a few directories ([`paths`]).
//!
//! If a kernel or a sandbox lacks one of these, the monitor uses the others, without a warning.

mod calls;
mod filter;
mod machine;
mod paths;

use conmon_sys::confinement::{self, Capabilities};

use crate::diagnostics::report::Reporter;
use crate::error::{Error, Step};
use crate::plan::{Confinement, Restrictions};

/// Numbers of capabilities, from `<linux/capability.h>`.
const DAC_OVERRIDE: u32 = 1;
const FOWNER: u32 = 3;
const KILL: u32 = 5;
const SYS_RESOURCE: u32 = 24;

/// Capabilities that are needed while a container runs.
const KEPT: [u32; 4] = [
    // Directories of logs and exit files may belong to other users. Dropping this would protect only files of other
    // users: root's own files, which matter more, are open to user 0 anyway.
    DAC_OVERRIDE,
    // The same for renaming in directories with the sticky bit.
    FOWNER,
    // The container has another user.
    KILL,
    // Exit files beyond a quota, and pipes beyond the limit of their user.
    SYS_RESOURCE,
];

/// The kernel shows how another process's child ended only to a process that could trace it (ptrace(2), "Ptrace access
/// mode checking"). Kept for a container whose parent was a monitor that was killed.
const SYS_PTRACE: u32 = 19;

/// `SECBIT_NOROOT`: user 0 gets nothing when it executes a program.
const NO_ROOT: i32 = 1;

/// For a process of our own, and a container that is or is not its child. What cannot be given up is reported at level debug.
pub(crate) fn confine(plan: &Confinement, is_parent: bool, reporter: &Reporter) {
    let executes = plan.restrictions.is_none();
    note(drop_capabilities(executes, is_parent).step("drop capabilities"), reporter);
    if let Some(restrictions) = &plan.restrictions {
        note(restrict(restrictions, is_parent, reporter), reporter);
    }
}

fn note(result: Result<(), Error>, reporter: &Reporter) {
    if let Err(error) = result {
        reporter.debug(format_args!("not confined: {error}"));
    }
}

fn drop_capabilities(executes: bool, is_parent: bool) -> std::io::Result<()> {
    let foreign = (!is_parent).then_some(&SYS_PTRACE);
    let kept = KEPT.iter().chain(foreign).fold(0, |set, capability| set | 1_u64 << capability);
    let mut own = Capabilities::own()?;
    let before = own;
    own.effective &= kept;
    if !executes || come_back(&own, kept) {
        own.permitted &= kept;
    }
    if own == before { Ok(()) } else { own.set() }
}

/// Whether a program that we execute has all capabilities again, although they are gone from the permitted set
/// (capabilities(7), "Transformation of capabilities during execve()"). If not, they are only made ineffective. An
/// inheritable capability may be an ambient one, which would be lost with the permitted one.
fn come_back(own: &Capabilities, kept: u64) -> bool {
    nix::unistd::geteuid().is_root()
        && own.inheritable & !kept == 0
        && confinement::secure_bits().is_some_and(|bits| bits & NO_ROOT == 0)
        && !confinement::has_no_new_privileges()
}

/// The filter comes last: it refuses the calls that the other steps make.
fn restrict(restrictions: &Restrictions, is_parent: bool, reporter: &Reporter) -> Result<(), Error> {
    confinement::set_no_new_privileges().step("set no_new_privs")?;
    // A process with restricted files can trace none without (`Documentation/userspace-api/landlock.rst`, "Ptrace restrictions").
    if let Some(writable) = restrictions.writable.as_ref().filter(|_| is_parent) {
        note(paths::restrict(writable).step("restrict writing to directories"), reporter);
    }
    if let Some(program) = filter::program() {
        confinement::filter_system_calls(program.as_slice()).step("filter system calls")?;
    }
    Ok(())
}

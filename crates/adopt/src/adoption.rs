//! The steps of an adoption.

use std::cell::RefCell;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::time::{Duration, Instant};

use conmon_core::{Candidate, VARIABLE};

use crate::Request;
use crate::calls::Change;
use crate::data::Data;
use crate::document::{Monitor, document};
use crate::image::Image;
use crate::inspect::{Facts, Target};
use crate::prepared::{Prepared, describe};
use crate::process::{Descriptor, Proc, reason};
use crate::roles::Unclear;
use crate::tracee::{HAS_ENDED, Outcome, Tracee};
use crate::trial::try_out;

/// How long it may take until the process waits and holds nothing.
const PATIENCE: Duration = Duration::from_secs(5);
/// Signals that the executable receives on a descriptor: blocked from its first instruction on.
const RECEIVED: [i32; 5] = [libc::SIGTERM, libc::SIGINT, libc::SIGQUIT, libc::SIGCHLD, libc::SIGUSR1];
/// What C conmon sets for itself, if it may; its children get 0.
const SPARED: &[u8] = b"-1000\n";
/// Permissions that files of a monitor do not have.
const UMASK: u32 = 0o022;

pub(crate) fn adopt(request: &Request<'_>) -> Result<(), String> {
    let prepared = execute_in_place(request).map_err(|why| {
        // Whatever was found then: it was not there any more.
        let has_ended = Proc(request.pid).stat().map_or(true, |stat| stat.has_ended());
        if has_ended { HAS_ENDED.to_owned() } else { why }
    })?;
    prepared.answer()
}

/// Returns when the process executes the executable, and nothing traces it any more.
fn execute_in_place(request: &Request<'_>) -> Result<Prepared, String> {
    let candidate = open_candidate(request)?;
    let target = Target::find(request)?;
    let mut tracee = Tracee::seize(target.process)?;
    // Only now its number cannot pass to another process.
    target.check_identity()?;
    let facts = stop(&mut tracee, &target)?;
    tracee.set_mask(facts.mask);
    let prepared = Prepared::make(&mut tracee, &target, &facts)?;
    match replace(&mut tracee, &target, &facts, &prepared, &candidate) {
        Ok(()) => {
            tracee.detach();
            Ok(prepared)
        }
        Err(why) => {
            prepared.undo(&mut tracee)?;
            Err(why)
        }
    }
}

fn open_candidate(request: &Request<'_>) -> Result<Candidate, String> {
    let path = request.executable;
    // A FIFO must not block.
    let opened = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path);
    let file = opened.map_err(|error| format!("cannot open {}: {}", path.display(), reason(&error)))?;
    Candidate::check(file)
}

fn stop(tracee: &mut Tracee, target: &Target<'_>) -> Result<Facts, String> {
    let why = RefCell::new(None);
    tracee.stop_in_poll(
        Instant::now() + PATIENCE,
        |tracee, wait| match target.inspect(wait, &tracee.memory) {
            Ok(facts) => Ok(Some(facts)),
            Err(Unclear::Now(reason)) => {
                *why.borrow_mut() = Some(reason);
                Ok(None)
            }
            Err(Unclear::Always(reason)) => Err(reason),
        },
        || why.borrow().clone().unwrap_or_else(|| busy(target.process)),
    )
}

/// What it does instead of waiting for events.
fn busy(process: Proc) -> String {
    let place = process.text("wchan").unwrap_or_default();
    let place = if matches!(&*place, "" | "0") { "another call" } else { &place };
    format!("it does not wait for events, but in {place}")
}

/// Executes the executable. After an error the process is stopped where it was.
fn replace(
    tracee: &mut Tracee,
    target: &Target<'_>,
    facts: &Facts,
    prepared: &Prepared,
    candidate: &Candidate,
) -> Result<(), String> {
    check_same(candidate, target, prepared)?;
    let image = Image::of(target.process, &tracee.memory)?;
    let text = document(&monitor(target, facts, prepared)?);
    try_out(candidate, target.process, &image.arguments, &image.environment, &text)?;
    prepared.write(target, &text)?;
    execute(tracee, target, &image, prepared, change(facts, prepared))
}

fn monitor(target: &Target<'_>, facts: &Facts, prepared: &Prepared) -> Result<Monitor, String> {
    let mut name = target.process.read("comm")?;
    name.pop();
    Ok(Monitor {
        name,
        container: facts.container,
        limit: target.time_left(facts.container),
        signals: facts.inherited_mask(),
        oom_score: (target.process.read("oom_score_adj")? == SPARED).then(|| b"0".to_vec()),
        roles: facts.roles.clone(),
        control: prepared.control,
        terminal: prepared.terminal,
        oom_control: facts.oom_control.clone(),
        memory_events: prepared.memory_events.map(|fd| (fd, facts.memory_counters)),
        logs: facts.logs.clone(),
        caller: prepared.caller,
    })
}

/// The file that the process has opened is the one that was tried: whatever is at the path by now, that is executed.
fn check_same(candidate: &Candidate, target: &Target<'_>, prepared: &Prepared) -> Result<(), String> {
    let tried = candidate.file().metadata().map_err(|error| reason(&error))?;
    let opened = target.process.path(&format!("fd/{}", prepared.executable));
    let opened = fs::metadata(opened).map_err(|error| reason(&error))?;
    match (tried.dev(), tried.ino()) == (opened.dev(), opened.ino()) {
        true => Ok(()),
        false => Err(format!("it finds another file at {}", target.request.executable.display())),
    }
}

fn change(facts: &Facts, prepared: &Prepared) -> Change {
    let mut change = Change::default();
    let closed = |fd: &i32| facts.descriptor(*fd).is_some_and(Descriptor::closes_on_exec);
    for fd in facts.roles.kept().filter(closed).chain(prepared.kept()) {
        change.keep(fd);
    }
    // C conmon opens a log to append to it, and those that follow it otherwise.
    facts.roles.log.and_then(|log| facts.descriptor(log)).into_iter().for_each(|log| change.append(log));
    for descriptor in facts.roles.read_and_written().filter_map(|fd| facts.descriptor(fd)) {
        change.never_block(descriptor);
    }
    change.umask(UMASK, facts.umask);
    change
}

fn execute(
    tracee: &mut Tracee,
    target: &Target<'_>,
    image: &Image,
    prepared: &Prepared,
    mut change: Change,
) -> Result<(), String> {
    let variable = format!("{VARIABLE}=resume:{}", prepared.document);
    let pointers = image.arguments_at.len() + image.environment_at.len() + 4;
    let place = tracee.room(variable.len() + 2 + pointers * 8, change.count())?;
    let mut data = Data::at(place);
    let (empty, variable) = (data.string(b""), data.string(variable.as_bytes()));
    let arguments = data.pointers(image.arguments_at.iter().copied());
    let environment = data.pointers(image.environment_at.iter().copied().chain([variable]));
    let at = change.execute(prepared.executable, empty, arguments, environment);
    let blocked = RECEIVED.into_iter().fold(0, |mask, signal| mask | 1_u64 << (signal - 1));
    match tracee.run(place, data.bytes(), &change.calls, Some(blocked))? {
        Outcome::Executed => Ok(()),
        Outcome::Results(results) => {
            let error = results.get(at).copied().unwrap_or(0);
            Err(format!("cannot execute {}: {}", target.request.executable.display(), describe(error)))
        }
    }
}

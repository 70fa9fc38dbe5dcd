//! Runs a session inside this process: the same core as in the executable, on its own thread.
//!
//! The event loop is not involved until the container exits.

use std::thread;

use conmon_core::embedded;
use conmon_core::plan::Plan;
use napi::bindgen_prelude::{Env, Error, Object, Result};
use napi::{JsDeferred, Status};
use napi_derive::napi;

/// How a container exited.
#[napi(object)]
pub struct ContainerExit {
    /// The exit code, 128 plus the signal, or −1 after the time limit.
    pub status: i32,
    /// The pid of the container's first process; absent if it was never known.
    pub pid: Option<i32>,
    /// The container ran out of memory.
    pub oom_killed: bool,
    /// It was killed at the time limit.
    pub timed_out: bool,
}

impl From<embedded::ContainerExit> for ContainerExit {
    fn from(ended: embedded::ContainerExit) -> Self {
        let embedded::ContainerExit { status, pid, oom_killed, timed_out } = ended;
        Self { status, pid, oom_killed, timed_out }
    }
}

type Resolver = Box<dyn FnOnce(Env) -> Result<ContainerExit> + Send>;

/// Carries out a plan (as JSON) in this process: creates the container, logs, serves attach. The promise is fulfilled
/// after the container's exit has been reported, and rejected with the reason if it could not be created.
///
/// This process becomes a child subreaper (prctl(2)) and stays one: only a subreaper can wait for the container. Children
/// of the container that outlive it become children of this process.
#[napi(catch_unwind, ts_return_type = "Promise<ContainerExit>")]
pub fn monitor<'env>(env: &'env Env, plan: String) -> Result<Object<'env>> {
    let plan = Plan::from_json(plan.as_bytes())
        .map_err(|error| Error::new(Status::InvalidArg, format!("cannot read the plan: {error}")))?;
    let (deferred, promise): (JsDeferred<ContainerExit, Resolver>, _) = env.create_deferred()?;
    let work = move || match std::panic::catch_unwind(|| embedded::monitor(plan)) {
        Ok(Ok(ended)) => deferred.resolve(Box::new(move |_| Ok(ended.into()))),
        Ok(Err(error)) => deferred.reject(Error::from_reason(error.to_string())),
        Err(_) => deferred.reject(Error::from_reason("the monitor panicked; its message is on stderr")),
    };
    thread::Builder::new()
        .name("conmon".to_owned())
        .spawn(work)
        .map_err(|error| Error::from_reason(format!("cannot start a thread for the monitor: {error}")))?;
    Ok(promise)
}

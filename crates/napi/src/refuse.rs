//! Telling a refusal as the executable does, also to syslog: Node has no datagram sockets in the file system.

use conmon_core::executable;
use conmon_core::plan::PlanResult;
use napi::bindgen_prelude::{Error, Result};
use napi_derive::napi;

/// Tells stderr, syslog and the waiting managers what the planner's answer (as JSON) says. Returns the exit status.
#[napi(catch_unwind)]
pub fn refuse(answer: String) -> Result<u8> {
    match PlanResult::from_json(answer.as_bytes()) {
        Ok(PlanResult::Refusal(refusal)) => Ok(executable::refuse(&refusal)),
        Ok(PlanResult::Plan(_) | PlanResult::Text(_)) => Err(Error::from_reason("the answer is no refusal")),
        Err(error) => Err(Error::from_reason(format!("cannot read the answer: {error}"))),
    }
}

//! Reports a refusal as the executable does, also to syslog: Node has no Unix datagram sockets.

use conmon_core::executable;
use conmon_core::plan::PlanResult;
use napi::bindgen_prelude::{Error, Result};
use napi_derive::napi;

/// Reports the refusal in the planner's answer (as JSON) on stderr, syslog and the managers' pipes. Returns the exit status.
#[napi(catch_unwind)]
pub fn refuse(answer: String) -> Result<u8> {
    match PlanResult::from_json(answer.as_bytes()) {
        Ok(PlanResult::Refusal(refusal)) => Ok(executable::refuse(&refusal)),
        Ok(PlanResult::Plan(_) | PlanResult::Text(_)) => {
            Err(Error::from_reason("the answer is not a refusal"))
        }
        Err(error) => Err(Error::from_reason(format!("cannot read the answer: {error}"))),
    }
}

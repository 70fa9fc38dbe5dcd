//! The packets on the private socket.

use std::time::Duration;

use serde::Deserialize;

use crate::plan::escape_into;

/// Version of the packets and of the blocks of exit commands. A monitor refuses any other.
pub(super) const VERSION: u32 = 1;
/// More than any packet has.
pub(super) const MAX_PACKET: usize = 1024;

/// What a client requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Operation {
    /// Run the exit command in the document.
    #[serde(rename_all = "camelCase")]
    AdoptExitCommand {
        /// In how many milliseconds it is due.
        delay_milliseconds: u64,
    },
    /// Continue as the executable that comes with the request.
    Upgrade {},
}

/// The packet of a client.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Request {
    version: u32,
    request: Operation,
}

impl Request {
    /// The packet that gives a command away.
    pub(super) fn adopt(delay: Duration) -> Vec<u8> {
        let delay = delay.as_millis();
        format!(r#"{{"version":{VERSION},"request":{{"adoptExitCommand":{{"delayMilliseconds":{delay}}}}}}}"#)
            .into_bytes()
    }

    /// The packet that asks for another executable.
    pub(super) fn upgrade() -> Vec<u8> {
        format!(r#"{{"version":{VERSION},"request":{{"upgrade":{{}}}}}}"#).into_bytes()
    }

    /// # Errors
    /// Why it is not a request that this monitor knows.
    pub(super) fn parse(packet: &[u8]) -> Result<Operation, String> {
        let request: Self =
            serde_json::from_slice(packet).map_err(|error| format!("malformed request: {error}"))?;
        match request.version {
            VERSION => Ok(request.request),
            other => Err(format!("request version {other}; expected {VERSION}")),
        }
    }
}

/// The packet of the monitor.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Answer {
    version: u32,
    /// Null if what was asked for has been done.
    refused: Option<String>,
}

impl Answer {
    pub(super) fn encode(refused: Option<&str>) -> Vec<u8> {
        let mut packet = format!(r#"{{"version":{VERSION},"refused":"#).into_bytes();
        match refused {
            None => packet.extend_from_slice(b"null"),
            Some(why) => {
                packet.push(b'"');
                escape_into(&mut packet, why.as_bytes());
                packet.push(b'"');
            }
        }
        packet.push(b'}');
        packet
    }

    /// # Errors
    /// Why it was not done, or the answer not understood.
    pub(super) fn check(packet: &[u8]) -> Result<(), String> {
        let answer: Self =
            serde_json::from_slice(packet).map_err(|error| format!("malformed answer: {error}"))?;
        match answer {
            Self { version: VERSION, refused: None } => Ok(()),
            Self { version: VERSION, refused: Some(why) } => Err(why),
            Self { version, .. } => Err(format!("answer version {version}; expected {VERSION}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests of this version will be read by all later ones: what is here never changes.
    #[test]
    fn version_1_is_this() {
        let packet = br#"{"version":1,"request":{"adoptExitCommand":{"delayMilliseconds":1500}}}"#;
        assert_eq!(Request::adopt(Duration::from_millis(1500)), packet);
        assert_eq!(Request::parse(packet).unwrap(), Operation::AdoptExitCommand { delay_milliseconds: 1500 });
        assert!(Request::adopt(Duration::MAX).len() <= MAX_PACKET);
        let packet = br#"{"version":1,"request":{"upgrade":{}}}"#;
        assert_eq!(Request::upgrade(), packet);
        assert_eq!(Request::parse(packet).unwrap(), Operation::Upgrade {});
    }

    #[test]
    fn other_requests_are_refused_with_a_reason() {
        for (packet, why) in [
            (&br#"{"version":2,"request":{"adoptExitCommand":{"delayMilliseconds":1}}}"#[..], "version 2"),
            (br#"{"version":1,"request":{"adoptExitCommand":{"delayMilliseconds":-1}}}"#, "malformed"),
            (br#"{"version":1,"request":{"dance":{}}}"#, "dance"),
            (br#"{"version":1,"request":{"adoptExitCommand":{"delayMilliseconds":1}},"more":1}"#, "more"),
            (b"", "malformed"),
            (b"\xff\0", "malformed"),
        ] {
            assert!(Request::parse(packet).unwrap_err().contains(why), "{why}");
        }
    }

    #[test]
    fn an_answer_says_whether_and_why_not() {
        Answer::check(&Answer::encode(None)).unwrap();
        assert_eq!(Answer::check(&Answer::encode(Some("no \"room\"\n"))).unwrap_err(), "no \"room\"\n");
        assert!(Answer::check(br#"{"version":3,"refused":null}"#).unwrap_err().contains("version 3"));
        assert!(Answer::check(b"").unwrap_err().contains("malformed"));
    }
}

//! The text of a runtime's pid file: empty, a valid container pid, or refused.
#![no_main]

use conmon_core::fuzzing::pid;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let digits: Vec<u8> = {
        let begin = text.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(text.len());
        let end = text.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(begin, |last| last + 1);
        text[begin..end].to_vec()
    };
    match pid(text) {
        Ok(None) => assert!(digits.is_empty()),
        Ok(Some(pid)) => {
            assert!(pid > 1 && pid != i32::try_from(std::process::id()).unwrap());
            let significant = digits.strip_prefix(b"+").unwrap_or(&digits);
            let zeros = significant.iter().take_while(|byte| **byte == b'0').count();
            assert_eq!(significant[zeros..], *pid.to_string().as_bytes());
        }
        Err(_) => assert!(!digits.is_empty()),
    }
});

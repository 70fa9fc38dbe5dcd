//! Lines on `ctl` and `winsz`: however reads split them, the requests are those of a reader that has them all at the start.
#![no_main]

use conmon_core::fuzzing::{ControlRequest, control};
use conmon_fuzz::cut::pieces;
use libfuzzer_sys::fuzz_target;

const LONGEST_LINE: usize = 256;

fuzz_target!(|input: (bool, Vec<u8>, Vec<u8>)| {
    let (winsz, text, cuts) = input;
    let requests = control(&pieces(&text, &cuts), winsz);
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    assert_eq!(requests.len(), lines.len() - 1);
    for (request, line) in requests.iter().zip(lines) {
        assert_eq!(*request, expected(line, winsz), "{}", String::from_utf8_lossy(line));
    }
});

fn expected(line: &[u8], winsz: bool) -> Option<ControlRequest> {
    if line.len() > LONGEST_LINE {
        return None;
    }
    let numbers = leading_numbers(line);
    let resize = |rows: i128, columns: i128| {
        let size = |cells| u16::try_from(cells).ok().filter(|cells| *cells <= 1000);
        Some(ControlRequest::Resize(size(rows)?, size(columns)?))
    };
    match numbers[..] {
        [1, rows, columns, ..] => resize(rows, columns),
        [2, _, _, ..] => Some(ControlRequest::ReopenLogs),
        [rows, columns, ..] if winsz => resize(rows, columns),
        _ => None,
    }
}

/// Parses like `%d %d %d` of scanf(3): blanks, a sign, digits.
fn leading_numbers(line: &[u8]) -> Vec<i128> {
    let mut numbers = Vec::new();
    let mut at = 0;
    while numbers.len() < 3 {
        while line.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        let negative = line.get(at) == Some(&b'-');
        if negative || line.get(at) == Some(&b'+') {
            at += 1;
        }
        let first = at;
        let mut value: i128 = 0;
        while let Some(digit) = line.get(at).filter(|byte| byte.is_ascii_digit()) {
            value = (value * 10 + i128::from(digit - b'0')).min(1 << 100);
            at += 1;
        }
        if at == first {
            break;
        }
        numbers.push(if negative { -value } else { value });
    }
    numbers
}

//! The environment of this process: environ(7).

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;

// SAFETY: the declaration of environ(7).
unsafe extern "C" {
    static environ: *const *const c_char;
}

/// Removes a variable from the environment. For a single-threaded process.
pub fn remove(name: &str) {
    // SAFETY: no other thread may access the environment; callers are single-threaded.
    unsafe { std::env::remove_var(name) }
}

/// An environment for execve(2), not copied, in which one number can be filled in after a fork.
pub struct Environment<'a> {
    strings: PhantomData<&'a CStr>,
    pointers: Vec<*const c_char>,
    number: Option<Number>,
}

/// A variable `NAME=` with room for the digits of a number and a NUL.
struct Number {
    at: usize,
    text: Vec<u8>,
    digits_from: usize,
}

const MAX_DIGITS: usize = 10;

impl<'a> Environment<'a> {
    /// These strings, `NAME=VALUE`.
    pub fn of(strings: &[&'a CStr]) -> Self {
        let pointers = strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect();
        Self { strings: PhantomData, pointers, number: None }
    }

    /// The strings of the environment.
    pub fn strings(&self) -> impl Iterator<Item = &CStr> {
        let pointers = self.pointers.iter().copied().filter(|pointer| !pointer.is_null());
        // SAFETY: those that are not null are C strings that live as long as the environment.
        pointers.map(|pointer| unsafe { CStr::from_ptr(pointer) })
    }

    /// This process' own environment, read once: later changes are not seen.
    pub fn inherit() -> Self {
        let mut pointers = Vec::new();
        // SAFETY: `environ` (environ(7)) is a plain pointer, written only by setenv and friends, which nothing in the
        // executable calls.
        let mut next = unsafe { environ };
        while !next.is_null() {
            // SAFETY: `next` points into the array, at or before the null pointer that ends it.
            let entry = unsafe { *next };
            if entry.is_null() {
                break;
            }
            pointers.push(entry);
            // SAFETY: the entry was not the last, so the next one is inside the array.
            next = unsafe { next.add(1) };
        }
        pointers.push(std::ptr::null());
        Self { strings: PhantomData, pointers, number: None }
    }

    /// Adds a variable, `NAME=VALUE`.
    pub fn add(&mut self, variable: &'a CStr) {
        let end = self.pointers.len().saturating_sub(1);
        self.pointers.insert(end, variable.as_ptr());
    }

    /// Reserves the variable, if it is set, for [`Self::fill_in`].
    pub fn reserve_number(&mut self, name: &str) {
        let found = self.pointers.iter().position(|pointer| {
            // SAFETY: every pointer but the last, which is null, is a C string of the environment.
            !pointer.is_null() && is_variable(unsafe { CStr::from_ptr(*pointer) }.to_bytes(), name)
        });
        if let Some(at) = found {
            let mut text = format!("{name}=").into_bytes();
            let digits_from = text.len();
            text.resize(digits_from + MAX_DIGITS + 1, 0);
            self.number = Some(Number { at, text, digits_from });
        }
    }

    /// Sets the reserved variable, if any. For a forked child: allocates nothing.
    pub fn fill_in(&mut self, value: u32) {
        let Some(Number { at, text, digits_from }) = &mut self.number else { return };
        let mut digits = [0_u8; MAX_DIGITS];
        let mut rest = value;
        let mut first = MAX_DIGITS;
        loop {
            first -= 1;
            digits[first] = b'0' + (rest % 10).to_le_bytes()[0];
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        let count = MAX_DIGITS - first;
        text[*digits_from..*digits_from + count].copy_from_slice(&digits[first..]);
        self.pointers[*at] = text.as_ptr().cast();
    }

    /// The array for execve(2), null pointer included.
    pub fn pointers(&self) -> &[*const c_char] {
        &self.pointers
    }
}

fn is_variable(entry: &[u8], name: &str) -> bool {
    entry.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_without_leading_zeros() {
        let mut environment = Environment::inherit();
        let name = std::env::vars().next().map(|(name, _)| name).unwrap();
        environment.reserve_number(&name);
        for value in [7, 1_234_567, u32::MAX] {
            environment.reserve_number(&name);
            environment.fill_in(value);
            let at = environment.number.as_ref().unwrap().at;
            // SAFETY: points to the reserved text, which ends with a NUL.
            let entry = unsafe { CStr::from_ptr(environment.pointers[at]) };
            assert_eq!(entry.to_str().unwrap(), format!("{name}={value}"));
        }
    }
}

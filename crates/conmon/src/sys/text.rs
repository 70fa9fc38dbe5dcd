//! The bytes of the engine's strings.

use std::slice;

use rquickjs::{CString, Result, String};

/// A string as the engine hands it out to C.
pub(crate) struct Text<'js>(CString<'js>);

impl<'js> Text<'js> {
    pub(crate) fn of(string: String<'js>) -> Result<Self> {
        string.to_cstring().map(Self)
    }

    /// WTF-8: UTF-8 in which a surrogate that is not part of a pair is three bytes like any other character. That is why
    /// this is no `str`.
    pub(crate) fn as_wtf8(&self) -> &[u8] {
        // SAFETY: the engine made the pointer for this many bytes, which live and do not change as long as the object here.
        unsafe { slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len()) }
    }
}

//! The bytes of the engine's strings.

use std::slice;

use rquickjs::{CString, Result, String};

/// A C string view of an engine string.
pub(crate) struct Text<'js>(CString<'js>);

impl<'js> Text<'js> {
    pub(crate) fn of(string: String<'js>) -> Result<Self> {
        string.to_cstring().map(Self)
    }

    /// The bytes as WTF-8: UTF-8 in which a lone surrogate is encoded as three bytes, so not a `str`.
    pub(crate) fn as_wtf8(&self) -> &[u8] {
        // SAFETY: the engine returned the pointer for this many bytes, which live unchanged as long as `self`.
        unsafe { slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len()) }
    }
}

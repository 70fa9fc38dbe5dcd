//! Files that are read or written whole.

pub(crate) mod atomic_file;
pub(crate) mod directory;
pub(crate) mod small_file;

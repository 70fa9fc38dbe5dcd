//! Files that are read or written whole, and what identifies them.

pub(crate) mod atomic_file;
pub(crate) mod directory;
pub(crate) mod file_id;
pub(crate) mod remove;
pub(crate) mod small_file;

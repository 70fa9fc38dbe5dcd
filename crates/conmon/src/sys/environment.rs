//! The environment of the process, which everything we start inherits.

/// Takes a variable out of the environment.
pub(crate) fn remove(name: &str) {
    // SAFETY: no other thread may read or write the environment. This executable has one thread until it ends.
    unsafe { std::env::remove_var(name) }
}

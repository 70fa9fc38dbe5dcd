//! Lengths as numbers of a width that does not depend on the machine.

/// A length in memory, as counters and positions in a file have it.
pub(crate) fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

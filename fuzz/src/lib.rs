//! Shared by the fuzz targets: readers of the formats, independent of the writers, and functions to split and join.

pub mod cri;
pub mod cut;
pub mod journal;
pub mod log;
pub mod socket;

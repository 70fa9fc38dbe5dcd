//! What the fuzz targets share: readers of the formats that know nothing of the writers, and ways to cut and join.

pub mod cri;
pub mod cut;
pub mod journal;
pub mod log;
pub mod socket;

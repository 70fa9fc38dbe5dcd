//! The only place of this crate with `unsafe`: one operation a block, each with the reason why it holds.

pub(crate) mod descriptor;
pub(crate) mod disposition;

//! The kernel's side: the only module with `unsafe`. One operation a block, each with the obligation and why it holds.
//! Not here: anything that `nix` already offers safely.

pub(crate) mod confinement;
pub(crate) mod disposition;
pub(crate) mod environment;
pub(crate) mod fds;
pub(crate) mod packets;
pub(crate) mod pages;
pub(crate) mod process;
pub(crate) mod random;
pub(crate) mod shared_page;
pub(crate) mod signals;
pub(crate) mod simd;
pub(crate) mod time;
pub(crate) mod tty;

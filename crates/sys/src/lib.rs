//! The kernel's side of the monitor, for all crates: safe functions over system calls, with one unsafe operation a block, each
//! with the obligation and why it holds. Not here: anything that `nix` already offers safely.

pub mod confinement;
pub mod disposition;
pub mod environment;
pub mod fds;
mod ioctl;
pub mod memfd;
pub mod packets;
pub mod pages;
pub mod process;
pub mod random;
pub mod shared_page;
pub mod signals;
pub mod simd;
pub mod time;
pub mod tty;
pub mod unix_socket;

//! Safe wrappers over system calls, for all crates: one unsafe operation a block, each with its obligation and why it
//! holds. Not here: anything that `nix` already offers safely.

#![expect(unsafe_code, reason = "system calls that no safe wrapper offers; this crate is one")]

pub mod command_line;
pub mod confinement;
pub mod disposition;
pub mod environment;
pub mod errors;
pub mod events;
pub mod fds;
pub mod heap;
pub mod hibernate;
mod ioctl;
pub mod memfd;
pub mod numbers;
pub mod packets;
pub mod pages;
pub mod process;
pub mod ptrace;
pub mod random;
pub mod rename;
pub mod shared_page;
pub mod signals;
pub mod simd;
pub mod time;
pub mod tty;
pub mod unix_socket;

//! The only module of this crate with `unsafe`: one operation a block, each with its safety argument.

#![expect(unsafe_code, reason = "the engine's memory and bytecode, and the entry point")]

pub(crate) mod arena;
#[cfg(not(planner_is_source))]
pub(crate) mod bytecode;
#[cfg(test)]
pub(crate) mod compile;
#[cfg(all(target_arch = "x86_64", any(test, target_env = "musl")))]
mod copy;
#[cfg(not(test))]
mod entry;
mod note;
pub(crate) mod start_tables;
pub(crate) mod text;

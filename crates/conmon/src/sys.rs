//! The only place of this crate with `unsafe`: one operation a block, each with the reason why it holds.

#![expect(unsafe_code, reason = "the engine's memory and bytecode, and the entry point")]

pub(crate) mod arena;
pub(crate) mod bytecode;
#[cfg(test)]
pub(crate) mod compile;
pub(crate) mod engine_tables;
#[cfg(not(test))]
mod entry;
mod note;
pub(crate) mod text;

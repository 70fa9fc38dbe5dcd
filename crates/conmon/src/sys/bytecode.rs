//! Bytecode of the planner. The engine trusts it as it trusts its own compiler.

use rquickjs::module::Declared;
use rquickjs::{Ctx, Module, Result};

/// Loads bytecode that `build.rs` made with the same engine.
pub(crate) fn load<'js>(ctx: &Ctx<'js>, bytecode: &'static [u8]) -> Result<Module<'js, Declared>> {
    // SAFETY: the bytes must be bytecode of this engine's version. They are compiled into the executable by `build.rs`
    // (in tests: made at run time) with the engine of the same lock file, and cannot be changed, being `'static`: the
    // engine keeps pointers into them.
    unsafe { Module::load(ctx.clone(), bytecode) }
}

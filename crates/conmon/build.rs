//! Compiles the planner's bundle to the engine's bytecode, so that nothing is parsed when a container starts, and passes
//! the linker script for tables that are used only at the start. Leaves mathematical functions out that nothing calls.
//!
//! Bytecode depends on the engine's version and on the byte order, not on the size of words: compiler and executable come from
//! the same lock file. For a machine of the other byte order the executable has the bundle itself, which the engine parses at
//! each start.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use rquickjs::{CatchResultExt, Context, Runtime};

#[path = "src/sys/compile.rs"]
mod sys;

/// Overrides the path of the bundle.
const BUNDLE_VARIABLE: &str = "CONMON_PLANNER_BUNDLE";
/// The default path, relative to this crate.
const BUNDLE: &str = "../../dist/planner.script.js";
/// This machine's byte order.
const ENDIAN: &str = if cfg!(target_endian = "big") { "big" } else { "little" };
/// The linker script that places variables.
const LINKER_SCRIPT: &str = "layout.ld";

/// Functions of the C library that only JavaScript's `Math` and its operator `**` call. The planner uses neither, which
/// `__test__/planner/bundle.test.ts` checks. With their variants for each generation of processors they would be a twelfth of the
/// executable, and their relocations would be processed at each start.
#[rustfmt::skip]
const UNUSED: &[&str] = &[
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "cos", "cosh", "exp", "expm1", "hypot", "log",
    "log10", "log1p", "log2", "pow", "sin", "sinh", "tan", "tanh",
];

fn main() -> Result<(), Box<dyn Error>> {
    let bundle = env::var_os(BUNDLE_VARIABLE).map_or_else(|| PathBuf::from(BUNDLE), PathBuf::from);
    println!("cargo::rerun-if-env-changed={BUNDLE_VARIABLE}");
    println!("cargo::rerun-if-changed={}", bundle.display());
    let Some(source) = read(&bundle)? else {
        // cargo shows this kind of error without the noise of a failed build script.
        println!(
            "cargo::error=the planner's bundle {} does not exist: make it with `node scripts/build-planner.mjs`, \
             or name another with {BUNDLE_VARIABLE}",
            fs::canonicalize(".")?.join(&bundle).display()
        );
        return Ok(());
    };
    place_start_tables()?;
    leave_out_unused();
    let output = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?);
    let is_foreign = env::var("CARGO_CFG_TARGET_ENDIAN")? != ENDIAN;
    println!("cargo::rustc-check-cfg=cfg(planner_is_source)");
    if is_foreign {
        println!("cargo::rustc-cfg=planner_is_source");
    }
    fs::write(output.join("planner"), if is_foreign { source } else { compile(&source)? })?;
    Ok(())
}

/// A position-dependent executable has nothing to relocate: its tables stay where they are, and none are released.
fn place_start_tables() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={LINKER_SCRIPT}");
    if env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("relocation-model=static")) {
        for end in ["begin", "end"] {
            println!("cargo::rustc-link-arg-bins=-Wl,--defsym=start_tables_{end}=0");
        }
        return Ok(());
    }
    let directory = env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo did not set CARGO_MANIFEST_DIR")?;
    println!("cargo::rustc-link-arg-bins=-T{}", PathBuf::from(directory).join(LINKER_SCRIPT).display());
    Ok(())
}

/// A dynamic executable has them in a library, which knows of no other definition.
fn leave_out_unused() {
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    if features.split(',').any(|feature| feature == "crt-static") {
        for function in UNUSED {
            println!("cargo::rustc-link-arg-bins=-Wl,--defsym={function}=abort");
        }
    }
}

fn read(bundle: &Path) -> Result<Option<Vec<u8>>, Box<dyn Error>> {
    match fs::read(bundle) {
        Ok(source) => Ok(Some(source)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read the planner's bundle {}: {error}", bundle.display()).into()),
    }
}

fn compile(source: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let context = Context::full(&Runtime::new()?)?;
    context.with(|ctx| {
        sys::compile(&ctx, source)
            .catch(&ctx)
            .map_err(|error| format!("cannot compile the planner's bundle: {error}").into())
    })
}

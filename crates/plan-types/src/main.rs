//! Writes `ts/planner/plan.ts`: the types, constants and docs of `crates/core/src/plan.rs` as TypeScript.
//!
//! It reads the source, not the compiled types, so it knows the shapes that a plan uses and refuses any other. What serde
//! makes of them: renamed fields and variants, enums as objects with one key, `null` for `None`.

mod declaration;
mod docs;
mod names;
mod types;

use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use syn::{Item, Visibility};

use declaration::declaration;

/// Why there is no TypeScript for a source.
type Refused = String;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src/plan.rs")
}

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ts/planner/plan.ts")
}

/// The whole of `plan.ts`.
fn generate(source: &Path) -> Result<String, Refused> {
    let file = parse(source)?;
    let mut header = docs::lines(&file.attrs)?;
    header.extend([
        String::new(),
        "Generated from `crates/core/src/plan.rs` by `npm run plan-types`.".to_owned(),
    ]);
    let mut output = docs::comment(&header, "");
    for declaration in declarations(source, &file)? {
        output.push('\n');
        output.push_str(&declaration);
    }
    Ok(output)
}

/// Every public item, those of modules in the place where the module is declared.
fn declarations(source: &Path, file: &syn::File) -> Result<Vec<String>, Refused> {
    let mut found = Vec::new();
    for item in &file.items {
        match item {
            Item::Mod(module) if module.content.is_none() => {
                let path = source.with_extension("").join(format!("{}.rs", module.ident));
                found.extend(declarations(&path, &parse(&path)?)?);
            }
            Item::Const(syn::ItemConst { vis: Visibility::Public(_), .. })
            | Item::Type(syn::ItemType { vis: Visibility::Public(_), .. })
            | Item::Enum(syn::ItemEnum { vis: Visibility::Public(_), .. })
            | Item::Struct(syn::ItemStruct { vis: Visibility::Public(_), .. }) => {
                found.extend(declaration(item)?);
            }
            _ => {}
        }
    }
    Ok(found)
}

fn parse(path: &Path) -> Result<syn::File, Refused> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    syn::parse_file(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn main() -> ExitCode {
    let outcome = generate(&source()).and_then(|text| {
        fs::write(committed(), text).map_err(|error| format!("{}: {error}", committed().display()))
    });
    let Err(why) = outcome else { return ExitCode::SUCCESS };
    let _ = writeln!(stderr(), "cannot generate plan.ts: {why}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plan_ts_is_as_plan_rs_describes_it() {
        let committed = fs::read_to_string(committed()).unwrap();
        assert!(generate(&source()).unwrap() == committed, "plan.ts is stale: run npm run plan-types");
    }
}

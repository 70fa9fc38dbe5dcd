//! Writes `ts/planner/plan.ts`: the types, constants and docs of `crates/core/src/plan.rs` as TypeScript.
//!
//! It reads the source, not the compiled types, so it knows the shapes that a plan uses and refuses any other. What serde
//! makes of them: renamed fields and variants, enums as objects with one key, `null` for `None`.
//!
//! An enum that `plan.rs` re-exports is defined beside the code that handles its variants. It also becomes a list and a table of
//! docs, from which the grammar, the manual and the completions are made.

mod declaration;
mod docs;
mod names;
mod types;

use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use syn::{Item, UseTree, Visibility};

use declaration::{declaration, listed};

/// Why a source cannot be translated.
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
            Item::Use(syn::ItemUse { vis: Visibility::Public(_), tree, .. }) => {
                found.extend(re_exported(tree)?)
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

/// The enum that `pub use crate::MODULE::NAME` names; none for items of the plan's own modules.
fn re_exported(tree: &UseTree) -> Result<Option<String>, Refused> {
    let mut names = Vec::new();
    let mut rest = tree;
    while let UseTree::Path(path) = rest {
        names.push(path.ident.to_string());
        rest = &path.tree;
    }
    if names.first().is_none_or(|name| name != "crate") {
        return Ok(None);
    }
    let UseTree::Name(name) = rest else { return Err("a re-export of more than one name".to_owned()) };
    let root = source().with_file_name("");
    let module = names.iter().skip(1).fold(root, |path, name| path.join(name));
    let file = [module.with_extension("rs"), module.join("mod.rs")].into_iter().find(|file| file.exists());
    let file = parse(&file.unwrap_or(module))?;
    let item = file.items.iter().find_map(|item| match item {
        Item::Enum(item) if item.ident == name.ident => Some(item),
        _ => None,
    });
    item.map(listed).ok_or_else(|| format!("{} is not an enum", name.ident))?.map(Some)
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

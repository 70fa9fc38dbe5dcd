//! Writes `ts/planner/plan.ts` and `constants.ts`: the types, constants and docs of `crates/core/src/plan.rs` as TypeScript.
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

/// The files of `ts/planner`, what each is generated from, below `crates/core/src`, and its imports.
const FILES: [(&str, &str, &str); 2] = [
    ("plan.ts", "plan.rs", "\nimport type { PLAN_VERSION } from './constants.js';\n"),
    ("constants.ts", "plan/constants.rs", ""),
];

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src").join(name)
}

fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ts/planner").join(name)
}

/// A whole file.
fn generate(name: &str, imports: &str) -> Result<String, Refused> {
    let source = &source(name);
    let file = parse(source)?;
    let mut header = docs::lines(&file.attrs)?;
    header
        .extend([String::new(), format!("Generated from `crates/core/src/{name}` by `npm run plan-types`.")]);
    let mut output = docs::comment(&header, "") + imports;
    for declaration in declarations(source, &file)? {
        output.push('\n');
        output.push_str(&declaration);
    }
    Ok(output)
}

/// Every public item, those of modules in the place where the module is declared, unless the module has a file of its own.
fn declarations(source: &Path, file: &syn::File) -> Result<Vec<String>, Refused> {
    let mut found = Vec::new();
    for item in &file.items {
        match item {
            Item::Mod(module) if module.content.is_none() => {
                let path = source.with_extension("").join(format!("{}.rs", module.ident));
                if !FILES.iter().any(|(_, name, _)| path == self::source(name)) {
                    found.extend(declarations(&path, &parse(&path)?)?);
                }
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
    let module = names.iter().skip(1).fold(source(""), |path, name| path.join(name));
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
    for (name, source, imports) in FILES {
        let path = committed(name);
        let written = generate(source, imports)
            .and_then(|text| fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display())));
        if let Err(why) = written {
            let _ = writeln!(stderr(), "cannot generate {name}: {why}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_files_are_as_generated() {
        for (name, source, imports) in FILES {
            let committed = fs::read_to_string(committed(name)).unwrap();
            assert!(
                generate(source, imports).unwrap() == committed,
                "{name} is stale: run npm run plan-types"
            );
        }
    }
}

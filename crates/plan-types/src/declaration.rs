//! Items: constants, aliases, structs and enums.

use syn::{Expr, Fields, Item, ItemConst, ItemEnum, ItemStruct, Lit, Variant};

use crate::Refused;
use crate::docs::{comment, lines};
use crate::names::Convention;
use crate::types::type_of;

/// Prettier's, for this project.
const PRINT_WIDTH: usize = 120;

/// The declaration with its docs; none for an item that only Rust needs.
pub(crate) fn declaration(item: &Item) -> Result<Option<String>, Refused> {
    match item {
        Item::Const(item) => constant(item).map(Some),
        Item::Type(item) => alias(&item.attrs, &item.ident.to_string(), "string").map(Some),
        Item::Enum(item) => union(item).map(Some),
        Item::Struct(item) => structure(item),
        _ => Ok(None),
    }
    .map_err(|why| format!("{why}: {}", name_of(item)))
}

fn name_of(item: &Item) -> String {
    match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        _ => String::new(),
    }
}

fn constant(item: &ItemConst) -> Result<String, Refused> {
    let Expr::Lit(value) = item.expr.as_ref() else { return Err("not a literal".to_owned()) };
    let value = match &value.lit {
        Lit::Int(number) => number.base10_digits().to_owned(),
        Lit::Byte(byte) => format!("'\\u{:04x}'", byte.value()),
        Lit::Str(text) => format!("'{}'", text.value()),
        _ => return Err("a literal of a form that no plan uses".to_owned()),
    };
    Ok(format!("{}export const {} = {value};\n", comment(&lines(&item.attrs)?, ""), item.ident))
}

fn alias(attributes: &[syn::Attribute], name: &str, meaning: &str) -> Result<String, Refused> {
    Ok(format!("{}export type {name} = {meaning};\n", comment(&lines(attributes)?, "")))
}

fn structure(item: &ItemStruct) -> Result<Option<String>, Refused> {
    let name = item.ident.to_string();
    let fields = match &item.fields {
        Fields::Named(fields) => fields,
        // A string of the plan.
        Fields::Unnamed(_) => return alias(&item.attrs, &name, "string").map(Some),
        Fields::Unit => return Ok(None),
    };
    let convention = Convention::of(&item.attrs)?;
    let mut output = format!("{}export interface {name} {{\n", comment(&lines(&item.attrs)?, ""));
    for field in &fields.named {
        let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
        output.push_str(&comment(&lines(&field.attrs)?, "  "));
        let line = format!("  readonly {}: {};\n", convention.apply(&name), type_of(&field.ty)?);
        output.push_str(&line);
    }
    output.push_str("}\n");
    Ok(Some(output))
}

/// The docs of the variants become a list.
fn union(item: &ItemEnum) -> Result<String, Refused> {
    let convention = Convention::of(&item.attrs)?;
    let mut docs = lines(&item.attrs)?;
    docs.push(String::new());
    let mut members = Vec::new();
    for variant in &item.variants {
        let name = convention.apply(&variant.ident.to_string());
        docs.push(format!("- `{name}`: {}", lines(&variant.attrs)?.join(" ")));
        members.push(member(&name, variant)?);
    }
    let name = &item.ident;
    let joined = members.join(" | ");
    let whole = format!("export type {name} = {joined};\n");
    let declared = if whole.len() <= PRINT_WIDTH + 1 {
        whole
    } else if joined.len() + 3 <= PRINT_WIDTH {
        format!("export type {name} =\n  {joined};\n")
    } else {
        format!("export type {name} =\n  | {};\n", members.join("\n  | "))
    };
    Ok(comment(&docs, "") + &declared)
}

fn member(name: &str, variant: &Variant) -> Result<String, Refused> {
    match &variant.fields {
        Fields::Unit => Ok(format!("'{name}'")),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            let key = if name.contains('-') { format!("'{name}'") } else { name.to_owned() };
            let content = fields.unnamed.first().map(|field| type_of(&field.ty)).transpose()?;
            Ok(format!("{{ readonly {key}: {} }}", content.unwrap_or_default()))
        }
        _ => Err(format!("{name} is a variant of a form that no plan uses")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rust: &str) -> String {
        declaration(&syn::parse_str(rust).unwrap()).unwrap().unwrap()
    }

    #[test]
    fn a_struct_is_an_interface() {
        let rust =
            r#"/** S. */ #[serde(rename_all = "camelCase")] pub struct S { /** F. */ pub a_b: Option<u32> }"#;
        let typescript = "/** S. */\nexport interface S {\n  /** F. */\n  readonly aB: number | null;\n}\n";
        assert_eq!(of(rust), typescript);
    }

    #[test]
    fn an_enum_is_a_union_of_names_or_of_objects_with_one_key() {
        let names =
            r#"/** E. */ #[serde(rename_all = "camelCase")] pub enum E { /** One. */ One, /** Two. */ Two }"#;
        assert!(of(names).ends_with("\nexport type E = 'one' | 'two';\n"));
        let objects = r#"/** E. */ #[serde(rename_all = "kebab-case")] pub enum E { /** A. */ AB(Text) }"#;
        assert!(of(objects).ends_with("\nexport type E = { readonly 'a-b': Text };\n"), "{}", of(objects));
    }

    #[test]
    fn a_constant_keeps_its_value() {
        assert!(of("/** A. */ pub const A: u32 = 4096;").ends_with("\nexport const A = 4096;\n"));
        assert!(of(r"/** A. */ pub const A: u8 = b'\x01';").ends_with("\nexport const A = '\\u0001';\n"));
    }

    #[test]
    fn what_has_no_docs_is_refused() {
        assert!(declaration(&syn::parse_str("pub const A: u32 = 1;").unwrap()).is_err());
    }
}

//! Items: constants, aliases, structs and enums.

use syn::{Expr, Fields, Item, ItemConst, ItemEnum, ItemStruct, Lit, Variant};

use crate::Refused;
use crate::docs::{comment, lines};
use crate::names::{Convention, screaming_snake_case};
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
        Lit::Str(text) => format!("'{}'", escaped(&text.value())),
        Lit::CStr(text) => format!("'{}'", escaped(&text.value().to_string_lossy())),
        _ => return Err("a literal of a form that no plan uses".to_owned()),
    };
    Ok(format!("{}export const {} = {value};\n", comment(&lines(&item.attrs)?, ""), item.ident))
}

/// The content of a string literal in single quotes.
fn escaped(text: &str) -> String {
    let escape = |character: char| match character {
        '\n' => "\\n".to_owned(),
        '\'' | '\\' => format!("\\{character}"),
        '\0'..='\x1f' => format!("\\u{:04x}", u32::from(character)),
        _ => character.to_string(),
    };
    text.chars().map(escape).collect()
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

/// An enum without fields as a union, and the docs of each of its names.
pub(crate) fn listed(item: &ItemEnum) -> Result<String, Refused> {
    let convention = Convention::of(&item.attrs)?;
    let mut table = String::new();
    for variant in &item.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(format!("{} has fields; expected none: {}", variant.ident, item.ident));
        }
        let name = convention.apply(&variant.ident.to_string());
        let docs = lines(&variant.attrs)?.join(" ");
        let key = key(&name);
        let quote = if docs.contains('\'') { '"' } else { '\'' };
        let line = format!("  {key}: {quote}{docs}{quote},\n");
        let fits = line.chars().count() <= PRINT_WIDTH + 1;
        table.push_str(&if fits { line } else { format!("  {key}:\n    {quote}{docs}{quote},\n") });
    }
    let name = &item.ident;
    let constant = screaming_snake_case(&name.to_string());
    Ok(format!(
        "{}\n/** Every `{name}`, with its description. */\n\
         export const {constant}S: Readonly<Record<{name}, string>> = {{\n{table}}};\n",
        union(item)?
    ))
}

/// A name as the key of an object: prettier quotes it only if it must be.
fn key(name: &str) -> String {
    if name.contains('-') { format!("'{name}'") } else { name.to_owned() }
}

fn member(name: &str, variant: &Variant) -> Result<String, Refused> {
    match &variant.fields {
        Fields::Unit => Ok(format!("'{name}'")),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            let key = key(name);
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
    fn a_listed_enum_has_a_table_of_its_docs() {
        let rust =
            r#"/** E. */ #[serde(rename_all = "kebab-case")] pub enum LogE { /** A. */ AB, /** C's. */ C }"#;
        let typescript = listed(&syn::parse_str(rust).unwrap()).unwrap();
        let table =
            "export const LOG_ES: Readonly<Record<LogE, string>> = {\n  'a-b': 'A.',\n  c: \"C's.\",\n};\n";
        assert!(
            typescript.contains("export type LogE = 'a-b' | 'c';\n") && typescript.ends_with(table),
            "{typescript}"
        );
        let with_fields = r#"/** E. */ #[serde(rename_all = "kebab-case")] pub enum E { /** A. */ A(Text) }"#;
        assert!(listed(&syn::parse_str(with_fields).unwrap()).is_err());
    }

    #[test]
    fn a_constant_keeps_its_value() {
        assert!(of("/** A. */ pub const A: u32 = 4096;").ends_with("\nexport const A = 4096;\n"));
        assert!(of(r"/** A. */ pub const A: u8 = b'\x01';").ends_with("\nexport const A = '\\u0001';\n"));
        assert!(of(r#"/** A. */ pub const A: &CStr = c"a";"#).ends_with("\nexport const A = 'a';\n"));
    }

    #[test]
    fn a_text_is_escaped() {
        let rust = r#"/** A. */ pub const A: &str = "\x02'\\ … \n";"#;
        assert!(of(rust).ends_with("export const A = '\\u0002\\'\\\\ … \\n';\n"), "{}", of(rust));
    }

    #[test]
    fn what_has_no_docs_is_refused() {
        assert!(declaration(&syn::parse_str("pub const A: u32 = 1;").unwrap()).is_err());
    }
}

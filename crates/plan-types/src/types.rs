//! Types of fields.

use syn::{GenericArgument, PathArguments, PathSegment, Type};

use crate::Refused;

/// The TypeScript type of a Rust type.
pub(crate) fn type_of(rust: &Type) -> Result<String, Refused> {
    match rust {
        Type::Path(path) => path.path.segments.last().ok_or_else(unknown).and_then(named),
        Type::Tuple(tuple) => {
            let members = tuple.elems.iter().map(type_of).collect::<Result<Vec<_>, _>>()?;
            Ok(format!("readonly [{}]", members.join(", ")))
        }
        _ => Err(unknown()),
    }
}

fn named(segment: &PathSegment) -> Result<String, Refused> {
    let name = segment.ident.to_string();
    match name.as_str() {
        "bool" => Ok("boolean".to_owned()),
        "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64" | "RawFd" => Ok("number".to_owned()),
        "PlanVersion" => Ok("typeof PLAN_VERSION".to_owned()),
        "Option" => Ok(format!("{} | null", argument(segment)?)),
        "Box" => argument(segment),
        "Vec" => argument(segment).map(|item| {
            if item.contains(' ') { format!("readonly ({item})[]") } else { format!("readonly {item}[]") }
        }),
        _ if segment.arguments.is_none() && name.starts_with(char::is_uppercase) => Ok(name),
        _ => Err(format!("{name} has no TypeScript type")),
    }
}

fn argument(segment: &PathSegment) -> Result<String, Refused> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Err(unknown()) };
    match arguments.args.first() {
        Some(GenericArgument::Type(rust)) => type_of(rust),
        _ => Err(unknown()),
    }
}

fn unknown() -> Refused {
    "a type of a form that no plan uses".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rust: &str) -> Result<String, Refused> {
        type_of(&syn::parse_str(rust).unwrap())
    }

    #[test]
    fn every_form_that_a_plan_uses_has_a_type() {
        let cases = [
            ("bool", "boolean"),
            ("Option<RawFd>", "number | null"),
            ("Box<Plan>", "Plan"),
            ("Vec<Bytes>", "readonly Bytes[]"),
            ("Vec<(Bytes, Bytes)>", "readonly (readonly [Bytes, Bytes])[]"),
            ("Option<Vec<u32>>", "readonly number[] | null"),
        ];
        for (rust, typescript) in cases {
            assert_eq!(of(rust).unwrap(), typescript, "{rust}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for rust in ["&str", "[u8; 4]", "HashMap<u32, u32>", "f32", "str"] {
            assert!(of(rust).is_err(), "{rust}");
        }
    }
}

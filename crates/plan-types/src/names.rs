//! Names as serde writes them, by the `rename_all` of their container.

use syn::{Attribute, LitStr};

use crate::Refused;

/// The conventions that a plan uses.
#[derive(Clone, Copy)]
pub(crate) enum Convention {
    CamelCase,
    KebabCase,
}

impl Convention {
    /// The one that `#[serde(rename_all = "…")]` names.
    pub(crate) fn of(attributes: &[Attribute]) -> Result<Self, Refused> {
        let mut found = None;
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            attribute
                .parse_nested_meta(|meta| {
                    if meta.path.is_ident("rename_all") {
                        found = Some(meta.value()?.parse::<LitStr>()?.value());
                    }
                    Ok(())
                })
                .map_err(|error| error.to_string())?;
        }
        match found.as_deref() {
            Some("camelCase") => Ok(Self::CamelCase),
            Some("kebab-case") => Ok(Self::KebabCase),
            other => Err(format!("rename_all is {other:?}; expected camelCase or kebab-case")),
        }
    }

    /// A field, which is in snake case, or a variant, which is in Pascal case.
    pub(crate) fn apply(self, name: &str) -> String {
        match self {
            Self::CamelCase => camel_case(name),
            Self::KebabCase => kebab_case(name),
        }
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default();
    let rest: String = words.map(|word| with_first(word, char::to_ascii_uppercase)).collect();
    with_first(first, char::to_ascii_lowercase) + &rest
}

fn kebab_case(name: &str) -> String {
    let mut kebab = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(character.to_ascii_lowercase());
    }
    kebab
}

/// A Pascal case name as that of a constant.
pub(crate) fn screaming_snake_case(name: &str) -> String {
    kebab_case(name).replace('-', "_").to_uppercase()
}

fn with_first(word: &str, change: fn(&char) -> char) -> String {
    let mut characters = word.chars();
    characters.next().iter().map(change).chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_serde() {
        assert_eq!(Convention::CamelCase.apply("console_socket_index"), "consoleSocketIndex");
        assert_eq!(Convention::CamelCase.apply("Refusal"), "refusal");
        assert_eq!(Convention::KebabCase.apply("K8sFile"), "k8s-file");
    }
}

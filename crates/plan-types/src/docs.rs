//! Doc comments: out of attributes, into TSDoc.

use syn::{Attribute, Expr, Lit, Meta};

use crate::Refused;

/// The lines of a doc comment, as they are wrapped in the source; there must be some.
pub(crate) fn lines(attributes: &[Attribute]) -> Result<Vec<String>, Refused> {
    let lines: Vec<String> =
        attributes.iter().filter_map(text).map(|text| without_links(text.trim())).collect();
    if lines.is_empty() { Err("a public item without docs".to_owned()) } else { Ok(lines) }
}

fn text(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    match &pair.value {
        Expr::Lit(literal) if pair.path.is_ident("doc") => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Rustdoc's links to items, `` [`Name`] ``, as names only: the library exports few of them, and typedoc refuses other links.
fn without_links(line: &str) -> String {
    line.replace("[`", "`").replace("`]", "`")
}

/// A TSDoc comment with its newline, on one line if there is only one.
pub(crate) fn comment(lines: &[String], indent: &str) -> String {
    if let [line] = lines {
        return format!("{indent}/** {line} */\n");
    }
    let body: String =
        lines.iter().map(|line| format!("{}\n", format!("{indent} * {line}").trim_end())).collect();
    format!("{indent}/**\n{body}{indent} */\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_line_has_no_trailing_space() {
        let lines = ["One.".to_owned(), String::new(), "Two.".to_owned()];
        assert_eq!(comment(&lines, "  "), "  /**\n   * One.\n   *\n   * Two.\n   */\n");
    }

    #[test]
    fn a_link_is_only_a_name_in_typescript() {
        assert_eq!(without_links("Fills [`Template`]."), "Fills `Template`.");
    }
}

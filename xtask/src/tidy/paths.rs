//! The paths of a source file: what it imports, what it re-exports, and what it names in full.

use crate::tidy::source::code_only;

/// One path of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Use {
    /// As written, without groups: `crate`, `dual`, `node`, `Walk`.
    pub path: Vec<String>,
    /// The name that an import brings into the file; `None` for paths that are not imports.
    pub name: Option<String>,
    /// Whether it is a `pub use` of any visibility.
    pub reexported: bool,
}

/// The code of a file without comments, literals and the tests at its end.
pub(crate) fn code_without_tests(text: &str) -> String {
    let code = code_only(text);
    let end = code.find("\n#[cfg(test)]\nmod ").unwrap_or(code.len());
    code[..end].to_owned()
}

/// All imports, and all other paths that begin with a name and `::`.
pub(crate) fn uses(code: &str) -> Vec<Use> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            let reexported = at > 0 && matches!(tokens[at - 1], "pub" | ")");
            let mut leaves = Vec::new();
            at = tree(&tokens, at + 1, &[], &mut leaves);
            found.extend(leaves.into_iter().map(|(path, name)| Use { path, name: Some(name), reexported }));
        } else if is_name(tokens[at]) && next_is(&tokens, at + 1, "::") {
            let path = plain_path(&tokens, at);
            at += 2 * path.len() - 1;
            found.push(Use { path, name: None, reexported: false });
        } else {
            at += 1;
        }
    }
    found
}

/// `a::b::c` from `at` on, as far as it consists of names.
fn plain_path(tokens: &[&str], at: usize) -> Vec<String> {
    let mut path = vec![tokens[at].to_owned()];
    let mut next = at + 1;
    while next_is(tokens, next, "::") && tokens.get(next + 1).is_some_and(|token| is_name(token)) {
        path.push(tokens[next + 1].to_owned());
        next += 2;
    }
    path
}

/// The leaves of a tree of imports, each with the name that it brings in; where the tree ends.
fn tree(tokens: &[&str], mut at: usize, prefix: &[String], leaves: &mut Vec<(Vec<String>, String)>) -> usize {
    let mut path = prefix.to_vec();
    while let Some(&token) = tokens.get(at) {
        match token {
            "{" => return group(tokens, at + 1, &path, leaves),
            "::" => at += 1,
            "as" => {
                let name = tokens.get(at + 1).copied().unwrap_or_default().to_owned();
                leaves.push((path, name));
                return at + 2;
            }
            "self" if !path.is_empty() => at += 1,
            _ if is_name(token) || token == "*" => {
                path.push(token.to_owned());
                at += 1;
            }
            _ => break,
        }
    }
    if let Some(name) = path.last().cloned() {
        leaves.push((path, name));
    }
    at
}

fn group(
    tokens: &[&str],
    mut at: usize,
    prefix: &[String],
    leaves: &mut Vec<(Vec<String>, String)>,
) -> usize {
    while let Some(&token) = tokens.get(at) {
        match token {
            "}" => return at + 1,
            "," => at += 1,
            _ => {
                let end = tree(tokens, at, prefix, leaves);
                // Whatever a tree cannot begin with is passed over.
                at = end.max(at + 1);
            }
        }
    }
    at
}

/// Names, `::`, and all else character by character.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("::") {
            2
        } else if is_part(first) {
            rest.find(|char| !is_part(char)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, behind) = rest.split_at(length);
        tokens.push(token);
        rest = behind.trim_start();
    }
    tokens
}

fn next_is(tokens: &[&str], at: usize, wanted: &str) -> bool {
    tokens.get(at).is_some_and(|token| *token == wanted)
}

fn is_name(token: &str) -> bool {
    token.chars().next().is_some_and(|first| is_part(first) && !first.is_numeric())
}

fn is_part(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(code: &str) -> Vec<String> {
        let line = |it: Use| {
            let visible = if it.reexported { "pub " } else { "" };
            let name = it.name.map(|name| format!(" = {name}")).unwrap_or_default();
            format!("{visible}{}{name}", it.path.join("::"))
        };
        uses(&code_without_tests(code)).into_iter().map(line).collect()
    }

    #[test]
    fn groups_are_taken_apart() {
        let code = "pub(crate) use a::{self, b::{C, D as E}, *};\nuse super::super::f;";
        let expected =
            ["pub a = a", "pub a::b::C = C", "pub a::b::D = E", "pub a::* = *", "super::super::f = f"];
        assert_eq!(shown(code), expected);
    }

    #[test]
    fn paths_in_code_are_found() {
        let code = "fn f() { super::a::g::<u8>(x.b()); Self::h(); }\n#[cfg(test)]\nmod tests { use z::y; }";
        assert_eq!(shown(code), ["super::a::g", "Self::h"]);
    }
}

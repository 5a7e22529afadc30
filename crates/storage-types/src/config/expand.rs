//! `${NAME}` and `${NAME:-default}` in string values.

use std::borrow::Cow;
use std::cell::RefCell;

use serde_json::{Map, Value};

/// Where variables come from: the environment of the process, or a table in tests.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Defaults inside defaults: deeper ones are a mistake, or an attack on the stack.
const DEEPEST: usize = 16;

/// The environment of this process; a value that is not UTF-8 counts as missing.
#[must_use]
pub fn process_env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Which variables had a value for which option.
pub(super) type Taken = Vec<(String, String)>;

/// Expands the options of a mount. Each problem is added with the field it is in.
pub(super) fn expand_options(
    options: &mut Map<String, Value>,
    env: Env<'_>,
    problems: &mut Vec<String>,
) -> Taken {
    let taken = RefCell::new(Vec::new());
    for (option, value) in options {
        let recording = |name: &str| {
            let value = env(name)?;
            taken.borrow_mut().push((option.clone(), name.to_owned()));
            Some(value)
        };
        expand_value(value, option, &recording, problems);
    }
    taken.into_inner()
}

/// Expands every string inside `value`, keys excepted. Each problem is added with the field it is in.
fn expand_value(value: &mut Value, field: &str, env: Env<'_>, problems: &mut Vec<String>) {
    match value {
        Value::String(text) => match expand_text(text, env, 0) {
            Ok(Cow::Borrowed(_)) => {}
            Ok(Cow::Owned(expanded)) => *text = expanded,
            Err(problem) => problems.push(format!("field {}: {problem}", crate::suggest::quoted(field))),
        },
        Value::Array(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                expand_value(item, &format!("{field}[{at}]"), env, problems);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                expand_value(item, &join_field(field, key), env, problems);
            }
        }
        _ => {}
    }
}

/// `outer.inner`, or `inner` at the top.
pub(super) fn join_field(outer: &str, inner: &str) -> String {
    if outer.is_empty() { inner.to_owned() } else { format!("{outer}.{inner}") }
}

/// Expands one text. What a variable holds is taken as it is, never expanded again. The text stands in no message:
/// it may be a secret.
fn expand_text<'t>(text: &'t str, env: Env<'_>, depth: usize) -> Result<Cow<'t, str>, String> {
    if !text.contains('$') {
        return Ok(Cow::Borrowed(text));
    }
    if depth > DEEPEST {
        return Err(format!("`${{NAME:-default}}` is nested more than {DEEPEST} times"));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let end = closing(after).ok_or("`${` is never closed: add `}`, or write `$$` for a plain `$`")?;
            out.push_str(&reference(&after[..end], env, depth)?);
            rest = &after[end + 1..];
        } else {
            // A lone dollar, as in `a$b`, stands for itself.
            out.push('$');
        }
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

/// Where the brace that is open before `text` closes.
fn closing(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut open) = (0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'$', Some(b'$')) => at += 1,
            (b'$', Some(b'{')) => {
                open += 1;
                at += 1;
            }
            (b'}', _) if open == 0 => return Some(at),
            (b'}', _) => open -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// What stands for `NAME` or `NAME:-default`. As in a shell, the default serves for an empty variable too.
fn reference(body: &str, env: Env<'_>, depth: usize) -> Result<String, String> {
    let (name, default) = match body.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (body, None),
    };
    if !is_variable(name) {
        return Err("`${...}` needs a variable name of letters, digits and `_`, as in `${NAME}` or \
                    `${NAME:-default}`; write `$$` for a plain `$`"
            .to_owned());
    }
    match (env(name), default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(expand_text(default, env, depth + 1)?.into_owned()),
        (None, None) => Err(format!(
            "the environment variable `{name}` is not set: run `export {name}=...` or write `${{{name}:-default}}`"
        )),
    }
}

/// POSIX, XBD 3.216: letters, digits and underscores, no digit first.
fn is_variable(name: &str) -> bool {
    name.len() <= 256
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn env(name: &str) -> Option<String> {
        match name {
            "HOME" => Some("/home/me".to_owned()),
            "EMPTY" => Some(String::new()),
            "DOLLAR" => Some("a$$b${HOME}".to_owned()),
            _ => None,
        }
    }

    #[track_caller]
    fn expanded(text: &str) -> String {
        expand_text(text, &env, 0).unwrap_or_else(|problem| panic!("{text}: {problem}")).into_owned()
    }

    #[test]
    fn variables_defaults_and_dollars() {
        for (text, meant) in [
            ("${HOME}/data", "/home/me/data"),
            ("${HOME}${HOME}", "/home/me/home/me"),
            ("${NONE:-x}", "x"),
            ("${NONE:-}", ""),
            ("${EMPTY}", ""),
            ("${EMPTY:-x}", "x"),
            ("${HOME:-x}", "/home/me"),
            ("${NONE:-${HOME}/x}/y", "/home/me/x/y"),
            ("${NONE:-${NONE:-deep}}", "deep"),
            ("${HOME:-${NONE}}", "/home/me"),
            ("$$", "$"),
            ("$${HOME}", "${HOME}"),
            ("a$b", "a$b"),
            ("a$", "a$"),
            ("100%", "100%"),
            ("${DOLLAR}", "a$$b${HOME}"),
            ("é${HOME}é", "é/home/meé"),
        ] {
            assert_eq!(expanded(text), meant, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_text() {
        let problem = expand_text("hunter2${NONE}", &env, 0).unwrap_err();
        assert_eq!(
            problem,
            "the environment variable `NONE` is not set: run `export NONE=...` or write `${NONE:-default}`"
        );
        for text in
            ["hunter2${HOME", "hunter2${", "hunter2${}", "hunter2${1A}", "${hunter2-x}", "${a b hunter2}"]
        {
            let problem = expand_text(text, &env, 0).unwrap_err();
            assert!(problem.contains("`$$`") && !problem.contains("hunter2"), "{text}: {problem}");
        }
        let deep = "${NONE:-".repeat(5_000) + &"}".repeat(5_000);
        assert!(expand_text(&deep, &env, 0).unwrap_err().contains("nested"));
    }

    #[test]
    fn nested_values_are_expanded_and_keys_are_not() {
        let mut value = json!({"${HOME}": ["${HOME}", 1, {"b": "${NONE}"}], "c": "${NONE2}", "d": true});
        let mut problems = Vec::new();
        expand_value(&mut value, "", &env, &mut problems);
        assert_eq!(value["${HOME}"][0], "/home/me");
        assert_eq!(problems.len(), 2);
        assert!(problems.iter().any(|problem| problem.starts_with("field `${HOME}[2].b`: ")), "{problems:?}");
    }

    proptest! {
        #[test]
        fn text_without_a_dollar_stays(text in "[^$]*") {
            prop_assert!(matches!(expand_text(&text, &env, 0), Ok(Cow::Borrowed(same)) if same == text));
        }

        #[test]
        fn no_text_panics(text in "[$\\{\\}:\\-A-Zé]{0,40}") {
            let _ = expand_text(&text, &env, 0);
        }

        #[test]
        fn doubled_dollars_give_the_text_back(text in any::<String>()) {
            prop_assert_eq!(expanded(&text.replace('$', "$$")), text);
        }
    }
}

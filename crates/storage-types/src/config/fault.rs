//! What serde found wrong with an option, kept in parts until the message is written.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::expand::join_field;
use super::redact::{is_secret_key, redact};
use crate::error::Error;
use crate::suggest::{did_you_mean, list, quoted};

/// An error of serde and the way down to the field it is about.
#[derive(Debug, thiserror::Error)]
#[error("bad option")]
pub(super) struct Fault {
    /// Innermost first, as the error passes them on its way up.
    way: Vec<String>,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    UnknownField {
        field: String,
        allowed: Vec<String>,
    },
    UnknownValue {
        value: String,
        allowed: Vec<String>,
    },
    MissingField(&'static str),
    /// `shown` is the value itself, for fields that are not secret.
    Wrong {
        found: &'static str,
        shown: Option<String>,
        expected: String,
    },
    Other(String),
}

impl Fault {
    fn new(problem: Problem) -> Self {
        Self { way: Vec::new(), problem }
    }

    /// The same, one level further out.
    pub(super) fn within(mut self, field: impl Into<String>) -> Self {
        self.way.push(field.into());
        self
    }

    /// A key that is none of `allowed`.
    pub(super) fn stray_field(field: &str, allowed: &[&str]) -> Self {
        let allowed = allowed.iter().map(|&name| name.to_owned()).collect();
        Self::new(Problem::UnknownField { field: field.to_owned(), allowed })
    }

    /// Something other than the name of a variant.
    pub(super) fn no_variant(found: Unexpected<'_>, allowed: &[&str]) -> Self {
        let expected = format!("one of {}", list(allowed.iter().copied()));
        Self::new(Problem::Wrong { found: kind_of(&found), shown: None, expected })
    }

    /// The error that the user reads. `is_marked` tells which options were declared secret in code.
    pub(super) fn into_error(self, kind: &str, is_marked: impl Fn(&str) -> bool) -> Error {
        let secret = self.way.iter().any(|field| is_secret_key(field))
            || self.way.last().is_some_and(|outermost| is_marked(outermost));
        let field = self.way.iter().rev().fold(String::new(), |path, part| {
            if part.starts_with('[') { path + part } else { join_field(&path, part) }
        });
        let at = if field.is_empty() { String::new() } else { format!("field {}: ", quoted(&field)) };
        let kind = quoted(kind);
        match self.problem {
            Problem::UnknownField { field: name, allowed } => {
                let names = || allowed.iter().map(String::as_str);
                let known = format!("fields are {}", list(names()));
                let hint = match (allowed.is_empty(), field.is_empty()) {
                    (false, _) => did_you_mean(&name, names(), &known),
                    (true, true) => format!("type {kind} has no fields"),
                    (true, false) => format!("{} has no fields", quoted(&field)),
                };
                let name = quoted(&join_field(&field, &name));
                Error::config(format!("unknown field {name} for type {kind}")).with_hint(hint)
            }
            Problem::UnknownValue { value, allowed } => {
                let names = || allowed.iter().map(String::as_str);
                let known = format!("values are {}", list(names()));
                if secret {
                    Error::config(format!("{at}unknown value")).with_hint(known)
                } else {
                    Error::config(format!("{at}unknown value {}", quoted(&redact(&value))))
                        .with_hint(did_you_mean(&value, names(), &known))
                }
            }
            Problem::MissingField(name) => {
                let name = quoted(&join_field(&field, name));
                Error::config(format!("missing field {name} for type {kind}"))
                    .with_hint(format!("add {name} to the mount"))
            }
            Problem::Wrong { found, shown, expected } => {
                let shown = shown.filter(|_| !secret).map_or_else(String::new, |shown| format!(" {shown}"));
                let error = Error::config(format!("{at}expected {expected}, found {found}{shown}"));
                match (found, &*expected) {
                    ("a number" | "a boolean", "a string") => error.with_hint("put the value in quotes"),
                    (_, "a boolean") => error.with_hint("write `true` or `false`"),
                    _ => error,
                }
            }
            Problem::Other(_) if secret => Error::config(format!("{at}the value is not accepted")),
            Problem::Other(message) => Error::config(format!("{at}{}", one_line(&redact(&message)))),
        }
    }
}

/// A message of others on one line, and not too long.
pub(super) fn one_line(message: &str) -> String {
    message.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}

fn kind_of(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) | Unexpected::Bytes(_) => "a string",
        Unexpected::Unit | Unexpected::Option => "nothing",
        Unexpected::Seq | Unexpected::TupleVariant => "a list",
        Unexpected::Map | Unexpected::StructVariant => "a mapping",
        _ => "something else",
    }
}

/// Rust's names of types in the words of configuration.
fn in_words(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    match &*text {
        "u8" => "a whole number from 0 to 255".to_owned(),
        "u16" => "a whole number from 0 to 65535".to_owned(),
        "u32" => "a whole number from 0 to 4294967295".to_owned(),
        "u64" | "usize" => "a whole number, not negative".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a mapping".to_owned(),
        "path string" => "a string".to_owned(),
        text if text.starts_with("struct ") => "a mapping".to_owned(),
        text if text.starts_with("a nonzero u") => "a whole number above 0".to_owned(),
        text => one_line(text),
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Problem::Other(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Problem::Wrong { found: kind_of(&found), shown: None, expected: in_words(expected) })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let shown = match found {
            Unexpected::Unsigned(number) => Some(number.to_string()),
            Unexpected::Signed(number) => Some(number.to_string()),
            Unexpected::Float(number) => Some(number.to_string()),
            Unexpected::Str(text) => Some(quoted(&redact(text))),
            _ => None,
        };
        let found = match found {
            // "found `5x`" says more than "found a string `5x`".
            Unexpected::Str(_) => "the text",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "the number",
            other => kind_of(&other),
        };
        Self::new(Problem::Wrong { found, shown, expected: in_words(expected) })
    }

    fn unknown_variant(value: &str, allowed: &'static [&'static str]) -> Self {
        let allowed = allowed.iter().map(|&name| name.to_owned()).collect();
        Self::new(Problem::UnknownValue { value: value.to_owned(), allowed })
    }

    fn unknown_field(field: &str, allowed: &'static [&'static str]) -> Self {
        Self::stray_field(field, allowed)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Problem::MissingField(field))
    }
}

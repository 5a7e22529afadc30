//! A mount taken from a mapping.

use serde_json::{Map, Value};

use super::mount::{MountConfig, clean};
use crate::error::{Error, Result};
use crate::suggest::{nearest, quoted};

impl MountConfig {
    /// Takes `name`, `type` (or `protocol`) and options from a mapping, and expands nothing.
    ///
    /// # Errors
    ///
    /// `Config` when it is no mapping, a key is missing or is no text, `type` and `protocol` differ, or
    /// [`validate`](Self::validate) fails.
    pub fn from_value(value: Value) -> Result<Self> {
        let Value::Object(mut options) = value else {
            return Err(Error::config(format!(
                "expected a mapping with `name` and `type`, found {}",
                a(&value)
            )));
        };
        let name = required(&mut options, "name", &["name"])?;
        let named = |error: Error| error.with_mount(clean(&name));
        let kind = required(&mut options, "type", &["type", "protocol"]).map_err(named)?;
        let mount = Self::new(name, kind).with_options(options);
        mount.validate()?;
        Ok(mount)
    }
}

/// What a value is, in words.
pub(super) fn a(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

/// Takes the text under one of `keys`, which mean the same; `field` is the one that messages speak of.
fn required(options: &mut Map<String, Value>, field: &str, keys: &[&str]) -> Result<String> {
    let mut found: Option<String> = None;
    for &key in keys {
        match options.remove(key) {
            None => {}
            Some(Value::String(text)) if found.as_ref().is_none_or(|first| *first == text) => {
                found = Some(text);
            }
            Some(Value::String(_)) => {
                return Err(Error::config("`type` and `protocol` mean the same and differ")
                    .with_hint("keep one of them"));
            }
            Some(other) => {
                let error = Error::config(format!("field `{key}`: expected a string, found {}", a(&other)));
                return Err(if other.is_number() || other.is_boolean() {
                    error.with_hint("put the value in quotes")
                } else {
                    error
                });
            }
        }
    }
    found.ok_or_else(|| {
        let near = keys.iter().find_map(|key| {
            let near = nearest(key, options.keys().map(String::as_str))?;
            Some(format!("did you mean it by {}?", quoted(near)))
        });
        let missing = Error::config(format!("missing field `{field}`"));
        match (near, field) {
            (Some(near), _) => missing.with_hint(near),
            (None, "name") => missing.with_hint("add `name`, under which paths address the mount"),
            (None, _) => missing.with_hint("add `type` (or `protocol`), the type of store, such as `local`"),
        }
    })
}

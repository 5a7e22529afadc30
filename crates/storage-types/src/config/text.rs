//! Configuration read from YAML, JSON and TOML text.

use std::fmt;

use serde_json::Value;

use super::batch::{Config, Reading, join_errors};
use super::expand::{Env, process_env};
use super::fault::one_line;
use super::strict::Strict;
use crate::error::{Error, Result};

/// The most bytes that text of configuration may have; it bounds the work that any input can cause.
pub const LARGEST_TEXT: usize = 1 << 20;

/// A format of configuration text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// YAML 1.2, with the cargo feature `yaml`.
    Yaml,
    /// JSON (RFC 8259).
    Json,
    /// TOML 1.1, with the cargo feature `toml`.
    Toml,
}

impl Format {
    /// The format of a file with this extension: `yml`, `yaml`, `json` or `toml`, in any case.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        match &*extension.to_ascii_lowercase() {
            "yml" | "yaml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yaml => "YAML",
            Self::Json => "JSON",
            Self::Toml => "TOML",
        })
    }
}

impl Config {
    /// Reads mounts from YAML text; see [`from_text`](Self::from_text).
    ///
    /// # Errors
    ///
    /// `Config`, as for [`from_text`](Self::from_text).
    pub fn from_yaml(text: &str) -> Result<Self> {
        Self::from_text(text, Format::Yaml)
    }

    /// Reads mounts from JSON text; see [`from_text`](Self::from_text).
    ///
    /// # Errors
    ///
    /// `Config`, as for [`from_text`](Self::from_text).
    pub fn from_json(text: &str) -> Result<Self> {
        Self::from_text(text, Format::Json)
    }

    /// Reads mounts from TOML text; see [`from_text`](Self::from_text).
    ///
    /// # Errors
    ///
    /// `Config`, as for [`from_text`](Self::from_text).
    pub fn from_toml(text: &str) -> Result<Self> {
        Self::from_text(text, Format::Toml)
    }

    /// Reads mounts from text, with variables from the environment. Empty text has no mounts.
    ///
    /// # Errors
    ///
    /// `Config` with line and column when the text does not parse or a key stands twice in a mapping; when it is
    /// larger than 1 MiB; when the format's cargo feature is off; or as [`from_value`](Self::from_value).
    pub fn from_text(text: &str, format: Format) -> Result<Self> {
        Self::from_text_with(text, format, &process_env)
    }

    /// As [`from_text`](Self::from_text), with variables from `env`.
    ///
    /// # Errors
    ///
    /// As [`from_text`](Self::from_text).
    pub fn from_text_with(text: &str, format: Format, env: Env<'_>) -> Result<Self> {
        let Reading { config, errors } = Self::read_text(text, format, env)?;
        join_errors(errors)?;
        Ok(config)
    }

    /// As [`from_text`](Self::from_text), keeping the good mounts beside what is wrong with the others.
    ///
    /// # Errors
    ///
    /// `Config` when the text as a whole cannot be read.
    pub fn read_text(text: &str, format: Format, env: Env<'_>) -> Result<Reading> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.len() > LARGEST_TEXT {
            return Err(Error::config(format!("the {format} text is larger than 1 MiB")));
        }
        let value = match format {
            _ if text.trim().is_empty() => Value::Null,
            Format::Yaml => yaml(text)?,
            Format::Json => json(text)?,
            Format::Toml => toml_text(text)?,
        };
        Ok(Self::read_value(value, env))
    }
}

/// An error in the text itself. `what` never holds values: they may be secrets.
pub(super) fn at(format: Format, line: u64, column: u64, what: &str) -> Error {
    Error::config(format!("{format}, line {line}, column {column}: {}", one_line(what)))
}

fn json(text: &str) -> Result<Value> {
    serde_json::from_str::<Strict>(text).map(|strict| strict.0).map_err(|error| {
        let what = error.to_string();
        let what = what.rsplit_once(" at line ").map_or(&*what, |(what, _)| what);
        at(Format::Json, error.line() as u64, error.column() as u64, what)
    })
}

#[cfg(feature = "toml")]
fn toml_text(text: &str) -> Result<Value> {
    toml::from_str::<Strict>(text).map(|strict| strict.0).map_err(|error| {
        let end = error.span().map_or(text.len(), |span| span.start.min(text.len()));
        let before = &text.as_bytes()[..end];
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        let column = 1 + String::from_utf8_lossy(&before[line_start..]).chars().count();
        at(Format::Toml, line as u64, column as u64, error.message())
    })
}

#[cfg(feature = "yaml")]
use super::yaml::yaml;

#[cfg(not(feature = "yaml"))]
fn yaml(_: &str) -> Result<Value> {
    Err(switched_off("yaml"))
}

#[cfg(not(feature = "toml"))]
fn toml_text(_: &str) -> Result<Value> {
    Err(switched_off("toml"))
}

#[cfg(not(all(feature = "yaml", feature = "toml")))]
fn switched_off(feature: &str) -> Error {
    Error::config(format!("this program was built without the `{feature}` feature"))
        .with_hint(format!("turn the cargo feature `{feature}` on, or write the configuration as JSON"))
}

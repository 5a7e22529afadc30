//! Mounts described in code, YAML, JSON or TOML.
//!
//! A [`MountConfig`] is a name, a type and options; a [`Config`] is a batch of them. Text may be a list of mounts, or
//! a mapping with `mounts:` as a list or as a mapping from name to mount, in every format:
//!
//! ```
//! use storage_types::{Config, MountConfig};
//!
//! let text = r#"[{"name": "home", "type": "local", "path": "/srv/data"}, {"name": "tmp", "protocol": "memory"}]"#;
//! let config = Config::from_json(text)?;
//! assert_eq!(config.mounts, [MountConfig::local("home", "/srv/data"), MountConfig::memory("tmp")]);
//!
//! let error = Config::from_json(r#"{"mount": []}"#).unwrap_err();
//! assert!(error.to_string().contains("unknown key `mount` at the top; did you mean `mounts`?"));
//! # Ok::<(), storage_types::Error>(())
//! ```
//!
//! # Variables
//!
//! In text (and [`Config::from_value`]), every string value may hold `${NAME}` or `${NAME:-default}`; the default
//! serves when the variable is not set or empty. `$$` is a plain `$`, and so is a `$` before anything else. Keys are
//! not expanded, nor is what a variable holds. Mounts built in code are taken literally; [`MountConfig::expand`]
//! does the same for them. Where a number or a boolean is wanted, text that reads as one is accepted, so
//! `port: ${PORT}` works.
//!
//! # Secrets
//!
//! `Debug` and `Serialize` blank what [`is_secret_key`] tells, what was given by [`MountConfig::secret`], passwords
//! in URLs, signatures in query strings, connection strings and `Bearer` values. `to_json_exposed` shows them.
//! Messages about text name line and column and never quote values.

mod batch;
mod entry;
mod expand;
mod fault;
mod mount;
mod redact;
mod secret;
mod show;
mod strict;
#[cfg(test)]
mod tests;
mod text;
mod typed;
#[cfg(feature = "yaml")]
mod yaml;

pub use batch::{Config, Reading, join_errors};
pub use expand::{Env, process_env};
pub use mount::MountConfig;
pub use redact::{is_secret_key, redact};
pub use secret::Secret;
pub use text::{Format, LARGEST_TEXT};

//! A batch of mounts, in every shape that text may give it.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::entry::a;
use super::expand::{Env, Taken, expand_options, process_env};
use super::mount::{MountConfig, clean};
use crate::error::{Error, Result};
use crate::suggest::{did_you_mean, quoted};

/// Mounts that are configured together: all of them or none.
///
/// ```
/// use storage_types::{Config, MountConfig};
///
/// let config = Config::from_json(r#"{"mounts": {"home": {"type": "local", "path": "/srv"}}}"#)?;
/// assert_eq!(config.mounts, [MountConfig::local("home", "/srv")]);
/// # Ok::<(), storage_types::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// The mounts, in the order given; those of a mapping sorted by name.
    pub mounts: Vec<MountConfig>,
}

impl Config {
    /// A configuration without mounts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more mount.
    #[must_use]
    pub fn mount(mut self, mount: MountConfig) -> Self {
        self.mounts.push(mount);
        self
    }

    /// Takes mounts from a list of mounts, a mapping with `mounts:` as a list, or one with `mounts:` as a mapping from
    /// name to mount; variables come from the environment.
    ///
    /// # Errors
    ///
    /// `Config`, telling every bad mount at once.
    pub fn from_value(value: Value) -> Result<Self> {
        Self::from_value_with(value, &process_env)
    }

    /// As [`from_value`](Self::from_value), with variables from `env`.
    ///
    /// # Errors
    ///
    /// `Config`, telling every bad mount at once.
    pub fn from_value_with(value: Value, env: Env<'_>) -> Result<Self> {
        let Reading { config, errors } = Self::read_value(value, env);
        join_errors(errors)?;
        Ok(config)
    }

    /// One error for each name that several mounts have.
    #[must_use]
    pub fn repeated_names(&self) -> Vec<Error> {
        repeated(&self.mounts)
    }

    /// The good mounts and what is wrong with the others.
    pub(super) fn read_value(value: Value, env: Env<'_>) -> Reading {
        let mut errors = Vec::new();
        let mut mounts = Vec::new();
        for (at, (name, entry)) in entries(value, &mut errors).into_iter().enumerate() {
            match mount(name.as_deref(), entry, at + 1, env) {
                Ok(mount) => mounts.push(mount),
                Err(error) => errors.push(error),
            }
        }
        errors.extend(repeated(&mounts));
        Reading { config: Self { mounts }, errors }
    }

    /// Checks every mount and that no name is used twice.
    ///
    /// # Errors
    ///
    /// `Config`, telling every bad mount at once.
    pub fn validate(&self) -> Result<()> {
        let faults = self.mounts.iter().filter_map(|mount| mount.validate().err());
        join_errors(faults.chain(repeated(&self.mounts)).collect())
    }
}

/// What could be read of a configuration. Only together with what the providers say of the good mounts is known what
/// is wrong with a batch, so `StorageManager::configure_reading` takes both and tells everything at once.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Reading {
    /// The mounts that could be read.
    pub config: Config,
    /// What is wrong with the others.
    pub errors: Vec<Error>,
}

impl From<Config> for Reading {
    fn from(config: Config) -> Self {
        Self { config, errors: Vec::new() }
    }
}

impl From<Vec<MountConfig>> for Config {
    fn from(mounts: Vec<MountConfig>) -> Self {
        Self { mounts }
    }
}

impl FromIterator<MountConfig> for Config {
    fn from_iter<I: IntoIterator<Item = MountConfig>>(mounts: I) -> Self {
        Self { mounts: mounts.into_iter().collect() }
    }
}

impl IntoIterator for Config {
    type Item = MountConfig;
    type IntoIter = std::vec::IntoIter<MountConfig>;

    fn into_iter(self) -> Self::IntoIter {
        self.mounts.into_iter()
    }
}

/// Several errors of a batch as one, on one line; no errors are `Ok`. A single one comes back unchanged.
///
/// # Errors
///
/// The errors given, as one of kind `Config` when they are several.
pub fn join_errors(mut errors: Vec<Error>) -> Result<()> {
    if errors.len() <= 1 {
        return errors.pop().map_or(Ok(()), Err);
    }
    let lines: Vec<String> = errors.iter().map(line).collect();
    Err(Error::config(lines.join("; ")))
}

fn line(error: &Error) -> String {
    let mount = error.mount().map_or_else(String::new, |mount| format!("mount `{mount}`: "));
    let hint = error.hint().map_or_else(String::new, |hint| format!("; {hint}"));
    format!("{mount}{}{hint}", error.message())
}

/// The mounts, and the names that a mapping gives them, from any accepted shape.
fn entries(value: Value, errors: &mut Vec<Error>) -> Vec<(Option<String>, Value)> {
    let mut top = match value {
        Value::Null => return Vec::new(),
        Value::Array(mounts) => return mounts.into_iter().map(|mount| (None, mount)).collect(),
        Value::Object(top) => top,
        other => {
            errors.push(shape("the configuration", &other));
            return Vec::new();
        }
    };
    let mounts = top.remove("mounts");
    errors.extend(stray(&top));
    match mounts {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(mounts)) => mounts.into_iter().map(|mount| (None, mount)).collect(),
        Some(Value::Object(mounts)) => mounts.into_iter().map(|(name, mount)| (Some(name), mount)).collect(),
        Some(other) => {
            errors.push(shape("`mounts`", &other));
            Vec::new()
        }
    }
}

fn shape(what: &str, found: &Value) -> Error {
    Error::config(format!("{what} must be a list of mounts or a mapping, found {}", a(found)))
        .with_hint("write `mounts:` and below it a list of mounts, each with `name` and `type`")
}

fn stray(top: &Map<String, Value>) -> Vec<Error> {
    if top.contains_key("name") && (top.contains_key("type") || top.contains_key("protocol")) {
        return vec![
            Error::config("a single mount stands where a list of mounts is needed")
                .with_hint("put it into a list, or below `mounts:`"),
        ];
    }
    let unknown = |key: &String| {
        let hint = did_you_mean(key, ["mounts"], "put all mounts below `mounts:`");
        Error::config(format!("unknown key {} at the top", quoted(key))).with_hint(hint)
    };
    top.keys().map(unknown).collect()
}

fn mount(name: Option<&str>, mut entry: Value, number: usize, env: Env<'_>) -> Result<MountConfig> {
    let written = entry.get("name").and_then(Value::as_str).or(name).map(clean);
    let unnamed = |error: Error| match (error.mount(), &written) {
        (Some(_), _) => error,
        (None, Some(name)) => error.with_mount(name.clone()),
        (None, None) => {
            Error::config(format!("mount number {number}: {}", error.message())).with_hint_of(&error)
        }
    };
    let mut problems = Vec::new();
    let taken = match &mut entry {
        Value::Object(options) => expand_options(options, env, &mut problems),
        // It is refused below for what it is.
        _ => Taken::new(),
    };
    if !problems.is_empty() {
        return Err(unnamed(Error::config(problems.join("; "))));
    }
    if let (Some(name), Value::Object(entry)) = (name, &mut entry) {
        let inner = entry.entry("name").or_insert_with(|| Value::from(name));
        if inner != name {
            return Err(unnamed(
                Error::config(format!("field `name`: it differs from the key {}", quoted(name)))
                    .with_hint("leave `name` out: the key names the mount"),
            ));
        }
    }
    MountConfig::from_value(entry).map(|mount| mount.taking(taken)).map_err(unnamed)
}

fn repeated(mounts: &[MountConfig]) -> Vec<Error> {
    let mut seen = HashMap::new();
    let mut errors = Vec::new();
    for mount in mounts {
        let times: &mut usize = seen.entry(mount.name()).or_default();
        *times += 1;
        if *times == 2 {
            errors.push(
                Error::config("two mounts have this name")
                    .with_mount(clean(mount.name()))
                    .with_hint("rename or remove one of them"),
            );
        }
    }
    errors
}

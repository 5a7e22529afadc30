//! One mount: a name, a type and options.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::expand::{Env, Taken, expand_options};
use super::redact::is_secret_key;
use super::secret::Secret;
use super::typed::typed;
use crate::error::{Error, Result};
use crate::path::is_mount_name;
use crate::suggest::quoted;

/// A mount as it is configured: its name, its type and the options of that type, not yet looked at.
///
/// `Debug` and `Serialize` show `***` for secrets ([`is_secret_key`](super::is_secret_key)).
///
/// ```
/// use storage_types::MountConfig;
///
/// let mount = MountConfig::new("backup", "s3").option("bucket", "b").secret("secret_access_key", "hunter2");
/// assert_eq!(mount.to_json()["secret_access_key"], "***");
/// assert_eq!(mount.to_json_exposed()["secret_access_key"], "hunter2");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct MountConfig {
    name: String,
    kind: String,
    options: Map<String, Value>,
    /// Options that were given as secrets, whatever their names look like.
    marked: Vec<String>,
    /// Options that hold what a variable of the environment held, which no error may show.
    taken: Vec<String>,
    /// What was wrong when it was built in code, where nothing can fail; told by `validate`.
    fault: Option<&'static str>,
}

impl MountConfig {
    /// A mount without options. Values given in code are taken as they are; see [`expand`](Self::expand).
    #[must_use]
    pub fn new(name: impl Into<String>, kind: impl Into<String>) -> Self {
        let (name, kind) = (name.into(), kind.into());
        Self { name, kind, options: Map::new(), marked: Vec::new(), taken: Vec::new(), fault: None }
    }

    /// A folder of this machine.
    #[must_use]
    pub fn local(name: impl Into<String>, path: impl AsRef<Path>) -> Self {
        let mut mount = Self::new(name, "local");
        match path.as_ref().to_str() {
            Some(path) => return mount.option("path", path),
            None => mount.fault = Some("the path of the folder is not UTF-8"),
        }
        mount
    }

    /// A store in memory, empty at first.
    #[must_use]
    pub fn memory(name: impl Into<String>) -> Self {
        Self::new(name, "memory")
    }

    /// Data URIs, where the path is the data.
    #[must_use]
    pub fn base64(name: impl Into<String>) -> Self {
        Self::new(name, "base64")
    }

    /// A part of another mount: `path` is `parent:sub`, `permissions` is `readonly`, `readwrite` or `delete`.
    #[must_use]
    pub fn relative(
        name: impl Into<String>,
        path: impl Into<String>,
        permissions: impl Into<String>,
    ) -> Self {
        Self::new(name, "relative").option("path", path.into()).option("permissions", permissions.into())
    }

    /// The same with an option; an earlier value is replaced.
    #[must_use]
    pub fn option(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        let key = key.into();
        if matches!(&*key, "name" | "type" | "protocol") {
            self.fault =
                Some("`name`, `type` and `protocol` are no options: give them to `MountConfig::new`");
        } else {
            self.options.insert(key, value.into());
        }
        self
    }

    /// The same with an option that is secret, whatever its key is called.
    #[must_use]
    pub fn secret(mut self, key: impl Into<String>, value: impl Into<Secret>) -> Self {
        let key = key.into();
        self.marked.push(key.clone());
        self.option(key, value.into().into_exposed())
    }

    /// The name under which paths address it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type of store; `type` or `protocol` in text.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The options as given, secrets included.
    #[must_use]
    pub fn options(&self) -> &Map<String, Value> {
        &self.options
    }

    /// The value of an option as given, secrets included.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.options.get(key)
    }

    /// The same with these options instead.
    pub(super) fn with_options(self, options: Map<String, Value>) -> Self {
        Self { options, ..self }
    }

    /// The same, knowing what was taken from the environment. A variable whose name is that of a secret makes its option one.
    pub(super) fn taking(mut self, taken: Taken) -> Self {
        for (option, variable) in taken {
            if is_secret_key(&variable) {
                self.marked.push(option.clone());
            }
            self.taken.push(option);
        }
        self
    }

    /// The keys of what is secret whatever they look like.
    pub(super) fn marked(&self) -> &[String] {
        &self.marked
    }

    /// Checks what can be checked without knowing the type.
    ///
    /// # Errors
    ///
    /// `Config` when the name has other characters than `A-Z a-z 0-9 _ . -`, or the type is empty.
    pub fn validate(&self) -> Result<()> {
        let fault = if let Some(fault) = self.fault {
            Error::config(fault)
        } else if !is_mount_name(&self.name) {
            Error::config(format!("{} cannot name a mount", quoted(&self.name)))
                .with_hint("a mount name has one or more of `A-Z a-z 0-9 _ . -`")
        } else if self.kind.is_empty() {
            Error::config("field `type`: it is empty")
                .with_hint("say which type of store it is, such as `local`")
        } else {
            return Ok(());
        };
        Err(fault.with_mount(clean(&self.name)))
    }

    /// The same with `${NAME}`, `${NAME:-default}` and `$$` replaced in every option, as it happens to mounts read
    /// from text. Do it once: what a variable holds may have dollars of its own.
    ///
    /// # Errors
    ///
    /// `Config` naming each field and variable, when one is not set or a `${` is not closed.
    pub fn expand(&self, env: Env<'_>) -> Result<Self> {
        let mut options = self.options.clone();
        let mut problems = Vec::new();
        let taken = expand_options(&mut options, env, &mut problems);
        if problems.is_empty() {
            return Ok(self.clone().with_options(options).taking(taken));
        }
        Err(Error::config(problems.join("; ")).with_mount(clean(&self.name)))
    }

    /// The options as the struct that the type of store wants. Unknown keys are refused, with or without
    /// `#[serde(deny_unknown_fields)]`. Numbers and booleans may be text (`port: ${PORT}`).
    ///
    /// # Errors
    ///
    /// `Config` naming the mount and the field, what is allowed and the nearest spelling.
    pub fn parse_options<T: DeserializeOwned>(&self) -> Result<T> {
        self.validate()?;
        typed(&self.options).map_err(|fault| {
            fault
                .into_error(&self.kind, |key| {
                    self.marked.iter().chain(&self.taken).any(|hidden| hidden == key)
                })
                .with_mount(clean(&self.name))
        })
    }
}

/// Two mounts are equal when they are configured alike, whichever way that was written.
impl PartialEq for MountConfig {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.kind, &self.options, self.fault)
            == (&other.name, &other.kind, &other.options, other.fault)
    }
}

/// The name as it may stand in a message, which puts the backticks around it.
pub(super) fn clean(name: &str) -> String {
    quoted(name).trim_matches('`').to_owned()
}

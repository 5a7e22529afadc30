//! The mount table.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use storage_types::config::{Format, Reading, join_errors, process_env};
use storage_types::path::{Address, is_mount_name};
use storage_types::{
    Config, Error, ErrorKind, MountConfig, Operation, Result, Segments, StoragePath, suggest,
};

use super::backend::Backend;
use super::mount::{Memory, Mount};
use super::node::StorageNode;
use super::provider::{MountLookup, Provider, Registry};
use crate::maybe_async;
use crate::rt::{self, Budget};

/// What the transfers of a manager may keep in memory, in bytes, unless it is told otherwise.
pub const MEMORY: u64 = 40 << 20;

type Table = BTreeMap<String, Arc<Mount>>;

/// Mounts by name. Cheap to clone; clones share the table.
///
/// Mounts can be added, replaced and removed while in use: a call sees the table as it is at that moment, and nodes that
/// exist keep the backend they were made with.
#[derive(Clone)]
pub struct StorageManager {
    shared: Arc<Shared>,
}

struct Shared {
    table: RwLock<Arc<Table>>,
    registry: RwLock<Registry>,
    memory: Memory,
}

impl Default for StorageManager {
    fn default() -> Self {
        Self::new()
    }
}

impl StorageManager {
    /// No mounts; the kinds `local`, `memory`, `base64` and `relative` are known.
    #[must_use]
    pub fn new() -> Self {
        Self::with_memory(MEMORY)
    }

    /// The same, whose transfers keep about `bytes` in memory at most, all of them together: less waits longer, more
    /// fetches and sends more at once. What single calls take and give is not counted.
    #[must_use]
    pub fn with_memory(bytes: u64) -> Self {
        let (table, registry) = (RwLock::default(), RwLock::new(builtin()));
        let budget = Arc::new(Budget::new(bytes));
        let memory: Memory = Arc::new(move || budget.clone());
        Self { shared: Arc::new(Shared { table, registry, memory }) }
    }

    /// A manager with these mounts.
    ///
    /// # Errors
    ///
    /// `Config`, as [`configure`](Self::configure).
    pub fn with_config(config: &Config) -> Result<Self> {
        let manager = Self::new();
        manager.configure(config)?;
        Ok(manager)
    }

    /// Makes another kind of mount known; one of the same name is replaced.
    pub fn register(&self, provider: Arc<dyn Provider>) {
        write(&self.shared.registry).register(provider);
    }

    /// Adds mounts, replacing those of the same name: all of them or none. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// `Config`, naming every bad mount of the batch with what is wrong and what is allowed.
    pub fn configure(&self, config: &Config) -> Result<()> {
        self.add_all(&config.mounts, config.repeated_names())
    }

    /// Adds mounts from text of a format; variables come from the environment.
    ///
    /// # Errors
    ///
    /// `Config`, as [`configure`](Self::configure).
    pub fn configure_text(&self, text: &str, format: Format) -> Result<()> {
        self.configure_reading(Config::read_text(text, format, &process_env)?)
    }

    /// Adds mounts from a configuration that was read already. One that is wrong in its text is told together with those
    /// that are wrong for their providers, and nothing is added.
    ///
    /// # Errors
    ///
    /// `Config`, as [`configure`](Self::configure).
    pub fn configure_reading(&self, reading: Reading) -> Result<()> {
        self.add_all(&reading.config.mounts, reading.errors)
    }

    /// Adds mounts from YAML text.
    ///
    /// # Errors
    ///
    /// `Config`, as [`configure`](Self::configure).
    pub fn configure_yaml(&self, text: &str) -> Result<()> {
        self.configure_text(text, Format::Yaml)
    }

    /// Adds mounts from JSON text.
    ///
    /// # Errors
    ///
    /// `Config`, as [`configure`](Self::configure).
    pub fn configure_json(&self, text: &str) -> Result<()> {
        self.configure_text(text, Format::Json)
    }

    /// Adds mounts from TOML text.
    ///
    /// # Errors
    ///
    /// `Config`, as [`configure`](Self::configure).
    pub fn configure_toml(&self, text: &str) -> Result<()> {
        self.configure_text(text, Format::Toml)
    }

    /// Adds one mount, replacing one of the same name.
    ///
    /// # Errors
    ///
    /// `Config`, as [`configure`](Self::configure).
    pub fn add_mount(&self, config: &MountConfig) -> Result<()> {
        self.add_all(std::slice::from_ref(config), Vec::new())
    }

    /// Adds one mount, if no other has its name: that one stays. Several that try at once do not replace each other's.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` when there is one of this name; `Config`, as [`configure`](Self::configure).
    pub fn add_new_mount(&self, config: &MountConfig) -> Result<()> {
        self.add_batch(std::slice::from_ref(config), Vec::new(), |table| free(table, config.name()))
    }

    /// Adds a backend that the program built itself, if no mount has its name.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` when there is a mount of this name; else as [`add_backend`](Self::add_backend).
    pub fn add_new_backend(&self, name: &str, backend: Arc<dyn Backend>) -> Result<()> {
        self.insert(name, backend, |table| free(table, name))
    }

    /// Adds a backend that the program built itself, replacing a mount of the same name.
    ///
    /// # Errors
    ///
    /// `Config` when the name has other characters than `A-Z a-z 0-9 _ . -`.
    pub fn add_backend(&self, name: &str, backend: Arc<dyn Backend>) -> Result<()> {
        self.insert(name, backend, |_| Ok(()))
    }

    fn insert(
        &self,
        name: &str,
        backend: Arc<dyn Backend>,
        allowed: impl FnOnce(&Table) -> Result<()>,
    ) -> Result<()> {
        if !is_mount_name(name) {
            return Err(Error::config(format!("`{name}` cannot name a mount"))
                .with_hint("use one or more of `A-Z a-z 0-9 _ . -`"));
        }
        let mount = Mount::new(name, backend, self.shared.memory.clone());
        let mut table = write(&self.shared.table);
        allowed(&table)?;
        let mut next = Table::clone(&table);
        next.insert(name.to_owned(), mount);
        *table = Arc::new(next);
        Ok(())
    }

    /// Removes a mount; tells whether there was one. Nodes of it keep working.
    pub fn remove_mount(&self, name: &str) -> bool {
        let mut table = write(&self.shared.table);
        let mut next = Table::clone(&table);
        let found = next.remove(name).is_some();
        *table = Arc::new(next);
        found
    }

    /// The names of all mounts, sorted.
    #[must_use]
    pub fn mount_names(&self) -> Vec<String> {
        self.table().keys().cloned().collect()
    }

    /// All mounts, sorted by name.
    #[must_use]
    pub fn mounts(&self) -> Vec<Arc<Mount>> {
        self.table().values().cloned().collect()
    }

    /// Whether there is a mount of this name.
    #[must_use]
    pub fn has_mount(&self, name: &str) -> bool {
        self.table().contains_key(name)
    }

    /// The node of `mount:path`. Split at the first colon; `mount` alone is its root. No I/O.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when it is no address or the path leaves the mount; `NotFound` when there is no such mount.
    pub fn node(&self, address: impl AsRef<str>) -> Result<StorageNode> {
        let (mount, path) = Address::split(address.as_ref())?;
        let mount = self.mount(mount)?;
        let path = mount.parse(path)?;
        Ok(StorageNode::new(mount, path))
    }

    /// The node below the root of `mount`, segment by segment. No I/O.
    ///
    /// # Errors
    ///
    /// As [`node`](Self::node); an empty or absolute segment is `InvalidInput`.
    pub fn node_at(&self, mount: &str, segments: impl Segments) -> Result<StorageNode> {
        let mount = self.mount(mount)?;
        let path = StoragePath::root().join_all(segments).map_err(|error| error.with_mount(mount.name()))?;
        Ok(StorageNode::new(mount, path))
    }

    /// The mount of this name.
    ///
    /// # Errors
    ///
    /// `NotFound`, listing the known ones.
    pub fn mount(&self, name: &str) -> Result<Arc<Mount>> {
        let table = self.table();
        table.get(name).cloned().ok_or_else(|| unknown_mount(name, &table))
    }

    fn table(&self) -> Arc<Table> {
        self.shared.table.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add_all(&self, configs: &[MountConfig], errors: Vec<Error>) -> Result<()> {
        self.add_batch(configs, errors, |_| Ok(()))
    }

    fn add_batch(
        &self,
        configs: &[MountConfig],
        errors: Vec<Error>,
        allowed: impl FnOnce(&Table) -> Result<()>,
    ) -> Result<()> {
        let registry = self.shared.registry.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut table = write(&self.shared.table);
        allowed(&table)?;
        let memory = &self.shared.memory;
        let next =
            Batch { registry: &registry, configs, memory, table: Table::clone(&table) }.build(errors)?;
        *table = Arc::new(next);
        Ok(())
    }
}

#[maybe_async]
impl StorageManager {
    /// Adds mounts from a file, `.yaml`, `.yml`, `.json` or `.toml`; variables come from the environment. Paths of folders in it
    /// are as seen from the working directory of the program.
    ///
    /// # Errors
    ///
    /// `Config`, as [`configure`](Self::configure), and when the extension is another one; what the operating system says when
    /// the file cannot be read.
    pub async fn configure_file(&self, path: impl AsRef<Path> + Send) -> Result<()> {
        let path = owned(path);
        let reading = rt::unblock(move || read_file(&path)).await?;
        self.configure_reading(reading)
    }
}

fn owned(path: impl AsRef<Path>) -> PathBuf {
    path.as_ref().to_owned()
}

fn read_file(path: &Path) -> Result<Reading> {
    let told =
        |error: Error| error.with_operation(Operation::Configure).with_path(path.display().to_string());
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    let Some(format) = Format::from_extension(extension) else {
        let error = Error::config("its name does not tell the format");
        return Err(told(error.with_hint("let it end with `.yaml`, `.json` or `.toml`")));
    };
    let text = std::fs::read_to_string(path).map_err(|error| told(Error::from_io(error)))?;
    Config::read_text(&text, format, &process_env).map_err(told)
}

/// Fails when a mount has this name.
fn free(table: &Table, name: &str) -> Result<()> {
    if !table.contains_key(name) {
        return Ok(());
    }
    let error = Error::new(ErrorKind::AlreadyExists, "there is a mount of this name")
        .with_hint("use another name, or replace it with `add_mount`")
        .with_operation(Operation::Configure);
    Err(error.with_mount(name))
}

/// The kinds of mounts that need no other crate.
fn builtin() -> Registry {
    let mut registry = Registry::default();
    registry.register(Arc::new(super::local::LocalProvider));
    registry.register(Arc::new(super::memory::MemoryProvider));
    registry.register(Arc::new(super::base64::Base64Provider));
    registry.register(Arc::new(super::relative::RelativeProvider));
    registry
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

fn unknown_mount(name: &str, table: &Table) -> Error {
    let names = || table.keys().map(String::as_str);
    let known = if table.is_empty() {
        "there are none".to_owned()
    } else {
        format!("known are {}", suggest::list(names()))
    };
    let error = Error::new(ErrorKind::NotFound, format!("there is no mount `{name}`; {known}"))
        .with_operation(Operation::Parse)
        .with_mount(name);
    match suggest::nearest(name, names()) {
        Some(near) => error.with_hint(format!("did you mean `{near}:`?")),
        None => error,
    }
}

/// A set of mounts that is built together: a mount may stand on another one of the batch, in any order.
struct Batch<'a> {
    registry: &'a Registry,
    configs: &'a [MountConfig],
    memory: &'a Memory,
    table: Table,
}

impl Batch<'_> {
    fn build(mut self, mut errors: Vec<Error>) -> Result<Table> {
        let mut open: Vec<&MountConfig> = self.configs.iter().collect();
        while !open.is_empty() {
            let before = open.len();
            let mut waiting = Vec::new();
            for config in &open {
                if self.waits_for_another(config, &open) {
                    waiting.push(*config);
                } else if let Err(error) = self.add(config) {
                    errors.push(error.with_mount_if_unset(config.name()));
                }
            }
            if waiting.len() == before {
                errors.extend(waiting.iter().map(|config| circular().with_mount(config.name())));
                break;
            }
            open = waiting;
        }
        join_errors(errors).map_err(|error| error.with_operation(Operation::Configure))?;
        Ok(self.table)
    }

    fn waits_for_another(&self, config: &MountConfig, open: &[&MountConfig]) -> bool {
        let Ok(provider) = self.registry.get(config.kind()) else { return false };
        // A mount that stands on itself waits for ever, and that is how the circle is found.
        provider
            .depends_on(config)
            .is_ok_and(|names| names.iter().any(|name| open.iter().any(|other| other.name() == name)))
    }

    fn add(&mut self, config: &MountConfig) -> Result<()> {
        config.validate()?;
        let provider = self.registry.get(config.kind())?;
        let backend = provider.build(config, &MountLookup(&self.table))?;
        self.table.insert(config.name().to_owned(), Mount::new(config.name(), backend, self.memory.clone()));
        Ok(())
    }
}

fn circular() -> Error {
    Error::config("it stands on itself, directly or through other mounts")
}

impl fmt::Debug for StorageManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageManager").field("mounts", &self.mount_names()).finish()
    }
}

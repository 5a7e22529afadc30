//! Kinds of mounts: each provider builds backends from configuration. Third parties register their own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use storage_types::{Error, MountConfig, Result, suggest};

use super::backend::Backend;
use super::mount::Mount;

/// Builds backends of one kind.
///
/// Building does no I/O: a backend connects when it is first used. The example `own_backend` of the facade has one.
pub trait Provider: fmt::Debug + Send + Sync + 'static {
    /// The kind as it stands under `type` in configuration.
    fn kind(&self) -> &str;

    /// Other names of the same kind.
    fn aliases(&self) -> &[&str] {
        &[]
    }

    /// The names of the mounts that this one stands on, so that those are built first whatever their order.
    ///
    /// # Errors
    ///
    /// `Config` when the options are wrong.
    fn depends_on(&self, config: &MountConfig) -> Result<Vec<String>> {
        let _ = config;
        Ok(Vec::new())
    }

    /// Builds the backend of one mount.
    ///
    /// # Errors
    ///
    /// `Config`, naming the mount, the field and what is allowed.
    fn build(&self, config: &MountConfig, mounts: &MountLookup<'_>) -> Result<Arc<dyn Backend>>;
}

/// The mounts that a new one may stand on.
#[derive(Clone, Copy)]
pub struct MountLookup<'a>(pub(crate) &'a BTreeMap<String, Arc<Mount>>);

impl MountLookup<'static> {
    /// No mounts: for what stands on none.
    #[must_use]
    pub fn empty() -> Self {
        static NONE: BTreeMap<String, Arc<Mount>> = BTreeMap::new();
        Self(&NONE)
    }
}

impl MountLookup<'_> {
    /// The backend of another mount.
    ///
    /// # Errors
    ///
    /// `Config` listing the known ones.
    pub fn backend(&self, name: &str) -> Result<Arc<dyn Backend>> {
        match self.0.get(name) {
            Some(mount) => Ok(mount.backend().clone()),
            None => Err(unknown("mount", name, self.0.keys().map(String::as_str))),
        }
    }
}

impl fmt::Debug for MountLookup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MountLookup").field(&self.0.keys()).finish()
    }
}

/// The providers by kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry(BTreeMap<String, Arc<dyn Provider>>);

impl Registry {
    pub(crate) fn register(&mut self, provider: Arc<dyn Provider>) {
        for alias in provider.aliases() {
            self.0.insert((*alias).to_owned(), provider.clone());
        }
        self.0.insert(provider.kind().to_owned(), provider);
    }

    pub(crate) fn get(&self, kind: &str) -> Result<&Arc<dyn Provider>> {
        self.0.get(kind).ok_or_else(|| unknown("type", kind, self.0.keys().map(String::as_str)))
    }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Error {
    let list = suggest::list(known.clone());
    let error = if list.is_empty() {
        Error::config(format!("unknown {what} `{name}`; there are none"))
    } else {
        Error::config(format!("unknown {what} `{name}`; known are {list}"))
    };
    match suggest::nearest(name, known) {
        Some(near) => error.with_hint(format!("did you mean `{near}`?")),
        None => error,
    }
}

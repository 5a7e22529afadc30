//! Configuration of local mounts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use storage_types::{Durability, Error, MountConfig, Result};

use super::backend::LocalBackend;
use super::root::LocalRoot;
use crate::dual::backend::Backend;
use crate::dual::provider::{MountLookup, Provider};

/// Options of a local mount in configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LocalConfig {
    /// The root folder; `~/` is the home folder, a relative one is taken from the working directory.
    pub path: PathBuf,
    /// Make the root folder on the first write. Until then the mount is empty.
    #[serde(default)]
    pub create: bool,
    /// How safe a write is when it returns: `full`, `file` or `none`.
    #[serde(default)]
    pub durability: Durability,
    /// Where the folder is served; makes `url` work.
    #[serde(default)]
    pub base_url: Option<String>,
}

impl LocalConfig {
    /// The folder `path`, all else by default.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), create: false, durability: Durability::Full, base_url: None }
    }
}

/// Builds local mounts.
#[derive(Debug, Clone, Copy)]
pub struct LocalProvider;

impl Provider for LocalProvider {
    fn kind(&self) -> &'static str {
        "local"
    }

    fn aliases(&self) -> &[&str] {
        &["file"]
    }

    fn build(&self, config: &MountConfig, _mounts: &MountLookup<'_>) -> Result<Arc<dyn Backend>> {
        let options: LocalConfig = config.parse_options()?;
        let path = absolute(&options.path, config.name())?;
        let mut backend =
            LocalBackend::new(LocalRoot::Fixed(path)).create(options.create).durability(options.durability);
        if let Some(url) = options.base_url {
            backend = backend.base_url(url);
        }
        Ok(Arc::new(backend))
    }
}

fn absolute(path: &Path, mount: &str) -> Result<PathBuf> {
    let wrong = |what: &str| Error::config(format!("mount `{mount}`, field `path`: {what}"));
    if path.as_os_str().is_empty() {
        return Err(wrong("it is empty").with_hint("name the root folder; `.` is the working directory"));
    }
    let path = match path.strip_prefix("~") {
        Ok(rest) => {
            let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
            PathBuf::from(home.ok_or_else(|| wrong("`~` needs `HOME` in the environment"))?).join(rest)
        }
        Err(_) => path.to_owned(),
    };
    std::path::absolute(&path).map_err(|error| wrong("it cannot be made absolute").with_source(error))
}

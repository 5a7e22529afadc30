//! Kinds of mounts that a program brings along: a shelf, which is memory, and a view, which stands on another mount.

use std::sync::Arc;

use serde::Deserialize;
use storage::types::config::Secret;
use storage::types::{Error, MountConfig, Result};

use super::api::{Backend, MemoryBackend, MountLookup, Provider};

#[derive(Debug, Deserialize)]
struct ShelfConfig {
    boards: u32,
    #[serde(default)]
    wood: Wood,
    #[serde(default)]
    pin: Option<Secret>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wood {
    #[default]
    Oak,
    Beech,
}

#[derive(Debug)]
pub(super) struct Shelf;

impl Provider for Shelf {
    fn kind(&self) -> &str {
        "shelf"
    }

    fn aliases(&self) -> &[&str] {
        &["bookcase"]
    }

    fn build(&self, config: &MountConfig, _: &MountLookup<'_>) -> Result<Arc<dyn Backend>> {
        let options: ShelfConfig = config.parse_options()?;
        if options.boards == 0 {
            return Err(Error::config("field `boards`: a shelf has one at least"));
        }
        if options.wood == Wood::Beech && options.pin.is_some() {
            return Err(Error::config("field `pin`: beech has no lock"));
        }
        Ok(Arc::new(MemoryBackend::new()))
    }
}

#[derive(Debug, Deserialize)]
struct ViewConfig {
    of: String,
}

#[derive(Debug)]
pub(super) struct View;

impl Provider for View {
    fn kind(&self) -> &str {
        "view"
    }

    fn depends_on(&self, config: &MountConfig) -> Result<Vec<String>> {
        Ok(vec![config.parse_options::<ViewConfig>()?.of])
    }

    fn build(&self, config: &MountConfig, mounts: &MountLookup<'_>) -> Result<Arc<dyn Backend>> {
        mounts.backend(&config.parse_options::<ViewConfig>()?.of)
    }
}

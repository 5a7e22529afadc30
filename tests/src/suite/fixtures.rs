//! The library's own backends as fixtures.

use std::fmt;
use std::sync::Arc;

use storage::types::MountConfig;

use super::api::{Backend, LocalBackend, MemoryBackend, StorageManager};
use super::fixture::{Fixture, Guard};
use super::maybe_async;
use super::rt::Place;

/// How a fixture makes its mount.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Local,
    ServedLocal,
    Memory,
    VersionedMemory,
    Base64,
    RelativeOverLocal,
    RelativeOverMemory,
}

/// One of the library's own backends, called from one place.
#[derive(Debug, Clone, Copy)]
pub struct Own {
    kind: Kind,
    name: &'static str,
    place: Place,
}

impl Own {
    /// Every kind of backend.
    #[must_use]
    pub fn all() -> Vec<Self> {
        use Kind::{
            Base64, Local, Memory, RelativeOverLocal, RelativeOverMemory, ServedLocal, VersionedMemory,
        };
        let kinds =
            [Local, ServedLocal, Memory, VersionedMemory, Base64, RelativeOverLocal, RelativeOverMemory];
        kinds.map(Self::of).into()
    }

    fn of(kind: Kind) -> Self {
        let name = match kind {
            Kind::Local => "local",
            Kind::ServedLocal => "local-served",
            Kind::Memory => "memory",
            Kind::VersionedMemory => "memory-versioned",
            Kind::Base64 => "base64",
            Kind::RelativeOverLocal => "relative",
            Kind::RelativeOverMemory => "relative-memory",
        };
        Self { kind, name, place: Place::default() }
    }

    /// Memory, without versions.
    #[must_use]
    pub fn memory() -> Self {
        Self::of(Kind::Memory)
    }

    /// A folder of its own for each mount.
    #[must_use]
    pub fn local() -> Self {
        Self::of(Kind::Local)
    }

    /// The same under another name.
    #[must_use]
    pub fn called(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// The same, called from another place.
    #[must_use]
    pub fn inside(self, place: Place) -> Self {
        Self { place, ..self }
    }
}

#[maybe_async]
impl Fixture for Own {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn place(&self) -> Place {
        self.place
    }

    async fn mount(&self, manager: &StorageManager, name: &str) -> storage::Result<Guard> {
        let parent = format!("parent-of-{name}");
        let sub = format!("{parent}:some/where");
        let folder = tempfile::tempdir()?;
        match self.kind {
            Kind::Local => manager.add_mount(&MountConfig::local(name, folder.path()))?,
            Kind::ServedLocal => {
                let served =
                    MountConfig::local(name, folder.path()).option("base_url", "https://files.example/pub");
                manager.add_mount(&served.option("durability", "none"))?;
            }
            Kind::Memory => manager.add_mount(&MountConfig::memory(name))?,
            Kind::VersionedMemory => {
                manager.add_mount(&MountConfig::memory(name).option("versioned", true))?;
            }
            Kind::Base64 => manager.add_mount(&MountConfig::base64(name))?,
            Kind::RelativeOverLocal => {
                manager.add_mount(&MountConfig::local(&parent, folder.path()))?;
                manager.add_mount(&MountConfig::relative(name, sub, "delete"))?;
                manager.node(name)?.create_dir_all().await?;
            }
            Kind::RelativeOverMemory => {
                manager.add_mount(&MountConfig::memory(&parent))?;
                manager.add_mount(&MountConfig::relative(name, sub, "delete"))?;
                manager.node(name)?.create_dir_all().await?;
            }
        }
        Ok(Box::new(folder))
    }
}

/// A backend that the program made itself, fresh for each mount.
pub struct Made<F> {
    name: String,
    place: Place,
    make: F,
}

impl<F> Made<F>
where
    F: Fn() -> storage::Result<(Arc<dyn Backend>, Guard)> + Send + Sync + 'static,
{
    /// A fixture whose mounts are what `make` gives.
    pub fn new(name: impl Into<String>, place: Place, make: F) -> Self {
        Self { name: name.into(), place, make }
    }
}

impl<F> fmt::Debug for Made<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").field("name", &self.name).field("place", &self.place).finish_non_exhaustive()
    }
}

#[maybe_async]
impl<F> Fixture for Made<F>
where
    F: Fn() -> storage::Result<(Arc<dyn Backend>, Guard)> + Send + Sync + 'static,
{
    fn name(&self) -> String {
        self.name.clone()
    }

    fn place(&self) -> Place {
        self.place
    }

    async fn mount(&self, manager: &StorageManager, name: &str) -> storage::Result<Guard> {
        let (backend, guard) = (self.make)()?;
        manager.add_backend(name, backend)?;
        Ok(guard)
    }
}

/// A fresh memory backend, for bridges.
#[must_use]
pub fn memory_backend() -> Arc<dyn Backend> {
    Arc::new(MemoryBackend::new())
}

/// A local backend of a fresh folder, for bridges.
///
/// # Errors
///
/// When no folder can be made.
pub fn local_backend() -> storage::Result<(Arc<dyn Backend>, Guard)> {
    let folder = tempfile::tempdir()?;
    let backend = LocalBackend::at(folder.path())?;
    Ok((Arc::new(backend), Box::new(folder)))
}

//! What a trial has at hand: a manager, a fresh mount, and a few words to prepare it with.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use storage::types::{Access, Capabilities, IntoBytes, MountConfig, WriteOptions};

use super::api::{StorageManager, StorageNode};
use super::clouds::Kind;
use super::fixture::{Fixture, Guard};
use super::{maybe_async, rt};
use crate::support::outcome::{Failure, Outcome};
use crate::support::raw::Raw;

/// The name of the first mount of every trial.
pub const MOUNT: &str = "m";

/// A fresh mount for one trial.
pub struct Stage {
    /// The mount table of this trial.
    pub manager: StorageManager,
    fixture: Arc<dyn Fixture>,
    mounts: Mutex<Vec<(String, Guard)>>,
    made: AtomicUsize,
}

impl Stage {
    /// The root of the mount.
    ///
    /// # Panics
    ///
    /// When the trial removed it.
    #[must_use]
    pub fn root(&self) -> StorageNode {
        self.node("")
    }

    /// A node of the mount.
    ///
    /// # Panics
    ///
    /// When the path is no path.
    #[must_use]
    #[track_caller]
    pub fn node(&self, path: &str) -> StorageNode {
        self.at(&format!("{MOUNT}:{path}"))
    }

    /// A node of any mount.
    ///
    /// # Panics
    ///
    /// When there is no such mount or the path is no path.
    #[must_use]
    #[track_caller]
    pub fn at(&self, address: &str) -> StorageNode {
        match self.manager.node(address) {
            Ok(node) => node,
            Err(error) => panic!("{error}"),
        }
    }

    /// What the mount can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.root().capabilities()
    }

    /// How many bytes the path of a file may have.
    #[must_use]
    pub fn longest_path(&self) -> usize {
        self.fixture.longest_path()
    }

    /// Whether each operation is a request to a server.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.fixture.is_remote()
    }

    /// The cloud behind the mount, if there is one.
    #[must_use]
    pub fn cloud(&self) -> Option<Kind> {
        self.fixture.cloud()
    }

    /// The store behind the mount, where it is a cloud.
    ///
    /// # Errors
    ///
    /// When its server is not running.
    pub fn raw(&self) -> storage::Result<Option<Raw>> {
        let Some(kind) = self.cloud() else { return Ok(None) };
        let root = self.root();
        let identity = root.backend().identity(root.path()).unwrap_or_default();
        let prefix = identity.rsplit('/').next().unwrap_or_default();
        Ok(Some(Raw::new(kind.config("raw", prefix, None)?, prefix)))
    }

    fn keep(&self, name: &str, guard: Guard) {
        self.mounts.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), guard));
    }

    /// A mount `name` of the folder `path` of the trial's mount, with these permissions.
    ///
    /// # Errors
    ///
    /// What the manager says.
    pub fn relative(&self, name: &str, path: &str, permissions: &str) -> storage::Result<StorageNode> {
        let config = MountConfig::relative(name, format!("{MOUNT}:{path}"), permissions);
        self.manager.add_mount(&config)?;
        self.manager.node(name)
    }
}

#[maybe_async]
impl Stage {
    /// Mounts the fixture.
    ///
    /// # Errors
    ///
    /// What the fixture says.
    pub async fn set(fixture: Arc<dyn Fixture>) -> Result<Self, Failure> {
        let stage = Self {
            manager: StorageManager::new(),
            fixture,
            mounts: Mutex::default(),
            made: AtomicUsize::new(0),
        };
        let guard = stage.fixture.mount(&stage.manager, MOUNT).await?;
        stage.keep(MOUNT, guard);
        Ok(stage)
    }

    /// Removes everything that the trial left behind.
    ///
    /// # Errors
    ///
    /// What the fixture says.
    pub async fn clear(&self) -> Outcome {
        let mounts = std::mem::take(&mut *self.mounts.lock().unwrap_or_else(PoisonError::into_inner));
        for (name, guard) in mounts {
            self.fixture.clear(&self.manager, &name).await?;
            drop(guard);
        }
        Ok(())
    }

    /// The root of one more mount of the same kind, fresh and empty.
    ///
    /// # Errors
    ///
    /// What the fixture says.
    pub async fn another(&self) -> storage::Result<StorageNode> {
        let name = format!("other{}", self.made.fetch_add(1, Ordering::Relaxed));
        let guard = self.fixture.mount(&self.manager, &name).await?;
        self.keep(&name, guard);
        self.manager.node(&name)
    }

    /// The root of a fresh memory mount.
    ///
    /// # Errors
    ///
    /// What the manager says.
    pub async fn memory(&self) -> storage::Result<StorageNode> {
        let name = format!("memory{}", self.made.fetch_add(1, Ordering::Relaxed));
        self.manager.add_mount(&MountConfig::memory(&name))?;
        self.manager.node(&name)
    }

    /// The root of a fresh local mount in a folder of its own, which lives as long as the trial.
    ///
    /// # Errors
    ///
    /// What the manager says.
    pub async fn local(&self) -> Result<StorageNode, Failure> {
        let name = format!("local{}", self.made.fetch_add(1, Ordering::Relaxed));
        let folder = tempfile::tempdir()?;
        self.manager.add_mount(&MountConfig::local(&name, folder.path()))?;
        self.keep(&name, Box::new(folder));
        Ok(self.manager.node(&name)?)
    }

    /// Writes a file.
    ///
    /// # Errors
    ///
    /// What the mount says.
    pub async fn file(&self, path: &str, content: impl IntoBytes + Send) -> storage::Result<StorageNode> {
        let node = self.node(path);
        node.write(content).await?;
        Ok(node)
    }

    /// Writes `x` under each of many paths, several at once.
    ///
    /// # Errors
    ///
    /// What the mount says.
    pub async fn files(&self, paths: Vec<String>) -> storage::Result<()> {
        const AT_ONCE: usize = 16;
        let (root, paths) = (self.root(), Arc::new(paths));
        let ends = rt::together(AT_ONCE, |worker| {
            let (root, paths) = (root.clone(), paths.clone());
            async move { write_every(&root, &paths, worker, AT_ONCE).await }
        })
        .await;
        ends.into_iter().collect()
    }

    /// Makes a directory and its parents.
    ///
    /// # Errors
    ///
    /// What the mount says.
    pub async fn directory(&self, path: &str) -> storage::Result<StorageNode> {
        let node = self.node(path);
        node.create_dir_all().await?;
        Ok(node)
    }

    /// Something that is stored, whatever kind of paths the mount has.
    ///
    /// # Errors
    ///
    /// What the mount says.
    pub async fn sample(&self) -> storage::Result<StorageNode> {
        if self.capabilities().opaque_paths {
            self.root().store(SAMPLE).await
        } else {
            self.file("sample", SAMPLE).await
        }
    }

    /// The real folder of a mount that has one.
    ///
    /// # Errors
    ///
    /// `Unsupported` where there is none.
    pub async fn folder(&self) -> storage::Result<PathBuf> {
        self.root().native_path(Access::Read).await
    }
}

/// Writes every `step`th of the paths.
#[maybe_async]
async fn write_every(root: &StorageNode, paths: &[String], first: usize, step: usize) -> storage::Result<()> {
    let options = WriteOptions::new().durability(storage::Durability::None);
    for path in paths.iter().skip(first).step_by(step) {
        root.child(path)?.write_with("x", &options).await?;
    }
    Ok(())
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("manager", &self.manager).finish_non_exhaustive()
    }
}

/// The content of [`Stage::sample`].
pub const SAMPLE: &str = "sample";

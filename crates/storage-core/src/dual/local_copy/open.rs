//! From a node to a path.

use std::path::PathBuf;

use storage_types::{Access, EntryKind, Error, ErrorKind, LocalPathOptions, Metadata, Operation, Result};

use super::LocalPath;
use super::staged::Staged;
use super::state::FileState;
use crate::dual::node::StorageNode;
use crate::{maybe_async, rt};

#[maybe_async]
impl StorageNode {
    /// A path on this machine that leads to the content.
    ///
    /// For [`Access::Read`] it is a private copy on every mount, so that whoever gets the path cannot change what is stored.
    /// The copy shares the content where both lie on one file system that can do so (a reflink); where copying costs too
    /// much, [`native_path`](Self::native_path) gives the path of the stored file itself, unprotected.
    ///
    /// For [`Access::Write`] and [`Access::ReadWrite`] it is the file itself on a local mount, unless a temporary one is
    /// asked for, else a temporary file, which is stored by [`LocalPath::commit`] and vanishes with the guard. For
    /// [`Access::ReadWrite`] the content is there, if anything is stored; for [`Access::Write`] there is no temporary file
    /// yet, only its place. A path into a local mount is a way around the library: what is written there is seen at once,
    /// half-written too.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is nothing to read; `IsADirectory`; `PermissionDenied` when the mount may not be written to.
    pub async fn local_path(&self, access: Access) -> Result<LocalPath> {
        self.local_path_with(&LocalPathOptions::new(access)).await
    }

    /// A path by options: a temporary file in any case, and where it lies.
    ///
    /// # Errors
    ///
    /// As [`local_path`](Self::local_path).
    pub async fn local_path_with(&self, options: &LocalPathOptions) -> Result<LocalPath> {
        let opened = self.open_local_path(options).await;
        self.explain(Operation::LocalPath, opened)
    }

    async fn open_local_path(&self, options: &LocalPathOptions) -> Result<LocalPath> {
        let access = options.access;
        if access != Access::Read {
            if !options.staged
                && let Some(path) = self.real_path(access).await?
            {
                return Ok(LocalPath {
                    node: self.clone(),
                    access,
                    path,
                    staged: None,
                    before: None,
                    lent: None,
                });
            }
            self.check_writable().await?;
        }
        let staged = Staged::empty(self, options).await?;
        let before = if access == Access::Write { None } else { self.copied(&staged, access).await? };
        let path = staged.path();
        let lent = if access == Access::Read { FileState::of(&path).await? } else { None };
        Ok(LocalPath { node: self.clone(), access, path, staged: Some(staged), before, lent })
    }

    /// The file itself, on mounts that have one.
    async fn real_path(&self, access: Access) -> Result<Option<PathBuf>> {
        match self.backend().local_path(self.path(), access).await {
            Ok(path) => {
                rt::unblock(move || if path.is_dir() { Err(Error::is_a_directory()) } else { Ok(Some(path)) })
                    .await
            }
            Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Copies what is stored; `None` when that is nothing and nothing is needed.
    async fn copied(&self, staged: &Staged, access: Access) -> Result<Option<Metadata>> {
        match staged.take(self, access).await {
            Err(error) if access == Access::ReadWrite && error.kind() == ErrorKind::NotFound => Ok(None),
            taken => taken.map(Some),
        }
    }

    /// Says before a program runs for an hour what can be known before.
    async fn check_writable(&self) -> Result<()> {
        let can = self.capabilities();
        if !can.write {
            return match self.backend().local_path(self.path(), Access::Write).await {
                Err(error) if error.kind() != ErrorKind::Unsupported => Err(error),
                _ => Err(Error::unsupported("write")),
            };
        }
        let is_root = self.is_root() && !can.opaque_paths;
        if is_root || (can.directories && self.kind().await? == Some(EntryKind::Directory)) {
            return Err(Error::is_a_directory());
        }
        Ok(())
    }
}

//! From a node to a path.

use std::path::PathBuf;

use storage_types::{Access, EntryKind, Error, ErrorKind, LocalPathOptions, Metadata, Operation, Result};

use super::LocalPath;
use super::staged::Staged;
use crate::dual::node::StorageNode;
use crate::{maybe_async, rt};

#[maybe_async]
impl StorageNode {
    /// A path on this machine that leads to the content: of a local mount the file itself, else a temporary file, which
    /// is stored by [`LocalPath::commit`] and vanishes with the guard.
    ///
    /// For [`Access::Read`] the content is there; for [`Access::ReadWrite`] too, if anything is stored; for
    /// [`Access::Write`] there is no temporary file yet, only its place. A path into a local mount is a way around the
    /// library: what is written there is seen at once, half-written too.
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
        if !options.staged
            && let Some(path) = self.real_path(access).await?
        {
            return Ok(LocalPath { node: self.clone(), access, path, staged: None, before: None });
        }
        if access != Access::Read {
            self.check_writable().await?;
        }
        let content = if access == Access::Write { None } else { self.content_for(access).await? };
        let staged = Staged::empty(self, options).await?;
        let mut before = None;
        if let Some((reader, metadata)) = content {
            staged.fill(reader, access).await?;
            before = Some(metadata);
        }
        let path = staged.path();
        Ok(LocalPath { node: self.clone(), access, path, staged: Some(staged), before })
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

    /// What is stored; `None` when that is nothing and nothing is needed.
    async fn content_for(&self, access: Access) -> Result<Option<(crate::Reader, Metadata)>> {
        let reader = match self.reader().await {
            Err(error) if access == Access::ReadWrite && error.kind() == ErrorKind::NotFound => {
                return Ok(None);
            }
            reader => reader?,
        };
        let metadata = if access == Access::Read || self.backend().tells_all_when_read() {
            reader.metadata().clone()
        } else {
            self.backend().metadata(self.path()).await?
        };
        Ok(Some((reader, metadata)))
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

//! Paths on this machine for content of every mount, for programs and libraries that know nothing but files.

mod folder;
mod name;
mod open;
mod staged;
mod state;

use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use storage_types::{Access, Error, Metadata, Operation, Result, WriteOptions};

use self::staged::Staged;
use self::state::FileState;
use crate::dual::node::StorageNode;
use crate::maybe_async;

/// A path on this machine that leads to the content of a node, made by
/// [`StorageNode::local_path`](crate::StorageNode::local_path).
///
/// For reading it is a private copy of the same name, in a folder of its own, which is removed when this is dropped: what
/// becomes of the copy never reaches what is stored. For writing it is the file itself on a local mount, unless a
/// temporary one was asked for, and elsewhere a temporary file. What was written to a temporary file is stored by
/// [`commit`](Self::commit) and by nothing else: neither an error nor a panic on the way uploads anything.
#[must_use = "the path is gone when this is dropped"]
pub struct LocalPath {
    node: StorageNode,
    access: Access,
    path: PathBuf,
    staged: Option<Staged>,
    before: Option<Metadata>,
    /// The copy as it was when it was lent for reading.
    lent: Option<FileState>,
}

impl LocalPath {
    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it leads to a temporary file.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.staged.is_some()
    }

    /// What was stored when a temporary file was filled from it. Its ETag goes into
    /// [`WriteOptions::if_match`] of [`commit_with`](Self::commit_with), so that nobody else's change is lost.
    #[must_use]
    pub fn metadata(&self) -> Option<&Metadata> {
        self.before.as_ref()
    }

    /// What a commit stores beside the content: what was there before, when the content is an edited one.
    fn options(&self) -> WriteOptions {
        let mut options = WriteOptions::new();
        if let Some(before) = &self.before {
            options.describe_as(before);
        }
        options
    }
}

#[maybe_async]
impl LocalPath {
    /// Stores what was written, replacing atomically, with the content type and user metadata that were there before.
    /// What is written to the file of a local mount itself is stored already.
    ///
    /// # Errors
    ///
    /// `NotFound` when nothing was written; `InvalidInput` for a path that was for reading; else as
    /// [`StorageNode::write`](crate::StorageNode::write).
    pub async fn commit(self) -> Result<Metadata> {
        let options = self.options();
        self.commit_with(&options).await
    }

    /// Stores what was written by options: create only, compare-and-set, content type, user metadata. They mean nothing
    /// for the file of a local mount itself.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit); `AlreadyExists` and `PreconditionFailed` when a condition does not hold.
    pub async fn commit_with(self, options: &WriteOptions) -> Result<Metadata> {
        let stored = self.store(options).await;
        self.node.explain(Operation::Write, stored)
    }

    async fn store(&self, options: &WriteOptions) -> Result<Metadata> {
        if self.access == Access::Read {
            return Err(Error::invalid("the local path was for reading, so there is nothing to store")
                .with_hint("ask for `Access::Write` or `Access::ReadWrite`"));
        }
        match &self.staged {
            Some(staged) => staged.put(&self.node, options).await,
            None => self.node.backend().metadata(self.node.path()).await,
        }
    }

    /// Whether a copy that was lent for reading was changed, replaced or removed since. What is stored never is: this
    /// tells that a program did something else with its input than read it.
    ///
    /// # Errors
    ///
    /// When the copy cannot be looked at.
    pub async fn was_changed(&self) -> Result<bool> {
        let Some(lent) = self.lent else { return Ok(false) };
        let now = FileState::of(&self.path).await;
        self.node.explain(Operation::LocalPath, now).map(|now| now != Some(lent))
    }

    /// Whether there is something to commit.
    pub(crate) async fn check(&self) -> Result<()> {
        let Some(staged) = &self.staged else { return Ok(()) };
        let checked = staged.check().await;
        self.node.explain(Operation::Write, checked)
    }
}

impl LocalPath {
    /// Where it is to be stored.
    pub(crate) fn node(&self) -> &StorageNode {
        &self.node
    }
}

impl Deref for LocalPath {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl AsRef<Path> for LocalPath {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

impl fmt::Debug for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalPath")
            .field("node", &self.node)
            .field("access", &self.access)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

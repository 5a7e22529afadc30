//! Directories.

use storage_types::{CreateDirOptions, ErrorKind, ListOptions, Operation, Result, WalkOptions};

use super::{Children, NodeEntry, StorageNode, Walk};
use crate::maybe_async;

#[maybe_async]
impl StorageNode {
    /// Makes a directory.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` when it is there; `NotFound` when its parent is missing; `NotADirectory` over a file.
    pub async fn create_dir(&self) -> Result<()> {
        self.create_dir_with(&CreateDirOptions::new()).await
    }

    /// Makes a directory with all its parents; one that is there is fine.
    ///
    /// # Errors
    ///
    /// `NotADirectory` over a file.
    pub async fn create_dir_all(&self) -> Result<()> {
        self.create_dir_with(&CreateDirOptions::new().parents(true).exist_ok(true)).await
    }

    /// Makes a directory by options.
    ///
    /// # Errors
    ///
    /// As [`create_dir`](Self::create_dir), less what the options allow.
    pub async fn create_dir_with(&self, options: &CreateDirOptions) -> Result<()> {
        let result = self.backend().create_dir(&self.path, options).await;
        let result = result.map_err(|error| match error.kind() {
            ErrorKind::NotFound if !options.parents => {
                error.with_hint("with `parents` they are made too").with_option("parents")
            }
            _ => error,
        });
        self.explain(Operation::CreateDir, result)
    }

    /// What is in a directory, sorted by name, streamed.
    ///
    /// # Errors
    ///
    /// `NotFound`; `NotADirectory` for a file.
    pub async fn children(&self) -> Result<Children> {
        self.children_with(&ListOptions::new()).await
    }

    /// As [`children`](Self::children), by options.
    ///
    /// # Errors
    ///
    /// As [`children`](Self::children).
    pub async fn children_with(&self, options: &ListOptions) -> Result<Children> {
        let lister = self.explain(Operation::List, self.backend().list(&self.path, options).await)?;
        Ok(Children::new(self.clone(), lister, options))
    }

    /// What is in a directory, collected.
    ///
    /// # Errors
    ///
    /// As [`children`](Self::children). An entry that no path can name (a name that is not UTF-8, a key such as `a//b`) fails the
    /// whole list, so that nothing is missing in it without a word; [`children`](Self::children) gives an error for it and goes on.
    pub async fn list(&self) -> Result<Vec<NodeEntry>> {
        self.list_with(&ListOptions::new()).await
    }

    /// As [`list`](Self::list), by options: names with a prefix, those behind a name, at most so many.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub async fn list_with(&self, options: &ListOptions) -> Result<Vec<NodeEntry>> {
        let mut children = self.children_with(options).await?;
        let mut all = Vec::new();
        while let Some(batch) = children.next_batch().await? {
            all.reserve(batch.len());
            for entry in batch {
                match entry {
                    Ok(entry) => all.push(children.adopt(entry)),
                    Err(error) => return self.explain(Operation::List, Err(error)),
                }
            }
        }
        Ok(all)
    }

    /// Everything below a directory, parents before children, each level sorted by name. Links to directories are given,
    /// never entered.
    ///
    /// # Errors
    ///
    /// `NotFound`; `NotADirectory` for a file; `InvalidInput` for a bad glob.
    pub async fn walk(&self, options: &WalkOptions) -> Result<Walk> {
        Walk::start(self, options).await
    }
}

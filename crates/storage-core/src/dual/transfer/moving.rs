//! Moving: renaming where the store can, else copying and deleting.

use storage_types::{
    CopyOptions, CopyReport, DeleteOptions, EntryKind, Error, ErrorKind, ListOptions, Metadata, Operation,
    Result, SkipReason,
};

use super::copy::Run;
use super::decide::Job;
use super::route::physical;
use crate::dual::node::{Children, StorageNode};
use crate::maybe_async;

#[maybe_async]
pub(super) async fn run(
    source: &StorageNode,
    destination: &StorageNode,
    options: &CopyOptions,
) -> Result<CopyReport> {
    let mut run = Run::new(source, destination, options, None)?;
    run.moves = true;
    if source.is_root() {
        let error =
            Error::invalid("the root of a mount cannot be moved").with_hint("copy it, or move its children");
        return Err(source.described(Operation::Move, error));
    }
    if !source.capabilities().delete {
        let error = Error::new(
            ErrorKind::PermissionDenied,
            "the mount does not allow to delete, so nothing can move out",
        )
        .with_hint("copy instead");
        return Err(source.described(Operation::Move, error));
    }
    run.go().await?;
    Ok(run.into_report())
}

#[maybe_async]
impl Run<'_> {
    async fn go(&mut self) -> Result<()> {
        let metadata = self.look_at_source().await?;
        if self.is_same_place() {
            self.skipped(self.source, SkipReason::SameFile);
            return Ok(());
        }
        self.tree = metadata.is_dir();
        if self.tree {
            self.refuse_into_itself(&metadata).await?;
        }
        if self.rename_whole(&metadata).await? {
            return Ok(());
        }
        if !self.tree {
            return self.copy_single(metadata).await;
        }
        self.copy_tree(&metadata).await?;
        prune_empty(self.source).await
    }

    /// Renames the file or the whole tree when no rule has to look at single files.
    async fn rename_whole(&mut self, metadata: &Metadata) -> Result<bool> {
        let options = self.options;
        options.cancel.check()?;
        let plain = self.patterns.is_empty() && options.filter.is_none();
        if !plain || self.compares() || self.destination.is_root() {
            return Ok(false);
        }
        let there = self.destination.stat_if_exists().await?;
        if self.tree && there.is_some() {
            return Ok(false);
        }
        let by_itself = self.destination.capabilities().directories;
        if !self.tree && by_itself && there.is_some_and(|there| there.is_dir()) {
            return Err(self.destination.described(Operation::Move, Error::is_a_directory()));
        }
        let (from, path) = physical(self.source);
        let renamed = self.destination.backend().rename_from(&*from, &path, self.destination.path()).await;
        if self.source.explain(Operation::Move, renamed)?.is_none() {
            return Ok(false);
        }
        self.set_total(metadata.size);
        self.advance(metadata.size);
        let job = Job {
            source: self.source.clone(),
            destination: self.destination.clone(),
            relative: self.source.name().to_owned(),
            metadata: metadata.clone(),
        };
        self.copied(&job, &Metadata::file(metadata.size));
        Ok(true)
    }
}

/// Removes `root` and the directories below it as far as nothing is left in them. One that is gone already, as on
/// stores where a directory is no more than the files in it, is fine.
#[maybe_async]
async fn prune_empty(root: &StorageNode) -> Result<()> {
    let mut levels: Vec<Children> = Vec::new();
    enter(root, &mut levels).await?;
    while let Some(level) = levels.last_mut() {
        match level.next().await? {
            Some(entry) if entry.metadata.kind == EntryKind::Directory => {
                enter(&entry.node, &mut levels).await?;
            }
            Some(_) => {}
            None => {
                let directory = level.parent().clone();
                levels.pop();
                match directory.delete_with(&DeleteOptions::empty_dir()).await {
                    Err(error) if error.kind() != ErrorKind::IsADirectory => return Err(error),
                    _ => {}
                }
            }
        }
    }
    Ok(())
}

#[maybe_async]
async fn enter(directory: &StorageNode, levels: &mut Vec<Children>) -> Result<()> {
    match directory.children_with(&ListOptions::kind_only()).await {
        Ok(children) => levels.push(children),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

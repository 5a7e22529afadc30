//! Moving: renaming where the store can, else copying and deleting.

use std::sync::Arc;

use storage_types::{
    CopyOptions, CopyReport, DeleteOptions, EntryKind, Error, ErrorKind, ListOptions, Metadata, Operation,
    Result, SkipReason,
};

use super::copy::copy_tree;
use super::route::physical;
use super::run::{Mode, Run};
use crate::dual::node::{Children, StorageNode};
use crate::maybe_async;

#[maybe_async]
pub(super) async fn run(
    source: &StorageNode,
    destination: &StorageNode,
    options: &CopyOptions,
) -> Result<CopyReport> {
    let mode = Mode { moves: true, ..Mode::default() };
    let mut run = Run::new(source, destination, options, None, mode)?;
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
    let metadata = run.look_at_source().await?;
    run.tree = metadata.is_dir();
    let run = Arc::new(run);
    go(&run, &metadata).await?;
    Ok(run.take_report())
}

#[maybe_async]
async fn go(run: &Arc<Run<'_>>, metadata: &Metadata) -> Result<()> {
    if run.is_same_place() {
        run.skipped(&run.source, SkipReason::SameFile);
        return Ok(());
    }
    if run.tree {
        run.refuse_into_itself(metadata).await?;
    }
    if run.rename_whole(metadata).await? {
        return Ok(());
    }
    if !run.tree {
        return run.copy_single(metadata.clone()).await;
    }
    copy_tree(run, metadata).await?;
    prune_empty(&run.source).await
}

#[maybe_async]
impl Run<'_> {
    /// Renames the file or the whole tree when no rule has to look at single files.
    async fn rename_whole(&self, metadata: &Metadata) -> Result<bool> {
        self.options.cancel.check()?;
        if !self.takes_all() || self.compares() || self.destination.is_root() {
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
        let (from, path) = physical(&self.source);
        let renamed = self.destination.backend().rename_from(&*from, &path, self.destination.path()).await;
        if self.source.explain(Operation::Move, renamed)?.is_none() {
            return Ok(false);
        }
        self.set_total(metadata.size);
        let job = self.single(metadata.clone());
        self.advance(&self.moved(&job), metadata.size);
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

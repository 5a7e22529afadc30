//! Moving: renaming where the store can, else copying and deleting.

use std::collections::HashSet;
use std::sync::Arc;

use storage_types::{
    CopyOptions, CopyReport, DeleteOptions, EntryKind, Error, ErrorKind, ListOptions, Metadata, Operation,
    Result, SkipReason, StoragePath,
};

use super::carry::Carrier;
use super::copy::{copy_single, copy_tree};
use super::find::overlap::same_place;
use super::task::{Mode, Task};
use crate::dual::node::{Children, StorageNode};
use crate::maybe_async;

#[maybe_async]
pub(super) async fn run(
    source: &StorageNode,
    destination: &StorageNode,
    options: &CopyOptions,
) -> Result<CopyReport> {
    let mode = Mode { moves: true, ..Mode::default() };
    let task = Task::unseen(source, destination, options, None, mode)?;
    refuse_what_stays(source)?;
    let carrier = Arc::new(Carrier::new(task.seen().await?));
    go(&carrier).await?;
    Ok(carrier.take_report())
}

/// Fails for sources of which nothing can go.
fn refuse_what_stays(source: &StorageNode) -> Result<()> {
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
    Ok(())
}

#[maybe_async]
async fn go(carrier: &Arc<Carrier<'_>>) -> Result<()> {
    let task = &carrier.task;
    if same_place(&task.source, &task.destination) {
        carrier.ledger.skipped(&task.source, SkipReason::SameFile);
        return Ok(());
    }
    if task.is_tree() && task.refuse_overlap().await? {
        carrier.ledger.skipped(&task.source, SkipReason::SameFile);
        return Ok(());
    }
    task.refuse_own_target().await?;
    if carrier.rename_whole().await? {
        return Ok(());
    }
    if !task.is_tree() {
        return copy_single(carrier).await;
    }
    copy_tree(carrier).await?;
    carrier.prune_empty(&task.source).await
}

#[maybe_async]
impl Task<'_> {
    /// A link that is moved onto what it points to would replace the content by a link to itself.
    async fn refuse_own_target(&self) -> Result<()> {
        if self.root.kind != EntryKind::Symlink {
            return Ok(());
        }
        let (Some(target), Some(there)) =
            (self.source.stat_if_exists().await?, self.destination.stat_if_exists().await?)
        else {
            return Ok(());
        };
        let is_link = self.destination.backend().read_link(self.destination.path()).await.is_ok();
        if is_link || target.file_id.is_none() || target.file_id != there.file_id {
            return Ok(());
        }
        let error = Error::invalid("the link points to the destination: they are the same file")
            .with_hint("delete the link instead");
        Err(self.source.described(Operation::Move, error))
    }
}

#[maybe_async]
impl Carrier<'_> {
    /// Renames the file or the whole tree when no rule has to look at single files.
    async fn rename_whole(&self) -> Result<bool> {
        let task = &self.task;
        task.options.cancel.check()?;
        if !task.takes_all() || task.options.has_headers() || task.compares() || task.destination.is_root() {
            return Ok(false);
        }
        let there = task.destination.stat_if_exists().await?;
        if task.is_tree() && there.is_some() {
            return Ok(false);
        }
        let by_itself = task.destination.capabilities().directories;
        if !task.is_tree() && by_itself && there.is_some_and(|there| there.is_dir()) {
            return Err(task.destination.described(Operation::Move, Error::is_a_directory()));
        }
        let (from, path) = task.source.resolved();
        let renamed = task.destination.backend().rename_from(&*from, &path, task.destination.path()).await;
        if task.source.explain(Operation::Move, renamed)?.is_none() {
            return Ok(false);
        }
        if task.is_tree() {
            self.ledger.tree_renamed(&task.source, &task.destination);
            return Ok(true);
        }
        self.ledger.set_totals(1, task.root.size);
        let job = task.single(task.root.clone());
        self.ledger.advance(&self.ledger.count(&job), task.root.size);
        self.ledger.copied(&job, &Metadata::file(task.root.size));
        Ok(true)
    }

    /// Removes `root` and the directories below it as far as nothing is left in them. What is left out of the move stays, and
    /// so does a directory that is gone already, as on stores where it is no more than the files in it.
    async fn prune_empty(&self, root: &StorageNode) -> Result<()> {
        self.roots_are_the_same().await?;
        let mut levels: Vec<Children> = Vec::new();
        enter(root, &mut levels).await?;
        // Directories with something in them that no path can name. The copy has reported it.
        let mut unnameable: HashSet<StoragePath> = HashSet::new();
        while let Some(level) = levels.last_mut() {
            let entry = match level.next().await {
                Err(error) if error.kind() == ErrorKind::InvalidInput => {
                    unnameable.insert(level.parent().path().clone());
                    continue;
                }
                entry => entry?,
            };
            match entry {
                Some(entry) if entry.metadata.kind == EntryKind::Directory => {
                    let relative = self.task.below_source(&entry.node);
                    if self.task.prunes(relative.as_str()).is_none() {
                        enter(&entry.node, &mut levels).await?;
                    }
                }
                Some(_) => {}
                None => {
                    let directory = level.parent().clone();
                    levels.pop();
                    if unnameable.contains(directory.path()) {
                        continue;
                    }
                    match directory.delete_with(&DeleteOptions::empty_dir()).await {
                        Err(error) if error.kind() != ErrorKind::IsADirectory => return Err(error),
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }
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

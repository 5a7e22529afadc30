//! Copying: a file, or a tree level by level.

use std::sync::Arc;

use storage_types::{
    CopyOptions, CopyReport, Durability, EntryKind, Error, ErrorKind, Metadata, Operation, Result,
    SkipReason, SymlinkPolicy,
};

use super::Source;
use super::decide::{Job, SkipWhen, There};
use super::plan::Planner;
use super::run::{Mode, Run};
use crate::dual::node::{NodeEntry, StorageNode};
use crate::{maybe_async, rt};

#[maybe_async]
pub(super) async fn run(
    source: &StorageNode,
    destination: &StorageNode,
    options: &CopyOptions,
    rule: Option<&dyn SkipWhen>,
) -> Result<CopyReport> {
    let run = Run::new(source, destination, options, rule, Mode::default())?;
    if run.try_directly().await? {
        return Ok(run.take_report());
    }
    go(run).await
}

/// Copies whatever the source is.
#[maybe_async]
pub(super) async fn go(mut run: Run<'_>) -> Result<CopyReport> {
    let metadata = run.look_at_source().await?;
    run.tree = metadata.is_dir();
    let run = Arc::new(run);
    if run.tree {
        copy_tree(&run, &metadata).await?;
    } else {
        run.copy_single(metadata).await?;
    }
    Ok(run.take_report())
}

#[maybe_async]
impl Run<'_> {
    /// What the source is. A link counts as such where it is to stay one: it may point nowhere.
    pub(super) async fn look_at_source(&self) -> Result<Metadata> {
        let keeps_links = self.mode.moves || self.options.symlinks == SymlinkPolicy::Preserve;
        if keeps_links && self.source.capabilities().symlinks {
            let target = self.source.backend().read_link(self.source.path()).await;
            if target.is_ok() {
                return Ok(Metadata::of(EntryKind::Symlink, 0));
            }
        }
        self.source.stat().await
    }

    pub(super) async fn copy_single(&self, metadata: Metadata) -> Result<()> {
        self.set_total(metadata.size);
        self.options.cancel.check()?;
        self.copy_one(self.single(metadata)).await
    }

    async fn prepare_destination(&self) -> Result<()> {
        let can = self.destination.capabilities();
        if !can.write {
            let error = Error::new(ErrorKind::PermissionDenied, "the mount does not allow to write")
                .with_hint("copy to another mount, or configure this one with `permissions: readwrite`");
            return Err(self.destination.described(Operation::Copy, error));
        }
        let directories = can.directories;
        let only_some = self.selection.patterns.has_includes() || self.mode.dry_run;
        if only_some || self.destination.is_root() || !directories {
            return Ok(());
        }
        self.destination.create_dir_all().await
    }

    pub(super) async fn refuse_into_itself(&self, root: &Metadata) -> Result<()> {
        if !self.is_same_place() && (self.lies_inside() || self.is_inside_by_id(root).await?) {
            let error = Error::invalid("a directory cannot be copied into itself")
                .with_hint("choose a destination outside of it");
            return Err(self.source.described(Operation::Copy, error));
        }
        Ok(())
    }

    /// Whether the destination or a directory above it *is* the source, under whatever name.
    async fn is_inside_by_id(&self, root: &Metadata) -> Result<bool> {
        let Some(id) = root.file_id else { return Ok(false) };
        if !self.may_share_files() {
            return Ok(false);
        }
        let mut node = self.destination.parent();
        loop {
            let found = node.stat_if_exists().await?;
            if found.is_some_and(|metadata| metadata.file_id == Some(id)) {
                return Ok(true);
            }
            if node.is_root() {
                return Ok(false);
            }
            node = node.parent();
        }
    }
}

impl Run<'_> {
    /// The job of a run of one file.
    pub(super) fn single(&self, metadata: Metadata) -> Job {
        let entry = NodeEntry { node: self.source.clone(), metadata };
        Job::new(entry, self.destination.clone(), self.source.name().to_owned(), There::Unknown)
    }

    /// Whether both sides are one place of one store.
    pub(super) fn is_same_place(&self) -> bool {
        super::route::same_place(&self.source, &self.destination)
    }

    /// Whether a file could be reached by both sides, under two names: they are stores of one kind, or the destination is
    /// on this machine.
    fn may_share_files(&self) -> bool {
        let ((from, _), (to, _)) =
            (super::route::physical(&self.source), super::route::physical(&self.destination));
        from.kind() == to.kind() || to.capabilities().local_path
    }

    fn lies_inside(&self) -> bool {
        let (from, source) = super::route::physical(&self.source);
        let (to, destination) = super::route::physical(&self.destination);
        let by_name = match (from.identity(&source), to.identity(&destination)) {
            (Some(source), Some(destination)) => {
                destination.strip_prefix(&source).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            _ => false,
        };
        (Arc::ptr_eq(&from, &to) && destination.starts_with(&source)) || by_name
    }
}

/// Copies a whole tree, then makes it durable at once, then deletes what only the destination has.
#[maybe_async]
pub(super) async fn copy_tree(run: &Arc<Run<'_>>, root: &Metadata) -> Result<()> {
    let Some(mut plan) = begin_tree(run, root).await? else { return Ok(()) };
    rt::for_each(run.options.concurrency, &mut plan, &**run).await?;
    run.forget_vanished().await?;
    make_durable(run).await?;
    while run.wants_extras() && run.delete_extras().await? {
        // There were more than anybody keeps in memory.
        let mut again = Planner::new(run.clone(), root).await?;
        while again.next().await?.is_some() {}
    }
    Ok(())
}

/// The plan of a tree; `None` where there is nothing to do.
#[maybe_async]
pub(super) async fn begin_tree<'a>(run: &Arc<Run<'a>>, root: &Metadata) -> Result<Option<Planner<'a>>> {
    run.refuse_into_itself(root).await?;
    if run.is_same_place() {
        run.skipped(&run.source, SkipReason::SameFile);
        return Ok(None);
    }
    run.prepare_destination().await?;
    Planner::new(run.clone(), root).await.map(Some)
}

#[maybe_async]
async fn make_durable(run: &Run<'_>) -> Result<()> {
    let backend = run.destination.backend();
    if backend.durability() == Durability::None || run.mode.dry_run {
        return Ok(());
    }
    run.destination.explain(Operation::Sync, backend.sync().await)
}

//! Copying, files and trees.

use std::sync::Arc;

use storage_types::{CopyOptions, CopyReport, Result, SkipReason};

use super::carry::Carrier;
use super::steps::Steps;
use super::task::SkipWhen;
use super::task::{Mode, Task};
use crate::dual::node::StorageNode;
use crate::{maybe_async, rt};

#[maybe_async]
pub(super) async fn run(
    source: &StorageNode,
    destination: &StorageNode,
    options: &CopyOptions,
    rule: Option<&dyn SkipWhen>,
) -> Result<CopyReport> {
    let task = Task::unseen(source, destination, options, rule, Mode::default())?;
    let carrier = Carrier::new(task);
    if carrier.try_directly().await? {
        return Ok(carrier.take_report());
    }
    go(Task::unseen(source, destination, options, rule, Mode::default())?).await
}

/// Copies whatever the source is.
#[maybe_async]
pub(super) async fn go(task: Task<'_>) -> Result<CopyReport> {
    let carrier = Arc::new(Carrier::new(task.seen().await?));
    if carrier.task.is_tree() {
        copy_tree(&carrier).await?;
    } else {
        copy_single(&carrier).await?;
    }
    Ok(carrier.take_report())
}

#[maybe_async]
pub(super) async fn copy_single(carrier: &Carrier<'_>) -> Result<()> {
    let task = &carrier.task;
    carrier.ledger.set_totals(1, task.root.size);
    task.options.cancel.check()?;
    if task.mode.moves {
        carrier.open_destination().await?;
    }
    carrier.carry_single(task.single(task.root.clone())).await?;
    carrier.let_all_go().await
}

/// Copies a whole tree, makes it durable at once, then deletes what only the destination has, and puts in its place what
/// is of another kind.
#[maybe_async]
pub(super) async fn copy_tree<'a>(carrier: &Arc<Carrier<'a>>) -> Result<()> {
    carrier.count_ahead().await?;
    let Some(mut steps) = begin_tree(carrier).await? else { return Ok(()) };
    rt::for_each(carrier.task.options.concurrency, &mut steps, &**carrier).await?;
    carrier.let_all_go().await?;
    carrier.forget_orphans().await?;
    let Steps { extras, followed, .. } = steps;
    carrier.roots_are_the_same().await?;
    if let Err(error) = finish(carrier, extras.is_empty()).await {
        // The next run must not take these copies for good ones.
        carrier.make_copies_outdated().await;
        return Err(error);
    }
    let replacements = carrier.delete_extras(extras).await?;
    carrier.copy_replacements(replacements).await?;
    carrier.remove_followed(followed).await
}

#[maybe_async]
async fn finish(carrier: &Carrier<'_>, deletes_nothing: bool) -> Result<()> {
    if deletes_nothing { carrier.make_durable().await } else { carrier.sync().await }
}

/// The steps of a tree; `None` where there is nothing to do.
#[maybe_async]
pub(super) async fn begin_tree<'a>(carrier: &Arc<Carrier<'a>>) -> Result<Option<Steps<'a>>> {
    let task = &carrier.task;
    if task.refuse_overlap().await? {
        carrier.ledger.skipped(&task.source, SkipReason::SameFile);
        return Ok(None);
    }
    task.refuse_read_only()?;
    carrier.open_destination().await?;
    Steps::new(carrier).await.map(Some)
}

#[maybe_async]
impl Carrier<'_> {
    /// Takes away the links that were followed, once all behind them has arrived.
    async fn remove_followed(&self, links: Vec<StorageNode>) -> Result<()> {
        if !self.task.mode.moves || self.ledger.failures() > 0 {
            return Ok(());
        }
        for link in links {
            if let Err(error) = link.delete().await {
                self.ledger.failed(&link, error)?;
            }
        }
        Ok(())
    }
}

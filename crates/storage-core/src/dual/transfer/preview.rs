//! What a sync would do, to be looked at before it is done.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storage_types::{CopyReport, Result, SyncOptions, TransferEvent};

use super::carry::Carrier;
use super::copy::{begin_tree, copy_single};
use super::extras::Extras;
use super::steps::Steps;
use super::sync;
use super::task::Task;
use crate::dual::node::StorageNode;
use crate::dual::work::{Source as _, Work as _};
use crate::maybe_async;

/// What a sync would do: [`next`](Self::next) returns it step by step, [`run`](Self::run) does it.
///
/// Steps are found while they are asked for, by the code that a run executes, so a plan of any size takes little memory
/// and nothing is changed by looking. A run looks again: what counts is what is there then.
pub struct Plan {
    source: StorageNode,
    destination: StorageNode,
    options: SyncOptions,
    dry_run: Option<DryRun>,
}

/// A run that changes nothing, and the steps that it reported.
struct DryRun {
    carrier: Arc<Carrier<'static>>,
    steps: Arc<Mutex<VecDeque<TransferEvent>>>,
    stage: Stage,
}

enum Stage {
    Files(Box<Steps<'static>>),
    Extras(Box<Extras>),
    Replacements(Box<Steps<'static>>),
    End,
}

impl Plan {
    pub(super) fn new(source: &StorageNode, destination: &StorageNode, options: &SyncOptions) -> Self {
        let (source, destination) = (source.clone(), destination.clone());
        Self { source, destination, options: options.clone(), dry_run: None }
    }
}

#[maybe_async]
impl Plan {
    /// The next thing that would be done: [`Planned`](TransferEvent::Planned) is a file to copy,
    /// [`Skipped`](TransferEvent::Skipped) one to leave, [`Deleted`](TransferEvent::Deleted) one to delete, and
    /// [`Failed`](TransferEvent::Failed) something that cannot be done. `None` at the end. Callbacks of the options are not
    /// called.
    ///
    /// # Errors
    ///
    /// Those with which the run would end before it did anything: `NotFound`, `InvalidInput` for a directory into itself.
    pub async fn next(&mut self) -> Result<Option<TransferEvent>> {
        if self.dry_run.is_none() {
            self.dry_run = Some(DryRun::begin(&self.source, &self.destination, &self.options).await?);
        }
        match &mut self.dry_run {
            Some(dry_run) => dry_run.next().await,
            None => Ok(None),
        }
    }

    /// Does it, callbacks and all.
    ///
    /// # Errors
    ///
    /// As [`sync_to_with`](StorageNode::sync_to_with).
    pub async fn run(self) -> Result<CopyReport> {
        sync::run(&self.source, &self.destination, &self.options).await
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("source", &self.source)
            .field("destination", &self.destination)
            .finish_non_exhaustive()
    }
}

impl DryRun {
    fn steps(&self) -> MutexGuard<'_, VecDeque<TransferEvent>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[maybe_async]
impl DryRun {
    async fn begin(source: &StorageNode, destination: &StorageNode, options: &SyncOptions) -> Result<Self> {
        let steps = Arc::new(Mutex::new(VecDeque::new()));
        let mut mode = sync::mode(options);
        mode.dry_run = true;
        let task = Task::unseen(source, destination, &quiet(options, &steps), None, mode)?;
        let carrier = Arc::new(Carrier::new(task.seen().await?));
        let mut stage = Stage::End;
        if !carrier.task.is_tree() {
            copy_single(&carrier).await?;
        } else if let Some(found) = begin_tree(&carrier).await? {
            stage = Stage::Files(Box::new(found));
        }
        Ok(Self { carrier, steps, stage })
    }

    async fn next(&mut self) -> Result<Option<TransferEvent>> {
        loop {
            let reported = self.steps().pop_front();
            if reported.is_some() {
                return Ok(reported);
            }
            self.stage = match std::mem::replace(&mut self.stage, Stage::End) {
                Stage::Files(mut steps) => match steps.next().await? {
                    Some(job) => {
                        self.carrier.run(job).await?;
                        Stage::Files(steps)
                    }
                    None => Stage::Extras(Box::new(std::mem::take(&mut steps.extras))),
                },
                Stage::Extras(extras) => {
                    let jobs = self.carrier.delete_extras(*extras).await?;
                    Stage::Replacements(Box::new(Steps::again(&self.carrier, jobs)))
                }
                Stage::Replacements(mut steps) => match steps.next().await? {
                    Some(job) => {
                        self.carrier.run(job).await?;
                        Stage::Replacements(steps)
                    }
                    None => Stage::End,
                },
                Stage::End => return Ok(None),
            };
        }
    }
}

/// The same options, whose events go nowhere but into `steps`.
fn quiet(options: &SyncOptions, steps: &Arc<Mutex<VecDeque<TransferEvent>>>) -> storage_types::CopyOptions {
    let steps = steps.clone();
    let mut copy = options.copy.clone();
    copy.progress = None;
    copy.on_file = None;
    copy.on_skip = None;
    copy.on_error = None;
    // Events borrow their entries, so the plan keeps copies.
    copy.on_event(move |event| steps.lock().unwrap_or_else(PoisonError::into_inner).push_back(event.clone()))
}

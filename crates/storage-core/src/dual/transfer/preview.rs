//! What a sync would do, to be looked at before it is done.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storage_types::{CopyReport, Result, SyncOptions, TransferEvent};

use super::copy::begin_tree;
use super::plan::Planner;
use super::run::Run;
use super::{Source as _, Work as _, sync};
use crate::dual::node::StorageNode;
use crate::maybe_async;

/// What a sync would do: [`next`](Self::next) tells it step by step, [`run`](Self::run) does it.
///
/// Steps are found while they are asked for, by the code that a run executes, so a plan of any size takes little memory
/// and nothing is changed by looking. A run looks again: what counts is what is there then.
pub struct Plan {
    source: StorageNode,
    destination: StorageNode,
    options: SyncOptions,
    look: Option<Look>,
}

/// A run that changes nothing, and what it said.
struct Look {
    run: Arc<Run<'static>>,
    steps: Arc<Mutex<VecDeque<TransferEvent>>>,
    stage: Stage,
}

enum Stage {
    Files(Box<Planner<'static>>),
    Extras,
    End,
}

impl Plan {
    pub(super) fn new(source: &StorageNode, destination: &StorageNode, options: &SyncOptions) -> Self {
        let (source, destination) = (source.clone(), destination.clone());
        Self { source, destination, options: options.clone(), look: None }
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
        if self.look.is_none() {
            self.look = Some(Look::begin(&self.source, &self.destination, &self.options).await?);
        }
        match &mut self.look {
            Some(look) => look.next().await,
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

impl Look {
    fn said(&self) -> MutexGuard<'_, VecDeque<TransferEvent>> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[maybe_async]
impl Look {
    async fn begin(source: &StorageNode, destination: &StorageNode, options: &SyncOptions) -> Result<Self> {
        let steps = Arc::new(Mutex::new(VecDeque::new()));
        let mut run = Run::new(source, destination, &quiet(options, &steps), None, {
            let mut mode = sync::mode(options);
            mode.dry_run = true;
            mode
        })?;
        let metadata = run.look_at_source().await?;
        run.tree = metadata.is_dir();
        let run = Arc::new(run);
        let mut stage = Stage::End;
        if run.tree {
            if let Some(planner) = begin_tree(&run, &metadata).await? {
                stage = Stage::Files(Box::new(planner));
            }
        } else {
            run.copy_single(metadata).await?;
        }
        Ok(Self { run, steps, stage })
    }

    async fn next(&mut self) -> Result<Option<TransferEvent>> {
        loop {
            let said = self.said().pop_front();
            match (said, &mut self.stage) {
                (Some(step), _) => return Ok(Some(step)),
                (None, Stage::Files(planner)) => match planner.next().await? {
                    Some(job) => self.run.run(job).await?,
                    None => self.stage = Stage::Extras,
                },
                (None, Stage::Extras) => {
                    self.stage = Stage::End;
                    if self.run.wants_extras() {
                        self.run.delete_extras().await?;
                    }
                }
                (None, Stage::End) => return Ok(None),
            }
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
    // Events lend what they tell; what is kept is a copy.
    copy.on_event(move |event| steps.lock().unwrap_or_else(PoisonError::into_inner).push_back(event.clone()))
}

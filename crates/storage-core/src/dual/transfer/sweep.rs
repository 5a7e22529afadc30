//! Where there are more extras than are kept in memory: both sides are listed once more, and extras go as they are found.

use std::collections::BTreeSet;
use std::sync::Arc;

use storage_types::{EntryKind, Error, Operation, Result, StoragePath};

use super::carry::Carrier;
use super::extras::{BATCH, Extra, disordered, entries, too_many};
use super::find::finder::{Finder, Found};
use super::job::Job;
use crate::dual::node::StorageNode;
use crate::maybe_async;

/// Why nothing more is deleted, and the node that it is about.
type Refusal = (StorageNode, Error);

/// What the second listing found.
struct Sweep {
    /// Sources in whose places something of another kind stands.
    replaced: BTreeSet<StoragePath>,
    /// Those of them whose places are free now.
    free: BTreeSet<StoragePath>,
    /// To be deleted next: files, or one directory.
    batch: Vec<Extra>,
    /// The sources that come in the places of the batch.
    instead: Vec<StoragePath>,
    done: u64,
}

impl Sweep {
    fn new(replacements: &[Job]) -> Self {
        let replaced = replacements.iter().map(|job| job.source.path().clone()).collect();
        let (batch, instead) = (Vec::new(), Vec::new());
        Self { replaced, free: BTreeSet::new(), batch, instead, done: 0 }
    }

    /// Whether the first listing found something of another kind there, too. What came there later belongs to somebody else.
    fn replaces(&self, job: &Job) -> bool {
        self.replaced.contains(job.source.path())
    }

    fn add(&mut self, extra: Extra, instead: Option<StoragePath>) {
        self.batch.push(extra);
        self.instead.extend(instead);
    }

    fn refusal(&self, max: Option<u64>) -> Option<Error> {
        let max = max.filter(|max| self.done + self.batch.len() as u64 > *max)?;
        let done = entries(self.done);
        Some(too_many(format!(
            "more than {} would be deleted, as many as are allowed, so nothing was deleted after {done}",
            entries(max),
        )))
    }
}

#[maybe_async]
impl Carrier<'_> {
    /// Lists both sides once more, and deletes what only the destination has as it is found. Gives back the entries whose
    /// place is free now.
    pub(super) async fn sweep(self: &Arc<Self>, count: u64, replacements: Vec<Job>) -> Result<Vec<Job>> {
        let mut sweep = Sweep::new(&replacements);
        let Some((node, error)) = self.delete_what_is_found(&mut sweep, count).await? else {
            return Ok(replacements);
        };
        self.ledger.failed(&node, error)?;
        let is_free = |job: &Job| sweep.free.contains(job.source.path());
        let (free, taken) = replacements.into_iter().partition(is_free);
        self.refuse_replacements(taken)?;
        Ok(free)
    }

    async fn delete_what_is_found(
        self: &Arc<Self>,
        sweep: &mut Sweep,
        count: u64,
    ) -> Result<Option<Refusal>> {
        let mut finder = Finder::new(&self.task, true).await?;
        finder.enter(None);
        while let Some(found) = finder.next().await? {
            let (extra, instead) = match found {
                Found::Extra(entry) => (Extra::new(&entry, false), None),
                Found::Directory { .. } => {
                    finder.enter(None);
                    continue;
                }
                Found::Conflict(job, _) if !sweep.replaces(&job) => continue,
                Found::Conflict(job, there) if there.metadata.is_dir() => {
                    finder.enter_in_the_way(there, job);
                    continue;
                }
                Found::Conflict(job, there) | Found::Replaceable { job, there, all_goes: true } => {
                    (Extra::new(&there, true), Some(job.source.path().clone()))
                }
                Found::Failed(node, error) => return Ok(Some((node, error))),
                Found::Disorder => {
                    let error = disordered(&entries(count.saturating_sub(sweep.done)));
                    let root = &self.task.destination;
                    return Ok(Some((root.clone(), root.described(Operation::Delete, error))));
                }
                _ => continue,
            };
            let is_directory = extra.kind == EntryKind::Directory;
            if is_directory && let Some(refusal) = self.delete_batch(sweep).await? {
                return Ok(Some(refusal));
            }
            sweep.add(extra, instead);
            if (is_directory || sweep.batch.len() == BATCH)
                && let Some(refusal) = self.delete_batch(sweep).await?
            {
                return Ok(Some(refusal));
            }
        }
        self.delete_batch(sweep).await
    }

    async fn delete_batch(&self, sweep: &mut Sweep) -> Result<Option<Refusal>> {
        let root = &self.task.destination;
        if let Some(error) = sweep.refusal(self.task.mode.max_delete) {
            return Ok(Some((root.clone(), root.described(Operation::Delete, error))));
        }
        // A source that is unmounted meanwhile has nothing, and all would be extras.
        if let Err(error) = self.roots_are_the_same().await {
            return Ok(Some((root.clone(), error)));
        }
        let batch = std::mem::take(&mut sweep.batch);
        sweep.done += batch.len() as u64;
        match batch.as_slice() {
            [directory] if directory.kind == EntryKind::Directory => self.delete_directory(directory).await?,
            files => self.delete_files(files).await?,
        }
        sweep.free.extend(std::mem::take(&mut sweep.instead));
        Ok(None)
    }
}

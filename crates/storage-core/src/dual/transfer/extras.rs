//! What only the destination has: found with everything else, deleted when all that is copied is durable.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use storage_types::{
    Attributes, DeleteOptions, DeletedFile, EntryKind, Error, ErrorKind, Operation, Result, StoragePath,
};

use super::carry::Carrier;
use super::job::Job;
use crate::dual::node::NodeEntry;
use crate::maybe_async;

/// So many are kept in memory; where there are more, both sides are listed once more to delete them.
const KEPT: usize = 100_000;

/// Files of one request to delete.
pub(super) const BATCH: usize = 1_000;

/// Something that only the destination has.
pub(super) struct Extra {
    path: StoragePath,
    pub(super) kind: EntryKind,
    bytes: u64,
    /// Something of another kind comes in its place.
    replaced: bool,
}

impl Extra {
    pub(super) fn new(entry: &NodeEntry, replaced: bool) -> Self {
        let (path, kind) = (entry.node.path().clone(), entry.metadata.kind);
        Self { path, kind, bytes: entry.metadata.size, replaced }
    }
}

/// What was found.
#[derive(Default)]
pub(super) struct Extras {
    files: Vec<Extra>,
    /// Each after everything in it.
    directories: Vec<Extra>,
    /// All of them, those that are not kept included.
    count: u64,
    /// Entries that come when what stands in their place is gone.
    replacements: Vec<Job>,
    /// A listing was out of order, so that what is in the source may have been taken for an extra.
    disordered: bool,
}

impl Extras {
    pub(super) fn add(&mut self, entry: &NodeEntry) {
        self.keep(entry, false);
    }

    /// `there` goes, and the job comes in its place.
    pub(super) fn replace(&mut self, there: &NodeEntry, job: Job) {
        self.keep(there, true);
        self.replacements.push(job);
    }

    fn keep(&mut self, entry: &NodeEntry, replaced: bool) {
        self.count += 1;
        if self.files.len() + self.directories.len() >= KEPT {
            return;
        }
        let list = if entry.metadata.is_dir() { &mut self.directories } else { &mut self.files };
        list.push(Extra::new(entry, replaced));
    }

    pub(super) fn set_disordered(&mut self) {
        self.disordered = true;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn are_all_kept(&self) -> bool {
        self.count == (self.files.len() + self.directories.len()) as u64
    }
}

/// So many entries, in words.
pub(super) fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

/// The error of more deletions than are allowed.
pub(super) fn too_many(what: String) -> Error {
    let error = Error::new(ErrorKind::PreconditionFailed, what);
    let error = error.with_hint("look at them with `dry_run`, then raise `max_delete`");
    error.with_option("dry_run").with_option("max_delete")
}

/// The error of extras that may be none.
pub(super) fn disordered(what: &str) -> Error {
    let message = format!("a store lists without order, so {what} were not deleted, which may be no extras");
    Error::new(ErrorKind::PreconditionFailed, message)
        .with_hint("delete them by name, or sync the directories in it one by one")
}

/// The times that directories had before something was deleted in them.
pub(super) struct Times(BTreeMap<StoragePath, SystemTime>);

impl Carrier<'_> {
    /// Why nothing may be deleted.
    fn refusal(&self, extras: &Extras) -> Option<Error> {
        let (mode, ledger) = (&self.task.mode, &self.ledger);
        let unless_forced = |what: String, hint: &'static str| {
            let error = Error::new(ErrorKind::PreconditionFailed, what).with_hint(hint);
            Some(error.with_option("force"))
        };
        let count = extras.count;
        let what = entries(count);
        if let Some(max) = mode.max_delete.filter(|max| count > *max) {
            let what = format!("{what} would be deleted, and {max} are allowed, so nothing was deleted");
            return Some(too_many(what));
        }
        if extras.disordered {
            return Some(disordered(&what));
        }
        if mode.force {
            return None;
        }
        if ledger.source_is_empty() {
            return unless_forced(
                format!("nothing was taken from the source, so {what} of the destination stayed"),
                "check the source and what is excluded; with `force` the destination is emptied",
            );
        }
        if ledger.failures() > 0 || ledger.is_incomplete() {
            return unless_forced(
                format!("not everything could be listed and copied, so {what} stayed"),
                "solve that and run again, or delete in any case with `force`",
            );
        }
        None
    }
}

#[maybe_async]
impl<'a> Carrier<'a> {
    /// Deletes what was found, and gives back the entries whose place is free now.
    pub(super) async fn delete_extras(self: &Arc<Self>, mut extras: Extras) -> Result<Vec<Job>> {
        if extras.count == 0 || !self.task.mode.deletes {
            return Ok(Vec::new());
        }
        let replacements = std::mem::take(&mut extras.replacements);
        let allowed = match self.refusal(&extras) {
            Some(error) => Err(self.task.destination.described(Operation::Delete, error)),
            None => self.roots_are_the_same().await,
        };
        if let Err(error) = allowed {
            self.ledger.failed(&self.task.destination, error)?;
            self.refuse_replacements(replacements)?;
            return Ok(Vec::new());
        }
        if !extras.are_all_kept() {
            return self.sweep(extras.count, replacements).await;
        }
        for batch in extras.files.chunks(BATCH) {
            self.delete_files(batch).await?;
        }
        for directory in &extras.directories {
            self.delete_directory(directory).await?;
        }
        Ok(replacements)
    }

    pub(super) async fn delete_files(&self, batch: &[Extra]) -> Result<()> {
        self.task.options.cancel.check()?;
        if self.task.mode.dry_run {
            batch.iter().for_each(|extra| self.deleted(extra));
            return Ok(());
        }
        let times = self.times_around(batch.iter().map(|extra| extra.path.clone())).await?;
        let paths: Vec<StoragePath> = batch.iter().map(|extra| extra.path.clone()).collect();
        let together = paths.is_empty() || self.task.destination.backend().delete_many(&paths).await.is_ok();
        for extra in batch {
            if together {
                self.deleted(extra);
                continue;
            }
            // One of them failed: each speaks for itself.
            let file = self.task.destination.at(extra.path.clone());
            match file.delete().await {
                Ok(()) => self.deleted(extra),
                Err(error) => self.ledger.failed(&file, error)?,
            }
        }
        self.set_back(times).await
    }

    /// Removes a directory unless something is in it that came just now.
    pub(super) async fn delete_directory(&self, extra: &Extra) -> Result<()> {
        self.task.options.cancel.check()?;
        if self.task.mode.dry_run {
            self.deleted(extra);
            return Ok(());
        }
        let times = self.times_around(std::iter::once(extra.path.clone())).await?;
        let directory = self.task.destination.at(extra.path.clone());
        match directory.delete_with(&DeleteOptions::empty_dir()).await {
            Ok(()) => self.deleted(extra),
            // On stores without directories it went with the last file in it.
            Err(error) if error.kind() == ErrorKind::NotFound => self.deleted(extra),
            Err(error) => self.ledger.failed(&directory, error)?,
        }
        self.set_back(times).await
    }

    /// The times of the directories around these paths, where the run keeps times.
    pub(super) async fn times_around(
        &self,
        paths: impl Iterator<Item = StoragePath> + Send,
    ) -> Result<Times> {
        let mut times = BTreeMap::new();
        if !self.task.keeps_directory_attributes() || self.task.mode.dry_run {
            return Ok(Times(times));
        }
        let mut parents: Vec<StoragePath> = paths.map(|path| path.parent()).collect();
        parents.dedup();
        for parent in parents {
            if times.contains_key(&parent) || parent.is_root() {
                continue;
            }
            let found = self.task.destination.at(parent.clone()).stat_if_exists().await?;
            if let Some(time) = found.and_then(|found| found.modified) {
                times.insert(parent, time);
            }
        }
        Ok(Times(times))
    }

    /// Gives directories back their times, as far as they are still there.
    pub(super) async fn set_back(&self, times: Times) -> Result<()> {
        for (path, time) in times.0 {
            let node = self.task.destination.at(path);
            let attributes = Attributes::new().modified(time);
            match self.set_attributes(&node, &attributes).await {
                Err(error) if error.kind() != ErrorKind::NotFound => self.ledger.failed(&node, error)?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl Carrier<'_> {
    fn deleted(&self, extra: &Extra) {
        let address = self.task.destination.at(extra.path.clone()).address();
        self.ledger.deleted(DeletedFile::new(address, extra.kind, extra.bytes).replaced(extra.replaced));
    }

    pub(super) fn refuse_replacements(&self, jobs: Vec<Job>) -> Result<()> {
        for job in jobs {
            let error = Error::new(
                ErrorKind::AlreadyExists,
                "something of another kind stands there, and nothing was deleted",
            );
            self.ledger.failed(&job.source, job.destination.described(Operation::Copy, error))?;
        }
        Ok(())
    }
}

//! The steps of a tree, from those who find them to those who carry them.

use std::sync::Arc;

use storage_types::{EntryKind, Error, ErrorKind, Operation, Result, StoragePath};

use super::carry::Carrier;
use super::extras::Extras;
use super::find::finder::{Ended, Finder, Found};
use super::job::Job;
use crate::dual::node::{NodeEntry, StorageNode};
use crate::dual::work::Source;
use crate::{maybe_async, rt};

/// Gives out the files and links of a tree; directories are made here, in their order, before what is in them.
pub(super) struct Steps<'a> {
    carrier: Arc<Carrier<'a>>,
    finder: Finder<'a>,
    /// What only the destination has.
    pub(super) extras: Extras,
    /// Links to directories that were followed. A move takes them away in the end.
    pub(super) followed: Vec<StorageNode>,
}

#[maybe_async]
impl<'a> Steps<'a> {
    /// The steps of the whole tree.
    pub(super) async fn new(carrier: &Arc<Carrier<'a>>) -> Result<Self> {
        let mut finder = Finder::new(&carrier.task, carrier.task.lists_destination()).await?;
        if let Some(root) = finder.root().cloned() {
            if let Some(there) = root.there.metadata().filter(|there| !there.is_dir()) {
                let error = if there.is_file() {
                    Error::not_a_directory()
                } else {
                    Error::new(ErrorKind::NotADirectory, "what stands there is no directory")
                };
                return Err(root.destination.described(Operation::Copy, error));
            }
            let directory = carrier.begin_directory(&root).await?;
            finder.enter(Some(directory));
        }
        if !carrier.task.mode.dry_run && carrier.task.destination.capabilities().directories {
            let root = carrier.task.destination.stat_if_exists().await?;
            let _ = carrier.destination_id.set(root.and_then(|root| root.file_id));
        }
        Ok(Self::with(carrier, finder))
    }

    async fn directory(&mut self, job: &Job) -> Result<()> {
        match self.carrier.begin_directory(job).await {
            Ok(directory) => {
                if let Some(parent) = &job.parent {
                    parent.set_changed();
                }
                self.finder.enter(Some(directory));
                Ok(())
            }
            Err(error) => self.carrier.ledger.failed(&job.source, error),
        }
    }

    async fn ended(&mut self, ended: Ended) -> Result<()> {
        let carrier = self.carrier.clone();
        if let Some(job) = ended.empty.filter(|_| carrier.task.makes_markers())
            && let Err(error) = carrier.make_marker(&job).await
        {
            carrier.ledger.failed(&job.source, error)?;
        }
        match ended.directory {
            Some(directory) if directory.end() => carrier.finish_directory(&directory).await,
            _ => Ok(()),
        }
    }
}

impl<'a> Steps<'a> {
    /// The steps of entries in whose place there is nothing any more.
    pub(super) fn again(carrier: &Arc<Carrier<'a>>, jobs: Vec<Job>) -> Self {
        Self::with(carrier, Finder::again(&carrier.task, jobs))
    }

    fn with(carrier: &Arc<Carrier<'a>>, finder: Finder<'a>) -> Self {
        Self { carrier: carrier.clone(), finder, extras: Extras::default(), followed: Vec::new() }
    }

    /// Something of another kind stands in the way: a sync that deletes replaces it, anything else fails.
    fn conflict(&mut self, job: Job, there: NodeEntry) -> Result<()> {
        self.carrier.ledger.found_source();
        if !self.carrier.task.mode.deletes {
            return self.carrier.ledger.failed(&job.source, in_the_way(&job, &there));
        }
        if there.metadata.is_dir() {
            self.finder.enter_in_the_way(there, job);
        } else {
            self.extras.replace(&there, job);
        }
        Ok(())
    }

    fn replaceable(&mut self, job: Job, there: &NodeEntry, all_goes: bool) -> Result<()> {
        if all_goes {
            self.extras.replace(there, job);
            return Ok(());
        }
        let error = if there.metadata.is_dir() {
            Error::is_a_directory()
                .with_hint("something in it is excluded or could not be listed, so it stays; move it away")
        } else {
            Error::not_a_directory().with_hint("it is excluded, so it stays; move it away")
        };
        self.carrier.ledger.failed(&job.source, job.destination.described(Operation::Copy, error))
    }
}

#[maybe_async]
impl Source for Steps<'_> {
    type Item = Job;

    async fn next(&mut self) -> Result<Option<Job>> {
        loop {
            let Some(found) = self.finder.next().await? else { return Ok(None) };
            if self.finder.is_incomplete() {
                self.carrier.ledger.set_incomplete();
            }
            match found {
                Found::Entry(mut job) => {
                    self.carrier.ledger.found_source();
                    self.carrier.announce_name(&mut job);
                    if let Some(parent) = &job.parent {
                        parent.begin();
                    }
                    return Ok(Some(job));
                }
                Found::Directory { job, followed } => {
                    if followed {
                        self.followed.push(job.source.clone());
                    }
                    self.directory(&job).await?;
                }
                Found::End(ended) => self.ended(ended).await?,
                Found::Skipped(node, reason) => self.carrier.leave(&node, reason)?,
                Found::Conflict(job, there) => self.conflict(job, there)?,
                Found::Replaceable { job, there, all_goes } => self.replaceable(job, &there, all_goes)?,
                Found::Extra(entry) => self.extras.add(&entry),
                Found::Failed(node, error) => self.carrier.ledger.failed(&node, error)?,
                Found::Disorder => self.extras.set_disordered(),
            }
        }
    }
}

#[maybe_async]
impl Carrier<'_> {
    /// Copies entries into places that are free now.
    pub(super) async fn copy_replacements(self: &Arc<Self>, jobs: Vec<Job>) -> Result<()> {
        if jobs.is_empty() {
            return Ok(());
        }
        let around: Vec<StoragePath> = jobs.iter().map(|job| job.destination.path().clone()).collect();
        let times = self.times_around(around.into_iter()).await?;
        let mut steps = Steps::again(self, jobs);
        rt::for_each(self.task.options.concurrency, &mut steps, &**self).await?;
        self.set_back(times).await?;
        self.make_durable().await
    }
}

/// The error of something of another kind in the place of an entry.
fn in_the_way(job: &Job, there: &NodeEntry) -> Error {
    let error = match there.metadata.kind {
        EntryKind::Directory => Error::is_a_directory(),
        EntryKind::File => Error::not_a_directory(),
        EntryKind::Symlink if job.metadata.is_file() => {
            Error::new(ErrorKind::IsADirectory, "a link to a directory or device stands there, not a file")
        }
        EntryKind::Symlink => Error::new(
            ErrorKind::NotADirectory,
            "a link stands where a directory is needed, and is never written through",
        ),
        _ => Error::new(
            ErrorKind::NotADirectory,
            "a device, socket or pipe stands where a directory is needed",
        ),
    };
    let error = error.with_hint("a sync with deletion replaces it; else remove it, or copy to another name");
    job.destination.described(Operation::Copy, error)
}

//! What only the destination has: found while the plan runs, deleted when everything else is done.

use std::sync::{Mutex, MutexGuard, PoisonError};

use storage_types::{DeleteOptions, Error, ErrorKind, Operation, Result, StoragePath};

use super::run::Run;
use crate::dual::node::{NodeEntry, StorageNode};
use crate::maybe_async;

/// So many places are kept; more are found again by the next round.
const KEPT: usize = 100_000;

/// Files of one request to delete.
const BATCH: usize = 1_000;

#[derive(Default)]
pub(super) struct Extras(Mutex<Found>);

#[derive(Default)]
pub(super) struct Found {
    files: Vec<(StoragePath, u64)>,
    /// Parents before children.
    directories: Vec<StoragePath>,
    /// Files, those that are not kept included.
    count: u64,
    /// Directories, those that are not kept included.
    directory_count: u64,
    /// A listing was out of order, so that what is in the source may have been taken for an extra.
    disordered: bool,
}

impl Extras {
    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run<'_> {
    pub(super) fn wants_extras(&self) -> bool {
        self.mode.deletes
    }

    /// A listing is out of order, and too long to be sorted here.
    pub(super) fn disordered(&self) {
        self.unsure();
        self.extras.found().disordered = true;
    }

    pub(super) fn add_extra(&self, entry: &NodeEntry) {
        let mut found = self.extras.found();
        let path = entry.node.path().clone();
        if entry.metadata.is_dir() {
            found.directory_count += 1;
            if found.directories.len() < KEPT {
                found.directories.push(path);
            }
            return;
        }
        found.count += 1;
        if found.files.len() < KEPT {
            found.files.push((path, entry.metadata.size));
        }
    }

    /// Why nothing may be deleted.
    fn refusal(&self, found: &Found) -> Option<Error> {
        let failed = self.with_report(|report| report.failed_count);
        let refuse = |what: String, hint: &str| {
            Some(Error::new(ErrorKind::PreconditionFailed, what).with_hint(hint.to_owned()))
        };
        let count = found.count;
        if let Some(max) = self.mode.max_delete.filter(|max| count > *max) {
            return refuse(
                format!("{count} files would be deleted, and {max} are allowed, so none was"),
                "look at them with a dry run, then allow more",
            );
        }
        if found.disordered {
            return refuse(
                format!(
                    "a store lists without order, so {count} files were not deleted, which may be no extras"
                ),
                "delete them by name, or sync the directories in it one by one",
            );
        }
        if self.mode.force {
            return None;
        }
        if self.source_is_empty() {
            return refuse(
                format!("the source is empty, so {count} files of the destination were not deleted"),
                "check the source; to empty the destination, force it",
            );
        }
        if failed > 0 || self.is_unsure() {
            return refuse(
                format!("not everything could be listed and copied, so {count} files were not deleted"),
                "solve that and run again, or force it",
            );
        }
        None
    }
}

#[maybe_async]
impl Run<'_> {
    /// Deletes what was found. True when there was more than is kept, so that somebody has to look again.
    pub(super) async fn delete_extras(&self) -> Result<bool> {
        let found = std::mem::take(&mut *self.extras.found());
        if found.count == 0 && found.directories.is_empty() {
            return Ok(false);
        }
        if let Some(error) = self.refusal(&found) {
            self.failed(&self.destination, self.destination.described(Operation::Delete, error))?;
            return Ok(false);
        }
        let more =
            found.count > found.files.len() as u64 || found.directory_count > found.directories.len() as u64;
        let mut deleted = self.with_report(|report| report.deleted_count);
        for batch in found.files.chunks(BATCH) {
            self.options.cancel.check()?;
            self.delete_batch(batch).await?;
        }
        deleted = self.with_report(|report| report.deleted_count) - deleted;
        for directory in found.directories.iter().rev() {
            deleted += u64::from(self.delete_directory(directory).await?);
        }
        // Without any progress the next round would find the same.
        Ok(more && deleted > 0 && !self.mode.dry_run)
    }

    async fn delete_batch(&self, batch: &[(StoragePath, u64)]) -> Result<()> {
        let node = |path: &StoragePath| self.destination.at(path.clone());
        let mut together = self.mode.dry_run;
        if !together {
            let paths: Vec<StoragePath> = batch.iter().map(|(path, _)| path.clone()).collect();
            together = self.destination.backend().delete_many(&paths).await.is_ok();
        }
        for (path, size) in batch {
            let file = node(path);
            if together {
                self.deleted(&file, *size);
                continue;
            }
            // One of them failed: each says for itself.
            match file.delete().await {
                Ok(()) => self.deleted(&file, *size),
                Err(error) => self.failed(&file, error)?,
            }
        }
        Ok(())
    }

    /// Removes a directory unless something is left in it that is not to be deleted; tells whether it is gone.
    async fn delete_directory(&self, path: &StoragePath) -> Result<bool> {
        if self.mode.dry_run {
            return Ok(false);
        }
        let directory: StorageNode = self.destination.at(path.clone());
        match directory.delete_with(&DeleteOptions::empty_dir()).await {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.kind(), ErrorKind::IsADirectory | ErrorKind::NotFound) => Ok(false),
            Err(error) => {
                self.failed(&directory, error)?;
                Ok(false)
            }
        }
    }
}

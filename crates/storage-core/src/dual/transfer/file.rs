//! One file of a run.

use std::time::Duration;

use storage_types::{
    Change, CreateDirOptions, Durability, EntryKind, Error, ErrorKind, Metadata, Operation, Result,
    SkipReason, SymlinkPolicy, WriteOptions,
};

use super::Work;
use super::decide::{Job, There, Verdict};
use super::route::same_place;
use super::run::Run;
use crate::{maybe_async, rt};

#[maybe_async]
impl Work<Job> for Run<'_> {
    async fn run(&self, job: Job) -> Result<()> {
        self.options.cancel.check()?;
        let source = job.source.clone();
        match self.copy_entry(job).await {
            Ok(()) => Ok(()),
            Err(error) => self.failed(&source, error),
        }
    }
}

#[maybe_async]
impl Run<'_> {
    async fn copy_entry(&self, job: Job) -> Result<()> {
        match job.metadata.kind {
            EntryKind::Directory => self.copy_directory(&job).await,
            EntryKind::Symlink => self.copy_link(job).await,
            EntryKind::File => self.copy_file(job).await,
            _ => {
                self.skipped(&job.source, SkipReason::Special);
                Ok(())
            }
        }
    }

    /// The single source of a run. A link that cannot be moved or kept as one is what it points to.
    pub(super) async fn copy_one(&self, mut job: Job) -> Result<()> {
        if job.metadata.kind == EntryKind::Symlink {
            if self.options.symlinks == SymlinkPolicy::Preserve {
                return self.preserve_link(&job).await;
            }
            job.metadata = job.source.stat().await?;
        }
        match job.metadata.kind {
            EntryKind::File => self.copy_file(job).await,
            EntryKind::Directory => {
                let error = Error::is_a_directory()
                    .with_hint("copy the directory that the link points to, by its own path");
                Err(job.source.described(Operation::Copy, error))
            }
            _ => self.copy_entry(job).await,
        }
    }

    async fn copy_directory(&self, job: &Job) -> Result<()> {
        let is_there = matches!(&job.there, There::Is(there) if there.is_dir());
        let wanted = !self.selection.patterns.has_includes() && job.destination.capabilities().directories;
        if wanted && !is_there && !self.mode.dry_run {
            // Made durable at the end, with everything in it.
            let options = CreateDirOptions::new().parents(true).exist_ok(true).durability(Durability::None);
            job.destination.create_dir_with(&options).await?;
        }
        self.with_report(|report| report.directories += 1);
        Ok(())
    }

    async fn copy_link(&self, mut job: Job) -> Result<()> {
        match self.options.symlinks {
            SymlinkPolicy::Skip => self.skipped(&job.source, SkipReason::Symlink),
            SymlinkPolicy::Preserve => self.preserve_link(&job).await?,
            SymlinkPolicy::Follow => {
                // Links to directories were entered by the plan; what comes here points at a file.
                job.metadata = job.source.stat().await?;
                return self.copy_file(job).await;
            }
        }
        Ok(())
    }

    async fn preserve_link(&self, job: &Job) -> Result<()> {
        if let Some(reason) = self.left_out(job) {
            self.skipped(&job.source, reason);
            return Ok(());
        }
        if self.mode.dry_run {
            self.planned(job, Change::New);
            self.copied(job, &job.metadata);
            return Ok(());
        }
        let target =
            job.source.explain(Operation::Copy, job.source.backend().read_link(job.source.path()).await)?;
        let made = job.destination.backend().create_link(job.destination.path(), &target).await;
        job.destination.explain(Operation::Copy, made)?;
        self.finish_file(job, &Metadata::of(EntryKind::Symlink, 0)).await
    }

    /// Copies one file unless a rule leaves it out.
    pub(super) async fn copy_file(&self, mut job: Job) -> Result<()> {
        let job = &mut job;
        if let Some(reason) = self.left_out(job) {
            self.skipped(&job.source, reason);
            return Ok(());
        }
        if same_place(&job.source, &job.destination) {
            self.skipped(&job.source, SkipReason::SameFile);
            return Ok(());
        }
        let change = match self.compare(job).await? {
            Verdict::Copy(change) => change,
            Verdict::Leave(reason) => {
                if !self.mode.dry_run {
                    self.forget_left_over(job).await?;
                }
                self.skipped(&job.source, reason);
                return Ok(());
            }
        };
        self.planned(job, change);
        if self.mode.dry_run {
            self.copied(job, &job.metadata);
            return Ok(());
        }
        let written = self.transfer_until_done(job).await?;
        if written.file_id.is_some() && written.file_id == job.metadata.file_id {
            // Two names of one file: nothing was written, and a move must not delete it.
            self.skipped(&job.source, SkipReason::SameFile);
            return Ok(());
        }
        self.finish_file(job, &written).await
    }

    /// Transfers a file, again after errors that may pass.
    async fn transfer_until_done(&self, job: &mut Job) -> Result<Metadata> {
        let moved = self.moved(job);
        let mut attempt = 1;
        loop {
            self.begun(job);
            let error = match self.transfer(job, &moved).await {
                Ok(written) => return Ok(written),
                Err(error) => error,
            };
            self.options.cancel.check()?;
            if !error.is_retryable() || attempt > self.options.retries {
                return Err(error);
            }
            rt::sleep(pause_before(attempt)).await;
            attempt += 1;
            self.retrying(job, &moved, attempt, &error);
            if job.source.capabilities().local_path {
                // Somebody may have written to it.
                job.metadata = job.source.stat().await?;
            }
        }
    }

    async fn finish_file(&self, job: &Job, written: &Metadata) -> Result<()> {
        if self.options.verify && written.is_file() {
            self.verify(job).await?;
        }
        if self.mode.moves {
            job.source.delete().await?;
        }
        self.copied(job, written);
        Ok(())
    }

    async fn verify(&self, job: &Job) -> Result<()> {
        let (ours, theirs) = (job.source.md5().await?, job.destination.md5().await?);
        if ours == theirs {
            return Ok(());
        }
        let error =
            Error::new(ErrorKind::Corrupted, format!("the copy differs: MD5 {theirs} instead of {ours}"))
                .with_hint("the source changed meanwhile, or the store is broken; copy again");
        Err(job.destination.described(Operation::Copy, error))
    }

    /// The shortest way for one file of one store: one call, without asking what is there first. Tells whether it did
    /// everything; if not, nothing has happened.
    pub(super) async fn try_directly(&self) -> Result<bool> {
        let options = &self.options;
        let plain = self.takes_all() && !options.preserve && !options.verify && !self.mode.dry_run;
        if !plain || self.compares() || self.source.is_root() || self.destination.is_root() {
            return Ok(false);
        }
        // Who may go on with a file has to know first which one it is.
        let goes_on = options.resume.is_some() && self.destination.capabilities().local_path;
        if goes_on || same_place(&self.source, &self.destination) {
            return Ok(false);
        }
        options.cancel.check()?;
        let mut job = self.single(Metadata::file(0));
        let moved = self.moved(&job);
        let written = match self.copy_inside(&job, &WriteOptions::new(), &moved).await {
            Ok(Some(written)) => written,
            Ok(None) => return Ok(false),
            Err(error) if may_be_a_tree(&error) || error.is_retryable() => return Ok(false),
            Err(error) => return Err(error),
        };
        self.set_total(written.size);
        job.metadata.size = written.size;
        self.copied(&job, &written);
        Ok(true)
    }
}

/// Longer each time.
fn pause_before(attempt: u32) -> Duration {
    Duration::from_millis(100).saturating_mul(1 << attempt.min(7))
}

/// Whether the source is no file: then the long way finds out what it is.
fn may_be_a_tree(error: &Error) -> bool {
    let of_source = error.operation() == Some(Operation::Read);
    of_source && matches!(error.kind(), ErrorKind::IsADirectory | ErrorKind::NotFound)
}

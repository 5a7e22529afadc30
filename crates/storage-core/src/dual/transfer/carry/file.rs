//! One file of a transfer.

use std::sync::Arc;
use std::time::Duration;

use storage_types::{
    Attributes, Change, Checksum, EntryKind, Error, ErrorKind, Metadata, Operation, Result, SkipReason,
    WriteOptions,
};

use super::Carrier;
use super::hard_links::{Original, has_content};
use super::throttle::wait;
use crate::dual::content::changed_meanwhile;
use crate::dual::transfer::find::compare::Verdict;
use crate::dual::transfer::find::overlap::same_place;
use crate::dual::transfer::job::Job;
use crate::dual::transfer::ledger::Moved;
use crate::maybe_async;

#[maybe_async]
impl Carrier<'_> {
    /// Copies one file unless a rule leaves it out. Gives back what may get further names.
    pub(super) async fn copy_file(&self, mut job: Job) -> Result<Option<Arc<Original>>> {
        let job = &mut job;
        if let Some(reason) = self.task.left_out(job) {
            self.ledger.skipped(&job.source, reason);
            return Ok(None);
        }
        if same_place(&job.source, &job.destination) {
            self.ledger.skipped(&job.source, SkipReason::SameFile);
            return Ok(None);
        }
        job.refuse_special()?;
        let change = match self.task.compare(job).await? {
            Verdict::Copy(change) => change,
            Verdict::Leave(reason) => {
                self.leave_file(job, reason).await?;
                return Ok(Original::old(job).filter(|_| has_content(reason)));
            }
            Verdict::SetMode(mode) => {
                self.set_mode(job, mode).await?;
                return Ok(Original::old(job));
            }
        };
        self.make_parents(job).await?;
        self.ledger.planned(job, change);
        if self.task.mode.dry_run {
            self.ledger.copied(job, &job.metadata);
            return Ok(Original::planned(job));
        }
        let mut written = self.transfer_until_done(job).await?;
        if written.file_id.is_some() && written.file_id == job.metadata.file_id {
            // Two names of one file: nothing was written, and a move must not delete it.
            self.ledger.skipped(&job.source, SkipReason::SameFile);
            return Ok(None);
        }
        if self.task.options.verify && written.is_file() {
            written.checksum = Some(self.verify(job).await?);
        }
        let original = Original::new(job, &written);
        self.finish_entry(job, &written).await?;
        Ok(original)
    }

    /// The destination has it already.
    pub(super) async fn leave_file(&self, job: &Job, reason: SkipReason) -> Result<()> {
        if !self.task.mode.dry_run {
            self.forget_left_over(job).await?;
        }
        self.ledger.skipped(&job.source, reason);
        Ok(())
    }

    /// The destination has the content already, with another mode.
    async fn set_mode(&self, job: &Job, mode: u32) -> Result<()> {
        self.ledger.planned(job, Change::Attributes);
        if !self.task.mode.dry_run {
            self.forget_left_over(job).await?;
            let attributes = Attributes::new().unix_mode(mode);
            self.set_attributes(&job.destination, &attributes).await?;
        }
        self.ledger.attributes_set(&job.destination, EntryKind::File);
        Ok(())
    }

    /// An entry is at the destination: it counts, or waits to go from the source.
    pub(super) async fn finish_entry(&self, job: &Job, written: &Metadata) -> Result<()> {
        if let Some(parent) = &job.parent {
            parent.set_changed();
        }
        if self.task.mode.moves && !job.behind_link {
            return self.depart(job, written).await;
        }
        self.ledger.copied(job, written);
        Ok(())
    }

    /// Transfers a file, again after errors that may pass, and when it changed meanwhile.
    async fn transfer_until_done(&self, job: &mut Job) -> Result<Metadata> {
        let moved = self.ledger.count(job);
        let mut attempt = 1;
        loop {
            self.ledger.begun(job);
            let transferred = match self.transfer(job, &moved).await {
                Ok(written) => self.look_again(job, written).await,
                failed => failed,
            };
            let error = match transferred {
                Ok(written) => return Ok(written),
                Err(error) => error,
            };
            self.task.options.cancel.check()?;
            if !error.is_retryable() || attempt > self.task.options.retries {
                return Err(error);
            }
            wait(pause_before(attempt), &self.task.options.cancel).await?;
            attempt += 1;
            self.ledger.retrying(job, &moved, attempt, &error);
            // Another program may have written to it.
            match job.source.stat().await {
                Ok(now) => job.metadata = now,
                Err(error) if job.source.capabilities().local_path => return Err(error),
                // A store that cannot be reached now may be reached by the next try.
                Err(_) => {}
            }
        }
    }

    /// Looks at the source once more when its copy has been stored, wherever the next run could not see by the copy's time that
    /// the source was changed while it was sent.
    async fn look_again(&self, job: &Job, written: Metadata) -> Result<Metadata> {
        let here = job.source.capabilities().local_path;
        let keeps_time = self.task.options.preserve && job.destination.capabilities().set_modified;
        if !here || keeps_time {
            return Ok(written);
        }
        let now = job.source.stat().await?;
        if self.is_same(&now, &job.metadata) {
            return Ok(written);
        }
        Err(job.source.described(Operation::Copy, changed_meanwhile()))
    }

    /// The checksum that both have.
    async fn verify(&self, job: &Job) -> Result<Checksum> {
        let (ours, theirs) = (job.source.md5_checksum().await?, job.destination.md5_checksum().await?);
        if ours == theirs {
            return Ok(ours);
        }
        let error =
            Error::new(ErrorKind::Corrupted, format!("the copy differs: MD5 {theirs} instead of {ours}"))
                .with_hint("the source changed meanwhile, or the store is broken; copy again");
        Err(job.destination.described(Operation::Copy, error))
    }

    /// A store need not tell how much it copied by itself.
    async fn with_size(&self, job: &Job, mut written: Metadata, moved: &Arc<Moved>) -> Metadata {
        let is_told = written.size > 0 || job.destination.capabilities().local_path;
        if !is_told && let Ok(there) = job.destination.stat().await {
            written.size = there.size;
            self.ledger.advance(moved, there.size);
        }
        written
    }

    /// The shortest way for one file of one store: one call, without asking what is there first. Returns whether it did
    /// everything; if not, nothing has happened.
    pub(in crate::dual::transfer) async fn try_directly(&self) -> Result<bool> {
        let (task, options) = (&self.task, &self.task.options);
        let plain = task.takes_all() && !options.preserve && !options.verify && !task.mode.dry_run;
        let plain = plain && !options.has_headers();
        if !plain || task.compares() || task.source.is_root() || task.destination.is_root() {
            return Ok(false);
        }
        // Who may go on with a file has to know first which one it is.
        let goes_on = options.resume.is_some() && task.destination.capabilities().local_path;
        if goes_on || same_place(&task.source, &task.destination) {
            return Ok(false);
        }
        options.cancel.check()?;
        let mut job = task.single(Metadata::file(0));
        let moved = self.ledger.count(&job);
        let written = match self.copy_inside(&job, &WriteOptions::new(), &moved).await {
            Ok(Some(written)) => self.with_size(&job, written, &moved).await,
            Ok(None) => return Ok(false),
            Err(error) if may_be_a_tree(&error) || error.is_retryable() => return Ok(false),
            Err(error) => return Err(error),
        };
        self.ledger.set_totals(1, written.size);
        job.metadata.size = written.size;
        self.ledger.copied(&job, &written);
        Ok(true)
    }
}

/// Longer each time.
fn pause_before(attempt: u32) -> Duration {
    Duration::from_millis(100).saturating_mul(1 << attempt.min(7))
}

/// Whether the source is not a file: then the general way finds out what it is.
fn may_be_a_tree(error: &Error) -> bool {
    let of_source = error.operation() == Some(Operation::Read);
    of_source && matches!(error.kind(), ErrorKind::IsADirectory | ErrorKind::NotFound)
}

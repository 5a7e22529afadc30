//! The way bytes take: within the store where it can, else through the caller.

use std::sync::Arc;

use storage_types::{Error, ErrorKind, Metadata, Operation, ReadOptions, Result, WriteOptions};

use super::Carrier;
use super::journal::Journal;
use super::source_time;
use super::throttle::wait;
use crate::dual::content::changed_meanwhile;
use crate::dual::stream::{CHUNK, Reader, Writer};
use crate::dual::transfer::find::compare::keeps_source_time;
use crate::dual::transfer::job::Job;
use crate::dual::transfer::ledger::Moved;
use crate::maybe_async;

#[maybe_async]
impl Carrier<'_> {
    /// Lets the destination's store fetch the file by itself, when it can.
    pub(super) async fn copy_inside(
        &self,
        job: &Job,
        options: &WriteOptions,
        moved: &Arc<Moved>,
    ) -> Result<Option<Metadata>> {
        let (source, destination) = (&job.source, &job.destination);
        let (from, path) = source.resolved();
        let watch = self.ledger.watch(moved, destination, self.task.throttle.clone());
        let copied =
            destination.backend().copy_from(&*from, &path, destination.path(), options, &watch).await;
        copied.map_err(|error| match error.operation() {
            Some(Operation::Read) => source.described(Operation::Read, error),
            _ => destination.described(Operation::Copy, error),
        })
    }

    /// Moves the bytes of one file by the cheapest way and returns what is now at the destination. What an earlier run left
    /// need not move again, and what a failure that may pass leaves need not either.
    pub(super) async fn transfer(&self, job: &Job, moved: &Arc<Moved>) -> Result<Metadata> {
        loop {
            let Some(journal) = self.journal(job).await? else {
                return self.transfer_by(job, None, moved).await;
            };
            let transferred = self.transfer_by(job, Some(&journal), moved).await;
            let error = match transferred {
                Ok(written) => {
                    self.close(&journal).await?;
                    return Ok(written);
                }
                Err(error) => error,
            };
            if self.may_go_on(job, &error).await {
                return Err(error);
            }
            self.forget(job, &journal).await?;
            let no_use = matches!(error.kind(), ErrorKind::QuotaExceeded | ErrorKind::PermissionDenied);
            if no_use || !journal.goes_on() || self.task.options.cancel.is_cancelled() {
                return Err(error);
            }
            // What an earlier run left was of no use after all: from the start, then.
            self.ledger.nothing_moved(moved);
        }
    }

    /// Whether what has arrived of a file will be of use.
    async fn may_go_on(&self, job: &Job, error: &Error) -> bool {
        let passes = error.is_retryable() || self.task.options.cancel.is_cancelled();
        if !passes {
            return false;
        }
        match job.source.stat().await {
            Ok(now) => self.is_same(&now, &job.metadata),
            // One that cannot be reached now may be the same when it can.
            Err(error) => error.kind() != ErrorKind::NotFound,
        }
    }

    /// Lets the store copy by itself where it can; else carries the bytes through this program.
    async fn transfer_by(
        &self,
        job: &Job,
        journal: Option<&Journal>,
        moved: &Arc<Moved>,
    ) -> Result<Metadata> {
        self.refuse_headers(job)?;
        let mut options = self.write_options(job);
        options.checkpoint = journal.map(Journal::checkpoint);
        if let Some(mut written) = self.copy_by_store(job, &options, moved).await? {
            if written.size == 0 {
                // A store need not report what it copied by itself; the listing did.
                written.size = job.metadata.size;
                self.ledger.advance(moved, written.size);
            }
            return Ok(written);
        }
        let description = self.description(job, journal).await?;
        if job.metadata.size <= CHUNK as u64 {
            self.carry_whole(job, options, description, moved).await
        } else {
            self.carry_stream(job, options, description, moved).await
        }
    }

    /// As [`copy_inside`](Self::copy_inside). A store that is told a header keeps none of the source's, so it is told all; a file
    /// system takes all as they are.
    async fn copy_by_store(
        &self,
        job: &Job,
        options: &WriteOptions,
        moved: &Arc<Moved>,
    ) -> Result<Option<Metadata>> {
        if !self.task.options.has_headers() {
            return self.copy_inside(job, options, moved).await;
        }
        if job.destination.capabilities().local_path {
            return Ok(None);
        }
        let mut options = options.clone();
        options.describe_as(&job.source.metadata().await?);
        self.task.options.give_headers(&mut options);
        self.copy_inside(job, &options, moved).await
    }

    /// When what is stored with the content is known.
    async fn description(&self, job: &Job, journal: Option<&Journal>) -> Result<Description> {
        let along = job.source.capabilities().user_metadata && job.destination.capabilities().user_metadata;
        if !along {
            return Ok(Description::Nothing);
        }
        // A write that goes on names its metadata before it begins.
        let goes_on = journal.is_some_and(Journal::goes_on);
        if job.source.backend().get_gives_all_metadata() && !goes_on {
            return Ok(Description::WithContent);
        }
        Ok(Description::Before(Box::new(job.source.metadata().await?)))
    }

    async fn carry_whole(
        &self,
        job: &Job,
        mut options: WriteOptions,
        description: Description,
        moved: &Moved,
    ) -> Result<Metadata> {
        let content = job.source.get_with(&ReadOptions::new()).await?;
        self.still_the_same(job, &content.metadata).await?;
        all_came(job, content.bytes.len() as u64)?;
        match description {
            Description::Nothing => {}
            Description::Before(stored) => options.describe_as(&stored),
            Description::WithContent => options.describe_as(&content.metadata),
        }
        self.task.options.give_headers(&mut options);
        self.keep_time(job, &mut options);
        let size = content.bytes.len() as u64;
        self.slow_down(size).await?;
        let written = job.destination.write_with(content.bytes, &options).await?;
        self.ledger.advance(moved, size);
        Ok(written)
    }

    async fn carry_stream(
        &self,
        job: &Job,
        mut options: WriteOptions,
        description: Description,
        moved: &Moved,
    ) -> Result<Metadata> {
        let memory = self.memory(job).await?;
        options.memory = Some(memory.writing);
        let read = ReadOptions::new().memory(memory.reading);
        let (mut reader, mut writer);
        let mut resumed = 0;
        if matches!(description, Description::WithContent) {
            reader = job.source.reader_with(&read).await?;
            options.describe_as(reader.metadata());
            self.task.options.give_headers(&mut options);
            self.keep_time(job, &mut options);
            writer = job.destination.writer_with(&options).await?;
        } else {
            if let Description::Before(stored) = description {
                options.describe_as(&stored);
            }
            self.task.options.give_headers(&mut options);
            self.keep_time(job, &mut options);
            writer = job.destination.writer_with(&options).await?;
            resumed = writer.resumed();
            reader = self.reader_behind(job, read, (writer.resumed(), writer.already_sent()), moved).await?;
        }
        let poured = self.pour(job, &mut reader, &mut writer, moved).await;
        let poured = match poured {
            Ok(given) => match self.still_the_same(job, reader.metadata()).await {
                Ok(()) => all_came(job, resumed + given),
                changed => changed,
            },
            Err(error) => Err(error),
        };
        if let Err(error) = poured {
            // An abort throws away what has arrived before it returns; a cancelled program ends right after it.
            let _ = writer.abort().await;
            return Err(error);
        }
        job.destination.explain(Operation::Write, writer.finish().await)
    }

    /// What is still to be given to a writer that has `bytes` already, and `already_sent` of those behind.
    async fn reader_behind(
        &self,
        job: &Job,
        mut options: ReadOptions,
        (bytes, already_sent): (u64, u64),
        moved: &Moved,
    ) -> Result<Reader> {
        if bytes > 0 {
            options = options.range(bytes..);
        }
        let reader = job.source.reader_with(&options).await?;
        if bytes + already_sent > 0 {
            if !self.is_same(reader.metadata(), &job.metadata) {
                return Err(job.source.described(Operation::Copy, changed_meanwhile()));
            }
            self.ledger.resumed(moved, bytes, already_sent);
        }
        Ok(reader)
    }

    /// Returns how many bytes there were.
    async fn pour(&self, job: &Job, reader: &mut Reader, writer: &mut Writer, moved: &Moved) -> Result<u64> {
        let mut given = 0;
        loop {
            self.task.options.cancel.check()?;
            let chunk = reader.next().await;
            let Some(chunk) = job.source.explain(Operation::Read, chunk)? else { return Ok(given) };
            let size = chunk.len() as u64;
            given += size;
            self.slow_down(size).await?;
            job.destination.explain(Operation::Write, writer.write(chunk).await)?;
            self.ledger.advance(moved, size);
        }
    }

    async fn slow_down(&self, bytes: u64) -> Result<()> {
        match &self.task.throttle {
            Some(throttle) => wait(throttle.take(bytes), &self.task.options.cancel).await,
            None => Ok(()),
        }
    }

    /// Files of this machine may change while they are read; other stores give one content or report that it changed.
    async fn still_the_same(&self, job: &Job, read: &Metadata) -> Result<()> {
        if !job.source.capabilities().local_path {
            return Ok(());
        }
        let now = job.source.stat().await?;
        let is_same = (now.size, now.modified, now.changed, now.file_id)
            == (read.size, read.modified, read.changed, read.file_id);
        if is_same {
            return Ok(());
        }
        Err(job.source.described(Operation::Copy, changed_meanwhile()))
    }
}

/// Fails unless as many bytes came as were listed. Files of this machine are looked at again instead: the size of some says nothing
/// about what is read, such as those of `/proc`.
fn all_came(job: &Job, bytes: u64) -> Result<()> {
    let listed = job.metadata.size;
    if bytes == listed || job.source.capabilities().local_path {
        return Ok(());
    }
    let error = Error::new(ErrorKind::Interrupted, format!("{bytes} bytes came, where {listed} were listed"))
        .with_hint("copy it again; somebody replaced it meanwhile, or something on the way changes content");
    Err(job.source.described(Operation::Copy, error))
}

/// When what is stored with the content of a source, such as its media type, is known.
enum Description {
    /// The destination keeps none.
    Nothing,
    /// Before the content is read.
    Before(Box<Metadata>),
    /// Reading the content brings it along.
    WithContent,
}

impl Carrier<'_> {
    /// Whether both are of the same content, as far as is known.
    pub(super) fn is_same(&self, now: &Metadata, before: &Metadata) -> bool {
        // Whoever takes away one of several names of a file changes its `st_ctime`, and this run may have done so.
        let lost_a_name = || now.link_count < before.link_count && self.departures.took_a_name_of(now);
        is_alike(now, before) && (agree(&now.changed, &before.changed) || lost_a_name())
    }
}

/// Whether both are of the same content, as far as one can tell without `st_ctime`.
fn is_alike(now: &Metadata, before: &Metadata) -> bool {
    now.size == before.size
        && agree(&now.modified, &before.modified)
        && agree(&now.etag, &before.etag)
        && agree(&now.file_id, &before.file_id)
}

fn agree<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
    one.is_none() || other.is_none() || one == other
}

impl Carrier<'_> {
    /// Fails where headers are asked for that the destination does not keep.
    fn refuse_headers(&self, job: &Job) -> Result<()> {
        let can = job.destination.capabilities();
        if can.user_metadata || can.opaque_paths || !self.task.options.has_headers() {
            return Ok(());
        }
        Err(job.destination.described(Operation::Copy, Error::unsupported("keep headers with content")))
    }

    fn write_options(&self, job: &Job) -> WriteOptions {
        let mut options = WriteOptions::new();
        options.size = Some(job.metadata.size);
        options.durability = self.durability_of(job);
        options.create_mode = job.metadata.mode.map(|mode| mode & 0o777);
        options.metadata_optional = true;
        options.refuse_special = self.task.is_tree();
        options.replace_links = self.task.is_tree() && job.sees_link();
        if self.task.options.preserve {
            options.modified = job.metadata.modified;
            options.unix_mode = job.metadata.mode.map(|mode| mode & 0o1777);
            options.preserve_all = self.task.options.preserve_all;
        }
        options
    }

    /// Keeps the time of the source where the store has times of its own.
    fn keep_time(&self, job: &Job, options: &mut WriteOptions) {
        let wanted = self.task.options.preserve && keeps_source_time(&job.destination.capabilities());
        if let Some(time) = job.metadata.modified.filter(|_| wanted && job.source.capabilities().set_modified)
        {
            source_time::keep(&mut options.user, time);
        }
    }
}

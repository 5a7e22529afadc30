//! The way bytes take: within the store where it can, else through the caller.

use std::sync::Arc;

use storage_types::{
    Durability, Error, ErrorKind, Metadata, Operation, ReadOptions, Result, StoragePath, WriteOptions,
};

use super::decide::Job;
use super::journal::Journal;
use super::run::{Moved, Run};
use crate::dual::backend::Backend;
use crate::dual::node::StorageNode;
use crate::dual::stream::{CHUNK, Reader, Writer};
use crate::{maybe_async, rt};

/// The backend and path that a node really means, relative mounts taken off.
pub(super) fn physical(node: &StorageNode) -> (Arc<dyn Backend>, StoragePath) {
    let (mut backend, mut path) = (node.backend().clone(), node.path().clone());
    while let Some((behind, inner)) = backend.resolve(&path) {
        (backend, path) = (behind, inner);
    }
    (backend, path)
}

/// Whether two nodes are one place of one store.
pub(crate) fn same_place(a: &StorageNode, b: &StorageNode) -> bool {
    // Equal nodes may be of different stores: a mount of that name was replaced between them.
    let ((one, path), (other, other_path)) = (physical(a), physical(b));
    let by_name = || one.identity(&path).is_some_and(|name| other.identity(&other_path) == Some(name));
    (Arc::ptr_eq(&one, &other) && path == other_path) || by_name()
}

#[maybe_async]
impl Run<'_> {
    /// Lets the destination's store fetch the file by itself, when it can.
    pub(super) async fn copy_inside(
        &self,
        job: &Job,
        options: &WriteOptions,
        moved: &Arc<Moved>,
    ) -> Result<Option<Metadata>> {
        let (source, destination) = (&job.source, &job.destination);
        let (from, path) = physical(source);
        let watch = self.watch(moved, destination);
        let copied =
            destination.backend().copy_from(&*from, &path, destination.path(), options, &watch).await;
        copied.map_err(|error| match error.operation() {
            Some(Operation::Read) => source.described(Operation::Read, error),
            _ => destination.described(Operation::Copy, error),
        })
    }

    /// Moves the bytes of one file by the cheapest way and tells what is now at the destination. What an earlier run left
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
            if no_use || !journal.goes_on() || self.options.cancel.is_cancelled() {
                return Err(error);
            }
            // What an earlier run left was of no use after all: from the start, then.
            self.nothing_moved(moved);
        }
    }

    /// Whether what has arrived of a file will be of use.
    async fn may_go_on(&self, job: &Job, error: &Error) -> bool {
        let passes = error.is_retryable() || self.options.cancel.is_cancelled();
        if !passes {
            return false;
        }
        match job.source.stat().await {
            Ok(now) => is_same(&now, &job.metadata),
            // One that cannot be reached now may be the same when it can.
            Err(error) => error.kind() != ErrorKind::NotFound,
        }
    }

    async fn transfer_by(
        &self,
        job: &Job,
        journal: Option<&Journal>,
        moved: &Arc<Moved>,
    ) -> Result<Metadata> {
        let mut options = self.write_options(job);
        options.checkpoint = journal.map(Journal::checkpoint);
        if let Some(mut written) = self.copy_inside(job, &options, moved).await? {
            if written.size == 0 {
                // A store need not tell what it copied by itself; the listing did.
                written.size = job.metadata.size;
                self.advance(moved, written.size);
            }
            return Ok(written);
        }
        let along = job.source.capabilities().user_metadata && job.destination.capabilities().user_metadata;
        // Who goes on with a write must say before it begins what is stored with it.
        let goes_on = journal.is_some_and(Journal::goes_on);
        let told = along && job.source.backend().tells_all_when_read() && !goes_on;
        if along && !told {
            describe(&mut options, job.source.metadata().await?);
        }
        if job.metadata.size <= CHUNK as u64 {
            self.transfer_at_once(job, options, told, moved).await
        } else {
            self.transfer_streaming(job, options, told, moved).await
        }
    }

    async fn transfer_at_once(
        &self,
        job: &Job,
        mut options: WriteOptions,
        told: bool,
        moved: &Moved,
    ) -> Result<Metadata> {
        let content = job.source.get_with(&ReadOptions::new()).await?;
        self.still_the_same(job, &content.metadata).await?;
        if told {
            describe(&mut options, content.metadata);
        }
        let size = content.bytes.len() as u64;
        self.slow_down(size).await;
        let written = job.destination.write_with(content.bytes, &options).await?;
        self.advance(moved, size);
        Ok(written)
    }

    async fn transfer_streaming(
        &self,
        job: &Job,
        mut options: WriteOptions,
        told: bool,
        moved: &Moved,
    ) -> Result<Metadata> {
        let memory = self.memory(job).await?;
        options.memory = Some(memory.writing);
        let read = ReadOptions::new().memory(memory.reading);
        let (mut reader, mut writer);
        if told {
            reader = job.source.reader_with(&read).await?;
            describe(&mut options, reader.metadata().clone());
            writer = job.destination.writer_with(&options).await?;
        } else {
            writer = job.destination.writer_with(&options).await?;
            reader = self.reader_behind(job, read, (writer.resumed(), writer.spared()), moved).await?;
        }
        let poured = self.pour(job, &mut reader, &mut writer, moved).await;
        let poured = match poured {
            Ok(()) => self.still_the_same(job, reader.metadata()).await,
            error => error,
        };
        if let Err(error) = poured {
            // Told, a store throws away what has arrived before this returns; a program that is cancelled ends then.
            let _ = writer.abort().await;
            return Err(error);
        }
        job.destination.explain(Operation::Write, writer.finish().await)
    }

    /// What is still to be given to a writer that has `bytes` already, and `spared` of those behind.
    async fn reader_behind(
        &self,
        job: &Job,
        mut options: ReadOptions,
        (bytes, spared): (u64, u64),
        moved: &Moved,
    ) -> Result<Reader> {
        if bytes > 0 {
            options = options.range(bytes..);
        }
        let reader = job.source.reader_with(&options).await?;
        if bytes + spared > 0 {
            if !is_same(reader.metadata(), &job.metadata) {
                return Err(job.source.described(Operation::Copy, changed_meanwhile()));
            }
            self.resumed(moved, bytes, spared);
        }
        Ok(reader)
    }

    async fn pour(&self, job: &Job, reader: &mut Reader, writer: &mut Writer, moved: &Moved) -> Result<()> {
        loop {
            self.options.cancel.check()?;
            let chunk = reader.next().await;
            let Some(chunk) = job.source.explain(Operation::Read, chunk)? else { return Ok(()) };
            let size = chunk.len() as u64;
            self.slow_down(size).await;
            job.destination.explain(Operation::Write, writer.write(chunk).await)?;
            self.advance(moved, size);
        }
    }

    async fn slow_down(&self, bytes: u64) {
        if let Some(throttle) = &self.throttle {
            rt::sleep(throttle.take(bytes)).await;
        }
    }

    /// Files of this machine may change while they are read; other stores give one content or say that it changed.
    async fn still_the_same(&self, job: &Job, read: &Metadata) -> Result<()> {
        if !job.source.capabilities().local_path {
            return Ok(());
        }
        let now = job.source.stat().await?;
        if (now.size, now.modified, now.file_id) == (read.size, read.modified, read.file_id) {
            return Ok(());
        }
        Err(job.source.described(Operation::Copy, changed_meanwhile()))
    }
}

/// Whether both tell of the same content, as far as they tell.
fn is_same(now: &Metadata, before: &Metadata) -> bool {
    fn agree<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
        one.is_none() || other.is_none() || one == other
    }
    now.size == before.size && agree(&now.modified, &before.modified) && agree(&now.etag, &before.etag)
}

/// The error of a source that somebody writes to. The next try may find it at rest.
pub(crate) fn changed_meanwhile() -> Error {
    Error::new(ErrorKind::Interrupted, "the file changed while it was copied")
        .with_hint("copy it again when nobody writes to it")
}

/// What is stored with the content of the source is stored with the copy.
fn describe(options: &mut WriteOptions, stored: Metadata) {
    options.content_type = stored.content_type;
    options.cache_control = stored.cache_control;
    options.user = stored.user;
}

impl Run<'_> {
    pub(super) fn write_options(&self, job: &Job) -> WriteOptions {
        let mut options = WriteOptions::new();
        options.size = Some(job.metadata.size);
        if self.tree {
            options.durability = Some(Durability::None);
        }
        if self.options.preserve {
            options.modified = job.metadata.modified;
            options.unix_mode = job.metadata.mode;
        }
        options
    }
}

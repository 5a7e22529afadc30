//! The way bytes take: within the store where it can, else through the caller.

use std::sync::Arc;

use storage_types::{
    Durability, Error, ErrorKind, Metadata, Operation, ReadOptions, Result, StoragePath, WriteOptions,
};

use super::decide::Job;
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

    /// Moves the bytes of one file by the cheapest way and tells what is now at the destination.
    pub(super) async fn transfer(&self, job: &Job, moved: &Arc<Moved>) -> Result<Metadata> {
        let mut options = self.write_options(job);
        if let Some(mut written) = self.copy_inside(job, &options, moved).await? {
            if written.size == 0 {
                // A store need not tell what it copied by itself; the listing did.
                written.size = job.metadata.size;
                self.advance(moved, written.size);
            }
            return Ok(written);
        }
        let along = job.source.capabilities().user_metadata && job.destination.capabilities().user_metadata;
        if along && !job.source.backend().tells_all_when_read() {
            describe(&mut options, job.source.metadata().await?);
        }
        let told = along && job.source.backend().tells_all_when_read();
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
        let mut reader = job.source.reader().await?;
        if told {
            describe(&mut options, reader.metadata().clone());
        }
        let mut writer = job.destination.writer_with(&options).await?;
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

//! The way bytes take: within the store where it can, else through the caller.

use std::sync::Arc;

use bytes::Bytes;
use storage_types::{Durability, Metadata, Operation, Result, StoragePath, WriteOptions};

use super::copy::Run;
use super::decide::Job;
use crate::dual::backend::Backend;
use crate::dual::node::StorageNode;
use crate::dual::stream::{CHUNK, Reader, Writer};
use crate::maybe_async;

/// The backend and path that a node really means, relative mounts taken off.
pub(super) fn physical(node: &StorageNode) -> (Arc<dyn Backend>, StoragePath) {
    let (mut backend, mut path) = (node.backend().clone(), node.path().clone());
    while let Some((behind, inner)) = backend.resolve(&path) {
        (backend, path) = (behind, inner);
    }
    (backend, path)
}

/// Whether two nodes are one place of one store.
pub(super) fn same_place(a: &StorageNode, b: &StorageNode) -> bool {
    // Equal nodes may be of different stores: a mount of that name was replaced between them.
    let ((one, path), (other, other_path)) = (physical(a), physical(b));
    Arc::ptr_eq(&one, &other) && path == other_path
}

#[maybe_async]
impl Run<'_> {
    /// Lets the destination's store fetch the file by itself, when it can.
    pub(super) async fn copy_inside(
        &self,
        source: &StorageNode,
        destination: &StorageNode,
        options: &WriteOptions,
    ) -> Result<Option<Metadata>> {
        let (from, path) = physical(source);
        let copied =
            destination.backend().copy_from(&*from, &path, destination.path(), options, &self.watch()).await;
        copied.map_err(|error| match error.operation() {
            Some(Operation::Read) => source.described(Operation::Read, error),
            _ => destination.described(Operation::Copy, error),
        })
    }

    /// Moves the bytes of one file by the cheapest way and tells what is now at the destination.
    pub(super) async fn transfer(&self, job: &Job) -> Result<Metadata> {
        let mut options = self.write_options(job);
        if let Some(written) = self.copy_inside(&job.source, &job.destination, &options).await? {
            return Ok(written);
        }
        self.take_metadata_along(job, &mut options).await?;
        if job.metadata.size <= CHUNK as u64 {
            self.transfer_at_once(job, &options).await
        } else {
            self.transfer_streaming(job, &options).await
        }
    }

    async fn take_metadata_along(&self, job: &Job, options: &mut WriteOptions) -> Result<()> {
        if !(job.source.capabilities().user_metadata && job.destination.capabilities().user_metadata) {
            return Ok(());
        }
        let stored = job.source.metadata().await?;
        options.content_type = stored.content_type;
        options.cache_control = stored.cache_control;
        options.user = stored.user;
        Ok(())
    }

    async fn transfer_at_once(&self, job: &Job, options: &WriteOptions) -> Result<Metadata> {
        let content: Bytes = job.source.read().await?;
        let size = content.len() as u64;
        let written = job.destination.write_with(content, options).await?;
        self.advance(size);
        Ok(written)
    }

    async fn transfer_streaming(&self, job: &Job, options: &WriteOptions) -> Result<Metadata> {
        let mut reader = job.source.reader().await?;
        let mut writer = job.destination.writer_with(options).await?;
        if let Err(error) = self.pour(job, &mut reader, &mut writer).await {
            // Told, a store throws away what has arrived before this returns; a program that is cancelled ends then.
            let _ = writer.abort().await;
            return Err(error);
        }
        job.destination.explain(Operation::Write, writer.finish().await)
    }

    async fn pour(&self, job: &Job, reader: &mut Reader, writer: &mut Writer) -> Result<()> {
        loop {
            self.options.cancel.check()?;
            let chunk = reader.next().await;
            let Some(chunk) = job.source.explain(Operation::Read, chunk)? else { return Ok(()) };
            let size = chunk.len() as u64;
            job.destination.explain(Operation::Write, writer.write(chunk).await)?;
            self.advance(size);
        }
    }
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

//! Streams of an async backend for blocking callers.

use std::time::Duration;

use bytes::Bytes;
use storage_types::{Error, Metadata, Result};

use super::runtime::{block_on, drop_inside};
use crate::{Entry, ListStream, ReadStream, WriteStream};

/// Moves a stream into a future and back: the future may have to run on another thread.
struct Slot<T>(Option<T>);

impl<T: Send + 'static> Slot<T> {
    fn with<R, F, Fut>(&mut self, call: F) -> Result<R>
    where
        R: Send + 'static,
        F: FnOnce(T) -> Fut + Send + 'static,
        Fut: Future<Output = (T, Result<R>)> + Send + 'static,
    {
        let stream = self.0.take().ok_or_else(|| Error::invalid("an earlier call of this stream failed"))?;
        let (stream, result) = block_on(async move { Ok(call(stream).await) })?;
        self.0 = Some(stream);
        result
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        drop_inside(self.0.take());
    }
}

pub(super) struct BridgedRead {
    reader: Slot<storage_core::Reader>,
    chunk: Bytes,
}

impl BridgedRead {
    pub(super) fn new(reader: storage_core::Reader) -> Self {
        Self { reader: Slot(Some(reader)), chunk: Bytes::new() }
    }
}

impl ReadStream for BridgedRead {
    fn next(&mut self, max: usize) -> Result<Option<Bytes>> {
        if self.chunk.is_empty() {
            let chunk = self.reader.with(|mut reader| async move {
                let chunk = reader.next().await;
                (reader, chunk)
            })?;
            self.chunk = chunk.unwrap_or_default();
        }
        let part = self.chunk.split_to(max.min(self.chunk.len()));
        Ok((!part.is_empty()).then_some(part))
    }

    fn seek(&mut self, position: u64) -> Result<()> {
        self.chunk.clear();
        self.reader.with(move |mut reader| async move {
            let sought = reader.seek_to(position).await;
            (reader, sought)
        })
    }
}

pub(super) struct BridgedWrite {
    writer: Slot<storage_core::Writer>,
}

impl BridgedWrite {
    pub(super) fn new(writer: storage_core::Writer) -> Self {
        Self { writer: Slot(Some(writer)) }
    }

    fn take(&mut self) -> Result<storage_core::Writer> {
        self.writer.0.take().ok_or_else(|| Error::invalid("an earlier call of this stream failed"))
    }
}

impl WriteStream for BridgedWrite {
    fn write(&mut self, chunk: Bytes) -> Result<()> {
        self.writer.with(|mut writer| async move {
            let written = writer.write(chunk).await;
            (writer, written)
        })
    }

    fn finish(&mut self) -> Result<Metadata> {
        let writer = self.take()?;
        block_on(async move { writer.finish().await })
    }

    fn abort(&mut self) -> Result<()> {
        let writer = self.take()?;
        block_on(async move { writer.abort().await })
    }
}

/// How long a writer that is dropped may take to throw away what it sent.
const CLEANING: Duration = Duration::from_secs(10);

impl Drop for BridgedWrite {
    /// What was sent is thrown away before the drop ends, as in a backend that was born blocking: the program may end
    /// right behind it.
    fn drop(&mut self) {
        let Some(writer) = self.writer.0.take() else { return };
        // A drop has nobody to tell an error to.
        let _ = block_on(async move {
            let cleaning = tokio::spawn(writer.abort());
            let _ = tokio::time::timeout(CLEANING, cleaning).await;
            Ok(())
        });
    }
}

pub(super) struct BridgedList {
    lister: Slot<storage_core::Lister>,
}

/// Entries per call of the runtime.
const BATCH: usize = 1024;

impl BridgedList {
    pub(super) fn new(lister: storage_core::Lister) -> Self {
        Self { lister: Slot(Some(lister)) }
    }
}

impl ListStream for BridgedList {
    fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>> {
        let batch = self.lister.with(|mut lister| async move {
            let batch = pull(&mut lister).await;
            (lister, Ok(batch))
        })?;
        Ok((!batch.is_empty()).then_some(batch))
    }
}

async fn pull(lister: &mut storage_core::Lister) -> Vec<Result<Entry>> {
    let mut batch = Vec::new();
    while batch.len() < BATCH {
        match lister.next().await {
            Ok(Some(entry)) => batch.push(Ok(Entry { path: entry.path, metadata: entry.metadata })),
            Ok(None) => break,
            Err(error) => {
                batch.push(Err(error));
                break;
            }
        }
    }
    batch
}

//! Streams of a blocking backend for async callers.

use bytes::Bytes;
use storage_core::{Entry, ListStream, ReadStream, WriteStream};
use storage_types::{Error, Metadata, Result};
use tokio::task::{JoinHandle, spawn_blocking};

use super::pool::lost;

/// A stream that is here, or away on the blocking pool. A call that is dropped half-way leaves it away, and the next
/// call waits for it first, so nothing that was read is lost.
enum Place<T, R> {
    Here(T),
    Away(JoinHandle<(T, Result<R>)>),
    Gone,
}

impl<T: Send + 'static, R: Send + 'static> Place<T, R> {
    /// The answer of the call that is under way, or of a new one.
    async fn call(&mut self, work: impl FnOnce(&mut T) -> Result<R> + Send + 'static) -> Result<R> {
        if let Self::Here(_) = self
            && let Self::Here(mut stream) = std::mem::replace(self, Self::Gone)
        {
            *self = Self::Away(spawn_blocking(move || {
                let result = work(&mut stream);
                (stream, result)
            }));
        }
        self.settle().await
    }

    async fn settle(&mut self) -> Result<R> {
        let Self::Away(running) = self else {
            return Err(Error::invalid("an earlier call of this stream failed"));
        };
        let answer = running.await;
        match answer {
            Ok((stream, result)) => {
                *self = Self::Here(stream);
                result
            }
            Err(error) => {
                *self = Self::Gone;
                Err(lost(error))
            }
        }
    }
}

/// What a call of a reader may answer.
type Chunk = Option<Bytes>;

pub(super) struct BridgedRead {
    reader: Place<crate::Reader, Chunk>,
    chunk: Bytes,
}

impl BridgedRead {
    pub(super) fn new(reader: crate::Reader) -> Self {
        Self { reader: Place::Here(reader), chunk: Bytes::new() }
    }
}

#[async_trait::async_trait]
impl ReadStream for BridgedRead {
    async fn next(&mut self, max: usize) -> Result<Option<Bytes>> {
        if self.chunk.is_empty() {
            self.chunk = self.reader.call(crate::Reader::next).await?.unwrap_or_default();
        }
        let part = self.chunk.split_to(max.min(self.chunk.len()));
        Ok((!part.is_empty()).then_some(part))
    }

    async fn seek(&mut self, position: u64) -> Result<()> {
        self.chunk.clear();
        if let Place::Away(_) = &self.reader {
            // What an earlier call reads is not wanted any more.
            let _ = self.reader.settle().await?;
        }
        self.reader.call(move |reader| reader.seek_to(position).map(|()| None)).await.map(drop)
    }
}

pub(super) struct BridgedWrite {
    writer: Place<crate::Writer, ()>,
}

impl BridgedWrite {
    pub(super) fn new(writer: crate::Writer) -> Self {
        Self { writer: Place::Here(writer) }
    }

    async fn take(&mut self) -> Result<crate::Writer> {
        if let Place::Away(_) = &self.writer {
            self.writer.settle().await?;
        }
        match std::mem::replace(&mut self.writer, Place::Gone) {
            Place::Here(writer) => Ok(writer),
            _ => Err(Error::invalid("an earlier call of this stream failed")),
        }
    }
}

#[async_trait::async_trait]
impl WriteStream for BridgedWrite {
    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        let mut writer = self.take().await?;
        self.writer = Place::Away(spawn_blocking(move || {
            let written = writer.write(chunk);
            (writer, written)
        }));
        self.writer.settle().await
    }

    async fn finish(&mut self) -> Result<Metadata> {
        let writer = self.take().await?;
        spawn_blocking(move || writer.finish()).await.unwrap_or_else(|error| Err(lost(error)))
    }

    async fn abort(&mut self) -> Result<()> {
        let writer = self.take().await?;
        spawn_blocking(move || writer.abort()).await.unwrap_or_else(|error| Err(lost(error)))
    }
}

pub(super) struct BridgedList {
    lister: Place<crate::Lister, Option<Vec<Result<Entry>>>>,
}

impl BridgedList {
    pub(super) fn new(lister: crate::Lister) -> Self {
        Self { lister: Place::Here(lister) }
    }
}

#[async_trait::async_trait]
impl ListStream for BridgedList {
    async fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>> {
        self.lister.call(pull).await
    }
}

fn pull(lister: &mut crate::Lister) -> Result<Option<Vec<Result<Entry>>>> {
    let batch = lister.next_batch()?;
    Ok(batch.map(|batch| {
        batch
            .into_iter()
            .map(|entry| entry.map(|entry| Entry { path: entry.path, metadata: entry.metadata }))
            .collect()
    }))
}

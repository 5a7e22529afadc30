//! Pull-shaped streams: `Reader`, `Writer` and `Lister`, concrete over boxed traits.
//!
//! The standard traits (`Read`, `AsyncRead`, `Iterator`, `Stream`, ...) stand outside `dual/`, in each crate's
//! `adapters`.

use std::collections::VecDeque;
use std::fmt;

use bytes::{Bytes, BytesMut};
use storage_types::{Error, ErrorKind, IntoBytes, Metadata, Operation, Result, StoragePath};

use super::content::Content;
use super::origin::Origin;
use crate::maybe_async;
use crate::rt;

/// Bytes asked for at once by [`Reader::next`]: large enough that a hop to a thread pool does not count.
pub const CHUNK: usize = 1 << 20;

/// Small writes are gathered up to this many bytes.
pub(crate) const WRITE_BUFFER: usize = 256 << 10;

/// The source behind a [`Reader`], for implementers.
#[maybe_async]
pub trait ReadStream: Send {
    /// At most `max` of the next bytes; `None` at the end. A dropped call loses nothing.
    async fn next(&mut self, max: usize) -> Result<Option<Bytes>>;

    /// Continue `position` bytes after the start of what is read.
    ///
    /// # Errors
    ///
    /// `Unsupported` where the source cannot go back.
    async fn seek(&mut self, position: u64) -> Result<()>;

    /// Fills `buffer` as far as one call gives, without a copy where the source can; 0 at the end.
    async fn read_into(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let chunk = self.next(buffer.len()).await?.unwrap_or_default();
        let Some(room) = buffer.get_mut(..chunk.len()) else {
            return Err(Error::new(
                ErrorKind::Unexpected,
                "the backend gave more bytes than it was asked for",
            ));
        };
        room.copy_from_slice(&chunk);
        Ok(chunk.len())
    }
}

/// Streams content. Position 0 is the start of the range that was asked for.
pub struct Reader {
    pub(crate) stream: Option<Box<dyn ReadStream>>,
    pub(crate) chunk: Bytes,
    pub(crate) position: u64,
    pub(crate) length: u64,
    pub(crate) metadata: Metadata,
    pub(crate) pending: rt::PendingRead,
    origin: Option<Origin>,
}

impl Reader {
    /// A reader over `stream`, which gives `length` bytes; `metadata` is that of the whole object.
    #[must_use]
    pub fn new(stream: Box<dyn ReadStream>, length: u64, metadata: Metadata) -> Self {
        Self {
            stream: Some(stream),
            chunk: Bytes::new(),
            position: 0,
            length,
            metadata,
            pending: rt::PendingRead::default(),
            origin: None,
        }
    }

    /// A reader over bytes in memory.
    #[must_use]
    pub fn from_bytes(bytes: Bytes, metadata: Metadata) -> Self {
        let length = bytes.len() as u64;
        Self::new(Box::new(BytesStream { bytes, position: 0 }), length, metadata)
    }

    /// The same, whose errors name `origin`.
    pub(crate) fn of(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    pub(crate) fn described<T>(&self, result: Result<T>) -> Result<T> {
        match &self.origin {
            Some(origin) => origin.explain(Operation::Read, result),
            None => result,
        }
    }

    /// What is known about the whole object.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Bytes that this reader gives in all, as known when it was opened.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Bytes given so far, or the place of the last seek.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    pub(crate) fn stream(&mut self) -> Result<&mut Box<dyn ReadStream>> {
        self.stream.as_mut().ok_or_else(|| Error::invalid("an earlier read of this reader is still running"))
    }
}

#[maybe_async]
impl Reader {
    /// The next bytes, at most [`CHUNK`] of them; `None` at the end.
    ///
    /// # Errors
    ///
    /// What the store says; `Interrupted` when the transport broke.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        let chunk = self.pull().await;
        let chunk = self.described(chunk)?;
        self.position += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        Ok(chunk)
    }

    async fn pull(&mut self) -> Result<Option<Bytes>> {
        rt::settle(self).await?;
        if self.chunk.is_empty() {
            return self.stream()?.next(CHUNK).await;
        }
        Ok(Some(std::mem::take(&mut self.chunk)))
    }

    /// Everything from here to the end in one piece.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub async fn read_all(&mut self) -> Result<Bytes> {
        let Some(first) = self.next().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.next().await? else { return Ok(first) };
        let left = usize::try_from(self.length.saturating_sub(self.position)).unwrap_or(0);
        let mut all = BytesMut::with_capacity(first.len() + second.len() + left);
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(chunk) = self.next().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    /// Everything from here to the end, with what is known about the whole object.
    pub(crate) async fn into_content(mut self) -> Result<Content> {
        let bytes = self.read_all().await?;
        Ok(Content { bytes, metadata: self.metadata })
    }

    /// Continue at `position`, counted from the start of the range that was asked for. Past the end is allowed; there
    /// is nothing to read there.
    ///
    /// # Errors
    ///
    /// `Unsupported` where the store cannot.
    pub async fn seek_to(&mut self, position: u64) -> Result<()> {
        let sought = self.go_to(position).await;
        self.described(sought)
    }

    async fn go_to(&mut self, position: u64) -> Result<()> {
        rt::settle(self).await?;
        let ahead = position.checked_sub(self.position).and_then(|n| usize::try_from(n).ok());
        match ahead.filter(|&ahead| ahead <= self.chunk.len()) {
            Some(ahead) => drop(self.chunk.split_to(ahead)),
            None => {
                self.chunk.clear();
                self.stream()?.seek(position).await?;
            }
        }
        self.position = position;
        Ok(())
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("position", &self.position)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

struct BytesStream {
    bytes: Bytes,
    position: u64,
}

#[maybe_async]
impl ReadStream for BytesStream {
    async fn next(&mut self, max: usize) -> Result<Option<Bytes>> {
        let size = self.bytes.len();
        let start = usize::try_from(self.position).unwrap_or(size).min(size);
        if start == size || max == 0 {
            return Ok(None);
        }
        let end = start.saturating_add(max).min(size);
        self.position = end as u64;
        Ok(Some(self.bytes.slice(start..end)))
    }

    async fn seek(&mut self, position: u64) -> Result<()> {
        self.position = position;
        Ok(())
    }
}

/// The sink behind a [`Writer`], for implementers.
///
/// Dropping it without `finish` must leave nothing behind.
#[maybe_async]
pub trait WriteStream: Send {
    /// Takes the next bytes.
    async fn write(&mut self, chunk: Bytes) -> Result<()>;

    /// Publishes everything written, atomically.
    async fn finish(&mut self) -> Result<Metadata>;

    /// Throws everything away.
    async fn abort(&mut self) -> Result<()>;
}

/// Streams content into a store. Nothing is visible before [`finish`](Self::finish); dropped or aborted, it leaves
/// nothing behind.
///
/// # Cancellation
///
/// A [`write`](Self::write) that is dropped before its end, by a timeout or a `select!`, may have been taken or not. So it closes
/// the writer: later calls fail, and nothing is published. Writes over `AsyncWrite` are taken as soon as they are accepted,
/// and are not affected.
///
/// What a dropped writer has sent to a store is thrown away in the background, in the runtime it is dropped in; where that
/// ends first, or there is none, the drop waits for it for 3 seconds at most. What a store cannot be told any more (it does not
/// answer, or the process was killed) its own rules remove: see `leftovers` of a node.
pub struct Writer {
    pub(crate) stream: Option<Box<dyn WriteStream>>,
    pub(crate) buffer: BytesMut,
    pub(crate) written: u64,
    pub(crate) pending: rt::PendingWrite,
    pub(crate) result: Option<Metadata>,
    /// A call is under way, or was dropped before its end.
    pub(crate) under_way: bool,
    resumed: u64,
    already_sent: u64,
    origin: Option<Origin>,
}

impl Writer {
    /// A writer over `stream`.
    #[must_use]
    pub fn new(stream: Box<dyn WriteStream>) -> Self {
        Self {
            stream: Some(stream),
            buffer: BytesMut::new(),
            written: 0,
            pending: rt::PendingWrite::default(),
            result: None,
            under_way: false,
            resumed: 0,
            already_sent: 0,
            origin: None,
        }
    }

    /// The same, which goes on behind `bytes` that an earlier write left.
    #[must_use]
    pub fn resuming(mut self, bytes: u64) -> Self {
        self.resumed = bytes;
        self
    }

    /// The same, which will take so many `bytes` of those behind without sending them, because an earlier write did.
    #[must_use]
    pub fn skipping(mut self, bytes: u64) -> Self {
        self.already_sent = bytes;
        self
    }

    /// The same, whose errors name `origin`.
    pub(crate) fn of(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    pub(crate) fn described<T>(&self, result: Result<T>) -> Result<T> {
        match &self.origin {
            Some(origin) => origin.explain(Operation::Write, result),
            None => result,
        }
    }

    /// Bytes that an earlier write with the same [checkpoint](storage_types::Checkpoint) left: the caller goes on with those
    /// behind them. 0 for everybody else.
    #[must_use]
    pub fn resumed(&self) -> u64 {
        self.resumed
    }

    /// Further bytes that an earlier write left, behind a gap: the caller gives them again, and they are not sent again.
    #[must_use]
    pub fn already_sent(&self) -> u64 {
        self.already_sent
    }

    /// Bytes taken so far, those of an earlier write not counted.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    pub(crate) fn stream(&mut self) -> Result<&mut Box<dyn WriteStream>> {
        self.stream.as_mut().ok_or_else(closed)
    }

    /// Gathers `data`; gives a chunk to hand on when there is enough.
    pub(crate) fn gather(&mut self, data: &[u8]) -> Option<Bytes> {
        self.written += data.len() as u64;
        self.buffer.extend_from_slice(data);
        (self.buffer.len() >= WRITE_BUFFER).then(|| self.buffer.split().freeze())
    }
}

pub(crate) fn closed() -> Error {
    Error::invalid("this writer is finished, aborted or has failed").with_hint("open a new writer")
}

pub(crate) fn cut_short() -> Error {
    Error::new(
        ErrorKind::Interrupted,
        "an earlier call of this writer was dropped before its end, so it is closed",
    )
    .with_hint("write everything again with a new writer")
    .with_retryable(false)
}

#[maybe_async]
impl Writer {
    /// Takes the next bytes. Small pieces are gathered; large ones are handed on without a copy.
    ///
    /// # Errors
    ///
    /// What the store says; after an error the writer is closed and nothing is published. A call that is dropped before its end
    /// closes it too.
    pub async fn write(&mut self, data: impl IntoBytes + Send) -> Result<()> {
        let data = data.into_bytes();
        let written = match self.refuse_cut_short().await {
            Ok(()) => {
                self.under_way = true;
                let written = self.take(data).await;
                self.under_way = false;
                written
            }
            refused => refused,
        };
        self.described(written)
    }

    /// Closes a writer of which a call was dropped before its end: nobody knows what it has.
    async fn refuse_cut_short(&mut self) -> Result<()> {
        if !self.under_way {
            return Ok(());
        }
        if let Some(mut stream) = self.stream.take() {
            // What it says does not matter any more.
            let _ = stream.abort().await;
        }
        Err(cut_short())
    }

    async fn take(&mut self, data: Bytes) -> Result<()> {
        rt::settle_write(self).await?;
        if data.len() < WRITE_BUFFER {
            return match self.gather(&data) {
                Some(chunk) => self.hand_on(chunk).await,
                None if self.stream.is_none() => Err(closed()),
                None => Ok(()),
            };
        }
        self.written += data.len() as u64;
        self.flush_buffer().await?;
        self.hand_on(data).await
    }

    /// Publishes everything written, atomically, and tells what is now known about it.
    ///
    /// # Errors
    ///
    /// `PreconditionFailed` and `AlreadyExists` when a condition of the options does not hold, `QuotaExceeded` when there
    /// is no room; nothing is published then.
    pub async fn finish(mut self) -> Result<Metadata> {
        let finished = self.finish_in_place().await;
        self.described(finished)
    }

    /// Throws everything away.
    ///
    /// # Errors
    ///
    /// What the store says; what was written is not visible in any case.
    pub async fn abort(mut self) -> Result<()> {
        self.buffer.clear();
        let _ = rt::settle_write(&mut self).await;
        let aborted = match self.stream.take() {
            Some(mut stream) => stream.abort().await,
            None => Ok(()),
        };
        self.described(aborted)
    }

    pub(crate) async fn finish_in_place(&mut self) -> Result<Metadata> {
        self.refuse_cut_short().await?;
        rt::settle_write(self).await?;
        if let Some(done) = &self.result {
            return Ok(done.clone());
        }
        self.flush_buffer().await?;
        let mut stream = self.stream.take().ok_or_else(closed)?;
        let metadata = match stream.finish().await {
            Ok(metadata) => metadata,
            Err(error) => {
                // Before this returns, as the program may end right behind it.
                let _ = stream.abort().await;
                return Err(error);
            }
        };
        self.result = Some(metadata.clone());
        Ok(metadata)
    }

    pub(crate) async fn flush_buffer(&mut self) -> Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = self.buffer.split().freeze();
        self.hand_on(chunk).await
    }

    pub(crate) async fn hand_on(&mut self, chunk: Bytes) -> Result<()> {
        let result = self.stream()?.write(chunk).await;
        if result.is_err()
            && let Some(mut stream) = self.stream.take()
        {
            // The error that closed the writer says more than that of cleaning up.
            let _ = stream.abort().await;
        }
        result
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("written", &self.written).finish_non_exhaustive()
    }
}

/// One entry of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path inside the mount.
    pub path: StoragePath,
    /// What the listing told about it.
    pub metadata: Metadata,
}

/// The source behind a [`Lister`], for implementers.
#[maybe_async]
pub trait ListStream: Send {
    /// The next entries, sorted by name bytes over all batches; `None` at the end. An entry that cannot be described is
    /// an error of its own, after which the listing goes on.
    async fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>>;
}

/// Streams one level of a directory, sorted by name.
pub struct Lister {
    pub(crate) stream: Option<Box<dyn ListStream>>,
    pub(crate) batch: VecDeque<Result<Entry>>,
}

impl Lister {
    /// A lister over `stream`.
    #[must_use]
    pub fn new(stream: Box<dyn ListStream>) -> Self {
        Self { stream: Some(stream), batch: VecDeque::new() }
    }

    /// A lister of entries that are known already.
    #[must_use]
    pub fn from_entries(entries: Vec<Entry>) -> Self {
        Self { stream: None, batch: entries.into_iter().map(Ok).collect() }
    }
}

#[maybe_async]
impl Lister {
    /// The next entry; `None` at the end.
    ///
    /// # Errors
    ///
    /// What the store says. After an error that concerns one entry only, the next call gives the next entry.
    pub async fn next(&mut self) -> Result<Option<Entry>> {
        while self.batch.is_empty() {
            let Some(stream) = &mut self.stream else { return Ok(None) };
            match stream.next_batch().await {
                Ok(Some(batch)) => self.batch = batch.into(),
                Ok(None) => self.stream = None,
                Err(error) => {
                    self.stream = None;
                    return Err(error);
                }
            }
        }
        self.batch.pop_front().transpose()
    }
}

#[maybe_async]
impl Lister {
    /// A whole batch of entries, for backends that wrap another one.
    pub(crate) async fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>> {
        if !self.batch.is_empty() {
            return Ok(Some(std::mem::take(&mut self.batch).into()));
        }
        match &mut self.stream {
            Some(stream) => stream.next_batch().await,
            None => Ok(None),
        }
    }
}

impl fmt::Debug for Lister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lister").field("ready", &self.batch.len()).finish_non_exhaustive()
    }
}

//! The standard traits of the async world for the pull-shaped streams.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use futures_util::StreamExt as _;
use storage_types::serve::PutOptions;
use storage_types::{Error, IntoBytes, Metadata, Result, ServeRequest, WriteOptions};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

use crate::dual::node::{Children, NodeEntry, StorageNode, Walk};
use crate::dual::pieces::{Pieces, of_giver};
use crate::dual::serve::ServeResponse;
use crate::dual::stream::{CHUNK, Reader, Writer, closed, cut_short};
use crate::dual::transfer::SkipWhen;
use crate::maybe_async;
use crate::rt::PendingWrite;

impl Reader {
    /// Gets the next chunk ready; afterwards `self.chunk` is empty at the end only.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if !self.chunk.is_empty() {
            return Poll::Ready(Ok(()));
        }
        if self.pending.read.is_none() {
            let mut stream = self.stream.take().ok_or_else(|| Error::invalid("this reader has failed"))?;
            self.pending.read = Some(Box::pin(async move {
                let chunk = stream.next(CHUNK).await;
                (stream, chunk)
            }));
        }
        let Some(pending) = &mut self.pending.read else { return Poll::Ready(Ok(())) };
        let (stream, chunk) = ready!(pending.as_mut().poll(cx));
        self.pending.read = None;
        self.stream = Some(stream);
        self.chunk = self.described(chunk)?.unwrap_or_default();
        Poll::Ready(Ok(()))
    }

    fn target(&self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(position) => return Ok(position),
            SeekFrom::Current(offset) => (self.position, offset),
            SeekFrom::End(offset) => (self.length, offset),
        };
        base.checked_add_signed(offset).ok_or_else(|| Error::invalid("a seek to before the start").into())
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if out.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_chunk(cx))?;
        let length = out.remaining().min(self.chunk.len());
        out.put_slice(&self.chunk[..length]);
        self.chunk.advance(length);
        self.position += length as u64;
        Poll::Ready(Ok(()))
    }
}

/// `lines` and `read_until` without a buffer around it.
impl AsyncBufRead for Reader {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        ready!(this.poll_chunk(cx))?;
        Poll::Ready(Ok(&this.chunk))
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        self.chunk.advance(amount);
        self.position += amount as u64;
    }
}

impl AsyncSeek for Reader {
    fn start_seek(mut self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        let target = self.target(to)?;
        self.pending.seek = Some(target);
        Ok(())
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let Some(target) = self.pending.seek else { return Poll::Ready(Ok(self.position)) };
        // Inside what is here already: no call of the store. Else the same as `seek_to`, as a future of its own.
        if self.pending.read.is_none() {
            let ahead = target.checked_sub(self.position).and_then(|ahead| usize::try_from(ahead).ok());
            if let Some(ahead) = ahead.filter(|&ahead| ahead <= self.chunk.len()) {
                self.chunk.advance(ahead);
                self.position = target;
                self.pending.seek = None;
                return Poll::Ready(Ok(target));
            }
            let mut stream = self.stream.take().ok_or_else(|| Error::invalid("this reader has failed"))?;
            self.chunk = Bytes::new();
            self.position = target;
            self.pending.read = Some(Box::pin(async move {
                let sought = stream.seek(target).await;
                (stream, sought.map(|()| None))
            }));
        }
        ready!(self.poll_chunk(cx))?;
        if self.position == target {
            self.pending.seek = None;
            return Poll::Ready(Ok(target));
        }
        // What came was an earlier read; now seek from there.
        self.poll_complete(cx)
    }
}

/// The bytes of a reader, chunk by chunk.
impl Stream for Reader {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        if let Err(error) = ready!(self.poll_chunk(cx)) {
            return Poll::Ready(Some(Err(error)));
        }
        let chunk = std::mem::take(&mut self.chunk);
        self.position += chunk.len() as u64;
        Poll::Ready((!chunk.is_empty()).then_some(Ok(chunk)))
    }
}

impl Writer {
    fn poll_settled(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if self.under_way {
            return Poll::Ready(self.described(Err(cut_short())));
        }
        let Some(pending) = &mut self.pending.0 else { return Poll::Ready(Ok(())) };
        let (stream, result) = ready!(pending.as_mut().poll(cx));
        self.pending.0 = None;
        match self.described(result)? {
            Some(metadata) => self.result = Some(metadata),
            None => self.stream = Some(stream),
        }
        Poll::Ready(Ok(()))
    }

    fn start_write(&mut self, chunk: Bytes) -> Result<()> {
        let mut stream = self.stream.take().ok_or_else(closed)?;
        self.pending = PendingWrite(Some(Box::pin(async move {
            let written = stream.write(chunk).await;
            (stream, written.map(|()| None))
        })));
        Ok(())
    }

    fn start_finish(&mut self) -> Result<()> {
        let mut stream = self.stream.take().ok_or_else(closed)?;
        self.pending = PendingWrite(Some(Box::pin(async move {
            let finished = stream.finish().await;
            (stream, finished.map(Some))
        })));
        Ok(())
    }
}

/// `shutdown` publishes, as [`Writer::finish`] does; `finish` afterwards gives the metadata. A writer that is dropped
/// without either publishes nothing.
impl AsyncWrite for Writer {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_settled(cx))?;
        if self.stream.is_none() {
            return Poll::Ready(Err(closed().into()));
        }
        let data = &data[..data.len().min(CHUNK)];
        if let Some(chunk) = self.gather(data) {
            self.start_write(chunk)?;
        }
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_settled(cx))?;
            if self.buffer.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let chunk = self.buffer.split().freeze();
            self.start_write(chunk)?;
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.as_mut().poll_flush(cx))?;
            if self.result.is_some() {
                return Poll::Ready(Ok(()));
            }
            self.start_finish()?;
        }
    }
}

/// Content that a `Stream` gives.
struct Streamed<'a, S>(Pin<&'a mut S>);

#[maybe_async]
impl<S, B, E> Pieces for Streamed<'_, S>
where
    S: Stream<Item = std::result::Result<B, E>> + Send,
    B: IntoBytes,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    async fn next(&mut self) -> Result<Option<Bytes>> {
        match self.0.next().await {
            Some(Ok(piece)) => Ok(Some(piece.into_bytes())),
            Some(Err(error)) => Err(of_giver(error.into())),
            None => Ok(None),
        }
    }
}

impl StorageNode {
    /// Stores what a `Stream` gives, such as the body of a request; nothing when it fails. Its errors keep their text.
    ///
    /// ```
    /// # fn main() -> storage_core::types::Result<()> {
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// # let storage = storage_core::StorageManager::new();
    /// # storage.configure_json(r#"[{"name": "files", "type": "memory"}]"#)?;
    /// let node = storage.node("files:report.txt")?;
    /// let pieces = futures_util::stream::iter([Ok::<_, std::io::Error>("one, "), Ok("two")]);
    /// assert_eq!(node.write_stream(pieces).await?.size, 8);
    ///
    /// let broken = futures_util::stream::iter([Ok("half of "), Err("the line went dead")]);
    /// let error = node.write_stream(broken).await.unwrap_err();
    /// assert!(error.to_string().contains("the line went dead"));
    /// assert_eq!(node.read_text().await?, "one, two");
    /// # Ok(())
    /// # })
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write); what the stream says.
    pub async fn write_stream<S, B, E>(&self, content: S) -> Result<Metadata>
    where
        S: Stream<Item = std::result::Result<B, E>> + Send,
        B: IntoBytes,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.write_stream_with(content, &WriteOptions::new()).await
    }

    /// Stores what a `Stream` gives, by options.
    ///
    /// # Errors
    ///
    /// As [`write_with`](Self::write_with); what the stream says.
    pub async fn write_stream_with<S, B, E>(&self, content: S, options: &WriteOptions) -> Result<Metadata>
    where
        S: Stream<Item = std::result::Result<B, E>> + Send,
        B: IntoBytes,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut content = std::pin::pin!(content);
        self.write_pieces(&mut Streamed(content.as_mut()), options).await
    }

    /// Does what a `PUT` asks for (RFC 9110, 9.3.4), with the body that comes along; a half one stores nothing. The answer is 201
    /// where nothing was stored and 204 where something was replaced, with the new ETag.
    ///
    /// `If-Match`, `If-None-Match` and `If-Unmodified-Since` hold in the same step as the write, else 412. `Content-Type`,
    /// `-Encoding`, `-Disposition` and `-Language` are stored where the mount keeps them. A body that is not as long as
    /// `Content-Length` says, or has another MD5 than `Content-MD5` (RFC 1864), is 400, and so is `Content-Range`.
    ///
    /// ```
    /// # use storage_core::types::ServeRequest;
    /// # fn main() -> storage_core::types::Result<()> {
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// # let storage = storage_core::StorageManager::new();
    /// # storage.configure_json(r#"[{"name": "files", "type": "memory"}]"#)?;
    /// let node = storage.node("files:report.txt")?;
    /// let body = || futures_util::stream::iter([Ok::<_, std::io::Error>("text")]);
    /// let create = ServeRequest::new("PUT", [("If-None-Match", "*"), ("Content-Type", "text/plain")]);
    /// assert_eq!(node.serve_put(&create, body()).await?.status, 201);
    /// assert_eq!(node.serve_put(&create, body()).await?.status, 412);
    /// assert_eq!(node.serve_put(&ServeRequest::new("PUT", [("Content-Length", "5")]), body()).await?.status, 400);
    /// # Ok(())
    /// # })
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the store says; `Unsupported` for a condition on a mount that has none; what the body says.
    /// [`ServeResponse::of_error`] makes an answer of it: 409 where a directory is in the way.
    pub async fn serve_put<S, B, E>(&self, request: &ServeRequest, body: S) -> Result<ServeResponse>
    where
        S: Stream<Item = std::result::Result<B, E>> + Send,
        B: IntoBytes,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.serve_put_with(request, body, &PutOptions::new()).await
    }

    /// The same by options: a limit of the size, a length that has to be declared.
    ///
    /// # Errors
    ///
    /// As [`serve_put`](Self::serve_put).
    pub async fn serve_put_with<S, B, E>(
        &self,
        request: &ServeRequest,
        body: S,
        options: &PutOptions,
    ) -> Result<ServeResponse>
    where
        S: Stream<Item = std::result::Result<B, E>> + Send,
        B: IntoBytes,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut body = std::pin::pin!(body);
        self.put_pieces(request, &mut Streamed(body.as_mut()), options).await
    }
}

type Step<S, T> = Pin<Box<dyn Future<Output = (S, VecDeque<Result<T>>)> + Send>>;

/// A pull-shaped listing as a `Stream`.
struct Pulled<S, T> {
    source: Option<S>,
    ready: VecDeque<Result<T>>,
    step: Option<Step<S, T>>,
}

impl<S, T> Pulled<S, T> {
    fn new(source: S) -> Self {
        Self { source: Some(source), ready: VecDeque::new(), step: None }
    }
}

/// So many entries are taken per step, so that most polls find one ready.
const STEP: usize = 64;

macro_rules! stream_of {
    ($source:ty, $pull:ident) => {
        impl Pulled<$source, NodeEntry> {
            fn poll_entry(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<NodeEntry>>> {
                loop {
                    if let Some(entry) = self.ready.pop_front() {
                        return Poll::Ready(Some(entry));
                    }
                    if let Some(step) = &mut self.step {
                        let (source, ready) = ready!(step.as_mut().poll(cx));
                        self.step = None;
                        self.source = (!ready.is_empty()).then_some(source);
                        self.ready = ready;
                        continue;
                    }
                    let Some(source) = self.source.take() else { return Poll::Ready(None) };
                    self.step = Some(Box::pin($pull(source)));
                }
            }
        }

        impl $source {
            /// The entries as a `futures::Stream`, read ahead 64 at a time.
            ///
            /// It is no `Stream` itself: it has a `next` of its own, which gives `Result<Option<_>>`, and that would hide the one of
            /// `StreamExt`, which gives `Option<Result<_>>`; and every listing would carry the half-done step of a stream, whether
            /// it is read as one or not.
            pub fn into_stream(self) -> impl Stream<Item = Result<NodeEntry>> + Send + Unpin {
                let mut pulled = Pulled::new(self);
                futures_util::stream::poll_fn(move |cx| pulled.poll_entry(cx))
            }
        }

        async fn $pull(mut source: $source) -> ($source, VecDeque<Result<NodeEntry>>) {
            let mut ready = VecDeque::with_capacity(STEP);
            while ready.len() < STEP {
                match source.next().await {
                    Ok(Some(entry)) => ready.push_back(Ok(entry)),
                    Ok(None) => break,
                    Err(error) => {
                        ready.push_back(Err(error));
                        break;
                    }
                }
            }
            (source, ready)
        }
    };
}

stream_of!(Children, pull_children);
stream_of!(Walk, pull_walk);

/// A skip rule made of an async closure.
#[derive(Debug, Clone, Copy)]
pub struct SkipFn<F>(F);

/// A skip rule for `copy_to_when` made of a closure that gets source and destination.
pub fn skip_when<F, Fut>(rule: F) -> SkipFn<F>
where
    F: Fn(StorageNode, StorageNode) -> Fut + Send + Sync,
    Fut: Future<Output = Result<bool>> + Send,
{
    SkipFn(rule)
}

#[maybe_async]
impl<F, Fut> SkipWhen for SkipFn<F>
where
    F: Fn(StorageNode, StorageNode) -> Fut + Send + Sync,
    Fut: Future<Output = Result<bool>> + Send,
{
    async fn skip(&self, source: &StorageNode, destination: &StorageNode) -> Result<bool> {
        (self.0)(source.clone(), destination.clone()).await
    }
}

//! Reading as a stream: the first part comes straight from the connection, the ones behind it are fetched side by side.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use storage_core::{Content, ReadStream, Reader};
use storage_types::{ByteRange, Error, ErrorKind, Metadata, ReadOptions, Result};

use super::backend::Shared;
use super::lost_task;
use super::store::{Download, Store};
use crate::checksum::Verifier;
use crate::transport::{Body, Tries};

/// Opens a reader: one request, for as much as one part of what is asked for.
pub(super) async fn open<S: Store>(
    shared: &Arc<Shared<S>>,
    key: String,
    options: &ReadOptions,
) -> Result<Reader> {
    let mut first = options.clone();
    first.range = Some(first_part(options.range, shared.tuning.part_size)?);
    let download = match shared.store.get(&key, &first).await {
        Err(error) if is_beyond(&error, &first) => {
            let content = shared.beyond(&key, options, error).await?;
            return Ok(Reader::from_bytes(content.bytes, content.metadata));
        }
        result => result?,
    };
    let Download { metadata, range, body, expected } = download;
    let (start, length) = options.range.unwrap_or(ByteRange::From(0)).resolve(metadata.size)?;
    let stream = Parts {
        shared: shared.clone(),
        key,
        options: same_content(options, &metadata),
        whole: start..start + length,
        position: start,
        ready: Bytes::new(),
        current: Some(Current { body, end: range.end }),
        ahead: VecDeque::new(),
        ahead_end: range.end,
        sequential: true,
        verifier: expected.filter(|_| length == metadata.size).and_then(Verifier::new),
        tries: shared.tries(),
    };
    Ok(Reader::new(Box::new(stream), length, metadata))
}

/// As much of the range as one request asks for.
fn first_part(range: Option<ByteRange>, part: u64) -> Result<ByteRange> {
    Ok(match range.unwrap_or(ByteRange::From(0)) {
        ByteRange::From(start) => ByteRange::Bounded { start, end: start.saturating_add(part) },
        ByteRange::Bounded { start, end } if start <= end => {
            ByteRange::Bounded { start, end: end.min(start.saturating_add(part)) }
        }
        // Where a suffix begins is not known before the answer.
        suffix @ ByteRange::Suffix(_) => suffix,
        wrong @ ByteRange::Bounded { .. } => {
            wrong.resolve(u64::MAX)?;
            wrong
        }
    })
}

/// Options that read on in the content that `metadata` tells of, and in no newer one.
fn same_content(options: &ReadOptions, metadata: &Metadata) -> ReadOptions {
    let mut same = ReadOptions::new();
    same.version.clone_from(&options.version);
    same.if_match.clone_from(&metadata.etag);
    same
}

/// Whether a store refused a range that may be an empty one.
pub(super) fn is_beyond(error: &Error, options: &ReadOptions) -> bool {
    options.range.is_some() && error.kind() == ErrorKind::InvalidInput
}

impl<S: Store> Shared<S> {
    /// Stores refuse a range in which there is no byte (RFC 9110, 15.5.17). One that begins exactly at the end is empty,
    /// and one that begins behind it is wrong: the size tells.
    pub(super) async fn beyond(&self, key: &str, options: &ReadOptions, refusal: Error) -> Result<Content> {
        let metadata = self.store.head(key, options.version.as_deref()).await?;
        options.check(&metadata)?;
        match options.range.unwrap_or(ByteRange::From(0)).resolve(metadata.size)? {
            (_, 0) => Ok(Content { bytes: Bytes::new(), metadata }),
            _ => Err(refusal),
        }
    }
}

/// A part that is being read from its connection.
struct Current {
    body: Body,
    end: u64,
}

/// A part that another task fetches.
struct Ahead(tokio::task::JoinHandle<Result<Bytes>>);

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Content in parts. Positions are those in the object.
struct Parts<S> {
    shared: Arc<Shared<S>>,
    key: String,
    options: ReadOptions,
    whole: Range<u64>,
    position: u64,
    /// What has come and was not given yet.
    ready: Bytes,
    current: Option<Current>,
    ahead: VecDeque<Ahead>,
    /// Where the last part that was asked for ends.
    ahead_end: u64,
    /// Nobody has jumped since: what comes next will be wanted.
    sequential: bool,
    /// Adds up what is given, as long as that is everything from the start.
    verifier: Option<Verifier>,
    tries: Tries,
}

#[async_trait]
impl<S: Store> ReadStream for Parts<S> {
    async fn next(&mut self, max: usize) -> Result<Option<Bytes>> {
        while self.ready.is_empty() {
            if self.position >= self.whole.end || max == 0 {
                return Ok(None);
            }
            self.look_ahead();
            self.fill().await?;
        }
        let piece = self.give(max);
        if let Some(verifier) = &mut self.verifier {
            verifier.update(&piece);
            if self.position == self.whole.end {
                verifier.finish()?;
            }
        }
        Ok(Some(piece))
    }

    async fn seek(&mut self, position: u64) -> Result<()> {
        self.ready.clear();
        self.ahead.clear();
        self.current = None;
        self.position = self.whole.start.saturating_add(position);
        self.ahead_end = self.position;
        self.sequential = false;
        self.verifier = None;
        Ok(())
    }
}

impl<S: Store> Parts<S> {
    fn give(&mut self, max: usize) -> Bytes {
        let piece = self.ready.split_to(max.min(self.ready.len()));
        self.position += piece.len() as u64;
        piece
    }

    /// Gets something ready, from the connection that is open, or from the next part.
    async fn fill(&mut self) -> Result<()> {
        if let Some(current) = &mut self.current {
            match current.body.next().await {
                Ok(Some(piece)) => {
                    self.ready = piece;
                    return Ok(());
                }
                Ok(None) => {
                    self.current = None;
                    self.sequential = true;
                    return Ok(());
                }
                Err(error) => return self.resume(error).await,
            }
        }
        if let Some(next) = self.ahead.front_mut() {
            let part = (&mut next.0).await;
            self.ahead.pop_front();
            match part.unwrap_or_else(|lost| Err(lost_task("fetching a part panicked", lost))) {
                Ok(part) => self.ready = part,
                Err(error) => {
                    // Who reads on after an error goes on at this part, not behind it.
                    self.ahead.clear();
                    self.ahead_end = self.position;
                    return Err(error);
                }
            }
            return Ok(());
        }
        let end = self.part_end(self.position);
        self.ahead_end = end;
        self.open(end).await
    }

    /// Goes on behind the last byte that came, after the connection broke.
    async fn resume(&mut self, error: Error) -> Result<()> {
        let Some(end) = self.current.as_ref().map(|current| current.end) else { return Err(error) };
        if !error.is_retryable() || !self.tries.wait(None).await {
            return Err(error);
        }
        self.open(end).await
    }

    async fn open(&mut self, end: u64) -> Result<()> {
        if self.position == end {
            self.current = None;
            return Ok(());
        }
        let body = self.shared.part(&self.key, &self.options, self.position..end).await?;
        self.current = Some(Current { body, end });
        Ok(())
    }

    /// Asks for the parts that come next, as many as may be under way. One is in the hands of the caller, and one is being
    /// given to it.
    fn look_ahead(&mut self) {
        if !self.sequential {
            return;
        }
        while self.ahead_end < self.whole.end && self.ahead.len() + 2 < self.shared.tuning.concurrency.max(3)
        {
            let range = self.ahead_end..self.part_end(self.ahead_end);
            self.ahead_end = range.end;
            let (shared, key, options) = (self.shared.clone(), self.key.clone(), self.options.clone());
            self.ahead.push_back(Ahead(tokio::spawn(async move {
                shared.whole_part(&key, &options, range).await
            })));
        }
    }

    fn part_end(&self, start: u64) -> u64 {
        start.saturating_add(self.shared.tuning.part_size).min(self.whole.end)
    }
}

impl<S: Store> Shared<S> {
    /// The body of exactly these bytes.
    async fn part(&self, key: &str, options: &ReadOptions, range: Range<u64>) -> Result<Body> {
        let mut options = options.clone();
        options.range = Some(range.clone().into());
        let download = self.store.get(key, &options).await.map_err(changed)?;
        if download.range != range {
            return Err(Error::new(
                ErrorKind::Interrupted,
                "the server sent other bytes than it was asked for",
            ));
        }
        Ok(download.body)
    }

    /// Exactly these bytes, in one piece: what comes from a connection holds on to more memory than it has bytes.
    async fn whole_part(&self, key: &str, options: &ReadOptions, range: Range<u64>) -> Result<Bytes> {
        let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let (mut part, mut tries) = (BytesMut::with_capacity(length), self.tries());
        while part.len() < length {
            match self.rest(key, options, &range, &mut part).await {
                Err(error) if error.is_retryable() && tries.wait(None).await => {}
                result => result?,
            }
        }
        Ok(part.freeze())
    }

    /// Reads on behind the bytes that are there.
    async fn rest(
        &self,
        key: &str,
        options: &ReadOptions,
        range: &Range<u64>,
        part: &mut BytesMut,
    ) -> Result<()> {
        let at = range.start + part.len() as u64;
        let mut body = self.part(key, options, at..range.end).await?;
        while let Some(piece) = body.next().await? {
            part.extend_from_slice(&piece);
        }
        Ok(())
    }
}

/// The condition that all parts are of one content does not hold any more.
fn changed(error: Error) -> Error {
    match error.kind() {
        ErrorKind::PreconditionFailed => {
            Error::new(ErrorKind::Interrupted, "somebody replaced the content while it was read")
                .with_hint("read it again from the start")
                .with_retryable(false)
        }
        _ => error,
    }
}

//! Reading as a stream: one request, which goes on where it broke off.

use std::collections::VecDeque;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use storage_cloud::transport::{Body, Tries};
use storage_core::{CHUNK, Content, ReadStream, Reader};
use storage_types::{ByteRange, Error, ErrorKind, Metadata, ReadOptions, Result};

use crate::download::{self, Download};
use crate::error::changed;
use crate::head::{self, Validator};
use crate::place::Place;

/// Content of unknown size is read ahead this far, to learn it, in bytes.
const AHEAD: u64 = 8 << 20;

/// What a buffer is made for beforehand at most, in bytes: servers may declare what they like.
const BELIEVED: u64 = 256 << 20;

/// Content as a stream. Positions are those in the content.
pub(crate) struct Stream {
    place: Place,
    metadata: Metadata,
    sized: bool,
    validator: Option<Validator>,
    start: u64,
    end: Option<u64>,
    /// Behind the last byte of `ready`.
    fetched: u64,
    ready: VecDeque<Bytes>,
    open: Option<Body>,
    whole_only: bool,
    tries: Tries,
}

/// Opens a reader: one request.
pub(crate) async fn open(place: Place, options: &ReadOptions) -> Result<Reader> {
    let mut stream = Stream::open(place, options).await?;
    while stream.end.is_none() && stream.fetched < AHEAD {
        stream.fill().await?;
    }
    let length = stream.end.unwrap_or(stream.fetched) - stream.start;
    let metadata = stream.metadata();
    Ok(Reader::new(Box::new(stream), length, metadata))
}

/// Content in one go: one request.
pub(crate) async fn get(place: Place, options: &ReadOptions) -> Result<Content> {
    let mut stream = Stream::open(place, options).await?;
    let first = stream.next(usize::MAX).await?.unwrap_or_default();
    let Some(second) = stream.next(usize::MAX).await? else {
        return Ok(Content { bytes: first, metadata: stream.metadata() });
    };
    let length = stream.end.map_or(0, |end| (end - stream.start).min(BELIEVED));
    let length = usize::try_from(length).unwrap_or(0).max(first.len() + second.len());
    let mut all = BytesMut::with_capacity(length);
    all.extend_from_slice(&first);
    all.extend_from_slice(&second);
    while let Some(piece) = stream.next(usize::MAX).await? {
        all.extend_from_slice(&piece);
    }
    Ok(Content { bytes: all.freeze(), metadata: stream.metadata() })
}

impl Stream {
    pub(crate) async fn open(place: Place, options: &ReadOptions) -> Result<Self> {
        let Download { metadata, validator, start, end, sized, open, whole_only } =
            download::open(&place, options).await?;
        let tries = place.client.retry().start();
        let ready = VecDeque::new();
        Ok(Self {
            place,
            metadata,
            sized,
            validator,
            start,
            end,
            fetched: start,
            ready,
            open,
            whole_only,
            tries,
        })
    }

    /// What is known about the whole content by now.
    pub(crate) fn metadata(&self) -> Metadata {
        let mut metadata = self.metadata.clone();
        if !self.sized {
            metadata.size = self.end.unwrap_or(self.fetched);
        }
        metadata
    }

    /// The size of the whole content, where the server told it.
    pub(crate) fn declared(&self) -> Option<u64> {
        self.sized.then_some(self.metadata.size)
    }

    /// Where the next byte is that is given.
    fn position(&self) -> u64 {
        self.fetched - self.ready.iter().map(|piece| piece.len() as u64).sum::<u64>()
    }

    fn is_at_end(&self) -> bool {
        self.end.is_some_and(|end| self.fetched >= end)
    }

    /// Gets something ready, or learns where the end is.
    async fn fill(&mut self) -> Result<()> {
        let Some(open) = &mut self.open else { return self.reopen().await };
        match open.next().await {
            Ok(Some(piece)) => self.take(piece),
            // Without a declared size, the end is where it ends.
            Ok(None) if self.end.is_none() => self.end = Some(self.fetched),
            Ok(None) => return self.broken(cut_off()).await,
            Err(error) => return self.broken(error).await,
        }
        Ok(())
    }

    fn take(&mut self, mut piece: Bytes) {
        if let Some(end) = self.end {
            let wanted = end.saturating_sub(self.fetched);
            piece.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        }
        self.fetched += piece.len() as u64;
        if !piece.is_empty() {
            // A long stream may break many times, as long as it gets on.
            self.tries = self.place.client.retry().start();
            self.ready.push_back(piece);
        }
    }

    /// After the body broke off: the next call goes on, if it is certain that it is the same content.
    async fn broken(&mut self, error: Error) -> Result<()> {
        let certain = self.validator.is_some() || self.fetched == self.start;
        if !(certain && self.tries.again(&error).await) {
            return Err(error);
        }
        self.open = None;
        Ok(())
    }

    /// Asks for what is not there yet.
    async fn reopen(&mut self) -> Result<()> {
        let range = match self.end {
            Some(end) if end < self.metadata.size => (self.fetched..end).into(),
            _ => ByteRange::From(self.fetched),
        };
        let mut ask = self.place.ask(http::Method::GET);
        if let Some(range) = head::range_header(range) {
            ask = ask.header("range", &range)?;
            if let Some(validator) = &self.validator {
                ask = ask.header("if-range", validator.as_str())?;
            }
        }
        let answer = match self.place.client.send(&ask).await {
            Ok(got) => got.answer,
            Err(refused) if refused.status() == 416 => return Err(changed()),
            Err(refused) => return Err(refused.error),
        };
        let part = download::part(&answer)?;
        self.demand_same(answer.headers(), part.is_some())?;
        let size = download::size_of(&answer, part.as_ref());
        if self.sized && size.is_some_and(|size| size != self.metadata.size) {
            return Err(changed());
        }
        self.whole_only = part.is_none() && self.fetched > 0;
        self.open = Some(download::body(answer, part.as_ref(), self.fetched, self.end)?);
        Ok(())
    }

    /// Whether an answer is of the same content as the first one, as far as both tell.
    fn demand_same(&self, headers: &http::HeaderMap, partial: bool) -> Result<()> {
        let now = head::metadata(headers, 0);
        let differs = match (&self.metadata.etag, &now.etag) {
            (Some(before), Some(now)) => before != now,
            // The server kept its promise of `If-Range`, or it has none to keep.
            (Some(_), None) => !partial,
            (None, _) => self.metadata.modified != now.modified && !(partial && now.modified.is_none()),
        };
        if differs { Err(changed()) } else { Ok(()) }
    }
}

#[async_trait]
impl ReadStream for Stream {
    async fn next(&mut self, max: usize) -> Result<Option<Bytes>> {
        while self.ready.is_empty() {
            if self.is_at_end() || max == 0 {
                return Ok(None);
            }
            self.fill().await?;
        }
        let Some(mut piece) = self.ready.pop_front() else { return Ok(None) };
        if piece.len() > max {
            self.ready.push_front(piece.split_off(max));
        }
        Ok(Some(piece))
    }

    async fn seek(&mut self, position: u64) -> Result<()> {
        let target = self.start.saturating_add(position);
        let position = self.position();
        self.ready.clear();
        let near = target.checked_sub(position).is_some_and(|far| far <= CHUNK as u64 || self.whole_only);
        match &mut self.open {
            // A short way is gone through the body that is open; its bytes come anyway.
            Some(open) if near && target >= self.fetched => {
                open.skip(target - self.fetched);
            }
            _ => self.open = None,
        }
        self.fetched = target;
        Ok(())
    }
}

fn cut_off() -> Error {
    Error::new(ErrorKind::Interrupted, "the server sent less than it declared")
}

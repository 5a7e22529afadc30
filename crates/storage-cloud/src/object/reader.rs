//! Reading as a stream: the first part comes straight from the connection, the ones behind it are fetched side by side.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use storage_core::{Content, ReadStream, Reader};
use storage_types::{ByteRange, Error, ErrorKind, ReadOptions, Result};

use super::ahead::Line;
use super::answered::Same;
use super::backend::Shared;
use super::store::{Download, Store};
use crate::checksum::Verifier;
use crate::transport::{Body, Tries};

/// Opens a reader: one request, for as much as one part of what is asked for.
pub(super) async fn open<S: Store>(
    shared: &Arc<Shared<S>>,
    key: String,
    options: &ReadOptions,
) -> Result<Reader> {
    let places = shared.places(options);
    let part = shared.size_of_parts(places);
    let mut first = options.clone();
    let first_part = first_part(options.range, part)?;
    if places > 1 {
        first.range = Some(first_part);
    }
    let download = match shared.get(&key, &first).await {
        Err(error) if is_beyond(&error, &first) => {
            let content = shared.beyond(&key, options, error).await?;
            return Ok(Reader::from_bytes(content.bytes, content.metadata));
        }
        result => result?,
    };
    let Download { metadata, range, mut body, expected, .. } = download;
    let (start, length) = options.range.unwrap_or(ByteRange::From(0)).resolve(metadata.size)?;
    let end = range.end.min(start + length);
    if end < range.end {
        body.end_after(end - start);
    }
    let stream = Parts {
        shared: shared.clone(),
        key,
        same: Same::new(options, &metadata),
        whole: start..start + length,
        position: start,
        ready: VecDeque::new(),
        current: Some(Current { body, end }),
        ahead: Line::new(places),
        part,
        ahead_end: end,
        in_order: 0,
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

/// Whether a store refused a range that may be an empty one.
pub(super) fn is_beyond(error: &Error, options: &ReadOptions) -> bool {
    options.range.is_some() && error.kind() == ErrorKind::InvalidInput
}

impl<S: Store> Shared<S> {
    /// Stores refuse a range in which there is no byte (RFC 9110, 15.5.17). One that begins exactly at the end is empty,
    /// and one that begins behind it is wrong: the size tells.
    pub(super) async fn beyond(&self, key: &str, options: &ReadOptions, refusal: Error) -> Result<Content> {
        let metadata = self.store.head(key, options.version.as_deref()).await?;
        if metadata.is_dir() {
            return Err(Error::is_a_directory());
        }
        options.check(&metadata)?;
        match options.range.unwrap_or(ByteRange::From(0)).resolve(metadata.size)? {
            (_, 0) => Ok(Content { bytes: Bytes::new(), metadata }),
            _ => Err(refusal),
        }
    }
}

/// A part that is being read from its connection.
pub(super) struct Current {
    pub(super) body: Body,
    pub(super) end: u64,
}

/// Content in parts. Positions are those in the object.
struct Parts<S> {
    shared: Arc<Shared<S>>,
    key: String,
    same: Same,
    whole: Range<u64>,
    position: u64,
    /// What has come and was not given yet.
    ready: VecDeque<Bytes>,
    current: Option<Current>,
    ahead: Line,
    /// The size of a part in bytes.
    part: u64,
    /// Where the last part that was asked for ends.
    ahead_end: u64,
    /// Bytes given since the beginning or the last jump: who read on will read on.
    in_order: u64,
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
        if let (Some(verifier), Some(piece)) = (&mut self.verifier, &piece) {
            verifier.update(piece);
            if self.position == self.whole.end {
                verifier.finish()?;
            }
        }
        Ok(piece)
    }

    async fn seek(&mut self, position: u64) -> Result<()> {
        self.ready.clear();
        self.ahead.clear();
        self.current = None;
        self.position = self.whole.start.saturating_add(position);
        self.ahead_end = self.position;
        self.in_order = 0;
        self.verifier = None;
        Ok(())
    }
}

impl<S: Store> Parts<S> {
    fn give(&mut self, max: usize) -> Option<Bytes> {
        let mut piece = self.ready.pop_front()?;
        if piece.len() > max {
            self.ready.push_front(piece.split_off(max));
        }
        self.position += piece.len() as u64;
        self.in_order += piece.len() as u64;
        Some(piece)
    }

    /// Gets something ready, from the connection that is open, or from the next part.
    async fn fill(&mut self) -> Result<()> {
        if let Some(current) = &mut self.current {
            match current.body.next().await {
                Ok(Some(piece)) => {
                    self.ready.push_back(piece);
                    // A long stream may break many times, as long as it gets on.
                    self.tries = self.shared.tries();
                    return Ok(());
                }
                Ok(None) => {
                    self.current = None;
                    return Ok(());
                }
                Err(error) => return self.resume(error).await,
            }
        }
        if let Some(next) = self.ahead.next().await {
            match next {
                Ok(begun) => (self.ready, self.current) = (begun.chunks, begun.rest),
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
        if !self.tries.again(&error).await {
            return Err(error);
        }
        self.open(end).await
    }

    async fn open(&mut self, end: u64) -> Result<()> {
        if self.position == end {
            self.current = None;
            return Ok(());
        }
        let body = self.shared.part(&self.key, &self.same, self.position..end).await?;
        self.current = Some(Current { body, end });
        Ok(())
    }

    /// Asks for the parts that come next, beside the one that is being given to the caller.
    fn look_ahead(&mut self) {
        while self.ahead_end < self.whole.end && self.ahead.len() < self.window() {
            let range = self.ahead_end..self.part_end(self.ahead_end);
            self.ahead_end = range.end;
            self.ahead.push(self.shared.clone(), self.key.clone(), self.same.clone(), range);
        }
    }

    /// How many parts are asked for before their turn: none until half a part was read, then more and more. Who looks at
    /// the first bytes only pays for little else.
    fn window(&self) -> usize {
        let halves = self.in_order / (self.shared.tuning.part_size / 2).max(1);
        let wanted = if halves == 0 { 0 } else { 1 << halves.min(10) };
        wanted.min(self.ahead.places() - 1)
    }

    fn part_end(&self, start: u64) -> u64 {
        start.saturating_add(self.part).min(self.whole.end)
    }
}

impl<S: Store> Shared<S> {
    /// How many parts of one reader are under way at most, the one that is being given to the caller among them. About
    /// half of their bytes are kept in memory. One only, for a reader that may not keep a part: what comes is given at once.
    fn places(&self, options: &ReadOptions) -> usize {
        let (all, part) = (self.tuning.concurrency.max(2), self.tuning.part_size.max(1));
        match options.memory {
            None => all,
            Some(memory) if memory < part => 1,
            // What was read of them and not yet given away comes on top.
            Some(memory) => usize::try_from(3 * memory / (2 * part)).unwrap_or(all).clamp(2, all),
        }
    }

    /// Nothing is split for a reader that reads nothing ahead.
    fn size_of_parts(&self, places: usize) -> u64 {
        if places == 1 { u64::MAX } else { self.tuning.part_size }
    }
}

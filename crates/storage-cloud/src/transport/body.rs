//! A body as a stream whose length is checked.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use storage_types::{Error, ErrorKind, Result};

use super::exchange::ResponseBody;
use super::failure::{of_body, stalled};

/// The body of an answer. One that is shorter or longer than declared is an error, never content.
#[derive(Debug)]
pub struct Body {
    body: ResponseBody,
    /// Bytes still to come.
    left: Option<u64>,
    /// Of those, how many are thrown away first.
    skip: u64,
    /// How many are given behind those; the rest is left on the connection. `None` for all.
    wanted: Option<u64>,
    /// How long the server may be silent.
    patience: Duration,
}

impl Body {
    pub(super) fn new(body: ResponseBody, length: Option<u64>, patience: Duration) -> Self {
        Self { body, left: length, skip: 0, wanted: None, patience }
    }

    /// Leaves out the next bytes, beyond those that are left out already.
    pub fn skip(&mut self, bytes: u64) {
        self.skip = self.skip.saturating_add(bytes);
    }

    /// Ends after so many bytes of those that are given.
    pub fn end_after(&mut self, bytes: u64) {
        self.wanted = Some(bytes);
    }

    /// Bytes still to be given, where that is known.
    #[must_use]
    pub fn left(&self) -> Option<u64> {
        self.wanted.or_else(|| Some(self.left?.saturating_sub(self.skip)))
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    ///
    /// `Interrupted` when it ends too early or goes on too long, `Timeout` when the server is silent.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            if self.wanted == Some(0) {
                return Ok(None);
            }
            let chunk = tokio::time::timeout(self.patience, self.body.chunk()).await;
            let chunk = chunk.map_err(|_| stalled())?.map_err(of_body)?;
            let Some(mut chunk) = chunk else { return self.at_end() };
            if let Some(left) = &mut self.left {
                *left = left.checked_sub(chunk.len() as u64).ok_or_else(|| wrong_length("more"))?;
            }
            self.cut(&mut chunk);
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
        }
    }

    /// Takes away what is not wanted.
    fn cut(&mut self, chunk: &mut Bytes) {
        let front = usize::try_from(self.skip).unwrap_or(usize::MAX).min(chunk.len());
        self.skip -= front as u64;
        chunk.advance(front);
        if let Some(wanted) = &mut self.wanted {
            chunk.truncate(usize::try_from(*wanted).unwrap_or(usize::MAX));
            *wanted -= chunk.len() as u64;
        }
    }

    fn at_end(&self) -> Result<Option<Bytes>> {
        let more = self.left.unwrap_or(0).max(self.wanted.unwrap_or(0)).max(self.skip);
        if more > 0 { Err(wrong_length("less")) } else { Ok(None) }
    }

    /// Everything in one piece, without a copy where it came in one.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub async fn collect(self) -> Result<Bytes> {
        self.collect_at_most(u64::MAX).await
    }

    /// As [`collect`](Self::collect), for what is at most `most` bytes long.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next); `Unexpected` when it is longer.
    pub async fn collect_at_most(mut self, most: u64) -> Result<Bytes> {
        if self.left().is_some_and(|left| left > most) {
            return Err(too_long(most));
        }
        let Some(first) = self.next().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.next().await? else { return fits(first, most) };
        let left = usize::try_from(self.left().unwrap_or(0)).unwrap_or(0);
        // What a server declares is believed up to a bound; a larger body grows its buffer as it comes.
        let mut all = BytesMut::with_capacity(first.len() + second.len() + left.min(256 << 20));
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(chunk) = self.next().await? {
            if (all.len() + chunk.len()) as u64 > most {
                return Err(too_long(most));
            }
            all.extend_from_slice(&chunk);
        }
        fits(all.freeze(), most)
    }
}

fn fits(all: Bytes, most: u64) -> Result<Bytes> {
    if all.len() as u64 > most { Err(too_long(most)) } else { Ok(all) }
}

fn wrong_length(how: &str) -> Error {
    Error::new(ErrorKind::Interrupted, format!("the server sent {how} than it declared"))
}

fn too_long(most: u64) -> Error {
    let most = most >> 20;
    Error::new(ErrorKind::Unexpected, format!("the server's answer is larger than {most} MiB"))
        .with_hint("check that the endpoint is the store itself, and no proxy or web page in front of it")
}

//! A body as a stream whose length is checked.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use storage_types::{Error, ErrorKind, Result};

use super::failure::{of_body, stalled};

/// The body of an answer. One that is shorter or longer than declared is an error, never content.
#[derive(Debug)]
pub struct Body {
    response: Response,
    /// Bytes still to come.
    left: Option<u64>,
    /// How long the server may be silent.
    patience: Duration,
}

impl Body {
    pub(super) fn new(response: Response, length: Option<u64>, patience: Duration) -> Self {
        Self { response, left: length, patience }
    }

    /// Bytes still to come, where that is known.
    #[must_use]
    pub fn left(&self) -> Option<u64> {
        self.left
    }

    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    ///
    /// `Interrupted` when it ends too early or goes on too long, `Timeout` when the server is silent.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let chunk = tokio::time::timeout(self.patience, self.response.chunk()).await;
            let chunk = chunk.map_err(|_| stalled())?.map_err(of_body)?;
            let Some(chunk) = chunk else { return self.at_end() };
            if let Some(left) = &mut self.left {
                *left = left.checked_sub(chunk.len() as u64).ok_or_else(|| wrong_length("more"))?;
            }
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
        }
    }

    fn at_end(&self) -> Result<Option<Bytes>> {
        if self.left.is_some_and(|left| left > 0) { Err(wrong_length("less")) } else { Ok(None) }
    }

    /// Everything in one piece, without a copy where it came in one.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub async fn collect(mut self) -> Result<Bytes> {
        let Some(first) = self.next().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.next().await? else { return Ok(first) };
        let left = usize::try_from(self.left.unwrap_or(0)).unwrap_or(0);
        // What a server declares is believed up to a bound; a larger body grows its buffer as it comes.
        let mut all = BytesMut::with_capacity(first.len() + second.len() + left.min(256 << 20));
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(chunk) = self.next().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }
}

fn wrong_length(how: &str) -> Error {
    Error::new(ErrorKind::Interrupted, format!("the server sent {how} than it declared"))
}

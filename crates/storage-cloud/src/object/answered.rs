//! Whether the content that comes is the content that was asked for.

use std::ops::Range;

use storage_types::{ByteRange, Error, ErrorKind, Metadata, ReadOptions, Result};

use super::backend::Shared;
use super::store::{Download, Store};
use crate::transport::{Body, unclear};

/// Content of which something was read already: what comes next has to be of the same.
#[derive(Debug, Clone)]
pub(super) struct Same {
    options: ReadOptions,
    size: u64,
}

impl Same {
    /// The content that `metadata` describes, and no newer one.
    pub(super) fn new(options: &ReadOptions, metadata: &Metadata) -> Self {
        let mut same = ReadOptions::new();
        same.version.clone_from(&options.version);
        same.if_match.clone_from(&metadata.etag);
        Self { options: same, size: metadata.size }
    }

    fn is(&self, now: &Metadata) -> bool {
        let same_etag = match (&self.options.if_match, &now.etag) {
            (Some(before), Some(now)) => before == now,
            _ => true,
        };
        same_etag && self.size == now.size
    }
}

impl<S: Store> Shared<S> {
    /// Asks for content. What comes begins where the range begins that was asked for; it may go on behind its end.
    pub(super) async fn get(&self, key: &str, options: &ReadOptions) -> Result<Download> {
        let mut download = self.store.get(key, options).await?;
        if download.doubtful {
            Box::pin(self.settle(key, options, &download.metadata)).await?;
        }
        let wanted = wanted(options.range, download.metadata.size)?;
        let front = wanted.start.checked_sub(download.range.start);
        match front.filter(|_| wanted.end <= download.range.end) {
            Some(front) => download.body.skip(front),
            None => return Err(unclear("the server sent other bytes than it was asked for")),
        }
        download.range.start = wanted.start;
        Ok(download)
    }

    /// The same, for exactly the range that was asked for.
    pub(super) async fn get_exactly(&self, key: &str, options: &ReadOptions) -> Result<Download> {
        let mut download = self.get(key, options).await?;
        let wanted = wanted(options.range, download.metadata.size)?;
        if wanted.end < download.range.end {
            download.body.end_after(wanted.end - wanted.start);
            download.range.end = wanted.end;
        }
        Ok(download)
    }

    /// The body of exactly these bytes of content of which some were read before.
    pub(super) async fn part(&self, key: &str, same: &Same, range: Range<u64>) -> Result<Body> {
        let mut options = same.options.clone();
        options.range = Some(range.clone().into());
        let download = self.get_exactly(key, &options).await.map_err(changed)?;
        if !same.is(&download.metadata) {
            return Err(replaced());
        }
        if download.range != range {
            return Err(unclear("the server sent other bytes than it was asked for"));
        }
        Ok(download.body)
    }

    /// Asks the store what is stored, where an answer may be a part of it, or another form of it.
    async fn settle(&self, key: &str, options: &ReadOptions, came: &Metadata) -> Result<()> {
        let stored = self.store.head(key, options.version.as_deref()).await?;
        if Same::new(options, came).is(&stored) {
            return Ok(());
        }
        Err(unclear("the server sent the content cut or compressed, which nobody asked for"))
    }
}

fn wanted(asked: Option<ByteRange>, size: u64) -> Result<Range<u64>> {
    let (start, length) = asked.unwrap_or(ByteRange::From(0)).resolve(size)?;
    Ok(start..start + length)
}

/// The condition that all parts are of one content does not hold any more.
fn changed(error: Error) -> Error {
    match error.kind() {
        ErrorKind::PreconditionFailed => replaced(),
        _ => error,
    }
}

fn replaced() -> Error {
    Error::new(ErrorKind::Interrupted, "somebody replaced the content while it was read")
        .with_hint("read it again from the start")
        .with_retryable(false)
}

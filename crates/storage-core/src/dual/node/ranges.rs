//! Several ranges of one content in one call.

use bytes::Bytes;
use storage_types::{ByteRange, Operation, ReadOptions, Result};

use super::StorageNode;
use crate::maybe_async;

#[maybe_async]
impl StorageNode {
    /// Several ranges of the content, in the order in which they are given: `read_ranges([0..10, 500..510])`. All are of one
    /// content, whoever replaces it meanwhile. Those that lie near each other (up to 1 MiB between them) are fetched together,
    /// the others side by side, up to 10 at once, and compared by ETag, or else version, or else size and time. A local file is
    /// opened once, and all are read from what was opened.
    ///
    /// Where answers tell nothing of the kind (web servers without ETag, less than 2 seconds after a write or without a time), one
    /// more request fetches all ranges together.
    ///
    /// # Errors
    ///
    /// As [`read_range`](Self::read_range), for each range; `Interrupted` when the content changed between two requests;
    /// `Unsupported` where nothing would show that, and more than 64 MiB lie between the ranges.
    pub async fn read_ranges<I>(&self, ranges: I) -> Result<Vec<Bytes>>
    where
        I: IntoIterator<Item: Into<ByteRange>> + Send,
    {
        let ranges = collected(ranges);
        self.fetch_ranges(&ranges, &ReadOptions::new()).await
    }

    /// Several ranges by options: of a version, under conditions. A range in the options means nothing here.
    ///
    /// # Errors
    ///
    /// As [`read_ranges`](Self::read_ranges) and [`read_with`](Self::read_with).
    pub async fn read_ranges_with<I>(&self, ranges: I, options: &ReadOptions) -> Result<Vec<Bytes>>
    where
        I: IntoIterator<Item: Into<ByteRange>> + Send,
    {
        let ranges = collected(ranges);
        self.fetch_ranges(&ranges, options).await
    }

    async fn fetch_ranges(&self, ranges: &[ByteRange], options: &ReadOptions) -> Result<Vec<Bytes>> {
        if ranges.is_empty() {
            return Ok(Vec::new());
        }
        let fetched = self.backend().read_ranges(&self.path, ranges, options).await;
        self.explain(Operation::Read, fetched)
    }
}

fn collected<I: IntoIterator<Item: Into<ByteRange>>>(ranges: I) -> Vec<ByteRange> {
    ranges.into_iter().map(Into::into).collect()
}

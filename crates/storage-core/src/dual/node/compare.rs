//! Whether two nodes hold the same bytes.

use bytes::Bytes;
use storage_types::{CancelToken, Operation, Result};

use super::StorageNode;
use crate::dual::stream::{CHUNK, Reader};
use crate::maybe_async;

/// One side, read chunk by chunk.
struct Side<'a> {
    node: &'a StorageNode,
    reader: Reader,
    chunk: Bytes,
}

#[maybe_async]
impl Side<'_> {
    /// Whether there is anything left.
    async fn fill(&mut self) -> Result<bool> {
        while self.chunk.is_empty() {
            let next = self.node.explain(Operation::Read, self.reader.next().await)?;
            let Some(next) = next else { return Ok(false) };
            self.chunk = next;
        }
        Ok(true)
    }
}

#[maybe_async]
impl StorageNode {
    /// Whether both hold the same bytes. Sizes are compared first; then checksums, where a store holds any; else both
    /// contents, up to the first difference.
    ///
    /// # Errors
    ///
    /// `NotFound` when one of them is missing; `IsADirectory`.
    pub async fn same_content(&self, other: &StorageNode) -> Result<bool> {
        let (mine, theirs) = (self.size().await?, other.size().await?);
        if mine != theirs {
            return Ok(false);
        }
        if std::sync::Arc::ptr_eq(&self.mount, &other.mount) && self.path == other.path {
            return Ok(true);
        }
        self.same_content_of(other, mine).await
    }

    /// The same for two files of `size` bytes.
    pub(crate) async fn same_content_of(&self, other: &StorageNode, size: u64) -> Result<bool> {
        if self.capabilities().checksum_md5 || other.capabilities().checksum_md5 {
            return Ok(self.md5().await? == other.md5().await?);
        }
        if size <= CHUNK as u64 {
            return Ok(self.read().await? == other.read().await?);
        }
        self.same_bytes(other).await
    }

    /// Whether both hold the same bytes, whatever the stores say of them: both are read, up to the first difference.
    ///
    /// # Errors
    ///
    /// As [`same_content`](Self::same_content).
    pub async fn same_bytes(&self, other: &StorageNode) -> Result<bool> {
        self.same_bytes_until(other, &CancelToken::new()).await
    }

    /// The same, until somebody cancels it.
    ///
    /// # Errors
    ///
    /// As [`same_bytes`](Self::same_bytes); `Interrupted` when cancelled.
    pub async fn same_bytes_until(&self, other: &StorageNode, cancel: &CancelToken) -> Result<bool> {
        let mut mine = Side { reader: self.reader().await?, node: self, chunk: Bytes::new() };
        let mut theirs = Side { reader: other.reader().await?, node: other, chunk: Bytes::new() };
        loop {
            cancel.check()?;
            let (more, others) = (mine.fill().await?, theirs.fill().await?);
            if !more || !others {
                return Ok(more == others);
            }
            let both = mine.chunk.len().min(theirs.chunk.len());
            if mine.chunk.split_to(both) != theirs.chunk.split_to(both) {
                return Ok(false);
            }
        }
    }
}

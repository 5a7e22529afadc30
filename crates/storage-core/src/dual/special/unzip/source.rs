//! Where the bytes of an archive come from, and the records of its directory one after the other.

use bytes::{Buf, Bytes, BytesMut};
use storage_types::{ByteRange, Metadata, ReadOptions, Result};

use super::records::{CENTRAL, End, central_length};
use crate::dual::node::StorageNode;
use crate::dual::special::deflate::corrupted;
use crate::dual::stream::Reader;
use crate::maybe_async;

/// So much of the end is read at once: enough for the directory of most archives, and for the whole of small ones.
const TAIL: u64 = 256 << 10;

/// Pieces up to this size are read in one go.
const AT_ONCE: u64 = 1 << 20;

pub(super) struct Source {
    pub(super) node: StorageNode,
    pub(super) end: End,
    tail: Bytes,
    tail_start: u64,
}

#[maybe_async]
impl Source {
    /// Finds the end of the archive, and with it the directory.
    pub(super) async fn find(node: &StorageNode) -> Result<Self> {
        let last = node.get_with(&ReadOptions::new().range(ByteRange::Suffix(TAIL))).await?;
        let size = last.metadata.size.max(last.bytes.len() as u64);
        let tail_start = size - last.bytes.len() as u64;
        let end = End::find(&last.bytes, tail_start)?;
        Ok(Self { node: node.clone(), end, tail: last.bytes, tail_start })
    }

    /// These bytes of the file. Small pieces come at once, and those at the end are there already.
    pub(super) async fn bytes(&self, start: u64, end: u64) -> Result<Reader> {
        let end = end.max(start);
        if start >= self.tail_start {
            let from = usize::try_from(start - self.tail_start).unwrap_or(usize::MAX).min(self.tail.len());
            let to = usize::try_from(end - self.tail_start).unwrap_or(usize::MAX).min(self.tail.len());
            return Ok(Reader::from_bytes(self.tail.slice(from..to), Metadata::file(0)));
        }
        let options = ReadOptions::new().range(start..end);
        if end - start <= AT_ONCE {
            let content = self.node.get_with(&options).await?;
            return Ok(Reader::from_bytes(content.bytes, content.metadata));
        }
        self.node.reader_with(&options).await
    }

    /// The records of the directory.
    pub(super) async fn records(&self) -> Result<Records> {
        let end = self.end;
        let reader = self.bytes(end.start, end.start + end.size).await?;
        Ok(Records { reader, buffer: BytesMut::new(), left: end.size, count: 0, end })
    }
}

/// The records of the directory, one after the other.
pub(super) struct Records {
    reader: Reader,
    buffer: BytesMut,
    left: u64,
    count: u64,
    end: End,
}

impl Records {
    /// So many there were so far.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    fn check_count(&self) -> Result<()> {
        let count = if self.end.narrow { self.count & 0xffff } else { self.count };
        if count == self.end.entries {
            return Ok(());
        }
        let (count, told) = (self.count, self.end.entries);
        Err(corrupted(format!("its directory has {count} entries, and its end says {told}")))
    }
}

#[maybe_async]
impl Records {
    /// The next record; at the end, when there were as many as the archive says, `None`.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        if self.left == 0 {
            return self.check_count().map(|()| None);
        }
        self.fill(CENTRAL).await?;
        let length = central_length(&self.buffer[..CENTRAL])?;
        self.fill(length).await?;
        self.left = self
            .left
            .checked_sub(length as u64)
            .ok_or_else(|| corrupted("its directory is longer than its end says"))?;
        let record = Bytes::copy_from_slice(&self.buffer[..length]);
        self.buffer.advance(length);
        self.count += 1;
        Ok(Some(record))
    }

    async fn fill(&mut self, length: usize) -> Result<()> {
        while self.buffer.len() < length {
            let chunk = self.reader.next().await?;
            let chunk = chunk.ok_or_else(|| corrupted("its directory ends too early"))?;
            self.buffer.extend_from_slice(&chunk);
        }
        Ok(())
    }
}

//! The standard traits of the blocking world for the pull-shaped streams.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use bytes::Buf;
use storage_types::{Error, Result};

use crate::dual::node::{Children, NodeEntry, StorageNode, Walk};
use crate::dual::stream::{CHUNK, Reader, Writer, closed};
use crate::dual::transfer::SkipWhen;

impl Read for Reader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = if self.chunk.is_empty() {
            let read = self.stream().and_then(|stream| stream.read_into(out));
            self.described(read)?
        } else {
            let length = out.len().min(self.chunk.len());
            out[..length].copy_from_slice(&self.chunk[..length]);
            self.chunk.advance(length);
            length
        };
        self.position += read as u64;
        Ok(read)
    }
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.chunk.is_empty() {
            let chunk = self.stream().and_then(|stream| stream.next(CHUNK));
            self.chunk = self.described(chunk)?.unwrap_or_default();
        }
        Ok(&self.chunk)
    }

    fn consume(&mut self, amount: usize) {
        self.chunk.advance(amount);
        self.position += amount as u64;
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(offset) => (self.position, offset),
            SeekFrom::End(offset) => (self.length, offset),
        };
        let target =
            base.checked_add_signed(offset).ok_or_else(|| Error::invalid("a seek to before the start"))?;
        self.seek_to(target)?;
        Ok(target)
    }
}

/// What is written is not visible before [`Writer::finish`]; a writer that is dropped without it publishes nothing.
impl Write for Writer {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.stream.is_none() {
            return Err(closed().into());
        }
        let data = &data[..data.len().min(CHUNK)];
        if let Some(chunk) = self.gather(data) {
            let written = self.hand_on(chunk);
            self.described(written)?;
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.flush_buffer();
        Ok(self.described(flushed)?)
    }
}

/// The entries of one directory.
impl Iterator for Children {
    type Item = Result<NodeEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        Children::next(self).transpose()
    }
}

/// The entries of a whole tree.
impl Iterator for Walk {
    type Item = Result<NodeEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        Walk::next(self).transpose()
    }
}

impl Children {
    /// The entries as an iterator. (`Stream` in the async colour.)
    pub fn into_stream(self) -> impl Iterator<Item = Result<NodeEntry>> + Send {
        self
    }
}

impl Walk {
    /// The entries as an iterator. (`Stream` in the async colour.)
    pub fn into_stream(self) -> impl Iterator<Item = Result<NodeEntry>> + Send {
        self
    }
}

/// A skip rule made of a closure.
#[derive(Debug, Clone, Copy)]
pub struct SkipFn<F>(F);

/// A skip rule for `copy_to_when` made of a closure that gets source and destination.
pub fn skip_when<F>(rule: F) -> SkipFn<F>
where
    F: Fn(StorageNode, StorageNode) -> Result<bool> + Send + Sync,
{
    SkipFn(rule)
}

impl<F> SkipWhen for SkipFn<F>
where
    F: Fn(StorageNode, StorageNode) -> Result<bool> + Send + Sync,
{
    fn skip(&self, source: &StorageNode, destination: &StorageNode) -> Result<bool> {
        (self.0)(source.clone(), destination.clone())
    }
}

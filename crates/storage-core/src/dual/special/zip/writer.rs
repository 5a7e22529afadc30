//! The archive as it grows: bytes that wait to be read, and the directory for the end.

use bytes::{Bytes, BytesMut};
use storage_types::{Error, ErrorKind, Result};

use super::records::{self, Head};
use crate::dual::special::deflate::Sizes;

#[derive(Debug, Default)]
pub(super) struct ArchiveWriter {
    ready: BytesMut,
    /// Bytes of the archive so far, those that were taken included.
    offset: u64,
    /// The records of the directory.
    directory: Vec<u8>,
    entries: u64,
}

impl ArchiveWriter {
    /// How much waits to be read.
    pub(super) fn waiting(&self) -> usize {
        self.ready.len()
    }

    /// At most `max` of the bytes that wait.
    pub(super) fn take(&mut self, max: usize) -> Bytes {
        let length = max.min(self.ready.len());
        self.ready.split_to(length).freeze()
    }

    /// A member whose packed content is known.
    pub(super) fn whole(&mut self, head: &Head, sizes: &Sizes, packed: &[u8]) -> Result<()> {
        let start = self.start(head, sizes)?;
        self.append(packed);
        self.list(head, sizes, start)
    }

    /// Begins a member; tells where.
    pub(super) fn start(&mut self, head: &Head, sizes: &Sizes) -> Result<u64> {
        let start = self.offset;
        self.append(&head.local(sizes)?);
        Ok(start)
    }

    /// More of a member's packed content.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        self.ready.extend_from_slice(bytes);
        self.offset += bytes.len() as u64;
    }

    /// Ends a member whose content was streamed.
    pub(super) fn end(&mut self, head: &Head, sizes: &Sizes, start: u64) -> Result<()> {
        let limit = u64::from(records::IN_ZIP64);
        if !head.large && (sizes.size >= limit || sizes.packed >= limit) {
            return Err(Error::new(ErrorKind::Corrupted, "the file grew past 4 GiB while it was read")
                .with_hint("make the archive again"));
        }
        self.append(&head.descriptor(sizes));
        self.list(head, sizes, start)
    }

    fn list(&mut self, head: &Head, sizes: &Sizes, start: u64) -> Result<()> {
        self.directory.extend(head.central(sizes, start)?);
        self.entries += 1;
        Ok(())
    }

    /// The directory and the end of the archive.
    pub(super) fn finish(&mut self) {
        let (offset, directory) = (self.offset, std::mem::take(&mut self.directory));
        self.append(&directory);
        self.append(&records::end(self.entries, directory.len() as u64, offset));
    }
}

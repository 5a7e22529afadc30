//! Bytes that wait for their turn.

use std::collections::VecDeque;

use bytes::Bytes;
use storage_core::BufferPool;

/// Bytes of a chunk: few enough that the one being filled hardly counts.
const CHUNK: usize = 256 << 10;

/// Gathers the pieces of a connection into chunks. They are copied: such a piece holds on to more memory than it has
/// bytes. A chunk is used again as soon as the caller is done with it.
pub(super) struct Gathered {
    buffers: BufferPool,
    full: VecDeque<Bytes>,
    filling: Vec<u8>,
    length: u64,
}

impl Gathered {
    pub(super) fn new(buffers: BufferPool) -> Self {
        Self { buffers, full: VecDeque::new(), filling: Vec::new(), length: 0 }
    }

    /// How many bytes have been gathered.
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    pub(super) fn push(&mut self, mut piece: &[u8]) {
        self.length += piece.len() as u64;
        while !piece.is_empty() {
            if self.filling.capacity() == 0 {
                self.filling = self.buffers.take(CHUNK);
            }
            let (fits, rest) = piece.split_at(piece.len().min(CHUNK - self.filling.len()));
            self.filling.extend_from_slice(fits);
            piece = rest;
            if self.filling.len() == CHUNK {
                self.end_chunk();
            }
        }
    }

    fn end_chunk(&mut self) {
        let chunk = std::mem::take(&mut self.filling);
        self.full.push_back(self.buffers.share(chunk));
    }

    pub(super) fn into_chunks(mut self) -> VecDeque<Bytes> {
        if !self.filling.is_empty() {
            self.end_chunk();
        }
        self.full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_full_but_the_last() {
        let content: Vec<u8> = (0..=u8::MAX).cycle().take(2 * CHUNK + 7).collect();
        let mut gathered = Gathered::new(BufferPool::keeping(2));
        for piece in content.chunks(300_001) {
            gathered.push(piece);
        }
        assert_eq!(gathered.len(), content.len() as u64);
        let chunks = gathered.into_chunks();
        assert_eq!(chunks.iter().map(Bytes::len).collect::<Vec<_>>(), [CHUNK, CHUNK, 7]);
        assert!(chunks.iter().flatten().eq(content.iter()));
    }

    #[test]
    fn nothing_is_no_chunk() {
        let mut gathered = Gathered::new(BufferPool::keeping(2));
        gathered.push(&[]);
        assert!(gathered.into_chunks().is_empty());
    }
}

//! Buffers of a stream, used again once the caller is done with a chunk: fresh memory costs a page fault per 4 KiB,
//! more than reading from the page cache does.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// So many buffers wait to be used again.
const KEPT: usize = 4;

/// The buffers of one stream.
#[derive(Clone, Default)]
pub(super) struct Pool(Arc<Mutex<Vec<Vec<u8>>>>);

impl Pool {
    /// An empty buffer with room for at least `length` bytes.
    pub(super) fn take(&self, length: usize) -> Vec<u8> {
        let kept = self.lock().pop();
        kept.filter(|buffer| buffer.capacity() >= length).unwrap_or_else(|| Vec::with_capacity(length))
    }

    /// The content of a buffer that comes back when the last reference to it is dropped.
    pub(super) fn share(&self, buffer: Vec<u8>) -> Bytes {
        Bytes::from_owner(Lent { buffer, pool: self.clone() })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Lent {
    buffer: Vec<u8>,
    pool: Pool,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let mut kept = self.pool.lock();
        if kept.len() < KEPT {
            kept.push(buffer);
        }
    }
}

//! Buffers of a stream, used again once the caller is done with a chunk: fresh memory costs a page fault per 4 KiB,
//! more than reading from the page cache does, and large blocks that come and go leave holes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// The buffers of one stream. Clones are the same pool.
#[derive(Debug, Clone)]
pub struct BufferPool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    keeps: usize,
    waiting: Mutex<Vec<Vec<u8>>>,
}

impl BufferPool {
    /// A pool in which at most `keeps` buffers wait to be used again. More than that may be in use.
    #[must_use]
    pub fn keeping(keeps: usize) -> Self {
        Self(Arc::new(Shared { keeps, waiting: Mutex::default() }))
    }

    /// An empty buffer with room for at least `length` bytes.
    #[must_use]
    pub fn take(&self, length: usize) -> Vec<u8> {
        let waiting = self.waiting().pop();
        waiting.filter(|buffer| buffer.capacity() >= length).unwrap_or_else(|| Vec::with_capacity(length))
    }

    /// The content of a buffer, which comes back when the last reference to it is dropped.
    #[must_use]
    pub fn share(&self, buffer: Vec<u8>) -> Bytes {
        Bytes::from_owner(Lent { buffer, pool: self.clone() })
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Lent {
    buffer: Vec<u8>,
    pool: BufferPool,
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
        let mut waiting = self.pool.waiting();
        if waiting.len() < self.pool.0.keeps {
            waiting.push(buffer);
        }
    }
}

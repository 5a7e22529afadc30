//! Packing by DEFLATE (RFC 1951) and CRC-32 in pieces, done where it holds up nobody.

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use storage_types::{Error, ErrorKind, Result};

use crate::{maybe_async, rt};

/// Less than this takes less time than a hop to another thread.
const SMALL: usize = 32 << 10;

/// Room that is added to a buffer at once.
const STEP: usize = 64 << 10;

/// Does work of the processor on `bytes` bytes.
#[maybe_async]
pub(super) async fn beside<T, F>(bytes: usize, work: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T> + Send + 'static,
{
    if bytes < SMALL { work() } else { rt::unblock(work).await }
}

/// CRC-32 of content in one piece.
pub(super) fn crc32(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

/// Packs one file.
pub(super) struct Packer {
    compress: Compress,
    crc: Crc,
    size: u64,
    packed: u64,
}

/// What has to be told of a packed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sizes {
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
}

impl Packer {
    /// `level` from 0, which only wraps the bytes, to 9.
    pub(super) fn new(level: u8) -> Self {
        let compress = Compress::new(Compression::new(u32::from(level.min(9))), false);
        Self { compress, crc: Crc::new(), size: 0, packed: 0 }
    }

    /// Takes more of the content; gives what is ready of the packed form.
    pub(super) fn pack(&mut self, content: &[u8]) -> Result<Vec<u8>> {
        self.crc.update(content);
        self.size += content.len() as u64;
        self.drive(content, FlushCompress::None)
    }

    /// The rest of the packed form.
    pub(super) fn finish(&mut self) -> Result<Vec<u8>> {
        self.drive(&[], FlushCompress::Finish)
    }

    pub(super) fn sizes(&self) -> Sizes {
        Sizes { crc: self.crc.sum(), packed: self.packed, size: self.size }
    }

    fn drive(&mut self, content: &[u8], flush: FlushCompress) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(content.len() / 2 + 1024);
        let mut at = 0;
        loop {
            if out.len() == out.capacity() {
                out.reserve(STEP);
            }
            let before = self.compress.total_in();
            let status = self.compress.compress_vec(&content[at..], &mut out, flush).map_err(|error| {
                Error::new(ErrorKind::Unexpected, format!("the content cannot be compressed: {error}"))
            })?;
            at += (self.compress.total_in() - before) as usize;
            let ended = match flush {
                FlushCompress::Finish => status == Status::StreamEnd,
                _ => at == content.len(),
            };
            if ended {
                self.packed += out.len() as u64;
                return Ok(out);
            }
        }
    }
}

/// The archive is not what was stored.
pub(super) fn corrupted(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Corrupted, message).with_hint("get the archive again, or have it made again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}

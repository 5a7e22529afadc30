//! Zstandard (RFC 8878), one block at a time, so that no more than a window and a block is in memory.

use std::io::Read as _;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use storage_types::Result;

use super::damaged;

/// The largest window, and with it the memory of one file that is being unpacked.
const WINDOW: u64 = 64 << 20;

/// Bytes of a header of a frame up to its descriptor (3.1.1.1).
const DESCRIBED: usize = 5;

/// Bytes of a header of a block (3.1.1.2).
const BLOCK: usize = 3;

/// Bytes of the checksum behind the last block (3.1.1).
const CHECKSUM: usize = 4;

pub(in crate::dual::special::unzip) struct Zstd {
    decoder: FrameDecoder,
    /// The header of a frame, or a block, as far as it has come.
    waiting: Vec<u8>,
    in_frame: bool,
    has_checksum: bool,
    frames: u64,
}

impl Default for Zstd {
    fn default() -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW);
        Self { decoder, waiting: Vec::new(), in_frame: false, has_checksum: false, frames: 0 }
    }
}

impl Zstd {
    /// Whether a frame has ended; another one may follow.
    pub(super) fn has_ended(&self) -> bool {
        self.frames > 0 && !self.in_frame && self.waiting.is_empty() && self.decoder.can_collect() == 0
    }

    pub(super) fn unpack(&mut self, packed: &[u8], room: usize) -> Result<(Vec<u8>, usize)> {
        let mut at = 0;
        while self.decoder.can_collect() == 0 {
            let missing = self.wanted().saturating_sub(self.waiting.len());
            if missing == 0 {
                let taken = if self.in_frame { self.take_block() } else { self.begin_frame() };
                taken?;
                continue;
            }
            let more = missing.min(packed.len() - at);
            if more == 0 {
                break;
            }
            self.waiting.extend_from_slice(&packed[at..at + more]);
            at += more;
        }
        let mut piece = vec![0; room.min(self.decoder.can_collect())];
        let length = self.decoder.read(&mut piece).map_err(damaged)?;
        piece.truncate(length);
        Ok((piece, at))
    }

    /// How many bytes the next thing has: a header of a frame, or a block with what stands around it.
    fn wanted(&self) -> usize {
        match (self.in_frame, &self.waiting[..]) {
            (false, [_, _, _, _, descriptor, ..]) => header_length(*descriptor),
            (false, _) => DESCRIBED,
            (true, [a, b, c, ..]) => {
                let header = u32::from_le_bytes([*a, *b, *c, 0]);
                // A block that repeats one byte has one, however long it will be.
                let body = if (header >> 1) & 3 == 1 { 1 } else { (header >> 3) as usize };
                let behind = if header & 1 == 1 && self.has_checksum { CHECKSUM } else { 0 };
                BLOCK + body + behind
            }
            (true, _) => BLOCK,
        }
    }

    fn begin_frame(&mut self) -> Result<()> {
        self.has_checksum = self.waiting[DESCRIBED - 1] & 4 != 0;
        self.decoder.reset(&self.waiting[..]).map_err(damaged)?;
        self.waiting.clear();
        self.in_frame = true;
        Ok(())
    }

    fn take_block(&mut self) -> Result<()> {
        let one = BlockDecodingStrategy::UptoBlocks(1);
        self.decoder.decode_blocks(&self.waiting[..], one).map_err(damaged)?;
        self.waiting.clear();
        if self.decoder.is_finished() {
            self.in_frame = false;
            self.frames += 1;
        }
        Ok(())
    }
}

/// How long a header of a frame is, by its descriptor (3.1.1.1.1).
fn header_length(descriptor: u8) -> usize {
    let single = descriptor >> 5 & 1;
    let window = if single == 1 { 0 } else { 1 };
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size = match descriptor >> 6 {
        0 => usize::from(single),
        flag => 1 << flag,
    };
    DESCRIBED + window + dictionary + size
}

//! LZMA as zip archives have it (APPNOTE.TXT, 5.8): two bytes of version, the length of the properties, the properties.

use std::io::Write;

use lzma_rs::decompress::{Options, Stream, UnpackedSize};
use storage_types::{Error, ErrorKind, Result};

use super::damaged;
use crate::dual::special::deflate::corrupted;

/// The largest dictionary, and with it the memory of one file that is being unpacked.
const DICTIONARY: usize = 64 << 20;

/// Version, and length of the properties.
const HEAD: usize = 4;

/// Properties and dictionary size.
const PROPERTIES: usize = 5;

/// So much is fed at once, as all that comes of it is in memory.
const PIECE: usize = 1 << 10;

/// What may follow the content: an end marker and what the range coder still holds.
const MARKER: u64 = 16;

pub(in crate::dual::special::unzip) struct Lzma {
    head: Vec<u8>,
    /// `None` at the end.
    stream: Option<Stream<Vec<u8>>>,
    /// Packed bytes that have not come yet.
    left: u64,
    ready: Vec<u8>,
    given: usize,
}

impl Lzma {
    pub(super) fn new(packed: u64, size: u64) -> Self {
        let options = Options {
            unpacked_size: UnpackedSize::UseProvided(Some(size)),
            memlimit: Some(DICTIONARY),
            allow_incomplete: false,
        };
        let stream = Some(Stream::new_with_options(&options, Vec::new()));
        Self {
            head: Vec::with_capacity(HEAD + PROPERTIES),
            stream,
            left: packed,
            ready: Vec::new(),
            given: 0,
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.stream.is_none() && self.given == self.ready.len()
    }

    pub(super) fn unpack(&mut self, packed: &[u8], room: usize) -> Result<(Vec<u8>, usize)> {
        let mut at = 0;
        while self.given == self.ready.len() && self.stream.is_some() && (at < packed.len() || self.left == 0)
        {
            let piece = &packed[at..packed.len().min(at + PIECE)];
            at += self.feed(piece)?;
        }
        let end = self.ready.len().min(self.given + room);
        let piece = self.ready[self.given..end].to_vec();
        self.given = end;
        if self.given == self.ready.len() {
            self.ready.clear();
            self.given = 0;
        }
        Ok((piece, at))
    }

    /// Takes packed bytes, all of them but at the end of the header; tells how many.
    fn feed(&mut self, piece: &[u8]) -> Result<usize> {
        let Some(stream) = &mut self.stream else { return Ok(0) };
        let mut used = 0;
        if self.head.len() < HEAD + PROPERTIES {
            used = piece.len().min(HEAD + PROPERTIES - self.head.len());
            self.head.extend_from_slice(&piece[..used]);
            if self.head.len() == HEAD + PROPERTIES {
                check(&self.head)?;
                stream.write_all(&self.head[HEAD..]).map_err(damaged)?;
            }
        } else if !piece.is_empty() {
            used = stream.write(piece).map_err(damaged)?;
            if used == 0 {
                // The content is complete, and what is left is its marker.
                if self.left > MARKER {
                    return Err(corrupted("its packed content is longer than needed"));
                }
                used = piece.len();
            }
        }
        self.left = self.left.saturating_sub(used as u64);
        if let Some(ready) = stream.get_output_mut() {
            self.ready.append(ready);
        }
        if self.left == 0
            && let Some(stream) = self.stream.take()
        {
            self.ready.append(&mut stream.finish().map_err(damaged)?);
        }
        Ok(used)
    }
}

fn check(head: &[u8]) -> Result<()> {
    if head[2..HEAD] != [PROPERTIES as u8, 0] {
        return Err(corrupted("the header of LZMA is damaged"));
    }
    let size = u32::from_le_bytes([head[5], head[6], head[7], head[8]]);
    if size as usize > DICTIONARY {
        let message =
            format!("it needs {size} bytes of memory to be unpacked (LZMA), which is more than 64 MiB");
        return Err(Error::new(ErrorKind::Unsupported, message)
            .with_hint("unpack it with another program, such as `7z`"));
    }
    Ok(())
}

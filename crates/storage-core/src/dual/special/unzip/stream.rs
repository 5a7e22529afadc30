//! The content of one entry, unpacked while it is read, its size and checksum checked.

use std::sync::Arc;

use bytes::Bytes;
use flate2::Crc;
use storage_types::{Error, ErrorKind, Result};

use super::archive::Archive;
use super::index::Place;
use super::methods::{self, Unpacker};
use super::records::{LOCAL, local_texts};
use crate::dual::special::deflate::{beside, corrupted};
use crate::dual::stream::{ReadStream, Reader};
use crate::maybe_async;

/// So much is unpacked at once.
const PIECE: usize = 256 << 10;

/// Whether the content can be unpacked at all.
pub(super) fn check_readable(place: &Place) -> Result<()> {
    unreadable(place.method, place.encrypted).map_or(Ok(()), Err)
}

/// Why content cannot be unpacked, if that is so.
pub(super) fn unreadable(method: u16, encrypted: bool) -> Option<Error> {
    if encrypted {
        return Some(
            Error::new(ErrorKind::Unsupported, "it is encrypted")
                .with_hint("unpack it with a program that asks for the password, such as `7z`"),
        );
    }
    if !methods::is_known(method) {
        let name = methods::name_of(method).map_or_else(|| format!("method {method}"), str::to_owned);
        let message = format!("it is packed by {name}, and only {} are known", methods::KNOWN);
        return Some(
            Error::new(ErrorKind::Unsupported, message)
                .with_hint("unpack it with another program, such as `7z`"),
        );
    }
    None
}

pub(super) struct EntryStream {
    archive: Arc<Archive>,
    place: Place,
    /// Of the content: what is asked for.
    start: u64,
    end: u64,
    position: u64,
    /// `None` before the start, and when a call was dropped in the middle: then it begins again.
    open: Option<Open>,
}

/// The packed content, and how far it has been unpacked.
struct Open {
    reader: Reader,
    packed: Bytes,
    /// Packed bytes that the reader has still to give.
    left: u64,
    unpacker: Option<Unpacker>,
    crc: Crc,
    given: u64,
}

impl EntryStream {
    pub(super) fn new(archive: Arc<Archive>, place: Place, start: u64, length: u64) -> Self {
        Self { archive, place, start, end: start + length, position: start, open: None }
    }
}

#[maybe_async]
impl ReadStream for EntryStream {
    async fn next(&mut self, max: usize) -> Result<Option<Bytes>> {
        // That there is nothing in an empty file is checked, too.
        let unchecked = self.place.size == 0 && self.open.is_none();
        if max == 0 || (self.position >= self.end && !unchecked) {
            return Ok(None);
        }
        loop {
            let open = match self.open.take() {
                Some(open) if open.given <= self.position => open,
                _ => self.begin().await?,
            };
            let at = open.given;
            // What lies before the position is unpacked and thrown away; what is past the end is not given.
            let wanted = if at < self.position { self.position - at } else { self.end - at };
            let room = usize::try_from(wanted).unwrap_or(max).min(max).min(PIECE);
            let (piece, open) = open.next(&self.place, room).await?;
            self.open = Some(open);
            if at == self.position {
                self.position += piece.len() as u64;
                return Ok(Some(piece).filter(|piece| !piece.is_empty()));
            }
            if piece.is_empty() {
                return Ok(None);
            }
        }
    }

    async fn seek(&mut self, position: u64) -> Result<()> {
        self.position = self.start.saturating_add(position);
        Ok(())
    }
}

#[maybe_async]
impl EntryStream {
    /// Reads what stands before the content, which is not always as long as the directory lets expect.
    async fn begin(&mut self) -> Result<Open> {
        let place = self.place;
        let limit = self.archive.source.end.start;
        let guess = place.header.saturating_add(place.header_length as u64).saturating_add(place.packed);
        let mut reader = self.archive.source.bytes(place.header, guess.min(limit)).await?;
        let mut head = Vec::with_capacity(LOCAL);
        let mut packed = Bytes::new();
        while head.len() < LOCAL {
            packed = reader.next().await?.ok_or_else(ends_early)?;
            head.extend_from_slice(&packed.split_to(packed.len().min(LOCAL - head.len())));
        }
        let content = place.header + (LOCAL + local_texts(&head)?) as u64;
        let end = content.checked_add(place.packed).filter(|&end| end <= limit).ok_or_else(ends_early)?;
        if end > guess {
            reader = self.archive.source.bytes(content, end).await?;
            packed = Bytes::new();
        } else {
            let mut skip = content - place.header - LOCAL as u64;
            while skip > 0 {
                if packed.is_empty() {
                    packed = reader.next().await?.ok_or_else(ends_early)?;
                }
                let skipped = packed.len().min(usize::try_from(skip).unwrap_or(usize::MAX));
                drop(packed.split_to(skipped));
                skip -= skipped as u64;
            }
        }
        let now = usize::try_from(place.packed).unwrap_or(usize::MAX).min(packed.len());
        packed.truncate(now);
        Ok(Open {
            reader,
            left: place.packed - packed.len() as u64,
            packed,
            unpacker: Unpacker::of(&place),
            crc: Crc::new(),
            given: 0,
        })
    }
}

fn ends_early() -> Error {
    corrupted("its content ends too early")
}

#[maybe_async]
impl Open {
    /// At most `room` bytes more; none at the end, when everything has been checked.
    async fn next(mut self, place: &Place, room: usize) -> Result<(Bytes, Self)> {
        loop {
            if self.packed.is_empty() && self.left > 0 {
                let chunk = self.reader.next().await?.ok_or_else(ends_early)?;
                let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(chunk.len());
                self.packed = chunk.slice(..length);
                self.left -= length as u64;
            }
            let before = self.packed.len();
            let (piece, mut this) = self.unpack(room).await?;
            this.given += piece.len() as u64;
            if this.given > place.size {
                return Err(corrupted("its content is longer than its directory says"));
            }
            let idle = piece.is_empty() && this.packed.len() == before;
            if this.given == place.size || (idle && !(this.packed.is_empty() && this.left > 0)) {
                this = this.ended(place).await?;
            }
            if !piece.is_empty() || this.given == place.size {
                return Ok((piece, this));
            }
            self = this;
        }
    }

    async fn unpack(mut self, room: usize) -> Result<(Bytes, Self)> {
        let Some(mut unpacker) = self.unpacker.take() else {
            let piece = self.packed.split_to(room.min(self.packed.len()));
            self.crc.update(&piece);
            return Ok((piece, self));
        };
        let packed = self.packed.clone();
        let mut crc = std::mem::take(&mut self.crc);
        let (piece, used, crc, unpacker) = beside(packed.len().min(room), move || {
            let (piece, used) = unpacker.unpack(&packed, room)?;
            crc.update(&piece);
            Ok((piece, used, crc, unpacker))
        })
        .await?;
        self.crc = crc;
        self.unpacker = Some(unpacker);
        drop(self.packed.split_to(used));
        Ok((Bytes::from(piece), self))
    }

    /// Checks what can be checked at the end: that there is no more, and the checksum.
    async fn ended(mut self, place: &Place) -> Result<Self> {
        while let Some(unpacker) = self.unpacker.as_mut().filter(|unpacker| !unpacker.has_ended()) {
            // The end of the packed form may stand behind the last byte of the content.
            let (piece, used) = unpacker.unpack(&self.packed, 1)?;
            drop(self.packed.split_to(used));
            if !piece.is_empty() {
                return Err(corrupted("its content is longer than its directory says"));
            }
            if unpacker.has_ended() {
                break;
            }
            if used == 0 && (self.left == 0 || !self.packed.is_empty()) {
                return Err(ends_early());
            }
            if self.packed.is_empty() && self.left > 0 {
                let chunk = self.reader.next().await?.ok_or_else(ends_early)?;
                let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(chunk.len());
                self.packed = chunk.slice(..length);
                self.left -= length as u64;
            }
        }
        if self.given != place.size {
            return Err(ends_early());
        }
        if !self.packed.is_empty() || self.left > 0 {
            return Err(corrupted("its packed content is longer than needed"));
        }
        if self.crc.sum() != place.crc {
            let message = format!("its CRC-32 is {:08x}, and should be {:08x}", self.crc.sum(), place.crc);
            return Err(corrupted(message));
        }
        Ok(self)
    }
}

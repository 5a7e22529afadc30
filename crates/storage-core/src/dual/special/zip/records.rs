//! The records of a zip archive as bytes (PKWARE APPNOTE.TXT 6.3.10; sections in brackets).

use std::time::SystemTime;

use storage_types::{Error, Result};

use super::time;
use crate::dual::special::deflate::Sizes;

/// Content as it is (4.4.5).
pub(in crate::dual::special) const STORED: u16 = 0;
/// Content deflated (4.4.5).
pub(in crate::dual::special) const DEFLATED: u16 = 8;
/// Sizes and checksum follow the content (4.4.4, bit 3).
const SIZES_FOLLOW: u16 = 1 << 3;
/// The name is UTF-8 (4.4.4, bit 11).
pub(in crate::dual::special) const UTF8: u16 = 1 << 11;
/// A field of 32 bits that says: look into the zip64 extra field (4.5.3).
pub(in crate::dual::special) const IN_ZIP64: u32 = u32::MAX;
/// Attributes are those of Unix, and the version of the specification is 4.5 (4.4.2).
const MADE_BY: u16 = (3 << 8) | VERSION_ZIP64;
/// Folders and DEFLATE (4.4.3).
const VERSION: u16 = 20;
/// Zip64 (4.4.3).
const VERSION_ZIP64: u16 = 45;

/// What is known about a member before its content.
#[derive(Debug, Clone)]
pub(in crate::dual::special) struct Head {
    /// Relative, with `/`; that of a folder ends with one.
    pub(in crate::dual::special) name: String,
    pub(in crate::dual::special) method: u16,
    pub(in crate::dual::special) modified: Option<SystemTime>,
    /// What a clock on the wall showed then.
    pub(in crate::dual::special) shown: Option<SystemTime>,
    /// POSIX `st_mode`.
    pub(in crate::dual::special) mode: u32,
    /// Whether sizes may need more than 32 bits; decided before the content is known.
    pub(in crate::dual::special) large: bool,
    /// Whether sizes and checksum are told behind the content.
    pub(in crate::dual::special) streamed: bool,
}

impl Head {
    fn flags(&self) -> u16 {
        UTF8 | if self.streamed { SIZES_FOLLOW } else { 0 }
    }

    fn times(&self) -> (u16, u16) {
        time::dos(self.shown.or(self.modified).unwrap_or(SystemTime::UNIX_EPOCH))
    }

    /// The extended timestamp (Info-ZIP, 0x5455): the time of modification alone.
    fn timestamp(&self) -> Vec<u8> {
        let Some(seconds) = self.modified.and_then(time::unix) else { return Vec::new() };
        let mut extra = Fields::default();
        extra.u16(0x5455).u16(5).bytes(&[1]).u32(seconds.cast_unsigned());
        extra.0
    }

    fn name_length(&self) -> Result<u16> {
        u16::try_from(self.name.len()).map_err(|_| {
            Error::invalid(format!(
                "a name in a zip archive has at most 65,535 bytes, not {}",
                self.name.len()
            ))
        })
    }

    /// The record before the content (4.3.7). `sizes` are those of content that is known already.
    pub(in crate::dual::special) fn local(&self, sizes: &Sizes) -> Result<Vec<u8>> {
        let (time, date) = self.times();
        let mut extra = self.timestamp();
        let version = if self.large { VERSION_ZIP64 } else { VERSION };
        let (packed, size) = if self.large {
            let mut zip64 = Fields::default();
            zip64.u16(1).u16(16).u64(sizes.size).u64(sizes.packed);
            extra.extend(zip64.0);
            (IN_ZIP64, IN_ZIP64)
        } else {
            (sizes.packed as u32, sizes.size as u32)
        };
        let mut record = Fields::default();
        record.u32(0x0403_4b50).u16(version).u16(self.flags()).u16(self.method).u16(time).u16(date);
        record.u32(sizes.crc).u32(packed).u32(size).u16(self.name_length()?).u16(extra.len() as u16);
        record.bytes(self.name.as_bytes()).bytes(&extra);
        Ok(record.0)
    }

    /// The record behind streamed content (4.3.9).
    pub(in crate::dual::special) fn descriptor(&self, sizes: &Sizes) -> Vec<u8> {
        let mut record = Fields::default();
        record.u32(0x0807_4b50).u32(sizes.crc);
        if self.large {
            record.u64(sizes.packed).u64(sizes.size);
        } else {
            record.u32(sizes.packed as u32).u32(sizes.size as u32);
        }
        record.0
    }

    /// The record in the directory (4.3.12). What needs more than 32 bits stands in the zip64 extra field (4.5.3).
    pub(in crate::dual::special) fn central(&self, sizes: &Sizes, offset: u64) -> Result<Vec<u8>> {
        let (time, date) = self.times();
        let mut wide = Fields::default();
        let mut narrow = |value: u64, force: bool| match u32::try_from(value) {
            Ok(value) if value != IN_ZIP64 && !force => value,
            _ => {
                wide.u64(value);
                IN_ZIP64
            }
        };
        let size = narrow(sizes.size, self.large);
        let packed = narrow(sizes.packed, self.large);
        let offset = narrow(offset, false);
        let mut extra = self.timestamp();
        let version = if wide.0.is_empty() { VERSION } else { VERSION_ZIP64 };
        if !wide.0.is_empty() {
            let mut field = Fields::default();
            field.u16(1).u16(wide.0.len() as u16).bytes(&wide.0);
            extra.extend(field.0);
        }
        let folder = if self.name.ends_with('/') { 0x10 } else { 0 };
        let mut record = Fields::default();
        record.u32(0x0201_4b50).u16(MADE_BY).u16(version).u16(self.flags()).u16(self.method);
        record.u16(time).u16(date).u32(sizes.crc).u32(packed).u32(size);
        record.u16(self.name_length()?).u16(extra.len() as u16).u16(0).u16(0).u16(0);
        record.u32((self.mode << 16) | folder).u32(offset);
        record.bytes(self.name.as_bytes()).bytes(&extra);
        Ok(record.0)
    }
}

/// The end of the archive (4.3.16), with the zip64 form before it (4.3.14, 4.3.15) where a number needs it.
pub(in crate::dual::special) fn end(entries: u64, size: u64, offset: u64) -> Vec<u8> {
    let mut record = Fields::default();
    let small = entries < u64::from(u16::MAX) && size < u64::from(IN_ZIP64) && offset < u64::from(IN_ZIP64);
    if !small {
        record.u32(0x0606_4b50).u64(44).u16(MADE_BY).u16(VERSION_ZIP64).u32(0).u32(0);
        record.u64(entries).u64(entries).u64(size).u64(offset);
        record.u32(0x0706_4b50).u32(0).u64(offset + size).u32(1);
    }
    let count = u16::try_from(entries).unwrap_or(u16::MAX);
    record.u32(0x0605_4b50).u16(0).u16(0).u16(count).u16(count);
    record.u32(u32::try_from(size).unwrap_or(IN_ZIP64)).u32(u32::try_from(offset).unwrap_or(IN_ZIP64)).u16(0);
    record.0
}

/// Numbers in little-endian order.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }
}

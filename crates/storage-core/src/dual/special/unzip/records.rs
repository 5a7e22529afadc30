//! The records of a zip archive, read (PKWARE APPNOTE.TXT 6.3.10; sections in brackets). Nothing is believed: a number
//! that leads out of the archive is damage.

use std::time::SystemTime;

use storage_types::{Result, WallClock};

use crate::dual::special::deflate::corrupted;
use crate::dual::special::zip::records::{IN_ZIP64, UTF8};
use crate::dual::special::zip::time;

/// Bytes of the end record without its comment (4.3.16).
pub(super) const END: usize = 22;
/// Bytes of the record that says where the zip64 end record is (4.3.15).
const LOCATOR: usize = 20;
/// Bytes of the zip64 end record without its own data sector (4.3.14).
const END64: usize = 56;
/// Bytes of a record of the directory without its texts (4.3.12).
pub(super) const CENTRAL: usize = 46;
/// Bytes of the record before the content without its texts (4.3.7).
pub(super) const LOCAL: usize = 30;

/// Where the directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    pub(super) entries: u64,
    /// Whether the number of entries has only 16 bits.
    pub(super) narrow: bool,
    /// Where the directory begins in the file.
    pub(super) start: u64,
    pub(super) size: u64,
    /// What all offsets of the archive lack: bytes that stand before it, as the program of a self-extracting one.
    pub(super) before: u64,
}

impl End {
    /// Finds the end of the archive in its last bytes; `tail_start` is where they stand in the file.
    pub(super) fn find(tail: &[u8], tail_start: u64) -> Result<Self> {
        let at = end_record(tail).ok_or_else(|| {
            corrupted("it is no zip archive, or its end is missing: there is no end record")
        })?;
        let mut fields = Fields(&tail[at + 4..]);
        let disks = (fields.u16()?, fields.u16()?);
        let (here, entries) = (fields.u16()?, fields.u16()?);
        let (size, offset) = (fields.u32()?, fields.u32()?);
        if let Some(wide) = end64(tail, tail_start, at)? {
            return Ok(wide);
        }
        if disks != (0, 0) || here != entries {
            return Err(several_disks());
        }
        let position = tail_start + at as u64;
        Self::placed(u64::from(entries), true, u64::from(size), u64::from(offset), position)
    }

    /// The directory ends at `position`; where it says to begin tells what stands before the archive.
    fn placed(entries: u64, narrow: bool, size: u64, offset: u64, position: u64) -> Result<Self> {
        let outside = || corrupted("its directory lies outside of it");
        let start = position.checked_sub(size).ok_or_else(outside)?;
        let before = start.checked_sub(offset).ok_or_else(outside)?;
        Ok(Self { entries, narrow, start, size, before })
    }
}

fn several_disks() -> storage_types::Error {
    storage_types::Error::new(
        storage_types::ErrorKind::Unsupported,
        "it is one of several parts of an archive",
    )
    .with_hint("join the parts first: `zip -s 0`")
}

/// The last end record whose comment reaches exactly to the end of the file, or else the last one that fits: something may
/// have been put behind the archive.
fn end_record(tail: &[u8]) -> Option<usize> {
    let last = tail.len().checked_sub(END)?;
    let comment = |at: usize| usize::from(u16::from_le_bytes([tail[at + 20], tail[at + 21]]));
    let signed = || {
        let reached = last.saturating_sub(usize::from(u16::MAX))..=last;
        reached.rev().filter(|&at| tail[at..].starts_with(&0x0605_4b50_u32.to_le_bytes()))
    };
    let exact = signed().find(|&at| comment(at) == last - at);
    exact.or_else(|| signed().find(|&at| comment(at) < last - at))
}

/// The zip64 end record, when there is a locator before the end record.
fn end64(tail: &[u8], tail_start: u64, end: usize) -> Result<Option<End>> {
    let Some(locator) = end.checked_sub(LOCATOR) else { return Ok(None) };
    let mut fields = Fields(&tail[locator..]);
    if fields.u32()? != 0x0706_4b50 {
        return Ok(None);
    }
    let (disk, told, disks) = (fields.u32()?, fields.u64()?, fields.u32()?);
    if disk != 0 || disks > 1 {
        return Err(several_disks());
    }
    // Where it says, or right before the locator when something stands before the archive.
    let told = told.checked_sub(tail_start).and_then(|at| usize::try_from(at).ok());
    let usual = locator.checked_sub(END64);
    let found = [told, usual]
        .into_iter()
        .flatten()
        .find(|&at| tail.get(at..).is_some_and(|record| record.starts_with(&0x0606_4b50_u32.to_le_bytes())));
    let at = found.ok_or_else(|| corrupted("its zip64 end record is missing"))?;
    let mut fields = Fields(&tail[at..]);
    fields.skip(4 + 8 + 2 + 2)?;
    let disks = (fields.u32()?, fields.u32()?);
    let (here, entries) = (fields.u64()?, fields.u64()?);
    if disks != (0, 0) || here != entries {
        return Err(several_disks());
    }
    let (size, offset) = (fields.u64()?, fields.u64()?);
    End::placed(entries, false, size, offset, tail_start + at as u64).map(Some)
}

/// One record of the directory.
#[derive(Debug, Clone)]
pub(super) struct Central {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// Of the record before the content, as the archive counts.
    pub(super) offset: u64,
    /// When it was changed last, where the archive says so with a zone.
    exact: Option<SystemTime>,
    /// What a clock showed when it was changed last.
    shown: Option<SystemTime>,
    /// POSIX `st_mode`, from archives made on Unix.
    pub(super) mode: Option<u32>,
    /// Whether it was made on DOS or Windows, or by a program that says so wherever it runs (Java, old .NET).
    pub(super) dos: bool,
    /// Whether DOS calls it a directory.
    pub(super) dos_directory: bool,
    /// Bytes of the extra fields, as a guess at how many stand before the content.
    pub(super) extra: usize,
}

/// How long a record of the directory is, from its first [`CENTRAL`] bytes.
pub(super) fn central_length(record: &[u8]) -> Result<usize> {
    let mut fields = Fields(record);
    if fields.u32()? != 0x0201_4b50 {
        return Err(corrupted("its directory is damaged"));
    }
    fields.skip(24)?;
    let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
    Ok(CENTRAL + usize::from(name) + usize::from(extra) + usize::from(comment))
}

impl Central {
    pub(super) fn parse(record: &[u8]) -> Result<Self> {
        let mut fields = Fields(record);
        fields.skip(4)?;
        let made_by = fields.u16()?;
        fields.skip(2)?;
        let (flags, method, time, date) = (fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?);
        let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let (name, extra) = (usize::from(fields.u16()?), usize::from(fields.u16()?));
        fields.skip(2)?;
        let disk = fields.u16()?;
        fields.skip(2)?;
        let (attributes, offset) = (fields.u32()?, fields.u32()?);
        if disk != 0 && disk != u16::MAX {
            return Err(several_disks());
        }
        // 3 is Unix, 19 is macOS; 0 is FAT, 6 HPFS, 10 NTFS, 11 NTFS for Info-ZIP, 14 VFAT (4.4.2.2).
        let unix = matches!(made_by >> 8, 3 | 19);
        let dos = matches!(made_by >> 8, 0 | 6 | 10 | 11 | 14);
        let mut this = Self {
            name: fields.take(name)?.to_vec(),
            flags,
            method,
            crc,
            packed: packed.into(),
            size: size.into(),
            offset: offset.into(),
            exact: None,
            shown: time::from_dos(time, date),
            mode: (unix && attributes >> 16 != 0).then_some(attributes >> 16),
            dos,
            dos_directory: dos && attributes & 0x10 != 0,
            extra,
        };
        this.read_extra(fields.take(extra)?)?;
        Ok(this)
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.flags & 1 != 0
    }

    /// When it was changed last. The time of DOS has steps of two seconds and no zone, so another one is better.
    pub(super) fn modified(&self, clock: &WallClock) -> Option<SystemTime> {
        self.exact.or(self.shown.map(|shown| clock.time(shown)))
    }

    /// Permission bits. Those that change whose rights a program has are not taken from strangers; no bits at all were
    /// not meant.
    pub(super) fn permissions(&self) -> Option<u32> {
        self.mode.map(|mode| mode & 0o777).filter(|&mode| mode != 0)
    }

    /// What the extra fields know better (4.5, 4.6). Damaged ones are left out, but for zip64.
    fn read_extra(&mut self, extra: &[u8]) -> Result<()> {
        let mut fields = Fields(extra);
        let (mut zip64, mut unix, mut ntfs) = (None, None, None);
        while let (Ok(id), Ok(length)) = (fields.u16(), fields.u16()) {
            let Ok(data) = fields.take(usize::from(length)) else { break };
            match id {
                0x0001 => zip64 = Some(data),
                0x000a => ntfs = time_of_ntfs(data),
                0x5455 => unix = time_of_unix(data),
                0x7075 => self.read_name(data),
                _ => {}
            }
        }
        // The finer one counts.
        self.exact = ntfs.or(unix);
        let mut wide = Fields(zip64.unwrap_or_default());
        for number in [&mut self.size, &mut self.packed, &mut self.offset] {
            if *number == u64::from(IN_ZIP64) && zip64.is_some() {
                *number = wide.u64()?;
            }
        }
        Ok(())
    }

    /// The Unicode name of Info-ZIP (4.6.9), which holds only for the name it was made for.
    fn read_name(&mut self, data: &[u8]) {
        if let [1, a, b, c, d, name @ ..] = data
            && crate::dual::special::deflate::crc32(&self.name) == u32::from_le_bytes([*a, *b, *c, *d])
        {
            self.name = name.to_vec();
            self.flags |= UTF8;
        }
    }
}

/// The time of modification in the extended timestamp of Info-ZIP (0x5455).
fn time_of_unix(data: &[u8]) -> Option<SystemTime> {
    match *data {
        [flags, a, b, c, d, ..] if flags & 1 != 0 => time::from_unix(i32::from_le_bytes([a, b, c, d]).into()),
        _ => None,
    }
}

/// The time of modification that Windows and 7-Zip write (4.5.5): tenths of microseconds since 1601.
fn time_of_ntfs(data: &[u8]) -> Option<SystemTime> {
    let mut fields = Fields(data);
    fields.skip(4).ok()?;
    while let (Ok(tag), Ok(length)) = (fields.u16(), fields.u16()) {
        let attribute = fields.take(usize::from(length)).ok()?;
        if tag == 1 {
            return time::from_ntfs(Fields(attribute).u64().ok()?);
        }
    }
    None
}

/// How many bytes of texts follow the fixed part of the record before the content.
pub(super) fn local_texts(record: &[u8]) -> Result<usize> {
    let mut fields = Fields(record);
    if fields.u32()? != 0x0403_4b50 {
        return Err(corrupted("the record before the content is not where the directory says"));
    }
    fields.skip(22)?;
    Ok(usize::from(fields.u16()?) + usize::from(fields.u16()?))
}

/// Numbers in little-endian order.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) =
            self.0.split_at_checked(length).ok_or_else(|| corrupted("a record ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn skip(&mut self, length: usize) -> Result<()> {
        self.take(length).map(drop)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N]> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| corrupted("a record ends too early"))
    }

    fn u16(&mut self) -> Result<u16> {
        self.number().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32> {
        self.number().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64> {
        self.number().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dual::special::deflate::Sizes;
    use crate::dual::special::zip::records::{self as written, DEFLATED, Head};

    fn head(large: bool) -> Head {
        Head {
            name: "folder/é".to_owned(),
            method: DEFLATED,
            modified: Some(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_772_366_401)),
            mode: 0o100_640,
            shown: None,
            large,
            streamed: true,
        }
    }

    #[test]
    fn records_come_back_whatever_the_sizes() {
        let limit = u64::from(u32::MAX);
        for (packed, size, offset) in [
            (1, 2, 3),
            (limit - 1, limit - 1, limit - 1),
            (limit, limit, limit),
            (5, limit + 1, 7),
            (5 << 32, 6 << 32, 7 << 32),
            (1, 2, 9 << 32),
        ] {
            for large in [false, true] {
                let record = head(large).central(&Sizes { crc: 0x1234_5678, packed, size }, offset);
                let record = record.unwrap_or_default();
                assert_eq!(central_length(&record).ok(), Some(record.len()));
                let read = Central::parse(&record).ok();
                let read = read.map(|entry| (entry.packed, entry.size, entry.offset, entry.crc, entry.mode));
                assert_eq!(read, Some((packed, size, offset, 0x1234_5678, Some(0o100_640))));
            }
        }
    }

    #[test]
    fn names_and_times_come_back() {
        let record = head(false).central(&Sizes::default(), 0).unwrap_or_default();
        let entry = Central::parse(&record).ok();
        let entry = entry.map(|entry| {
            let modified = entry.modified(&WallClock::default());
            (entry.name, modified, entry.dos)
        });
        assert_eq!(entry, Some(("folder/é".into(), head(false).modified, false)));
    }

    #[test]
    fn ends_come_back_whatever_the_numbers() {
        for (entries, size, offset) in
            [(0, 0, 0), (65_534, 100, 200), (65_535, 100, 200), (1 << 33, 1 << 34, 1 << 35), (1, 5, 1 << 32)]
        {
            let bytes = written::end(entries, size, offset);
            let end = End::find(&bytes, offset + size).ok();
            let end = end.map(|end| (end.entries, end.size, end.start, end.before));
            assert_eq!(end, Some((entries, size, offset, 0)));
            let shifted = End::find(&bytes, offset + size + 100).ok().map(|end| (end.start, end.before));
            assert_eq!(shifted, Some((offset + 100, 100)));
        }
    }

    #[test]
    fn an_end_with_a_comment_or_more_behind_it_is_found_and_one_in_the_comment_is_not() {
        let mut bytes = written::end(0, 0, 0);
        bytes[20..22].copy_from_slice(&30_u16.to_le_bytes());
        bytes.extend([*b"PK\x05\x06", [b' '; 4], [b'!'; 4]].concat());
        bytes.extend([b' '; 18]);
        assert_eq!(end_record(&bytes), Some(0));
        // Something behind it makes it no other archive.
        bytes.push(b'x');
        assert_eq!(end_record(&bytes), Some(0));
    }
}

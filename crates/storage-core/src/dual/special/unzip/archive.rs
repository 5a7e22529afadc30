//! An archive that is open: its directory, and where its bytes come from.

use std::fmt;
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use storage_types::{
    ArchiveOptions, ByteRange, EntryKind, Error, ErrorKind, Operation, ReadOptions, Result, SkipReason,
    SkippedFile,
};

use super::index::{Index, Item, Place};
use super::names;
use super::records::{CENTRAL, Central, End, LOCAL, central_length};
use crate::dual::node::StorageNode;
use crate::dual::special::deflate::corrupted;
use crate::dual::stream::Reader;
use crate::maybe_async;

/// So much of the end is read at once: enough for the directory of most archives, and for the whole of small ones.
const TAIL: u64 = 256 << 10;

/// Pieces up to this size are read in one go.
const AT_ONCE: u64 = 1 << 20;

/// The limit of the ratio is not asked below this.
const HARMLESS: u64 = 64 << 20;

/// Bytes of memory that one entry may take on average, directories that the archive does not name included.
const WEIGHT: u64 = 400;

/// Names that are kept of those that were left out.
const KEPT: usize = 10_000;

pub(super) struct Archive {
    pub(super) node: StorageNode,
    pub(super) index: Index,
    /// What was left out because of its name.
    pub(super) unsafe_names: Vec<SkippedFile>,
    pub(super) unsafe_count: u64,
    /// Where the directory begins; no content reaches behind it.
    end: u64,
    tail: Bytes,
    tail_start: u64,
}

/// Its directory may have a million entries, so they are not shown.
impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive").field("node", &self.node).finish_non_exhaustive()
    }
}

#[maybe_async]
impl Archive {
    /// Reads the directory: nothing of the content.
    pub(super) async fn open(node: &StorageNode, options: &ArchiveOptions) -> Result<Arc<Self>> {
        let opened = Self::open_undescribed(node, options).await;
        node.explain(Operation::Read, opened).map(Arc::new)
    }

    async fn open_undescribed(node: &StorageNode, options: &ArchiveOptions) -> Result<Self> {
        let last = node.get_with(&ReadOptions::new().range(ByteRange::Suffix(TAIL))).await?;
        let size = last.metadata.size.max(last.bytes.len() as u64);
        let tail_start = size - last.bytes.len() as u64;
        let end = End::find(&last.bytes, tail_start)?;
        let mut archive = Self {
            node: node.clone(),
            index: Index::new(),
            unsafe_names: Vec::new(),
            unsafe_count: 0,
            end: end.start,
            tail: last.bytes,
            tail_start,
        };
        let mut building = Building { options, end, entries: 0, packed: 0, bytes: 0 };
        building.read(&mut archive).await?;
        archive.index.sort();
        Ok(archive)
    }

    /// These bytes of the file. Small pieces come at once, and those at the end are there already.
    pub(super) async fn bytes(&self, start: u64, end: u64) -> Result<Reader> {
        let end = end.max(start);
        if start >= self.tail_start {
            let from = usize::try_from(start - self.tail_start).unwrap_or(usize::MAX).min(self.tail.len());
            let to = usize::try_from(end - self.tail_start).unwrap_or(usize::MAX).min(self.tail.len());
            return Ok(Reader::from_bytes(self.tail.slice(from..to), storage_types::Metadata::file(0)));
        }
        let options = ReadOptions::new().range(start..end);
        if end - start <= AT_ONCE {
            let content = self.node.get_with(&options).await?;
            return Ok(Reader::from_bytes(content.bytes, content.metadata));
        }
        self.node.reader_with(&options).await
    }

    /// Where contents have to end.
    pub(super) fn end_of_contents(&self) -> u64 {
        self.end
    }
}

/// The directory as it is read, with what it adds up to.
struct Building<'a> {
    options: &'a ArchiveOptions,
    end: End,
    entries: u64,
    packed: u64,
    bytes: u64,
}

#[maybe_async]
impl Building<'_> {
    async fn read(&mut self, archive: &mut Archive) -> Result<()> {
        self.check_entries(self.end.entries)?;
        let mut records = Records::of(archive, &self.end).await?;
        while let Some(record) = records.next().await? {
            let entry = Central::parse(&record)?;
            self.entries += 1;
            self.check_entries(self.entries)?;
            self.add(&entry, archive)?;
        }
        let told = if self.end.narrow { self.entries & 0xffff } else { self.entries };
        if told != self.end.entries {
            return Err(corrupted(format!(
                "its directory has {} entries, and its end says {}",
                self.entries, self.end.entries
            )));
        }
        self.check_overlaps()
    }
}

impl Building<'_> {
    fn add(&mut self, entry: &Central, archive: &mut Archive) -> Result<()> {
        let name = names::decoded(entry)?;
        let path = match names::safe(&name, entry.from_dos) {
            Ok(path) => path,
            Err(_) if self.options.skip_unsafe_names => {
                archive.unsafe_count += 1;
                if archive.unsafe_names.len() < KEPT {
                    let shown = format!("{}:{name}", archive.node);
                    archive.unsafe_names.push(SkippedFile::new(shown, SkipReason::UnsafeName));
                }
                return Ok(());
            }
            Err(why) => return Err(unsafe_name(&name, why)),
        };
        self.packed = self.packed.saturating_add(entry.packed);
        self.bytes = self.bytes.saturating_add(entry.size);
        self.check_bytes()?;
        archive.index.add(item(entry, path, name.ends_with('/'), &self.end)?);
        if archive.index.weight() > self.options.max_entries.saturating_mul(WEIGHT).max(1 << 20) {
            return Err(refused("its directory takes too much memory".into(), "max_entries"));
        }
        Ok(())
    }

    fn check_entries(&self, entries: u64) -> Result<()> {
        let max = self.options.max_entries;
        if entries <= max {
            return Ok(());
        }
        Err(refused(format!("it has more than {max} entries"), "max_entries"))
    }

    fn check_bytes(&self) -> Result<()> {
        let (max, ratio) = (self.options.max_bytes, self.options.max_ratio);
        if self.bytes > max {
            return Err(refused(format!("it holds more than {max} bytes unpacked"), "max_bytes"));
        }
        if self.bytes > HARMLESS && self.bytes / self.end.start.max(1) > ratio {
            let message = format!("unpacked it is more than {ratio} times larger than packed");
            return Err(refused(message, "max_ratio"));
        }
        Ok(())
    }

    /// Contents that overlap make a small archive a huge one (David Fifield, "A better zip bomb", 2019).
    fn check_overlaps(&self) -> Result<()> {
        let headers = self.entries.saturating_mul(LOCAL as u64);
        if self.packed.saturating_add(headers) > self.end.start {
            return Err(corrupted("its contents overlap, or do not fit into it"));
        }
        Ok(())
    }
}

fn refused(message: String, option: &'static str) -> Error {
    Error::new(ErrorKind::QuotaExceeded, message)
        .with_hint(format!("if you trust the archive, raise `{option}`"))
        .with_option(option)
}

fn unsafe_name(name: &str, why: &str) -> Error {
    let shown: String = name.chars().take(200).collect();
    Error::invalid(format!("the name `{shown}` in it is not safe: {why}"))
        .with_hint("nothing was unpacked; with `skip_unsafe_names` such entries are left out")
        .with_option("skip_unsafe_names")
}

fn item(entry: &Central, path: storage_types::StoragePath, slash: bool, end: &End) -> Result<Item> {
    // POSIX `st_mode`: what is not told is a file.
    let kind = match entry.mode.map(|mode| mode & 0o170_000) {
        _ if slash => EntryKind::Directory,
        Some(0o120_000) => EntryKind::Symlink,
        None | Some(0 | 0o100_000 | 0o040_000) => EntryKind::File,
        Some(_) => EntryKind::Other,
    };
    let header = entry.offset.checked_add(end.before).filter(|&header| header < end.start);
    let place = match header {
        _ if kind == EntryKind::Directory => None,
        None => return Err(corrupted("an entry lies outside of it")),
        Some(header) => Some(Place {
            header,
            header_length: LOCAL + entry.name.len() + entry.extra + 64,
            packed: entry.packed,
            size: entry.size,
            crc: entry.crc,
            method: entry.method,
            encrypted: entry.flags & 1 != 0,
        }),
    };
    // Bits that change whose rights a program has are not taken from strangers; no bits at all were not meant.
    let mode = entry.mode.map(|mode| mode & 0o777).filter(|&mode| mode != 0);
    Ok(Item { path, kind, modified: entry.modified, mode, place })
}

/// The records of the directory, one after the other.
struct Records {
    reader: Reader,
    buffer: BytesMut,
    left: u64,
}

#[maybe_async]
impl Records {
    async fn of(archive: &Archive, end: &End) -> Result<Self> {
        let reader = archive.bytes(end.start, end.start + end.size).await?;
        Ok(Self { reader, buffer: BytesMut::new(), left: end.size })
    }

    async fn next(&mut self) -> Result<Option<Bytes>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.fill(CENTRAL).await?;
        let length = central_length(&self.buffer[..CENTRAL])?;
        self.fill(length).await?;
        self.left = self
            .left
            .checked_sub(length as u64)
            .ok_or_else(|| corrupted("its directory is longer than its end says"))?;
        let record = Bytes::copy_from_slice(&self.buffer[..length]);
        self.buffer.advance(length);
        Ok(Some(record))
    }

    async fn fill(&mut self, length: usize) -> Result<()> {
        while self.buffer.len() < length {
            let chunk = self.reader.next().await?;
            let chunk = chunk.ok_or_else(|| corrupted("its directory ends too early"))?;
            self.buffer.extend_from_slice(&chunk);
        }
        Ok(())
    }
}

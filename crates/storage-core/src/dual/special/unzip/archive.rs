//! An archive that is open: its directory in memory, and what of it is left out.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use storage_types::{
    Address, ArchiveOptions, CopyOptions, CopyReport, EntryKind, Error, ErrorKind, Operation, Result,
    SkipReason, SkippedFile, StoragePath,
};

use super::encoding::NameEncoding;
use super::index::{Index, Item, Place};
use super::names;
use super::records::{Central, End, LOCAL};
use super::source::Source;
use crate::dual::node::StorageNode;
use crate::dual::special::deflate::corrupted;
use crate::maybe_async;

/// The limit of the ratio is not asked below this: filling a gibibyte harms nobody.
const HARMLESS: u64 = 1 << 30;

/// Bytes of memory that one entry may take on average, directories that the archive does not name included.
const WEIGHT: u64 = 400;

/// How many times more memory than bytes a directory may take, past [`MODEST`]. A name of 64 KiB can stand for 30,000
/// directories.
const GROWTH: u64 = 32;

/// Memory that any directory may take.
const MODEST: u64 = 64 << 20;

pub(super) struct Archive {
    pub(super) source: Source,
    pub(super) index: Index,
    pub(super) left_out: LeftOut,
}

/// Its directory may have a million entries, so they are not shown.
impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive").field("node", &self.source.node).finish_non_exhaustive()
    }
}

/// Entries that are in the archive and not in its index.
#[derive(Default)]
pub(super) struct LeftOut {
    listed: Vec<SkippedFile>,
    unlisted: BTreeMap<SkipReason, u64>,
}

impl LeftOut {
    /// Names that are kept.
    const KEPT: usize = 10_000;

    fn add(&mut self, archive: &StorageNode, name: &str, reason: SkipReason) {
        if self.listed.len() < Self::KEPT {
            // A name with a NUL is no path, and is shown without it.
            let path =
                StoragePath::opaque(&name.replace('\0', "\\0")).unwrap_or_else(|_| StoragePath::root());
            self.listed.push(SkippedFile::new(Address::new(archive.to_string(), path), reason));
        } else {
            *self.unlisted.entry(reason).or_default() += 1;
        }
    }

    /// Tells whoever listens, and the report.
    pub(super) fn tell(&self, options: &CopyOptions, report: &mut CopyReport) {
        for skipped in &self.listed {
            if let Some(call) = &options.on_skip {
                call(skipped);
            }
            report.add_skipped(skipped.clone());
        }
        for (reason, count) in &self.unlisted {
            report.count_skipped(*reason, *count);
        }
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
        let encoding = NameEncoding::named(options.encoding.as_deref())?;
        let source = Source::find(node).await?;
        let mut building = Building {
            options,
            encoding,
            node: node.clone(),
            end: source.end,
            packed: 0,
            bytes: 0,
            index: Index::within(weight(options, &source.end)),
            left_out: LeftOut::default(),
        };
        building.read(&source).await?;
        let Building { mut index, mut left_out, .. } = building;
        index.sort(|path| left_out.add(node, path.as_str(), SkipReason::Duplicate));
        Ok(Self { source, index, left_out })
    }
}

/// The directory as it is read, with what it adds up to.
struct Building<'a> {
    options: &'a ArchiveOptions,
    encoding: NameEncoding,
    node: StorageNode,
    end: End,
    packed: u64,
    bytes: u64,
    index: Index,
    left_out: LeftOut,
}

#[maybe_async]
impl Building<'_> {
    async fn read(&mut self, source: &Source) -> Result<()> {
        self.check_entries(self.end.entries)?;
        let mut records = source.records().await?;
        while let Some(record) = records.next().await? {
            self.check_entries(records.count())?;
            self.add(&Central::parse(&record)?)?;
        }
        self.check_overlaps(records.count())
    }
}

impl Building<'_> {
    fn add(&mut self, entry: &Central) -> Result<()> {
        let name = names::with_slashes(names::decoded(entry, &self.encoding)?, entry.dos);
        let kind = kind(entry, &name);
        let path = match names::safe(&name, kind, entry.dos) {
            Ok(path) => path,
            Err(_) if self.options.skip_unsafe_names => {
                self.left_out.add(&self.node, &name, SkipReason::UnsafeName);
                return Ok(());
            }
            Err(why) => return Err(unsafe_name(&name, why)),
        };
        self.packed = self.packed.saturating_add(entry.packed);
        self.bytes = self.bytes.saturating_add(entry.size);
        self.check_bytes()?;
        // The folder that everything lies in is there already.
        if !path.is_root() {
            let mut item = item(entry, path, kind, &self.end)?;
            item.modified = entry.modified(&self.options.clock);
            self.index.add(item);
        }
        if self.index.is_too_large() {
            return Err(Error::new(
                ErrorKind::QuotaExceeded,
                "its directory takes too much memory: its names stand for too many directories",
            ));
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
    fn check_overlaps(&self, entries: u64) -> Result<()> {
        let headers = entries.saturating_mul(LOCAL as u64);
        if self.packed.saturating_add(headers) > self.end.start {
            return Err(corrupted("its contents overlap, or do not fit into it"));
        }
        Ok(())
    }
}

/// The memory that the directory may take.
fn weight(options: &ArchiveOptions, end: &End) -> u64 {
    let by_entries = options.max_entries.saturating_mul(WEIGHT).max(1 << 20);
    by_entries.min(end.size.saturating_mul(GROWTH).max(MODEST))
}

fn refused(message: String, option: &'static str) -> Error {
    Error::new(ErrorKind::QuotaExceeded, message)
        .with_hint(format!("if you trust the archive, raise `{option}`"))
        .with_option(option)
}

fn unsafe_name(name: &str, why: &str) -> Error {
    Error::invalid(format!("the name `{}` in it is not safe: {why}", names::shown(name)))
        .with_hint("nothing was unpacked; with `skip_unsafe_names` such entries are left out")
        .with_option("skip_unsafe_names")
}

/// What an entry is. Content that came from a pipe or a device is a file: an archive holds the bytes, and Info-ZIP
/// marks what it read from its standard input so.
pub(super) fn kind(entry: &Central, name: &str) -> EntryKind {
    // POSIX `st_mode`.
    match entry.mode.map(|mode| mode & 0o170_000) {
        _ if name.ends_with('/') => EntryKind::Directory,
        Some(0o120_000) => EntryKind::Symlink,
        Some(0o040_000) if entry.size == 0 => EntryKind::Directory,
        _ if entry.dos_directory && entry.size == 0 => EntryKind::Directory,
        _ => EntryKind::File,
    }
}

fn item(entry: &Central, path: StoragePath, kind: EntryKind, end: &End) -> Result<Item> {
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
            encrypted: entry.is_encrypted(),
        }),
    };
    Ok(Item { path, kind, modified: None, mode: entry.permissions(), place })
}

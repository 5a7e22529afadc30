//! What is in an archive, entry by entry, as its directory says: nothing is collected and nothing refused.

use storage_types::{ArchiveEntry, ArchiveOptions, EntryKind, Operation, Result, WallClock};

use super::archive::kind;
use super::encoding::NameEncoding;
use super::names;
use super::records::Central;
use super::source::{Records, Source};
use super::stream::unreadable;
use crate::dual::node::StorageNode;
use crate::maybe_async;

/// The entries of an archive in the order in which they stand there, read while they are asked for.
pub struct ArchiveEntries {
    node: StorageNode,
    records: Records,
    encoding: NameEncoding,
    clock: WallClock,
}

impl std::fmt::Debug for ArchiveEntries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArchiveEntries").field("node", &self.node).finish_non_exhaustive()
    }
}

#[maybe_async]
impl StorageNode {
    /// Lists the zip archive that is stored here, without any limit: entries come one by one, and those that would not
    /// be unpacked say why. Of the options only the encoding and the clock count.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Corrupted` when it is no archive or its directory is damaged; `Unsupported` for one part of several.
    pub async fn zip_entries(&self, options: &ArchiveOptions) -> Result<ArchiveEntries> {
        let opened = ArchiveEntries::open(self, options).await;
        self.explain(Operation::List, opened)
    }
}

#[maybe_async]
impl ArchiveEntries {
    async fn open(node: &StorageNode, options: &ArchiveOptions) -> Result<Self> {
        let encoding = NameEncoding::named(options.encoding.as_deref())?;
        let source = Source::find(node).await?;
        let records = source.records().await?;
        Ok(Self { node: node.clone(), records, encoding, clock: options.clock.clone() })
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    ///
    /// `Corrupted` for a damaged directory, and what reading says.
    pub async fn next(&mut self) -> Result<Option<ArchiveEntry>> {
        let record = self.records.next().await;
        let Some(record) = self.node.explain(Operation::List, record)? else { return Ok(None) };
        let entry = Central::parse(&record);
        let entry = self.node.explain(Operation::List, entry)?;
        let mut told = told(&entry, &self.encoding);
        told.modified = entry.modified(&self.clock);
        Ok(Some(told))
    }
}

/// An entry as callers see it. A name that cannot be decoded is shown as well as it can be.
fn told(entry: &Central, encoding: &NameEncoding) -> ArchiveEntry {
    let (name, damaged) = match names::decoded(entry, encoding) {
        Ok(name) => (names::with_slashes(name, entry.dos), None),
        Err(error) => (String::from_utf8_lossy(&entry.name).into_owned(), Some(error.message().to_owned())),
    };
    let kind = kind(entry, &name);
    let mut told = ArchiveEntry::new(name, kind);
    let unsafe_name = names::safe(&told.name, kind, entry.dos).err().map(|why| format!("unsafe name: {why}"));
    let unreadable = unreadable(entry.method, entry.is_encrypted()).filter(|_| kind != EntryKind::Directory);
    told.problem = damaged.or(unsafe_name).or(unreadable.map(|error| error.message().to_owned()));
    told.size = entry.size;
    told.packed = entry.packed;
    told.mode = entry.permissions();
    told.encrypted = entry.is_encrypted();
    told.method = entry.method;
    told
}

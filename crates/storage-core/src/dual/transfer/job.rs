//! What is carried: one entry of a transfer, and the directory in which it lies.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use storage_types::{EntryKind, Error, ErrorKind, Metadata, Operation, Result, StoragePath, TransferEntry};

use crate::dual::node::{NodeEntry, StorageNode};

/// What the destination has under the name of an entry.
#[derive(Debug, Clone)]
pub(super) enum AtDestination {
    /// Not looked up.
    Unknown,
    /// Nothing.
    Missing,
    /// This.
    Is(Box<Metadata>),
}

impl AtDestination {
    pub(super) fn metadata(&self) -> Option<&Metadata> {
        match self {
            Self::Is(metadata) => Some(metadata),
            Self::Unknown | Self::Missing => None,
        }
    }
}

/// One entry of a transfer: a file, a link or a directory.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) source: StorageNode,
    pub(super) destination: StorageNode,
    /// Relative to the start; the name for a single file.
    pub(super) relative: String,
    pub(super) metadata: Metadata,
    pub(super) there: AtDestination,
    /// What of another kind stood at the destination, and is deleted for it.
    pub(super) replaces: Option<EntryKind>,
    /// The directory in which it lies, in a tree.
    pub(super) parent: Option<Arc<Directory>>,
    /// The source lies behind a link to a directory that was followed.
    pub(super) behind_link: bool,
    /// The file of which it is one of several names, where they are to stay names of one file.
    pub(super) shared: Option<(u64, u64)>,
    /// It is the first of these names in the order of the walk.
    pub(super) is_first_name: bool,
    /// The destination has the file under another name, and no bytes move.
    pub(super) is_further_name: bool,
}

impl Job {
    pub(super) fn new(
        entry: NodeEntry,
        destination: StorageNode,
        relative: String,
        there: AtDestination,
    ) -> Self {
        Self {
            source: entry.node,
            destination,
            relative,
            metadata: entry.metadata,
            there,
            replaces: None,
            parent: None,
            behind_link: false,
            shared: None,
            is_first_name: false,
            is_further_name: false,
        }
    }

    pub(super) fn entry(&self) -> TransferEntry {
        transfer_entry(&self.source, &self.relative, self.metadata.clone())
    }

    /// Bytes that move.
    pub(super) fn bytes(&self) -> u64 {
        if self.is_further_name { 0 } else { self.metadata.size }
    }

    /// Devices, sockets and pipes that are in the way are never replaced by content.
    pub(super) fn refuse_special(&self) -> Result<()> {
        match &self.there {
            AtDestination::Is(there) if there.kind == EntryKind::Other => {
                let error = Error::new(
                    ErrorKind::AlreadyExists,
                    "a device, socket or pipe stands there, and is not replaced by a file",
                )
                .with_hint("remove it first, or copy to another name");
                Err(self.destination.described(Operation::Copy, error))
            }
            _ => Ok(()),
        }
    }

    /// Whether a link stands at the destination that was looked at: it leads to no directory and no device, or its place is
    /// free now.
    pub(super) fn sees_link(&self) -> bool {
        self.there.metadata().is_some_and(|there| there.kind == EntryKind::Symlink)
    }

    pub(super) fn is_link(&self) -> bool {
        self.metadata.kind == EntryKind::Symlink
    }
}

pub(super) fn transfer_entry(node: &StorageNode, relative: &str, metadata: Metadata) -> TransferEntry {
    TransferEntry::new(node.mount_name().to_owned(), node.path().clone(), relative.to_owned(), metadata)
}

/// A directory whose entries are being carried. Whoever finishes the last of them sets its mode and time.
pub(super) struct Directory {
    pub(super) source: StorageNode,
    pub(super) destination: StorageNode,
    relative: String,
    /// What the source is.
    pub(super) metadata: Metadata,
    /// What the destination was before the run.
    pub(super) there: Option<Metadata>,
    /// Its own mode keeps its owner from writing into it, so it has another one until all is done.
    pub(super) final_mode: Option<u32>,
    parent: Option<Arc<Directory>>,
    /// Entries under way, and one for the listing.
    open: AtomicUsize,
    /// Something was written into it.
    changed: AtomicBool,
    /// It is still to be made, with the first file in it.
    missing: AtomicBool,
    announced: AtomicBool,
}

impl Directory {
    pub(super) fn new(job: &Job, final_mode: Option<u32>, missing: bool) -> Arc<Self> {
        Arc::new(Self {
            source: job.source.clone(),
            destination: job.destination.clone(),
            relative: job.relative.clone(),
            metadata: job.metadata.clone(),
            there: job.there.metadata().cloned(),
            final_mode,
            parent: job.parent.clone(),
            open: AtomicUsize::new(1),
            changed: AtomicBool::new(false),
            missing: AtomicBool::new(missing),
            announced: AtomicBool::new(false),
        })
    }

    /// One more entry is under way.
    pub(super) fn begin(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    /// One entry is done, or the listing has ended. True for the last of them.
    pub(super) fn end(&self) -> bool {
        self.open.fetch_sub(1, Ordering::AcqRel) == 1
    }

    pub(super) fn set_changed(&self) {
        self.changed.store(true, Ordering::Release);
    }

    pub(super) fn is_changed(&self) -> bool {
        self.changed.load(Ordering::Acquire)
    }

    /// Whether it is still to be made.
    pub(super) fn is_missing(&self) -> bool {
        self.missing.load(Ordering::Acquire)
    }

    pub(super) fn set_made(&self) {
        self.missing.store(false, Ordering::Release);
    }

    /// True for the first who is about to make it.
    pub(super) fn announce(&self) -> bool {
        !self.announced.swap(true, Ordering::AcqRel)
    }

    /// This directory and those around it that are still to be made, the outermost first.
    pub(super) fn missing_from_the_top(&self) -> Vec<&Self> {
        let mut missing = Vec::new();
        let mut next = Some(self);
        while let Some(directory) = next.filter(|directory| directory.is_missing()) {
            missing.push(directory);
            next = directory.parent.as_deref();
        }
        missing.reverse();
        missing
    }

    /// Its own step.
    pub(super) fn job(&self) -> Job {
        let entry = NodeEntry { node: self.source.clone(), metadata: self.metadata.clone() };
        let there =
            self.there.clone().map_or(AtDestination::Missing, |there| AtDestination::Is(Box::new(there)));
        Job::new(entry, self.destination.clone(), self.relative.clone(), there)
    }
}

/// The path of `node` below `root`.
pub(super) fn below(node: &StorageNode, root: &StorageNode) -> StoragePath {
    node.path().strip_prefix(root.path()).unwrap_or_else(StoragePath::root)
}

//! What a transfer is asked to do. Nothing in it changes once it has begun.

use std::sync::Arc;

use storage_types::{
    CopyOptions, EntryKind, Error, ErrorKind, Metadata, Operation, Result, Skip, StoragePath, SymlinkPolicy,
};

use super::carry::throttle::Throttle;
use super::find::selection::Selection;
use super::job::{AtDestination, Job, below};
use crate::dual::node::{NodeEntry, StorageNode};
use crate::maybe_async;

/// A rule that may ask the stores whether an existing file is left alone.
#[maybe_async]
pub trait SkipWhen: Send + Sync {
    /// Whether the existing `destination` stays as it is.
    async fn skip(&self, source: &StorageNode, destination: &StorageNode) -> Result<bool>;
}

/// What is done beyond copying.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mode {
    /// What was copied is deleted at the source.
    pub(super) moves: bool,
    /// What only the destination has is deleted.
    pub(super) deletes: bool,
    /// Nothing is deleted when there is more than this.
    pub(super) max_delete: Option<u64>,
    /// It is deleted although the source is empty or something failed.
    pub(super) force: bool,
    /// Nothing is changed.
    pub(super) dry_run: bool,
}

/// What a transfer is asked to do.
pub(super) struct Task<'a> {
    pub(super) options: Arc<CopyOptions>,
    pub(super) rule: Option<&'a dyn SkipWhen>,
    pub(super) selection: Selection,
    pub(super) source: StorageNode,
    pub(super) destination: StorageNode,
    pub(super) mode: Mode,
    /// What the source is; a file of no size before it was looked up.
    pub(super) root: Metadata,
    pub(super) throttle: Option<Arc<Throttle>>,
}

impl<'a> Task<'a> {
    /// A task whose source was not looked at yet.
    pub(super) fn unseen(
        source: &StorageNode,
        destination: &StorageNode,
        options: &CopyOptions,
        rule: Option<&'a dyn SkipWhen>,
        mode: Mode,
    ) -> Result<Self> {
        let mut options = options.clone();
        // A move keeps everything, on every path that it may take.
        options.preserve |= mode.moves;
        refuse_hard_links(source, destination, &options)?;
        Ok(Self {
            selection: source.explain(Operation::Copy, Selection::new(&options))?,
            throttle: options.bandwidth.map(|rate| Arc::new(Throttle::new(rate))),
            options: Arc::new(options),
            rule,
            source: source.clone(),
            destination: destination.clone(),
            mode,
            root: Metadata::file(0),
        })
    }

    /// Whether this is a tree, whose files are made durable together.
    pub(super) fn is_tree(&self) -> bool {
        self.root.is_dir()
    }

    /// What becomes of links: a move takes them along unless the options differ.
    pub(super) fn symlinks(&self) -> SymlinkPolicy {
        let by_default = if self.mode.moves { SymlinkPolicy::Preserve } else { SymlinkPolicy::Skip };
        self.options.symlinks.unwrap_or(by_default)
    }

    /// Whether existing files are compared with those of the source.
    pub(super) fn compares(&self) -> bool {
        self.rule.is_some() || !matches!(self.options.skip, Skip::Never)
    }

    /// Whether the destination is listed beside the source.
    pub(super) fn lists_destination(&self) -> bool {
        self.compares() || self.mode.deletes || self.mode.dry_run
    }

    /// Whether directories are steps of their own at the destination.
    pub(super) fn makes_directories(&self) -> bool {
        !self.selection.has_includes() && self.destination.capabilities().directories
    }

    /// Whether empty directories are kept by a marker, on stores where a directory is only what is in it.
    pub(super) fn makes_markers(&self) -> bool {
        let can = self.destination.capabilities();
        !self.selection.has_includes() && !can.directories && can.folder_markers
    }

    /// Whether mode and time of directories are kept.
    pub(super) fn keeps_directory_attributes(&self) -> bool {
        let can = self.destination.capabilities();
        self.options.preserve && can.directories && can.set_attributes
    }

    /// The place of a node of the source at the destination.
    pub(super) fn counterpart(&self, source: &StorageNode) -> StorageNode {
        let relative = below(source, &self.source);
        self.destination.at(self.destination.path().join(&relative))
    }

    pub(super) fn below_source(&self, source: &StorageNode) -> StoragePath {
        below(source, &self.source)
    }

    pub(super) fn below_destination(&self, destination: &StorageNode) -> StoragePath {
        below(destination, &self.destination)
    }

    /// The job of a transfer of one file.
    pub(super) fn single(&self, metadata: Metadata) -> Job {
        let entry = NodeEntry { node: self.source.clone(), metadata };
        Job::new(entry, self.destination.clone(), self.source.name().to_owned(), AtDestination::Unknown)
    }
}

#[maybe_async]
impl Task<'_> {
    /// The task, once it has looked at its source. A link counts as such where it is to stay one: it may point nowhere.
    pub(super) async fn seen(mut self) -> Result<Self> {
        let keeps_links = self.mode.moves || self.symlinks() == SymlinkPolicy::Preserve;
        if keeps_links && self.source.capabilities().symlinks {
            let target = self.source.backend().read_link(self.source.path()).await;
            if target.is_ok() {
                self.root = Metadata::of(EntryKind::Symlink, 0);
                return Ok(self);
            }
        }
        self.root = self.source.stat().await?;
        Ok(self)
    }
}

impl Task<'_> {
    /// Fails where the destination cannot be written to, before anything is done.
    pub(super) fn refuse_read_only(&self) -> Result<()> {
        if self.destination.capabilities().write {
            return Ok(());
        }
        let error = Error::new(ErrorKind::PermissionDenied, "the mount does not allow to write")
            .with_hint("copy to another mount, or configure this one with `permissions: readwrite`");
        Err(self.destination.described(Operation::Copy, error))
    }
}

/// Fails where hard links are wanted and one of the sides has none, before anything is done.
fn refuse_hard_links(source: &StorageNode, destination: &StorageNode, options: &CopyOptions) -> Result<()> {
    if !options.hard_links {
        return Ok(());
    }
    let Some(side) = [source, destination].into_iter().find(|side| !side.capabilities().hard_links) else {
        return Ok(());
    };
    let error = Error::new(ErrorKind::Unsupported, "the mount has no hard links")
        .with_hint("leave `hard_links` out: each name becomes a file of its own then")
        .with_option("hard_links");
    Err(side.described(Operation::Copy, error))
}

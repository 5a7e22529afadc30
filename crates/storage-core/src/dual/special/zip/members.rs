//! What goes into an archive, found while it is made: nothing is collected.

use std::collections::VecDeque;

use storage_types::{
    EntryKind, Error, Metadata, Operation, PatternSet, Result, SkipReason, SkippedFile, StoragePath,
    SymlinkPolicy, WalkOptions, ZipOptions,
};

use super::names::Names;
use crate::dual::node::{NodeEntry, StorageNode, Walk};
use crate::dual::special::concat::ConcatBackend;
use crate::dual::transfer::same_place;
use crate::maybe_async;

type FileId = (u64, u64);

/// One member: a file, a directory, or a link that is stored as such.
pub(super) struct Member {
    pub(super) node: StorageNode,
    /// In the archive; that of a directory ends with a slash.
    pub(super) name: String,
    pub(super) metadata: Metadata,
}

pub(super) struct Members {
    sources: VecDeque<Source>,
    /// A single directory is archived without its own name.
    alone: bool,
    names: Names,
    tree: Option<Tree>,
    destination: Option<StorageNode>,
    patterns: PatternSet,
    options: ZipOptions,
}

struct Source {
    node: StorageNode,
    metadata: Metadata,
}

/// The tree that is being walked.
struct Tree {
    walk: Walk,
    /// Stands before the names: empty, or ends with a slash.
    prefix: String,
    /// The directories around the current entry, to recognise a link that leads back up.
    around: Vec<(StoragePath, FileId)>,
}

#[maybe_async]
impl Members {
    /// Looks at each source, so that one that is missing is told before anything is written.
    pub(super) async fn of(
        sources: &[StorageNode],
        destination: Option<&StorageNode>,
        options: &ZipOptions,
    ) -> Result<Self> {
        let patterns = PatternSet::new(&options.include, &options.exclude);
        let mut found = VecDeque::new();
        for source in sources {
            let itself = std::slice::from_ref(source);
            for node in ConcatBackend::parts_of(source).unwrap_or(itself) {
                found.push_back(Source { node: node.clone(), metadata: node.stat().await? });
            }
        }
        Ok(Self {
            alone: found.len() == 1,
            sources: found,
            names: Names::default(),
            tree: None,
            destination: destination.cloned(),
            patterns: patterns?,
            options: options.clone(),
        })
    }

    /// The next member; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Member>> {
        loop {
            self.options.cancel.check()?;
            if let Some(tree) = &mut self.tree {
                match tree.walk.next().await? {
                    Some(entry) => {
                        if let Some(member) = self.listed(entry).await? {
                            return Ok(Some(member));
                        }
                    }
                    None => self.tree = None,
                }
                continue;
            }
            let Some(source) = self.sources.pop_front() else { return Ok(None) };
            if let Some(member) = self.begin(source).await? {
                return Ok(Some(member));
            }
        }
    }

    /// A file is a member; a tree is walked, and is one only if others stand beside it.
    async fn begin(&mut self, source: Source) -> Result<Option<Member>> {
        let name = match source.node.name() {
            "" => source.node.mount_name(),
            name => name,
        };
        if !source.metadata.is_dir() {
            if !self.wanted(&source.node, name, &source.metadata) {
                return Ok(None);
            }
            let name = self.names.unique(name);
            return Ok(Some(Member { node: source.node, name, metadata: source.metadata }));
        }
        let prefix = if self.alone { String::new() } else { format!("{}/", self.names.unique(name)) };
        let around = source.metadata.file_id.map(|id| (source.node.path().clone(), id));
        let walk = source.node.walk(&WalkOptions::new()).await?;
        let around = around.into_iter().collect();
        self.tree = Some(Tree { walk, prefix: prefix.clone(), around });
        if prefix.is_empty() || self.patterns.has_includes() {
            return Ok(None);
        }
        Ok(Some(Member { node: source.node, name: prefix, metadata: source.metadata }))
    }

    /// What becomes of an entry of the tree.
    async fn listed(&mut self, mut entry: NodeEntry) -> Result<Option<Member>> {
        let Some(tree) = &mut self.tree else { return Ok(None) };
        let relative =
            entry.node.path().strip_prefix(tree.walk.root().path()).unwrap_or_else(StoragePath::root);
        if entry.metadata.is_dir() && self.patterns.excludes(relative.as_str(), true) {
            tree.walk.skip_directory();
            self.skip(&entry.node, SkipReason::Excluded);
            return Ok(None);
        }
        tree.remember(&entry.node, &entry.metadata);
        if entry.metadata.kind == EntryKind::Symlink && self.options.symlinks == SymlinkPolicy::Follow {
            tree.follow(&mut entry).await?;
        }
        let mut name = format!("{}{relative}", tree.prefix);
        if entry.metadata.is_dir() {
            if self.patterns.has_includes() {
                return Ok(None);
            }
            name.push('/');
        } else if !self.wanted(&entry.node, relative.as_str(), &entry.metadata) {
            return Ok(None);
        }
        Ok(Some(Member { node: entry.node, name, metadata: entry.metadata }))
    }
}

impl Members {
    pub(super) fn patterns(&self) -> &PatternSet {
        &self.patterns
    }

    /// Whether a file or link goes in; if not, that is told.
    fn wanted(&self, node: &StorageNode, relative: &str, metadata: &Metadata) -> bool {
        let reason = match metadata.kind {
            _ if !self.patterns.allows(relative) => SkipReason::Excluded,
            EntryKind::File => {
                let itself = self.destination.as_ref().is_some_and(|there| same_place(node, there));
                if !itself {
                    return true;
                }
                SkipReason::SameFile
            }
            EntryKind::Symlink if self.options.symlinks == SymlinkPolicy::Preserve => return true,
            EntryKind::Symlink => SkipReason::Symlink,
            _ => SkipReason::Special,
        };
        self.skip(node, reason);
        false
    }

    fn skip(&self, node: &StorageNode, reason: SkipReason) {
        if let Some(call) = &self.options.on_skip {
            call(&SkippedFile::new(node.address(), reason));
        }
    }
}

impl Tree {
    fn remember(&mut self, node: &StorageNode, metadata: &Metadata) {
        while self.around.last().is_some_and(|(path, _)| !node.path().starts_with(path)) {
            self.around.pop();
        }
        if let Some(id) = metadata.file_id.filter(|_| metadata.is_dir()) {
            self.around.push((node.path().clone(), id));
        }
    }
}

#[maybe_async]
impl Tree {
    /// Takes what a link points at for the link. One that leads back to where we are would never end.
    async fn follow(&mut self, entry: &mut NodeEntry) -> Result<()> {
        let target = entry.node.stat().await?;
        if target.is_dir() {
            if self.around.iter().any(|(_, id)| target.file_id == Some(*id)) {
                let error = Error::invalid("the link leads back to a directory that it lies in")
                    .with_hint("set `symlinks` to `skip` or `preserve`")
                    .with_option("symlinks");
                return entry.node.explain(Operation::Read, Err(error));
            }
            self.remember(&entry.node, &target);
            self.walk.enter_link(&entry.node);
        }
        entry.metadata = target;
        Ok(())
    }
}

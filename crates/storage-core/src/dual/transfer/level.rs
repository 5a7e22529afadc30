//! One side of one level: entries by name, from a listing that runs or from one that is complete.

use std::collections::VecDeque;

use storage_types::{EntryKind, ErrorKind, ListOptions, Result};

use super::tree::Tree;
use crate::dual::node::{Children, NodeEntry, StorageNode};
use crate::maybe_async;

/// What orders entries of one level: on object stores a file and a directory may have one name.
pub(super) type Key<'e> = (&'e str, bool);

pub(super) fn key(entry: &NodeEntry) -> Key<'_> {
    (entry.node.name(), entry.metadata.is_dir())
}

enum Entries {
    Live(Children),
    Kept(VecDeque<NodeEntry>),
}

/// The entries of one directory, one of them looked at before it is taken.
pub(super) struct Level {
    entries: Entries,
    /// Links are what they point to.
    follows: bool,
    next: Option<NodeEntry>,
    /// The entry that the last error was about.
    blamed: Option<StorageNode>,
    ended: bool,
    last: Option<(String, bool)>,
}

#[maybe_async]
impl Level {
    /// Opens a level; `None` when there is no such directory.
    pub(super) async fn open(
        node: &StorageNode,
        tree: Option<&mut Tree>,
        follows: bool,
    ) -> Result<Option<Self>> {
        let entries = match tree {
            Some(tree) => match tree.take(node) {
                Some(entries) => Entries::Kept(entries),
                None => return Ok(None),
            },
            None => match node.children_with(&ListOptions::new()).await {
                Ok(children) => Entries::Live(children),
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            },
        };
        Ok(Some(Self { entries, follows, next: None, blamed: None, ended: false, last: None }))
    }

    /// What comes next. An error concerns one entry, and the next call goes on behind it.
    pub(super) async fn peek(&mut self) -> Result<Option<&NodeEntry>> {
        if self.next.is_none() && !self.ended {
            let next = match &mut self.entries {
                Entries::Live(children) => match children.next().await {
                    // A name that is no text is one entry; anything else is the end of the listing.
                    Err(error) if error.kind() != ErrorKind::InvalidInput => {
                        self.ended = true;
                        return Err(error);
                    }
                    entry => entry?,
                },
                Entries::Kept(entries) => entries.pop_front(),
            };
            self.ended = next.is_none();
            self.next = match next {
                Some(entry) if self.follows && entry.metadata.kind == EntryKind::Symlink => {
                    Some(self.follow(entry).await?)
                }
                next => next,
            };
        }
        Ok(self.next.as_ref())
    }

    async fn follow(&mut self, mut entry: NodeEntry) -> Result<NodeEntry> {
        match entry.node.stat().await {
            Ok(metadata) => {
                entry.metadata = metadata;
                Ok(entry)
            }
            Err(error) => {
                self.blamed = Some(entry.node);
                Err(error)
            }
        }
    }
}

impl Level {
    pub(super) fn take_blamed(&mut self) -> Option<StorageNode> {
        self.blamed.take()
    }

    pub(super) fn looked_at(&self) -> Option<&NodeEntry> {
        self.next.as_ref()
    }

    /// Takes what was looked at.
    pub(super) fn take(&mut self) -> Option<NodeEntry> {
        self.next.take()
    }

    /// Whether what was looked at comes behind what came before it. Stores have orders of their own, and a backend that
    /// does not sort must not make files look missing.
    pub(super) fn is_in_order(&mut self) -> bool {
        let Some(entry) = &self.next else { return true };
        let (name, directory) = key(entry);
        if self.last.as_ref().is_some_and(|(last, kind)| (name, directory) < (last.as_str(), *kind)) {
            return false;
        }
        match &mut self.last {
            Some((last, kind)) => {
                name.clone_into(last);
                *kind = directory;
            }
            None => self.last = Some((name.to_owned(), directory)),
        }
        true
    }
}

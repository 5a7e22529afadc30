//! One side of one level: entries by name, from a listing that runs or from one that is complete.

use std::cmp::Ordering;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use storage_types::{EntryKind, Error, ErrorKind, ListOptions, Operation, Result};

use super::tree::Tree;
use crate::dual::backend::Backend;
use crate::dual::content::is_absence;
use crate::dual::node::{Children, NodeEntry, StorageNode};
use crate::maybe_async;

/// Entries that are read ahead to see whether a store sorts: no more than a page of any listing.
const AHEAD: usize = 1_000;

/// Entries that are sorted here where the store does not.
const SORTED: usize = 100_000;

/// What orders entries of one level: on object stores a file and a directory may have one name, and the file comes first.
type Key<'e> = (&'e str, bool);

/// Entries that were read ahead, and the listing that goes on behind them.
struct Entries {
    ahead: VecDeque<Result<NodeEntry>>,
    rest: Option<Children>,
    /// The listing ended with an error: there may be more.
    broken_off: bool,
}

/// The entries of one directory, one of them looked at before it is taken.
pub(super) struct Level {
    entries: Entries,
    /// A file and a directory may have one name here.
    shares_names: bool,
    /// The store for which different names may be one.
    folds: Option<Arc<dyn Backend>>,
    /// Links are what they point to.
    follows: bool,
    /// The store does not sort, and there is too much to be sorted here.
    disordered: bool,
    next: Option<Next>,
    /// What was taken last.
    last: Option<Last>,
    /// The entry that the last error was about.
    blamed: Option<StorageNode>,
}

/// An entry, and what its name is for a store that folds names.
struct Next {
    entry: NodeEntry,
    folded: Option<String>,
    /// It is a link that stands for what it points to.
    followed: bool,
    /// Why its kind is unknown.
    error: Option<Error>,
}

/// An entry of one side that was taken.
pub(super) struct Taken {
    pub(super) entry: NodeEntry,
    /// It is a link that stands for what it points to.
    pub(super) followed: bool,
    /// Why its kind is unknown.
    pub(super) error: Option<Error>,
}

impl Next {
    /// The name, as the store takes it.
    fn name(&self) -> &str {
        self.folded.as_deref().unwrap_or_else(|| self.entry.node.name())
    }

    fn key(&self) -> Key<'_> {
        (self.name(), self.entry.metadata.is_dir())
    }
}

/// An entry that was taken.
#[derive(Default)]
struct Last {
    name: String,
    directory: bool,
    folded: Option<String>,
}

impl Last {
    fn key(&self) -> Key<'_> {
        (self.folded.as_deref().unwrap_or(&self.name), self.directory)
    }

    /// Whether the store keeps both under one name although they are called differently.
    fn is_one_with(&self, next: &Next) -> bool {
        self.folded.is_some() && self.folded == next.folded && self.name != next.entry.node.name()
    }
}

#[maybe_async]
impl Level {
    /// Opens a level; `None` when there is no such directory. `names` is in the store that the names are for.
    pub(super) async fn open(
        node: &StorageNode,
        tree: Option<&mut Tree>,
        follows: bool,
        names: &StorageNode,
    ) -> Result<Option<Self>> {
        let entries = match tree {
            Some(tree) => match tree.take(node) {
                Some(entries) => {
                    Entries { ahead: entries.into_iter().map(Ok).collect(), rest: None, broken_off: false }
                }
                None => return Ok(None),
            },
            None => match node.children_with(&ListOptions::new().read_ahead(true)).await {
                Ok(children) => Entries { ahead: VecDeque::new(), rest: Some(children), broken_off: false },
                Err(error) if is_absence(&error) => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            },
        };
        let folds = names.backend().folded("a").map(|_| names.backend().clone());
        let (next, last, blamed) = (None, None, None);
        let shares_names = !node.capabilities().directories;
        let mut this = Self { entries, shares_names, folds, follows, disordered: false, next, last, blamed };
        this.put_in_order().await;
        Ok(Some(this))
    }

    /// Stores have orders of their own, which is seen at the beginning already. A store for which different names are one
    /// has an order that is not that of the names.
    async fn put_in_order(&mut self) {
        if self.folds.is_some() {
            self.entries.read_ahead(usize::MAX).await;
            self.sort(&HashSet::new());
            return;
        }
        self.entries.read_ahead(AHEAD).await;
        if self.entries.are_sorted() {
            return;
        }
        self.entries.read_ahead(SORTED).await;
        self.disordered = self.entries.rest.is_some();
        if !self.disordered {
            self.sort(&HashSet::new());
        }
    }

    /// What comes next. An error concerns one entry, and the next call goes on behind it.
    pub(super) async fn peek(&mut self) -> Result<Option<&NodeEntry>> {
        if self.next.is_none()
            && let Some(mut entry) = self.entries.next().await?
        {
            let followed = self.follows && entry.metadata.kind == EntryKind::Symlink;
            let mut error = None;
            if followed {
                match entry.node.stat().await {
                    Ok(metadata) => entry.metadata = metadata,
                    Err(dangling) => error = Some(dangling),
                }
            }
            self.next = Some(Next { folded: self.folded(entry.node.name()), entry, followed, error });
        }
        Ok(self.next.as_ref().map(|next| &next.entry))
    }

    /// As [`peek`](Self::peek), and a name that is one with that before it is an error.
    pub(super) async fn peek_alone(&mut self) -> Result<Option<&NodeEntry>> {
        self.peek().await?;
        if let (Some(last), Some(next)) = (&self.last, &self.next)
            && last.is_one_with(next)
        {
            let error = one_name(&last.name, &next.entry);
            self.blamed = self.next.take().map(|next| next.entry.node);
            return Err(error);
        }
        Ok(self.next.as_ref().map(|next| &next.entry))
    }
}

fn one_name(other: &str, entry: &NodeEntry) -> Error {
    let name = entry.node.name();
    let error = Error::new(
        ErrorKind::AlreadyExists,
        format!("`{other}` and `{name}` are one name at the destination, and only the first was copied"),
    )
    .with_hint("rename one of them, or copy them to different directories");
    entry.node.described(Operation::Copy, error)
}

#[maybe_async]
impl Entries {
    async fn next(&mut self) -> Result<Option<NodeEntry>> {
        match self.ahead.pop_front() {
            Some(entry) => entry.map(Some),
            None => self.list_one().await,
        }
    }

    async fn read_ahead(&mut self, count: usize) {
        while self.ahead.len() < count {
            match self.list_one().await {
                Ok(Some(entry)) => self.ahead.push_back(Ok(entry)),
                Ok(None) => return,
                Err(error) => self.ahead.push_back(Err(error)),
            }
        }
    }

    /// The next entry behind those that were read ahead.
    async fn list_one(&mut self) -> Result<Option<NodeEntry>> {
        let Some(children) = &mut self.rest else { return Ok(None) };
        let entry = children.next().await;
        match &entry {
            Ok(Some(_)) => {}
            Ok(None) => self.rest = None,
            // A name that is not text is one entry; anything else is the end of the listing.
            Err(error) if error.kind() == ErrorKind::InvalidInput => {}
            Err(_) => {
                self.rest = None;
                self.broken_off = true;
            }
        }
        entry
    }
}

impl Entries {
    fn are_sorted(&self) -> bool {
        let entries = self.ahead.iter().filter_map(|entry| entry.as_ref().ok());
        entries.map(|entry| (entry.node.name(), entry.metadata.is_dir())).is_sorted()
    }
}

impl Level {
    fn folded(&self, name: &str) -> Option<String> {
        self.folds.as_ref().and_then(|store| store.folded(name))
    }

    /// Sorts what was read ahead; of names that are one for the store, those that are `there` come first.
    fn sort(&mut self, there: &HashSet<String>) {
        let Some(store) = self.folds.clone() else {
            return self.sort_by(|entry| (entry.node.name().to_owned(), entry.metadata.is_dir()));
        };
        self.sort_by(|entry| {
            let name = entry.node.name();
            let other = !there.contains(name);
            (store.folded(name), other, entry.metadata.is_dir(), name.to_owned())
        });
    }

    /// Errors come last: that of a listing that broke off is its end.
    fn sort_by<K: Ord>(&mut self, key: impl Fn(&NodeEntry) -> K) {
        let key = |entry: &Result<NodeEntry>| (entry.is_err(), entry.as_ref().ok().map(&key));
        self.entries.ahead.make_contiguous().sort_by_cached_key(key);
    }

    /// Of names that are one for the store, lets the one come first that is there already.
    pub(super) fn prefer(&mut self, there: &Self) {
        if self.folds.is_some() {
            let there = there.entries.ahead.iter().filter_map(|entry| entry.as_ref().ok());
            self.sort(&there.map(|entry| entry.node.name().to_owned()).collect());
        }
    }

    pub(super) fn take_blamed(&mut self) -> Option<StorageNode> {
        self.blamed.take()
    }

    /// How the names of what was looked at here and there are ordered; `Less` when one of them has none.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (&self.next, &other.next) {
            (Some(one), Some(other)) => one.name().cmp(other.name()),
            _ => Ordering::Less,
        }
    }

    /// Whether there is something that was looked at.
    pub(super) fn has_next(&self) -> bool {
        self.next.is_some()
    }

    /// Whether a file and a directory may have one name here.
    pub(super) fn may_share_names(&self) -> bool {
        self.shares_names
    }

    /// Whether what was looked at has the name of what was taken last.
    pub(super) fn is_same_name(&self) -> bool {
        match (&self.last, &self.next) {
            (Some(last), Some(next)) => last.key().0 == next.name(),
            _ => false,
        }
    }

    /// Whether the listing ended with an error, so that there may be more than it gave.
    pub(super) fn has_broken_off(&self) -> bool {
        self.entries.broken_off
    }

    /// Takes what was looked at.
    pub(super) fn take(&mut self) -> Option<Taken> {
        let Next { entry, folded, followed, error } = self.next.take()?;
        let last = self.last.get_or_insert_default();
        entry.node.name().clone_into(&mut last.name);
        (last.directory, last.folded) = (entry.metadata.is_dir(), folded);
        Some(Taken { entry, followed, error })
    }

    /// Whether what was looked at comes behind what came before it. A store that does not sort must not make files look
    /// missing.
    pub(super) fn is_in_order(&self) -> bool {
        let behind = match (&self.last, &self.next) {
            (Some(last), Some(next)) => last.key() <= next.key(),
            _ => true,
        };
        behind && !self.disordered
    }
}

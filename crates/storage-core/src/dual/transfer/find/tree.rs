//! A small tree that the store listed at once, in few requests: served level by level.

use std::collections::{BTreeMap, HashMap, VecDeque};

use storage_types::{Metadata, Operation, Result, StoragePath};

use crate::dual::node::{NodeEntry, StorageNode};
use crate::maybe_async;

/// Entries that one side keeps at most; a larger tree is listed level by level.
const KEPT: usize = 10_000;

type Names = BTreeMap<(String, bool), NodeEntry>;

/// The levels of a tree, each taken once.
pub(super) struct Tree {
    root: StoragePath,
    levels: HashMap<StoragePath, Names>,
}

#[maybe_async]
impl Tree {
    /// Lists everything below `root` where the store does that in few requests.
    pub(super) async fn list(root: &StorageNode) -> Result<Option<Self>> {
        let listed = root.backend().list_tree(root.path(), KEPT).await;
        let Some(entries) = root.explain(Operation::List, listed)? else { return Ok(None) };
        let mut tree = Self { root: root.path().clone(), levels: HashMap::new() };
        for entry in entries {
            tree.add(NodeEntry { node: root.at(entry.path), metadata: entry.metadata });
        }
        Ok(Some(tree))
    }
}

impl Tree {
    /// Whether there is nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    fn add(&mut self, entry: NodeEntry) {
        let parent = entry.node.parent();
        let (name, directory) = (entry.node.name().to_owned(), entry.metadata.is_dir());
        let fresh = !self.levels.contains_key(parent.path());
        let level = self.levels.entry(parent.path().clone()).or_default();
        level.entry((name, directory)).or_insert(entry);
        // The directories around it exist through it.
        if fresh && *parent.path() != self.root && parent.path().starts_with(&self.root) {
            self.add(NodeEntry { node: parent, metadata: Metadata::directory() });
        }
    }

    pub(super) fn take(&mut self, directory: &StorageNode) -> Option<VecDeque<NodeEntry>> {
        self.levels.remove(directory.path()).map(|names| names.into_values().collect())
    }
}

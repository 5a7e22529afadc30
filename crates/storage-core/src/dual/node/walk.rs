//! Streams of nodes: one level, and a whole tree.

use storage_types::{ListOptions, Metadata, Operation, Pattern, Result, WalkOptions};

use super::StorageNode;
use super::filter::Filter;
use crate::dual::content::is_absence;
use crate::dual::stream::{Entry, Lister};
use crate::maybe_async;

/// A node together with what the listing told about it.
#[derive(Debug, Clone)]
pub struct NodeEntry {
    /// The node.
    pub node: StorageNode,
    /// What the listing told. A symbolic link is listed as such.
    pub metadata: Metadata,
}

/// Streams one level of a directory.
#[derive(Debug)]
pub struct Children {
    parent: StorageNode,
    lister: Lister,
    filter: Filter,
}

impl Children {
    pub(crate) fn new(parent: StorageNode, lister: Lister, options: &ListOptions) -> Self {
        Self { parent, lister, filter: Filter::new(options) }
    }

    /// The directory that is listed.
    #[must_use]
    pub fn parent(&self) -> &StorageNode {
        &self.parent
    }

    pub(crate) fn adopt(&self, entry: Entry) -> NodeEntry {
        NodeEntry { node: self.parent.at(entry.path), metadata: entry.metadata }
    }
}

#[maybe_async]
impl Children {
    /// The next entry; `None` at the end.
    ///
    /// # Errors
    ///
    /// What the store says. After an error that concerns one entry only (a name that is not UTF-8), the next call gives the
    /// next entry.
    pub async fn next(&mut self) -> Result<Option<NodeEntry>> {
        while !self.filter.is_full() {
            let Some(entry) = self.lister.next().await.transpose() else { break };
            if self.filter.takes(&entry) {
                return Ok(Some(self.adopt(self.parent.explain(Operation::List, entry)?)));
            }
        }
        Ok(None)
    }

    /// The entries that the store gave at once; `None` at the end.
    pub(super) async fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>> {
        if self.filter.is_full() {
            return Ok(None);
        }
        let batch = self.lister.next_batch().await;
        let mut batch = self.parent.explain(Operation::List, batch)?;
        if let Some(batch) = &mut batch {
            batch.retain(|entry| self.filter.takes(entry));
        }
        Ok(batch)
    }
}

/// Streams everything below a directory: parents before children, each level sorted by name.
#[derive(Debug)]
pub struct Walk {
    root: StorageNode,
    levels: Vec<Children>,
    enter: Option<StorageNode>,
    glob: Option<Pattern>,
    max_depth: usize,
    options: ListOptions,
}

#[maybe_async]
impl Walk {
    pub(crate) async fn start(root: &StorageNode, options: &WalkOptions) -> Result<Self> {
        let glob = options.glob.as_deref().map(Pattern::new).transpose();
        let glob = root.explain(Operation::List, glob)?;
        let mut list = ListOptions::new();
        list.kind_only = options.kind_only;
        let first = root.children_with(&list).await?;
        Ok(Self {
            root: root.clone(),
            levels: vec![first],
            enter: None,
            glob,
            max_depth: options.max_depth.unwrap_or(usize::MAX),
            options: list,
        })
    }

    /// The next entry; `None` at the end. A directory that vanished meanwhile counts as empty.
    ///
    /// # Errors
    ///
    /// What the store says about one directory or entry; the next call goes on behind it.
    pub async fn next(&mut self) -> Result<Option<NodeEntry>> {
        if self.max_depth == 0 {
            return Ok(None);
        }
        loop {
            if let Some(node) = self.enter.take() {
                self.enter_directory(&node).await?;
            }
            let Some(level) = self.levels.last_mut() else { return Ok(None) };
            let Some(entry) = level.next().await? else {
                self.levels.pop();
                continue;
            };
            if entry.metadata.is_dir() && self.levels.len() < self.max_depth {
                self.enter = Some(entry.node.clone());
            }
            if self.wanted(&entry) {
                return Ok(Some(entry));
            }
        }
    }

    async fn enter_directory(&mut self, node: &StorageNode) -> Result<()> {
        match node.children_with(&self.options).await {
            Ok(children) => {
                self.levels.push(children);
                Ok(())
            }
            Err(error) if is_absence(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Walk {
    /// Where the walk started.
    #[must_use]
    pub fn root(&self) -> &StorageNode {
        &self.root
    }

    /// Leaves out what is below the directory that was given last.
    pub fn skip_directory(&mut self) {
        self.enter = None;
    }

    /// Enters a link to a directory that was given last, which a walk does not do by itself.
    #[cfg(feature = "zip")]
    pub(crate) fn enter_link(&mut self, node: &StorageNode) {
        self.enter = Some(node.clone());
    }

    fn wanted(&self, entry: &NodeEntry) -> bool {
        let Some(glob) = &self.glob else { return true };
        entry
            .node
            .path()
            .strip_prefix(self.root.path())
            .is_some_and(|relative| glob.covers(relative.as_str(), entry.metadata.is_dir()))
    }
}

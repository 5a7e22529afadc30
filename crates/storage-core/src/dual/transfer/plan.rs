//! What a tree copy has to do, found while it runs: nothing is collected.

use std::sync::Arc;

use storage_types::{Error, ErrorKind, Metadata, Operation, Result, StoragePath, SymlinkPolicy};

use super::Source;
use super::decide::{Job, There};
use super::level::Level;
use super::merge::{Beside, Merge, Step};
use super::run::Run;
use super::tree::Tree;
use crate::dual::node::{NodeEntry, StorageNode};
use crate::maybe_async;

type FileId = (u64, u64);

/// Finds the work of one run, level by level.
pub(super) struct Planner<'a> {
    run: Arc<Run<'a>>,
    levels: Vec<Merge>,
    /// Directories to be entered next: that of the source, or of the destination alone.
    enter: Option<Enter>,
    /// The directories around the current entry, to recognise a link that leads back up.
    around: Vec<(StoragePath, FileId)>,
    source_tree: Option<Tree>,
    destination_tree: Option<Tree>,
}

enum Enter {
    Both {
        source: StorageNode,
        /// The destination has no such directory.
        missing: bool,
    },
    /// Only the destination has it.
    Extra(StorageNode),
}

#[maybe_async]
impl<'a> Planner<'a> {
    pub(super) async fn new(run: Arc<Run<'a>>, root: &Metadata) -> Result<Self> {
        let around = root.file_id.map(|id| (run.source.path().clone(), id)).into_iter().collect();
        let source_tree = Tree::list(&run.source).await?;
        let mut this =
            Self { levels: Vec::new(), enter: None, around, source_tree, destination_tree: None, run };
        let missing = this.look_at_destination().await?;
        let source = this.run.source.clone();
        this.enter_both(&source, missing).await?;
        Ok(this)
    }

    /// Whether nothing is there.
    async fn look_at_destination(&mut self) -> Result<bool> {
        if !self.run.looks_beside() {
            return Ok(false);
        }
        match Tree::list(&self.run.destination).await {
            Ok(Some(tree)) => {
                let missing = tree.is_empty();
                self.destination_tree = Some(tree);
                Ok(missing)
            }
            Ok(None) => Ok(false),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) => Err(error),
        }
    }

    async fn enter_both(&mut self, source: &StorageNode, missing: bool) -> Result<()> {
        let follows = self.run.options.symlinks == SymlinkPolicy::Follow;
        let level = Level::open(source, self.source_tree.as_mut(), follows, &self.run.destination).await?;
        let is_root = self.levels.is_empty();
        if level.is_none() && self.source_tree.is_none() && !is_root {
            // Gone between two calls: nothing to copy, and no reason to delete anything.
            self.run.unsure();
            return Ok(());
        }
        let destination = self.run.counterpart(source);
        let beside = match missing {
            _ if !self.run.looks_beside() => Beside::Unknown,
            true => Beside::Missing,
            false => self.open_beside(&destination).await?,
        };
        self.levels.push(Merge::new(level, beside, self.run.wants_extras()));
        Ok(())
    }

    async fn open_beside(&mut self, destination: &StorageNode) -> Result<Beside> {
        match Level::open(destination, self.destination_tree.as_mut(), false, destination).await {
            Ok(Some(level)) => Ok(Beside::Listed(level)),
            Ok(None) => Ok(Beside::Missing),
            Err(error) => {
                self.run.unsure();
                self.run.failed(destination, error)?;
                Ok(Beside::Unknown)
            }
        }
    }

    async fn enter(&mut self) -> Result<()> {
        match self.enter.take() {
            Some(Enter::Both { source, missing }) => self.enter_both(&source, missing).await,
            Some(Enter::Extra(directory)) => {
                if let Beside::Listed(level) = self.open_beside(&directory).await? {
                    self.levels.push(Merge::new(None, Beside::Listed(level), true));
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The next job; `None` at the end. An error is of one entry or directory.
    async fn step(&mut self) -> Result<Option<Job>> {
        loop {
            self.run.options.cancel.check()?;
            self.enter().await?;
            let Some(level) = self.levels.last_mut() else { return Ok(None) };
            match level.next().await? {
                Step::Source(entry, there) => {
                    if let Some(job) = self.source(entry, there)? {
                        return Ok(Some(job));
                    }
                }
                Step::Extra(entry) => self.extra(&entry),
                Step::Disorder => self.run.disordered(),
                Step::End => {
                    self.levels.pop();
                }
            }
        }
    }
}

impl Planner<'_> {
    fn source(&mut self, entry: NodeEntry, there: There) -> Result<Option<Job>> {
        self.run.found_source();
        let relative = self.run.below_source(&entry.node);
        let destination = self.run.destination.at(self.run.destination.path().join(&relative));
        let relative = relative.as_str().to_owned();
        if entry.metadata.is_dir() {
            if let Some(reason) = self.run.prunes(&relative) {
                self.run.skipped(&entry.node, reason);
                return Ok(None);
            }
            if let Err(error) = self.remember(&entry) {
                self.run.unsure();
                self.run.failed(&entry.node, error)?;
                return Ok(None);
            }
            let missing = matches!(there, There::Missing);
            self.enter = Some(Enter::Both { source: entry.node.clone(), missing });
        }
        Ok(Some(Job::new(entry, destination, relative, there)))
    }

    fn extra(&mut self, entry: &NodeEntry) {
        let relative = self.run.relative_there(&entry.node);
        let kept = if entry.metadata.is_dir() {
            self.run.prunes(&relative)
        } else {
            self.run.leaves_extra(entry, &relative)
        };
        if kept.is_some() {
            return;
        }
        if entry.metadata.is_dir() {
            self.enter = Some(Enter::Extra(entry.node.clone()));
        }
        self.run.add_extra(entry);
    }

    /// Notes a directory that is entered, unless a link led back to where we are.
    fn remember(&mut self, entry: &NodeEntry) -> Result<()> {
        let path = entry.node.path();
        while self.around.last().is_some_and(|(around, _)| !path.starts_with(around)) {
            self.around.pop();
        }
        let Some(id) = entry.metadata.file_id else { return Ok(()) };
        if self.around.iter().any(|(_, around)| *around == id) {
            let error =
                Error::new(ErrorKind::InvalidInput, "the link leads back to a directory that it lies in")
                    .with_hint("copy with the symlink policy `skip` or `preserve`");
            return Err(entry.node.described(Operation::Copy, error));
        }
        self.around.push((path.clone(), id));
        Ok(())
    }
}

#[maybe_async]
impl Source for Planner<'_> {
    type Item = Job;

    async fn next(&mut self) -> Result<Option<Job>> {
        loop {
            match self.step().await {
                Ok(job) => return Ok(job),
                Err(error) => {
                    // Of one entry: the next step goes on behind it.
                    self.run.unsure();
                    let blamed = self.levels.last_mut().and_then(Merge::take_blamed);
                    let place = blamed.unwrap_or_else(|| self.run.source.clone());
                    self.run.failed(&place, error)?;
                }
            }
        }
    }
}

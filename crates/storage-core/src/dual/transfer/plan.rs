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
    Both(StorageNode, There),
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
        let there = this.look_at_destination().await?;
        let source = this.run.source.clone();
        this.enter_both(&source, &there).await?;
        Ok(this)
    }

    async fn look_at_destination(&mut self) -> Result<There> {
        if !self.run.looks_beside() {
            return Ok(There::Unknown);
        }
        match Tree::list(&self.run.destination).await {
            Ok(Some(tree)) => {
                let there = if tree.is_empty() { There::Missing } else { There::Unknown };
                self.destination_tree = Some(tree);
                Ok(there)
            }
            Ok(None) => Ok(There::Unknown),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(There::Missing),
            Err(error) => Err(error),
        }
    }

    async fn enter_both(&mut self, source: &StorageNode, there: &There) -> Result<()> {
        let follows = self.run.options.symlinks == SymlinkPolicy::Follow;
        let opened = Level::open(source, self.source_tree.as_mut(), follows, &self.run.destination).await;
        let level = match opened {
            Ok(level) => level,
            // What cannot be listed must not look like nothing.
            Err(error) => {
                self.run.unsure();
                return Err(error);
            }
        };
        let is_root = self.levels.is_empty();
        if level.is_none() && self.source_tree.is_none() && !is_root {
            // Gone between two calls: nothing to copy, and no reason to delete anything.
            self.run.unsure();
            return Ok(());
        }
        let destination = self.run.counterpart(source);
        let beside = match there {
            _ if !self.run.looks_beside() => Beside::Unknown,
            There::Missing => Beside::Missing,
            _ => self.open_beside(&destination).await?,
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
            Some(Enter::Both(source, there)) => self.enter_both(&source, &there).await,
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
        let relative = self.run.relative(&entry.node);
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
            let inside = match &there {
                There::Is(metadata) if !metadata.is_dir() => There::Missing,
                There::Missing => There::Missing,
                _ => There::Unknown,
            };
            self.enter = Some(Enter::Both(entry.node.clone(), inside));
        }
        let destination = self.run.counterpart(&entry.node);
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

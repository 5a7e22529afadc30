//! What a tree copy has to do, found while it runs: nothing is collected.

use storage_types::{
    EntryKind, Error, ErrorKind, Metadata, Operation, Result, SkipReason, StoragePath, SymlinkPolicy,
};

use super::Source;
use super::copy::Run;
use super::decide::Job;
use crate::dual::node::{NodeEntry, Walk};
use crate::maybe_async;

type FileId = (u64, u64);

pub(super) struct Plan<'a> {
    walk: Walk,
    run: &'a Run<'a>,
    /// The directories around the current entry, to recognise a link that leads back up.
    around: Vec<(StoragePath, FileId)>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(walk: Walk, run: &'a Run<'a>, root: &Metadata) -> Self {
        let around = root.file_id.map(|id| (run.source.path().clone(), id)).into_iter().collect();
        Self { walk, run, around }
    }

    fn job(&self, entry: NodeEntry) -> Result<Job> {
        let relative =
            entry.node.path().strip_prefix(self.run.source.path()).unwrap_or_else(StoragePath::root);
        let destination = self.run.destination.at(self.run.destination.path().join(&relative));
        Ok(Job {
            source: entry.node,
            destination,
            relative: relative.as_str().to_owned(),
            metadata: entry.metadata,
        })
    }

    /// Whether the entry is to be left out together with all below it.
    fn prune(&mut self, entry: &NodeEntry) -> bool {
        let relative =
            entry.node.path().strip_prefix(self.run.source.path()).unwrap_or_else(StoragePath::root);
        if !entry.metadata.is_dir() || !self.run.patterns.excludes(relative.as_str()) {
            return false;
        }
        self.walk.skip_directory();
        self.run.skipped(&entry.node, SkipReason::Excluded);
        true
    }

    fn remember(&mut self, entry: &NodeEntry, metadata: &Metadata) {
        while self.around.last().is_some_and(|(path, _)| !entry.node.path().starts_with(path)) {
            self.around.pop();
        }
        if let Some(id) = metadata.file_id.filter(|_| metadata.is_dir()) {
            self.around.push((entry.node.path().clone(), id));
        }
    }
}

#[maybe_async]
impl Plan<'_> {
    /// Enters a link to a directory, unless it leads back to where we are.
    async fn follow(&mut self, entry: &mut NodeEntry) -> Result<()> {
        let target = entry.node.stat().await?;
        if !target.is_dir() {
            return Ok(());
        }
        if self.around.iter().any(|(_, id)| target.file_id == Some(*id)) {
            let error =
                Error::new(ErrorKind::InvalidInput, "the link leads back to a directory that it lies in")
                    .with_hint("copy with the symlink policy `skip` or `preserve`");
            return Err(entry.node.described(Operation::Copy, error));
        }
        self.remember(entry, &target);
        self.walk.enter_link(&entry.node);
        entry.metadata = target;
        Ok(())
    }

    async fn prepare(&mut self, entry: &mut NodeEntry) -> Result<()> {
        self.remember(entry, &entry.metadata.clone());
        if entry.metadata.kind == EntryKind::Symlink && self.run.options.symlinks == SymlinkPolicy::Follow {
            return self.follow(entry).await;
        }
        Ok(())
    }
}

#[maybe_async]
impl Source for Plan<'_> {
    type Item = Job;

    async fn next(&mut self) -> Result<Option<Job>> {
        loop {
            self.run.options.cancel.check()?;
            let mut entry = match self.walk.next().await {
                Ok(Some(entry)) => entry,
                Ok(None) => return Ok(None),
                Err(error) => {
                    self.run.failed(self.run.source, error)?;
                    continue;
                }
            };
            if self.prune(&entry) {
                continue;
            }
            match self.prepare(&mut entry).await {
                Ok(()) => return self.job(entry).map(Some),
                Err(error) => self.run.failed(&entry.node, error)?,
            }
        }
    }
}

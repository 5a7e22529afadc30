//! What a transfer of a tree has to do, found while it runs: nothing is collected.

use std::collections::BTreeMap;
use std::sync::Arc;

use storage_types::{
    EntryKind, Error, ErrorKind, Metadata, Operation, Result, Skip, SkipReason, StoragePath, SymlinkPolicy,
};

use super::level::Level;
use super::merge::{DestinationLevel, Merge, Step};
use super::tree::Tree;
use crate::dual::node::{NodeEntry, StorageNode};
use crate::dual::transfer::job::{AtDestination, Directory, Job};
use crate::dual::transfer::task::Task;
use crate::maybe_async;

type FileId = (u64, u64);

/// One thing that was found.
pub(in crate::dual::transfer) enum Found {
    /// A directory of the source. What is in it comes next, if the caller [enters](Finder::enter) it.
    Directory {
        job: Job,
        /// It is a link that stands for what it points to.
        followed: bool,
    },
    /// A file or a link to be carried.
    Entry(Job),
    /// The listing of a directory has ended.
    End(Ended),
    /// An entry of the source that is left out. The destination keeps what it has under that name.
    Skipped(StorageNode, SkipReason),
    /// An entry of the source, and something of another kind that the destination has in its place.
    Conflict(Job, NodeEntry),
    /// Something that only the destination has; a directory after everything in it.
    Extra(NodeEntry),
    /// All that stands in the place of an entry is known.
    Replaceable {
        job: Job,
        there: NodeEntry,
        /// All of it is to be deleted.
        all_goes: bool,
    },
    /// Something that could not be listed.
    Failed(StorageNode, Error),
    /// A listing of the destination is out of order.
    Disorder,
}

/// A directory of the source whose listing has ended.
pub(in crate::dual::transfer) struct Ended {
    pub(in crate::dual::transfer) directory: Option<Arc<Directory>>,
    /// The directory, where nothing in it will make it appear at the destination.
    pub(in crate::dual::transfer) empty: Option<Job>,
}

/// Finds the work of one transfer, level by level.
pub(in crate::dual::transfer) struct Finder<'a> {
    task: Arc<Task<'a>>,
    frames: Vec<Frame>,
    /// What the caller may enter next.
    offered: Option<Job>,
    enter: Option<Descend>,
    /// The directories around the current entry, to recognise a link that leads back up.
    ancestors: Vec<(StoragePath, FileId)>,
    source_tree: Option<Tree>,
    destination_tree: Option<Tree>,
    /// Something could not be listed, so what only the destination has is not known.
    incomplete: bool,
    lists_destination: bool,
}

#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
enum Descend {
    Both(Job, Option<Arc<Directory>>),
    /// Only the destination has it.
    Extra(NodeEntry),
    /// It stands where something of another kind is to be.
    InTheWay(NodeEntry, Job),
}

/// A directory that is being listed.
struct Frame {
    merge: Merge,
    behind_link: bool,
    kind: FrameKind,
}

#[expect(clippy::large_enum_variant, reason = "one for each directory on the way down")]
enum FrameKind {
    Both {
        job: Job,
        directory: Option<Arc<Directory>>,
        /// Something in it is or will be at the destination, so that the directory is there too.
        holds: bool,
        /// Something at the destination will go.
        loses: bool,
    },
    Extra {
        entry: NodeEntry,
        /// Something in it stays.
        keeps: bool,
        /// What is to be in its place.
        instead: Option<Job>,
    },
    /// Entries that were found before, and what stood in their places.
    Again(BTreeMap<StoragePath, EntryKind>),
}

#[maybe_async]
impl<'a> Finder<'a> {
    /// A finder that begins with the root of the tree.
    pub(in crate::dual::transfer) async fn new(
        task: &Arc<Task<'a>>,
        lists_destination: bool,
    ) -> Result<Self> {
        let mut this = Self::without_trees(task);
        this.lists_destination = lists_destination;
        this.source_tree = Tree::list(&task.source).await?;
        if lists_destination {
            this.destination_tree = match Tree::list(&task.destination).await {
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                tree => tree?,
            };
        }
        this.offered = Some(find_root(task, this.destination_tree.as_ref()).await?);
        Ok(this)
    }

    /// What was found next; `None` at the end.
    pub(in crate::dual::transfer) async fn next(&mut self) -> Result<Option<Found>> {
        loop {
            self.task.options.cancel.check()?;
            let found = match self.step().await {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(None),
                Err(error) => {
                    self.task.options.cancel.check()?;
                    // Of one entry: the next step goes on behind it.
                    self.incomplete = true;
                    self.keep_around();
                    let level = self.frames.last_mut();
                    let blamed = level.and_then(|frame| frame.merge.take_blamed());
                    let node = blamed.unwrap_or_else(|| self.current());
                    Some(Found::Failed(node, error))
                }
            };
            if let Some(found) = found {
                return Ok(Some(found));
            }
        }
    }

    /// One step: the outer `None` is the end, the inner one a step that found nothing.
    async fn step(&mut self) -> Result<Option<Option<Found>>> {
        match self.enter.take() {
            Some(Descend::Both(job, directory)) => self.enter_both(job, directory).await?,
            Some(Descend::Extra(entry)) => self.enter_extra(entry, None).await?,
            Some(Descend::InTheWay(entry, job)) => self.enter_extra(entry, Some(job)).await?,
            None => {}
        }
        let Some(frame) = self.frames.last_mut() else { return Ok(None) };
        let found = match frame.merge.next().await? {
            Step::Source { entry, there, followed } => self.source(entry, there, followed).await?,
            Step::Unknown(entry, error) => {
                self.incomplete = true;
                Some(Found::Failed(entry.node, error))
            }
            Step::Conflict(entry, there) => self.conflict(entry, there),
            Step::Extra(entry) => self.extra(entry),
            Step::Disorder => {
                self.incomplete = true;
                Some(Found::Disorder)
            }
            Step::End => self.frames.pop().and_then(|frame| self.ended(frame)),
        };
        Ok(Some(found))
    }

    async fn enter_both(&mut self, job: Job, directory: Option<Arc<Directory>>) -> Result<()> {
        let task = self.task.clone();
        let follows = task.symlinks() == SymlinkPolicy::Follow;
        let opened = Level::open(&job.source, self.source_tree.as_mut(), follows, &task.destination).await;
        let (level, error) = match opened {
            Ok(Some(level)) => (Some(level), None),
            // A tree that was listed whole has no directory without anything in it.
            Ok(None) if self.source_tree.is_some() => (None, None),
            Ok(None) => (None, Some(job.source.described(Operation::List, gone_meanwhile()))),
            Err(error) => (None, Some(error)),
        };
        let there = match &job.there {
            _ if error.is_some() || !self.lists_destination => DestinationLevel::Unknown,
            AtDestination::Missing => DestinationLevel::Missing,
            _ => match self.open_destination(&job.destination).await {
                Ok(there) => there,
                Err(failed) => {
                    self.push_both(level, DestinationLevel::Unknown, job, directory);
                    return Err(failed);
                }
            },
        };
        self.push_both(level, there, job, directory);
        error.map_or(Ok(()), Err)
    }

    async fn open_destination(&mut self, destination: &StorageNode) -> Result<DestinationLevel> {
        let tree = self.destination_tree.as_mut();
        let level = Level::open(destination, tree, false, destination).await?;
        Ok(level.map_or(DestinationLevel::Missing, DestinationLevel::Listed))
    }

    async fn enter_extra(&mut self, entry: NodeEntry, instead: Option<Job>) -> Result<()> {
        let level = self.open_destination(&entry.node).await;
        let (there, error) = match level {
            Ok(there) => (there, None),
            Err(error) => (DestinationLevel::Unknown, Some(error)),
        };
        let merge = Merge::new(None, there, true, true);
        // With include patterns, a directory that none of them names is none of our business.
        let relative = self.task.below_destination(&entry.node);
        let named = self.task.selection.takes_directory(relative.as_str());
        let kind = FrameKind::Extra { entry, keeps: error.is_some() || !named, instead };
        self.frames.push(Frame { merge, behind_link: false, kind });
        error.map_or(Ok(()), Err)
    }

    async fn source(
        &mut self,
        entry: NodeEntry,
        there: AtDestination,
        followed: bool,
    ) -> Result<Option<Found>> {
        let mut job = self.job(entry, there);
        let is_directory = job.metadata.is_dir();
        if let Some(reason) = self.left_out(&job) {
            self.holds_what_is_there(&job);
            return Ok(Some(Found::Skipped(job.source, reason)));
        }
        if is_directory {
            if let Err(error) = self.may_enter(&job, followed).await {
                self.incomplete = true;
                return Ok(Some(Found::Failed(job.source, error)));
            }
            job.behind_link |= followed;
            self.offered = Some(job.clone());
            return Ok(Some(Found::Directory { job, followed }));
        }
        self.holds();
        Ok(Some(match self.link_in_the_way(&job).await {
            Some(there) => Found::Conflict(job, there),
            None => Found::Entry(job),
        }))
    }

    /// A link to a directory or a device where a file is to be. Writes refuse it.
    async fn link_in_the_way(&mut self, job: &Job) -> Option<NodeEntry> {
        let there = job.there.metadata().filter(|there| there.kind == EntryKind::Symlink)?;
        if !job.metadata.is_file() || matches!(self.task.options.skip, Skip::Exists) {
            return None;
        }
        let entry = NodeEntry { node: job.destination.clone(), metadata: there.clone() };
        job.destination.stat().await.is_ok_and(|target| !target.is_file()).then_some(entry)
    }

    /// Whether a directory can be entered: no link led back to where we are, or into the destination.
    async fn may_enter(&mut self, job: &Job, followed: bool) -> Result<()> {
        if followed {
            self.task.refuse_link_into_destination(&job.source).await?;
        }
        self.remember(job)
    }
}

impl<'a> Finder<'a> {
    fn without_trees(task: &Arc<Task<'a>>) -> Self {
        let root = task.root.file_id.map(|id| (task.source.path().clone(), id));
        Self {
            task: task.clone(),
            frames: Vec::new(),
            offered: None,
            enter: None,
            ancestors: root.into_iter().collect(),
            source_tree: None,
            destination_tree: None,
            incomplete: false,
            lists_destination: task.lists_destination(),
        }
    }

    /// A finder of entries in whose place there is nothing any more.
    pub(in crate::dual::transfer) fn again(task: &Arc<Task<'a>>, jobs: Vec<Job>) -> Self {
        let mut this = Self::without_trees(task);
        let kind = |job: &Job| job.there.metadata().map(|there| (job.source.path().clone(), there.kind));
        let replaced = jobs.iter().filter_map(kind).collect();
        let entry = |job: Job| NodeEntry { node: job.source, metadata: job.metadata };
        let merge = Merge::of_new(jobs.into_iter().map(entry).collect());
        this.frames.push(Frame { merge, behind_link: false, kind: FrameKind::Again(replaced) });
        this
    }

    /// The root's job, which is the first to be entered.
    pub(in crate::dual::transfer) fn root(&self) -> Option<&Job> {
        self.offered.as_ref()
    }

    /// Goes into the directory that was found last.
    pub(in crate::dual::transfer) fn enter(&mut self, directory: Option<Arc<Directory>>) {
        if let Some(mut job) = self.offered.take() {
            if let Some(there) = directory.as_ref().and_then(|directory| directory.there.clone()) {
                // It was there after all when it was to be made.
                job.there = AtDestination::Is(Box::new(there));
            }
            self.enter = Some(Descend::Both(job, directory));
        }
    }

    /// Looks at what stands in the way of an entry of the source.
    pub(in crate::dual::transfer) fn enter_in_the_way(&mut self, there: NodeEntry, job: Job) {
        self.enter = Some(Descend::InTheWay(there, job));
    }

    /// Whether something could not be listed.
    pub(in crate::dual::transfer) fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    fn push_both(
        &mut self,
        level: Option<Level>,
        there: DestinationLevel,
        job: Job,
        directory: Option<Arc<Directory>>,
    ) {
        let shares_names = !self.task.destination.capabilities().directories;
        let merge = Merge::new(level, there, self.task.mode.deletes, shares_names);
        let behind_link = job.behind_link;
        let kind = FrameKind::Both { job, directory, holds: false, loses: false };
        self.frames.push(Frame { merge, behind_link, kind });
    }

    fn job(&self, entry: NodeEntry, there: AtDestination) -> Job {
        let destination = self.task.counterpart(&entry.node);
        let relative = self.task.below_source(&entry.node).as_str().to_owned();
        let mut job = Job::new(entry, destination, relative, there);
        if let Some(frame) = self.frames.last() {
            job.behind_link = frame.behind_link;
            match &frame.kind {
                FrameKind::Both { directory, .. } => job.parent.clone_from(directory),
                FrameKind::Again(replaced) => job.replaces = replaced.get(job.source.path()).copied(),
                FrameKind::Extra { .. } => {}
            }
        }
        job
    }

    /// Why an entry is not carried at all.
    fn left_out(&self, job: &Job) -> Option<SkipReason> {
        match job.metadata.kind {
            EntryKind::Directory => self.task.prunes(&job.relative),
            EntryKind::File => self.task.left_out(job),
            EntryKind::Symlink => self
                .task
                .left_out(job)
                .or_else(|| (self.task.symlinks() == SymlinkPolicy::Skip).then_some(SkipReason::Symlink)),
            _ => self.task.left_out(job).or(Some(SkipReason::Special)),
        }
    }

    fn conflict(&mut self, entry: NodeEntry, there: NodeEntry) -> Option<Found> {
        let job = self.job(entry, AtDestination::Is(Box::new(there.metadata.clone())));
        if let Some(reason) = self.left_out(&job) {
            self.holds();
            return Some(Found::Skipped(job.source, reason));
        }
        self.holds();
        if self.task.mode.deletes && self.keeps(&there) {
            return Some(Found::Replaceable { job, there, all_goes: false });
        }
        Some(Found::Conflict(job, there))
    }

    /// Whether an entry of the destination is excluded, so that it stays.
    fn keeps(&self, there: &NodeEntry) -> bool {
        let relative = self.task.below_destination(&there.node);
        let kept = if there.metadata.is_dir() {
            self.task.prunes(relative.as_str())
        } else {
            self.task.leaves_extra(there, relative.as_str())
        };
        kept.is_some()
    }

    fn extra(&mut self, entry: NodeEntry) -> Option<Found> {
        if !self.task.mode.deletes {
            self.holds();
            return None;
        }
        if self.keeps(&entry) {
            self.keep_around();
            self.holds();
            return None;
        }
        if entry.metadata.is_dir() {
            self.enter = Some(Descend::Extra(entry));
            return None;
        }
        self.loses();
        Some(Found::Extra(entry))
    }

    fn ended(&mut self, frame: Frame) -> Option<Found> {
        match frame.kind {
            FrameKind::Both { job, directory, holds, loses } => {
                if holds {
                    self.holds();
                }
                let appears = holds || (matches!(job.there, AtDestination::Is(_)) && !loses);
                let empty = (!appears && !job.destination.is_root()).then_some(job);
                Some(Found::End(Ended { directory, empty }))
            }
            FrameKind::Extra { entry, keeps, instead } => {
                if keeps {
                    self.keep_around();
                    self.holds();
                }
                match instead {
                    Some(job) => Some(Found::Replaceable { job, there: entry, all_goes: !keeps }),
                    None if keeps => None,
                    None => {
                        self.loses();
                        Some(Found::Extra(entry))
                    }
                }
            }
            FrameKind::Again(_) => None,
        }
    }

    /// Something in the current directory is or will be at the destination.
    fn holds(&mut self) {
        if let Some(Frame { kind: FrameKind::Both { holds, .. }, .. }) = self.frames.last_mut() {
            *holds = true;
        }
    }

    /// What is left out of the source stays at the destination, where there is something.
    fn holds_what_is_there(&mut self, job: &Job) {
        if matches!(job.there, AtDestination::Is(_)) {
            self.holds();
        }
    }

    fn loses(&mut self) {
        if let Some(Frame { kind: FrameKind::Both { loses, .. }, .. }) = self.frames.last_mut() {
            *loses = true;
        }
    }

    /// Something in the current directory stays, so the directory does too.
    fn keep_around(&mut self) {
        if let Some(Frame { kind: FrameKind::Extra { keeps, .. }, .. }) = self.frames.last_mut() {
            *keeps = true;
        }
    }

    /// The directory that is being listed.
    fn current(&self) -> StorageNode {
        match self.frames.last().map(|frame| &frame.kind) {
            Some(FrameKind::Both { job, .. }) => job.source.clone(),
            Some(FrameKind::Extra { entry, .. }) => entry.node.clone(),
            _ => self.task.source.clone(),
        }
    }

    /// Notes a directory that is entered, unless a link led back to where we are.
    fn remember(&mut self, job: &Job) -> Result<()> {
        let path = job.source.path();
        while self.ancestors.last().is_some_and(|(ancestor, _)| !path.starts_with(ancestor)) {
            self.ancestors.pop();
        }
        let Some(id) = job.metadata.file_id else { return Ok(()) };
        if self.ancestors.iter().any(|(_, ancestor)| *ancestor == id) {
            let error =
                Error::new(ErrorKind::InvalidInput, "the link leads back to a directory that it lies in")
                    .with_hint("set `symlinks` to `skip` or `preserve`")
                    .with_option("symlinks");
            return Err(job.source.described(Operation::Copy, error));
        }
        self.ancestors.push((path.clone(), id));
        Ok(())
    }
}

/// The error of a directory that was listed and then was not there.
fn gone_meanwhile() -> Error {
    Error::new(ErrorKind::NotFound, "the directory vanished while it was copied")
        .with_hint("copy again when nobody changes the source")
}

/// The job of the root itself.
#[maybe_async]
async fn find_root(task: &Task<'_>, destination: Option<&Tree>) -> Result<Job> {
    let there = match destination {
        Some(tree) if tree.is_empty() => AtDestination::Missing,
        Some(_) => AtDestination::Is(Box::new(Metadata::directory())),
        // Where directories are no more than what is in them, nothing need be made.
        None if !task.destination.capabilities().directories => AtDestination::Unknown,
        None => match task.destination.stat_if_exists().await? {
            Some(there) => AtDestination::Is(Box::new(there)),
            None => AtDestination::Missing,
        },
    };
    let entry = NodeEntry { node: task.source.clone(), metadata: task.root.clone() };
    Ok(Job::new(entry, task.destination.clone(), String::new(), there))
}

//! Several names of one file that stay names of one file (hard links).

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use storage_types::{Change, Error, ErrorKind, Metadata, Operation, Result, Skip, SkipReason, SymlinkPolicy};

use super::Carrier;
use crate::dual::node::StorageNode;
use crate::dual::transfer::find::compare::Verdict;
use crate::dual::transfer::job::{AtDestination, Job};
use crate::maybe_async;

type FileId = (u64, u64);

/// Files of the source that have several names, each until all of its names were carried.
#[derive(Default)]
pub(in crate::dual::transfer) struct HardLinks(Mutex<HashMap<FileId, Group>>);

/// The names of one file.
struct Group {
    /// Names that are still to come, those outside of the tree included.
    left: u32,
    state: State,
}

enum State {
    /// One name is being carried; these wait for it.
    Carried(Vec<Job>),
    /// The destination has the file.
    There(Arc<Original>),
}

/// A file at the destination that gets further names.
pub(super) struct Original {
    destination: StorageNode,
    /// What the source was when it was copied or compared.
    source: Metadata,
    /// Which file it is, where that is known: not in a dry run for one that would be copied.
    file_id: Option<FileId>,
    /// It was there before.
    is_old: bool,
}

impl Original {
    /// What a job brought to the destination; `None` where nobody will give it further names.
    pub(super) fn new(job: &Job, written: &Metadata) -> Option<Arc<Self>> {
        Self::of(job, written.file_id, false)
    }

    /// What a run would bring there.
    pub(super) fn planned(job: &Job) -> Option<Arc<Self>> {
        Self::of(job, None, false)
    }

    /// What the destination has already.
    pub(super) fn old(job: &Job) -> Option<Arc<Self>> {
        Self::of(job, job.there.metadata()?.file_id, true)
    }

    fn of(job: &Job, file_id: Option<FileId>, is_old: bool) -> Option<Arc<Self>> {
        job.shared?;
        let (destination, source) = (job.destination.clone(), job.metadata.clone());
        Some(Arc::new(Self { destination, source, file_id, is_old }))
    }

    /// Whether what the destination has under a name is this file already.
    fn is_there(&self, job: &Job) -> bool {
        let there = job.there.metadata().and_then(|there| there.file_id);
        self.is_old && self.file_id.is_some() && there == self.file_id
    }
}

/// How one name of a file is carried.
enum Way {
    /// As a file, for all of them.
    First(Job),
    /// As a further name of what is there.
    Further(Job, Arc<Original>),
    /// Not yet: whoever carries the first one goes on with it.
    Later,
}

impl HardLinks {
    fn groups(&self) -> MutexGuard<'_, HashMap<FileId, Group>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a name that is given out, in the order of the walk: the first one of a file is the one that is copied.
    fn announce(&self, job: &mut Job, id: FileId, names: u32) {
        if let Entry::Vacant(vacant) = self.groups().entry(id) {
            vacant.insert(Group { left: names, state: State::Carried(Vec::new()) });
            job.is_first_name = true;
        }
    }

    fn way(&self, job: Job, id: FileId, names: u32) -> Way {
        if job.is_first_name {
            return Way::First(job);
        }
        match self.groups().entry(id) {
            Entry::Occupied(mut group) => match &mut group.get_mut().state {
                State::Carried(waiting) => {
                    waiting.push(job);
                    Way::Later
                }
                State::There(original) => Way::Further(job, original.clone()),
            },
            Entry::Vacant(vacant) => {
                vacant.insert(Group { left: names, state: State::Carried(Vec::new()) });
                Way::First(job)
            }
        }
    }

    /// A name was carried as a file, of which the others are further names if it is an original now. Gives back those that
    /// wait. Without an original, one of them is carried as a file next; `more` do so already.
    fn carried(&self, id: FileId, original: Option<&Arc<Original>>, more: bool) -> Vec<Job> {
        let mut groups = self.groups();
        let Some(group) = groups.get_mut(&id) else { return Vec::new() };
        group.left = group.left.saturating_sub(1);
        let state = original.map_or(State::Carried(Vec::new()), |original| State::There(original.clone()));
        let waiting = match std::mem::replace(&mut group.state, state) {
            State::Carried(waiting) => waiting,
            State::There(_) => Vec::new(),
        };
        let nobody_goes_on = original.is_none() && waiting.is_empty() && !more;
        if group.left == 0 || nobody_goes_on {
            groups.remove(&id);
        }
        waiting
    }

    /// A further name was carried.
    fn named(&self, id: FileId) {
        let mut groups = self.groups();
        if let Some(group) = groups.get_mut(&id) {
            group.left = group.left.saturating_sub(1);
            if group.left == 0 && matches!(group.state, State::There(_)) {
                groups.remove(&id);
            }
        }
    }
}

impl Carrier<'_> {
    /// Finds out whether a file that is given out has several names that are to stay those of one file.
    pub(in crate::dual::transfer) fn announce_name(&self, job: &mut Job) {
        if !self.task.options.hard_links || !job.metadata.is_file() {
            return;
        }
        let several = job.metadata.link_count.is_some_and(|names| names.get() > 1);
        if let Some(id) = job.metadata.file_id.filter(|_| several) {
            job.shared = Some(id);
            self.hard_links.announce(job, id, self.names_of(job));
        }
    }

    /// How many names of a file may come.
    fn names_of(&self, job: &Job) -> u32 {
        // Links that are followed are names too, and nobody knows how many there are.
        let follows = self.task.symlinks() == SymlinkPolicy::Follow;
        job.metadata.link_count.filter(|_| !follows).map_or(u32::MAX, NonZeroU32::get)
    }
}

#[maybe_async]
impl Carrier<'_> {
    /// Carries one of several names of a file, and those that wait for it.
    pub(super) async fn carry_name(&self, job: Job, id: FileId) -> Result<()> {
        let names = self.names_of(&job);
        match self.hard_links.way(job, id, names) {
            Way::Later => Ok(()),
            Way::Further(job, original) => self.carry_further(job, id, &original).await,
            Way::First(job) => self.carry_names(job, id).await,
        }
    }

    async fn carry_names(&self, first: Job, id: FileId) -> Result<()> {
        let mut waiting = VecDeque::from([first]);
        let mut original: Option<Arc<Original>> = None;
        while let Some(job) = waiting.pop_front() {
            if let Some(original) = &original {
                self.carry_further(job, id, original).await?;
                continue;
            }
            let (source, parent) = (job.source.clone(), job.parent.clone());
            let copied = self.copy_file(job).await;
            original = copied.as_ref().ok().cloned().flatten();
            waiting.extend(self.hard_links.carried(id, original.as_ref(), !waiting.is_empty()));
            self.end(&source, parent, copied.map(drop)).await?;
        }
        Ok(())
    }

    async fn carry_further(&self, job: Job, id: FileId, original: &Original) -> Result<()> {
        let (source, parent) = (job.source.clone(), job.parent.clone());
        let named = self.name(job, original).await;
        self.hard_links.named(id);
        self.end(&source, parent, named).await
    }

    /// Gives a file at the destination a further name. One that cannot have it is copied.
    async fn name(&self, mut job: Job, original: &Original) -> Result<()> {
        if let Some(reason) = self.task.left_out(&job) {
            self.ledger.skipped(&job.source, reason);
            return Ok(());
        }
        if !self.is_same(&job.metadata, &original.source) {
            // Somebody wrote to it since the first name was copied.
            return self.copy_file(job).await.map(drop);
        }
        job.refuse_special()?;
        if let Some(reason) = self.leaves_name(&job, original).await? {
            return self.leave_file(&job, reason).await;
        }
        self.make_parents(&job).await?;
        let change = if job.there.metadata().is_some() { Change::Changed } else { Change::New };
        job.is_further_name = true;
        if self.task.mode.dry_run {
            self.ledger.planned(&job, change);
            self.ledger.copied(&job, &job.metadata);
            return Ok(());
        }
        let Some(named) = self.give_name(&job, original).await? else {
            job.is_further_name = false;
            return self.copy_file(job).await.map(drop);
        };
        self.ledger.planned(&job, change);
        self.forget_left_over(&job).await?;
        self.finish_entry(&job, &named).await
    }

    /// Why a name stays as it is at the destination.
    async fn leaves_name(&self, job: &Job, original: &Original) -> Result<Option<SkipReason>> {
        if original.is_there(job) {
            return Ok(Some(SkipReason::Unchanged));
        }
        // Other rules say whether the content is there, which a further name has in any case.
        let by_name = matches!(self.task.options.skip, Skip::Exists | Skip::Newer | Skip::Custom(_));
        if !by_name && self.task.rule.is_none() {
            return Ok(None);
        }
        Ok(match self.task.compare(job).await? {
            Verdict::Leave(reason) => Some(reason),
            Verdict::Copy(_) | Verdict::SetMode(_) => None,
        })
    }

    /// Where nobody looked at the destination, a link to a directory or a device is refused here, as writes refuse it.
    async fn refuse_unseen(&self, job: &Job) -> Result<()> {
        if !matches!(job.there, AtDestination::Unknown) {
            return Ok(());
        }
        match job.destination.stat_if_exists().await? {
            Some(there) if there.is_dir() => {
                Err(job.destination.described(Operation::Copy, Error::is_a_directory()))
            }
            Some(there) if !there.is_file() => {
                let error = Error::new(ErrorKind::AlreadyExists, "what stands there is no file")
                    .with_hint("remove it first, or copy to another name");
                Err(job.destination.described(Operation::Copy, error))
            }
            _ => Ok(()),
        }
    }

    async fn give_name(&self, job: &Job, original: &Original) -> Result<Option<Metadata>> {
        let (store, durability) = (job.destination.backend(), self.durability_of(job));
        self.refuse_unseen(job).await?;
        let named =
            store.create_hard_link(original.destination.path(), job.destination.path(), durability).await;
        let named = job.destination.explain(Operation::Copy, named)?;
        if named.as_ref().is_some_and(|named| named.file_id != original.file_id) {
            let error = Error::new(ErrorKind::Interrupted, "its other name was replaced meanwhile")
                .with_hint("copy again when nobody writes to the destination");
            return Err(original.destination.described(Operation::Copy, error));
        }
        Ok(named)
    }
}

/// Whether a file that is left alone has the content of the source, as far as the rule of the transfer says.
pub(super) fn has_content(reason: SkipReason) -> bool {
    matches!(reason, SkipReason::Unchanged | SkipReason::SameSize | SkipReason::SameContent)
}

//! Two listings of one level, side by side: what has one name is looked at together.

use std::cmp::Ordering;
use std::collections::VecDeque;

use storage_types::{Error, Result};

use super::level::{Level, Taken};
use crate::dual::node::{NodeEntry, StorageNode};
use crate::dual::transfer::job::AtDestination;
use crate::maybe_async;

/// What is known about the destination's level.
#[expect(clippy::large_enum_variant, reason = "one for each directory on the way down")]
pub(super) enum DestinationLevel {
    /// Not looked up.
    Unknown,
    /// There is no such directory.
    Missing,
    /// Its entries.
    Listed(Level),
}

/// The entries of one directory of the source (or of none) and of the same one of the destination.
pub(super) struct Merge {
    source: Option<Level>,
    there: DestinationLevel,
    /// Whether entries that only the destination has are wanted.
    extras: bool,
    /// At the destination a file and a directory may share a name, as on object stores.
    shares_names: bool,
    ready: VecDeque<Step>,
    /// The error behind the steps that are ready.
    error: Option<Error>,
}

/// What a step of a merge found.
#[expect(clippy::large_enum_variant, reason = "each is handled at once")]
pub(super) enum Step {
    /// In the source, and what the destination has under that name.
    Source {
        entry: NodeEntry,
        there: AtDestination,
        /// It is a link that stands for what it points to.
        followed: bool,
    },
    /// In the source, of unknown kind. The destination keeps what it has under that name.
    Unknown(NodeEntry, Error),
    /// In the source, and at the destination something of another kind: a directory instead of a file, or the reverse.
    Conflict(NodeEntry, NodeEntry),
    /// Only in the destination.
    Extra(NodeEntry),
    /// A listing is out of order: from here on it is not known what the destination has.
    Disorder,
    End,
}

impl Merge {
    pub(super) fn new(
        mut source: Option<Level>,
        there: DestinationLevel,
        extras: bool,
        shares_names: bool,
    ) -> Self {
        if let (Some(source), DestinationLevel::Listed(there)) = (&mut source, &there) {
            source.prefer(there);
        }
        Self { source, there, extras, shares_names, ready: VecDeque::new(), error: None }
    }

    /// Entries of the source that the destination has none of.
    pub(super) fn of_new(entries: Vec<NodeEntry>) -> Self {
        let ready = entries
            .into_iter()
            .map(|entry| Step::Source { entry, there: AtDestination::Missing, followed: false })
            .collect();
        let there = DestinationLevel::Missing;
        Self { source: None, there, extras: false, shares_names: false, ready, error: None }
    }
}

#[maybe_async]
impl Merge {
    /// The next step. An error of the source that concerns one entry leaves the rest; any other one, and each of the
    /// destination, ends what is known about the destination.
    pub(super) async fn next(&mut self) -> Result<Step> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Ok(step);
            }
            if let Some(error) = self.error.take() {
                return Err(error);
            }
            let (source, there) = (self.peek_source().await?, self.peek_there().await?);
            if matches!(self.there, DestinationLevel::Listed(_)) && !self.are_in_order() {
                self.there = DestinationLevel::Unknown;
                return Ok(Step::Disorder);
            }
            let order = match (source, there) {
                (false, false) => return Ok(Step::End),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (true, true) => self.compare(),
            };
            if !self.may_share_names() {
                return Ok(self.take_pair(order));
            }
            let mut ours = Vec::new();
            if order != Ordering::Greater {
                self.gather_source(&mut ours).await;
            }
            let mut theirs = Vec::new();
            if order != Ordering::Less {
                self.gather_there(&mut theirs).await;
            }
            self.pair(ours, theirs);
        }
    }

    async fn peek_source(&mut self) -> Result<bool> {
        let Some(level) = &mut self.source else { return Ok(false) };
        match level.peek_alone().await {
            Ok(entry) => Ok(entry.is_some()),
            Err(error) => {
                if level.has_broken_off() {
                    // What was not listed of the source must not look as if only the destination had it.
                    self.there = DestinationLevel::Unknown;
                }
                Err(error)
            }
        }
    }

    async fn peek_there(&mut self) -> Result<bool> {
        let wanted = self.source.as_ref().is_some_and(Level::has_next) || self.extras;
        match &mut self.there {
            DestinationLevel::Listed(level) if wanted => match level.peek().await {
                Ok(entry) => Ok(entry.is_some()),
                Err(error) => {
                    self.there = DestinationLevel::Unknown;
                    Err(error)
                }
            },
            _ => Ok(false),
        }
    }

    /// Takes what was looked at, and what follows under the same name.
    async fn gather_source(&mut self, entries: &mut Vec<Taken>) {
        let Some(level) = &mut self.source else { return };
        while let Some(taken) = level.take() {
            entries.push(taken);
            if !level.may_share_names() {
                return;
            }
            let peeked = level.peek_alone().await.map(drop);
            match peeked {
                Ok(()) if level.is_same_name() => {}
                Ok(()) => return,
                Err(error) => {
                    if level.has_broken_off() {
                        self.there = DestinationLevel::Unknown;
                    }
                    self.error = Some(error);
                    return;
                }
            }
        }
    }

    async fn gather_there(&mut self, entries: &mut Vec<NodeEntry>) {
        let DestinationLevel::Listed(level) = &mut self.there else { return };
        while let Some(taken) = level.take() {
            entries.push(taken.entry);
            if !level.may_share_names() {
                return;
            }
            let peeked = level.peek().await.map(drop);
            match peeked {
                Ok(()) if level.is_same_name() => {}
                Ok(()) => return,
                Err(error) => {
                    self.there = DestinationLevel::Unknown;
                    self.error = self.error.take().or(Some(error));
                    return;
                }
            }
        }
    }
}

impl Merge {
    /// The entry of the source that the last error was about.
    pub(super) fn take_blamed(&mut self) -> Option<StorageNode> {
        self.source.as_mut().and_then(Level::take_blamed)
    }

    fn are_in_order(&self) -> bool {
        let source = self.source.as_ref().is_none_or(Level::is_in_order);
        let there = match &self.there {
            DestinationLevel::Listed(level) => level.is_in_order(),
            _ => true,
        };
        source && there
    }

    fn compare(&self) -> Ordering {
        let (Some(source), DestinationLevel::Listed(there)) = (&self.source, &self.there) else {
            return Ordering::Less;
        };
        source.compare(there)
    }

    /// Whether several entries of one side may have one name.
    fn may_share_names(&self) -> bool {
        let there = match &self.there {
            DestinationLevel::Listed(level) => level.may_share_names(),
            _ => false,
        };
        self.shares_names || there || self.source.as_ref().is_some_and(Level::may_share_names)
    }

    /// Takes what was looked at, where each name is that of one entry.
    fn take_pair(&mut self, order: Ordering) -> Step {
        let theirs = match &mut self.there {
            DestinationLevel::Listed(level) if order != Ordering::Less => level.take(),
            _ => None,
        };
        let ours = self.source.as_mut().filter(|_| order != Ordering::Greater).and_then(Level::take);
        let theirs = theirs.map(|taken| taken.entry);
        match (ours, theirs) {
            (Some(ours), theirs) => self.step(ours, theirs),
            (None, Some(there)) => Step::Extra(there),
            (None, None) => Step::End,
        }
    }

    /// The step of an entry of the source, and of what the destination has in its place.
    fn step(&self, ours: Taken, there: Option<NodeEntry>) -> Step {
        let Taken { entry, followed, error } = ours;
        if let Some(error) = error {
            return Step::Unknown(entry, error);
        }
        let there = match there {
            Some(there) if is_like(&there, &entry) => AtDestination::Is(Box::new(there.metadata)),
            Some(there) => return Step::Conflict(entry, there),
            None => self.nothing(),
        };
        Step::Source { entry, there, followed }
    }

    /// Brings together what has one name on both sides.
    fn pair(&mut self, ours: Vec<Taken>, mut theirs: Vec<NodeEntry>) {
        let in_source = !ours.is_empty();
        // Links and special files stand for whatever the destination has under their name.
        let covers_all = ours.iter().any(|taken| taken.error.is_some() || is_neither(&taken.entry));
        for taken in ours {
            let alike = theirs.iter().position(|there| is_like(there, &taken.entry));
            let other = (!self.shares_names && !theirs.is_empty()).then_some(0);
            // What stands in the place of something unknown is left for the other entry of that name.
            let at = alike.or(other).filter(|_| taken.error.is_none());
            let step = self.step(taken, at.map(|at| theirs.swap_remove(at)));
            self.ready.push_back(step);
        }
        if in_source && (covers_all || !self.shares_names) {
            return;
        }
        self.ready.extend(theirs.into_iter().map(Step::Extra));
    }

    /// What the destination has of a name that its listing does not have.
    fn nothing(&self) -> AtDestination {
        match self.there {
            DestinationLevel::Unknown => AtDestination::Unknown,
            DestinationLevel::Missing | DestinationLevel::Listed(_) => AtDestination::Missing,
        }
    }
}

/// Whether both are directories, or neither is.
fn is_like(one: &NodeEntry, other: &NodeEntry) -> bool {
    one.metadata.is_dir() == other.metadata.is_dir()
}

fn is_neither(entry: &NodeEntry) -> bool {
    !entry.metadata.is_dir() && !entry.metadata.is_file()
}

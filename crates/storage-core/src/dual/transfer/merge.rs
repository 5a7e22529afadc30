//! Two listings of one level, side by side.

use std::cmp::Ordering;

use storage_types::Result;

use super::decide::There;
use super::level::Level;
use crate::dual::node::{NodeEntry, StorageNode};
use crate::maybe_async;

/// What is known about the destination's level.
#[expect(clippy::large_enum_variant, reason = "one for each directory on the way down")]
pub(super) enum Beside {
    /// Nobody looked.
    Unknown,
    /// There is no such directory.
    Missing,
    /// Its entries.
    Listed(Level),
}

/// The entries of one directory of the source (or of none) and of the same one of the destination.
pub(super) struct Merge {
    source: Option<Level>,
    there: Beside,
    /// Whether somebody wants to hear of what only the destination has.
    extras: bool,
}

impl Merge {
    pub(super) fn new(mut source: Option<Level>, there: Beside, extras: bool) -> Self {
        if let (Some(source), Beside::Listed(there)) = (&mut source, &there) {
            source.prefer(there);
        }
        Self { source, there, extras }
    }
}

/// What a step of a merge found.
pub(super) enum Step {
    /// In the source, and what the destination has under that name.
    Source(NodeEntry, There),
    /// Only in the destination.
    Extra(NodeEntry),
    /// A listing is out of order: from here on nobody knows what the destination has.
    Disorder,
    End,
}

#[maybe_async]
impl Merge {
    /// The next pair. An error of the source concerns one entry; one of the destination ends its listing.
    pub(super) async fn next(&mut self) -> Result<Step> {
        let source = match &mut self.source {
            Some(level) => level.peek_alone().await?.is_some(),
            None => false,
        };
        let there = match &mut self.there {
            Beside::Listed(level) if source || self.extras => match level.peek().await {
                Ok(entry) => entry.is_some(),
                Err(error) => {
                    self.there = Beside::Unknown;
                    return Err(error);
                }
            },
            _ => false,
        };
        if matches!(self.there, Beside::Listed(_)) && !self.are_in_order() {
            self.there = Beside::Unknown;
            return Ok(Step::Disorder);
        }
        Ok(self.pair(source, there))
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
            Beside::Listed(level) => level.is_in_order(),
            _ => true,
        };
        source && there
    }

    fn pair(&mut self, source: bool, there: bool) -> Step {
        let order = match (source, there) {
            (false, false) => return Step::End,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (true, true) => self.compare(),
        };
        let entry =
            if order == Ordering::Greater { None } else { self.source.as_mut().and_then(Level::take) };
        let beside = match (&mut self.there, order) {
            (Beside::Unknown, _) => There::Unknown,
            (Beside::Missing, _) | (Beside::Listed(_), Ordering::Less) => There::Missing,
            (Beside::Listed(level), _) => match level.take() {
                Some(extra) if entry.is_none() => return Step::Extra(extra),
                Some(entry) => There::Is(Box::new(entry.metadata)),
                None => There::Missing,
            },
        };
        entry.map_or(Step::End, |entry| Step::Source(entry, beside))
    }

    fn compare(&self) -> Ordering {
        let (Some(source), Beside::Listed(there)) = (&self.source, &self.there) else {
            return Ordering::Less;
        };
        source.compare(there)
    }
}

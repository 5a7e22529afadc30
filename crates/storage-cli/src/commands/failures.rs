//! What failed in the rounds of a watch: a failure that lasts is told once.

use std::collections::HashSet;
use std::mem::take;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many are known again; of a tree that fails as a whole some are told once more.
const KEPT: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<Rounds>);

#[derive(Debug, Default)]
struct Rounds {
    before: HashSet<String>,
    now: HashSet<String>,
    /// Whether this round has one that the round before had not.
    new: bool,
}

impl Failures {
    /// A round begins.
    pub(super) fn begin(&self) {
        let mut rounds = self.rounds();
        rounds.before = take(&mut rounds.now);
        rounds.new = false;
    }

    /// Something failed. Tells whether it did not fail in the same way in the round before.
    pub(super) fn add(&self, source: &str, message: &str) -> bool {
        let mut rounds = self.rounds();
        let failure = key(source, message);
        let new = !rounds.before.contains(&failure);
        rounds.new |= new;
        if rounds.now.len() < KEPT {
            rounds.now.insert(failure);
        }
        new
    }

    /// As `add`, of something that was added.
    pub(super) fn is_new(&self, source: &str, message: &str) -> bool {
        !self.rounds().before.contains(&key(source, message))
    }

    pub(super) fn are_new(&self) -> bool {
        self.rounds().new
    }

    fn rounds(&self) -> MutexGuard<'_, Rounds> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(source: &str, message: &str) -> String {
    format!("{source}\n{message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_is_told_once_and_what_comes_back_again() {
        let failures = Failures::default();
        for (failing, told) in [(true, true), (true, false), (false, false), (true, true)] {
            failures.begin();
            if failing {
                assert_eq!(failures.add("a", "denied"), told);
                assert_eq!(failures.is_new("a", "denied"), told);
            }
            assert_eq!(failures.are_new(), told);
        }
        assert!(failures.add("a", "gone") && failures.add("b", "denied"));
    }
}

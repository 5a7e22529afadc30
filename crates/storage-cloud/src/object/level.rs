//! The order of one level. Stores list by key, where `a/` comes behind `a-b` and `a.txt`; callers get names sorted, where
//! `a` comes before both. Some stores list by name in the first place.

use std::collections::{BTreeSet, VecDeque};

/// Entries of one level on their way from the order of a store to that of names.
#[derive(Debug)]
pub(super) struct Level<E> {
    /// Sorted by name, a file before the directory of its name.
    held: Vec<(String, bool, E)>,
    /// Directories that were given, or found missing, before the listing came to them.
    settled: BTreeSet<String>,
    /// The largest key (below the level's own prefix) that the store has given.
    seen: String,
}

impl<E> Level<E> {
    pub(super) fn new() -> Self {
        Self { held: Vec::new(), settled: BTreeSet::new(), seen: String::new() }
    }

    /// Takes a page. Names are without a slash, and tell whether they are of directories.
    pub(super) fn take(&mut self, page: Vec<(String, bool, E)>) {
        for (name, directory, entry) in page {
            let key = if directory { format!("{name}/") } else { name.clone() };
            if key > self.seen {
                self.seen = key;
            }
            if !(directory && self.settled.contains(&name)) {
                self.held.push((name, directory, entry));
            }
        }
        self.held.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    }

    /// How many entries wait.
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    /// What can be given now: nothing that is still to come sorts before it.
    pub(super) fn give(&mut self) -> VecDeque<E> {
        let ready =
            self.held.iter().position(|(name, ..)| self.blocker(name).is_some()).unwrap_or(self.held.len());
        self.held.drain(..ready).map(|(_, _, entry)| entry).collect()
    }

    /// Everything, at the end of the listing.
    pub(super) fn give_all(&mut self) -> VecDeque<E> {
        self.held.drain(..).map(|(_, _, entry)| entry).collect()
    }

    /// A directory that may still come and sorts before the first entry that waits.
    pub(super) fn first_blocker(&self) -> Option<String> {
        self.held.first().and_then(|(name, ..)| self.blocker(name)).map(str::to_owned)
    }

    /// The question about `directory` is answered: it is `entry`, or it is not there.
    pub(super) fn settle(&mut self, directory: String, entry: Option<E>) {
        if let Some(entry) = entry {
            let at = self.held.partition_point(|(name, kind, _)| (name, *kind) < (&directory, true));
            self.held.insert(at, (directory.clone(), true, entry));
        }
        self.settled.insert(directory);
    }

    /// Adds a directory that the store gave under its own name, without a slash: it may give it again, as a prefix.
    pub(super) fn add_directory(&mut self, name: String, entry: E) {
        let known = self.settled.contains(&name)
            || self.held.iter().any(|(held, directory, _)| *directory && *held == name);
        if !known {
            self.settle(name, Some(entry));
        }
    }

    /// A directory that sorts before `name` and whose key comes behind what was seen: one whose name `name` begins with,
    /// followed by a character below the slash.
    fn blocker<'n>(&self, name: &'n str) -> Option<&'n str> {
        let candidates =
            name.char_indices().skip(1).filter(|(_, next)| *next < '/').map(|(at, _)| &name[..at]);
        candidates.into_iter().find(|directory| self.may_come(directory))
    }

    fn may_come(&self, directory: &str) -> bool {
        let behind = match self.seen.strip_prefix(directory) {
            Some(rest) => rest < "/",
            None => self.seen.as_str() < directory,
        };
        behind && !self.settled.contains(directory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(names: &[&str]) -> Vec<(String, bool, String)> {
        let entry = |name: &&str| {
            let directory = name.ends_with('/');
            (name.trim_end_matches('/').to_owned(), directory, (*name).to_owned())
        };
        names.iter().map(entry).collect()
    }

    #[test]
    fn a_directory_waits_for_nobody_and_its_namesakes_wait_for_it() {
        let mut level = Level::new();
        level.take(page(&["a-b", "a.txt"]));
        assert!(level.give().is_empty());
        assert_eq!(level.first_blocker().as_deref(), Some("a"));
        level.take(page(&["a/", "b"]));
        assert_eq!(level.give(), ["a/", "a-b", "a.txt", "b"]);
    }

    #[test]
    fn a_settled_directory_is_given_once() {
        let mut level = Level::new();
        level.take(page(&["img-1", "img-2"]));
        level.settle("img".to_owned(), Some("img/".to_owned()));
        assert_eq!(level.give(), ["img/", "img-1", "img-2"]);
        level.take(page(&["img/", "img0"]));
        assert_eq!(level.give(), ["img0"]);
    }

    #[test]
    fn a_directory_that_is_an_object_too_is_given_once() {
        let mut level = Level::new();
        level.take(page(&["a", "img-1"]));
        level.add_directory("img".to_owned(), "img".to_owned());
        assert_eq!(level.give(), ["a", "img", "img-1"]);
        level.take(page(&["img/", "img0"]));
        assert_eq!(level.give(), ["img0"]);
        level.take(page(&["k", "l/"]));
        level.add_directory("l".to_owned(), "l".to_owned());
        assert_eq!(level.give(), ["k", "l/"]);
    }

    proptest! {
        /// Whatever the names, and whether the store goes by key or by name, and however long the pages are.
        #[test]
        fn names_come_sorted(
            names in proptest::collection::btree_set("[a-b\\-.!0é]{1,4}/?", 0..40),
            by_name in any::<bool>(), size in 1usize..7,
        ) {
            let mut listed: Vec<&str> = names.iter().map(String::as_str).collect();
            if by_name {
                listed.sort_by_key(|name| (name.trim_end_matches('/'), name.ends_with('/')));
            }
            let mut level = Level::new();
            let mut given: Vec<String> = Vec::new();
            for part in listed.chunks(size) {
                level.take(page(part));
                given.extend(level.give());
            }
            given.extend(level.give_all());
            let mut expected: Vec<String> = names.into_iter().collect();
            expected.sort_by_key(|name| (name.trim_end_matches('/').to_owned(), name.ends_with('/')));
            prop_assert_eq!(given, expected);
        }
    }
}

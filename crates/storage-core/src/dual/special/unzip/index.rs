//! The directory of an archive, level by level.

use std::collections::BTreeMap;
use std::time::SystemTime;

use storage_types::{EntryKind, Error, Metadata, Result, StoragePath};

use crate::dual::stream::Entry;

/// Where the content of a file is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The record before the content, in the file.
    pub(super) header: u64,
    /// A guess at how many bytes that record has.
    pub(super) header_length: usize,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) crc: u32,
    pub(super) method: u16,
    pub(super) encrypted: bool,
}

/// One entry of a level.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) path: StoragePath,
    pub(super) kind: EntryKind,
    pub(super) modified: Option<SystemTime>,
    pub(super) mode: Option<u32>,
    /// Of everything but directories.
    pub(super) place: Option<Place>,
}

impl Item {
    pub(super) fn metadata(&self) -> Metadata {
        let mut metadata = Metadata::of(self.kind, self.place.map_or(0, |place| place.size));
        metadata.modified = self.modified;
        metadata.mode = self.mode;
        metadata
    }

    fn directory(path: StoragePath) -> Self {
        Self { path, kind: EntryKind::Directory, modified: None, mode: None, place: None }
    }

    fn is_directory(&self) -> bool {
        self.kind == EntryKind::Directory
    }
}

/// Every directory with its entries, sorted by name, a file before a directory of its name.
#[derive(Debug)]
pub(super) struct Index {
    levels: BTreeMap<StoragePath, Vec<Item>>,
    /// How many bytes of memory it takes, roughly.
    weight: u64,
    heaviest: u64,
}

impl Index {
    /// One that may take so many bytes of memory.
    pub(super) fn within(heaviest: u64) -> Self {
        Self { levels: BTreeMap::from([(StoragePath::root(), Vec::new())]), weight: 0, heaviest }
    }

    /// Adds an entry and the directories above it, which an archive need not name.
    pub(super) fn add(&mut self, item: Item) {
        if item.is_directory() {
            self.levels.entry(item.path.clone()).or_default();
        }
        let mut parent = item.path.parent();
        let mut known = self.put(&parent, item);
        while !known && !self.is_too_large() {
            let above = parent.parent();
            known = self.put(&above, Item::directory(parent));
            parent = above;
        }
    }

    /// Adds an item to a level; tells whether there was that level. That of the root always is.
    fn put(&mut self, parent: &StoragePath, item: Item) -> bool {
        self.weight += (size_of::<Item>() + 16 + item.path.as_str().len()) as u64;
        let known = self.levels.contains_key(parent);
        self.levels.entry(parent.clone()).or_default().push(item);
        known
    }

    /// Whether it takes more memory than it may; then it is not whole.
    pub(super) fn is_too_large(&self) -> bool {
        self.weight > self.heaviest
    }

    /// Sorts every level. Of equal names the last one counts, as when they are unpacked one after the other, and those
    /// before it are told; of directories the one that the archive names.
    pub(super) fn sort(&mut self, mut replaced: impl FnMut(&StoragePath)) {
        for level in self.levels.values_mut() {
            level.sort_by(|a, b| {
                let named = |item: &Item| item.modified.is_some();
                (a.path.name(), a.is_directory()).cmp(&(b.path.name(), b.is_directory())).then_with(|| {
                    if a.is_directory() { named(a).cmp(&named(b)) } else { std::cmp::Ordering::Equal }
                })
            });
            level.reverse();
            level.dedup_by(|earlier, kept| {
                let same = earlier.path == kept.path && earlier.is_directory() == kept.is_directory();
                if same && !earlier.is_directory() {
                    replaced(&earlier.path);
                }
                same
            });
            level.reverse();
            level.shrink_to_fit();
        }
    }

    /// What stands there; a file before a directory of its name.
    pub(super) fn get(&self, path: &StoragePath) -> Result<Item> {
        if path.is_root() {
            return Ok(Item::directory(path.clone()));
        }
        let level = self.levels.get(&path.parent()).ok_or_else(|| self.missing(path))?;
        let at = level.partition_point(|item| item.path.name() < path.name());
        level.get(at).filter(|item| item.path == *path).cloned().ok_or_else(Error::not_found)
    }

    fn missing(&self, path: &StoragePath) -> Error {
        match self.get(&path.parent()) {
            Ok(above) if !above.is_directory() => Error::not_a_directory(),
            _ => Error::not_found(),
        }
    }

    /// Whether anything lies below this path, or it is a directory.
    pub(super) fn is_level(&self, path: &StoragePath) -> bool {
        self.levels.contains_key(path)
    }

    /// The directories of which the archive tells anything; those above come before those below.
    pub(super) fn directories(&self) -> Vec<Item> {
        let levels = self.levels.values().flatten();
        let named = |item: &&Item| item.is_directory() && (item.mode.is_some() || item.modified.is_some());
        let mut found: Vec<Item> = levels.filter(named).cloned().collect();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    }

    /// So many entries of a level from the `from`th; `None` when there is no such directory.
    pub(super) fn level(&self, path: &StoragePath, from: usize, count: usize) -> Option<Vec<Entry>> {
        let level = self.levels.get(path)?;
        let items = level.iter().skip(from).take(count);
        Some(items.map(|item| Entry { path: item.path.clone(), metadata: item.metadata() }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, size: u64) -> Item {
        let place =
            Place { header: 0, header_length: 30, packed: 0, size, crc: 0, method: 0, encrypted: false };
        let path = StoragePath::parse(path).unwrap_or_else(|_| StoragePath::root());
        Item { path, kind: EntryKind::File, modified: None, mode: None, place: Some(place) }
    }

    fn names(index: &Index, path: &str) -> Option<Vec<(String, bool, u64)>> {
        let path = StoragePath::parse(path).ok()?;
        let entries = index.level(&path, 0, usize::MAX)?;
        let shown =
            |entry: Entry| (entry.path.as_str().to_owned(), entry.metadata.is_dir(), entry.metadata.size);
        Some(entries.into_iter().map(shown).collect())
    }

    #[test]
    fn a_name_that_stands_for_many_directories_stops_at_the_limit() {
        let mut index = Index::within(1 << 20);
        index.add(file(&"d/".repeat(30_000), 1));
        assert!(index.is_too_large() && index.weight < 2 << 20);
    }

    #[test]
    fn levels_are_sorted_and_whole() {
        let mut index = Index::within(u64::MAX);
        for item in
            [file("b/c/d", 1), file("a-b", 2), file("a", 3), file("a", 4), file("a/x", 5), file("b/c/e", 6)]
        {
            index.add(item);
        }
        let mut replaced = Vec::new();
        index.sort(|path| replaced.push(path.as_str().to_owned()));
        assert_eq!(replaced, ["a"]);
        let owned = |list: &[(&str, bool, u64)]| {
            Some(list.iter().map(|&(name, directory, size)| (name.to_owned(), directory, size)).collect())
        };
        assert_eq!(
            names(&index, ""),
            owned(&[("a", false, 4), ("a", true, 0), ("a-b", false, 2), ("b", true, 0)])
        );
        assert_eq!(names(&index, "b"), owned(&[("b/c", true, 0)]));
        assert_eq!(names(&index, "b/c"), owned(&[("b/c/d", false, 1), ("b/c/e", false, 6)]));
        assert_eq!(names(&index, "a"), owned(&[("a/x", false, 5)]));
        assert_eq!(names(&index, "c"), None);
    }
}

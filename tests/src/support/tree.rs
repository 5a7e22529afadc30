//! A tree of files and directories as it is expected.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

/// Files with their contents, and directories, the ones that follow from the files included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    files: BTreeMap<String, Bytes>,
    directories: BTreeSet<String>,
}

impl Tree {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more file, and the directories that it lies in.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl Into<Bytes>) -> Self {
        self.files.insert(path.to_owned(), content.into());
        match path.rsplit_once('/') {
            Some((parent, _)) => self.directory(parent),
            None => self,
        }
    }

    /// The same with one more directory, and those that it lies in.
    #[must_use]
    pub fn directory(mut self, path: &str) -> Self {
        self.directories.insert(path.to_owned());
        match path.rsplit_once('/') {
            Some((parent, _)) => self.directory(parent),
            None => self,
        }
    }

    /// The files, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.files.iter().map(|(path, content)| (path.as_str(), content))
    }

    /// The empty directories.
    pub fn directories(&self) -> impl Iterator<Item = &str> {
        self.directories.iter().map(String::as_str).filter(|directory| {
            let inside = format!("{directory}/");
            let mut paths = self.files.keys().chain(&self.directories);
            !paths.any(|path| path.starts_with(&inside))
        })
    }

    /// The bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|content| content.len() as u64).sum()
    }
}

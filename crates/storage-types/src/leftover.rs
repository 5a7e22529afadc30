//! What stopped runs leave in stores.

use std::time::SystemTime;

use crate::path::StoragePath;

/// What kind of thing a stopped run left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LeftoverKind {
    /// A part of a file, under a hidden name, with which a later run may go on.
    Part,
    /// A file that was to get its name in a moment.
    Temporary,
    /// An upload in parts that was neither completed nor aborted. Stores charge for its parts.
    Upload,
}

/// Something that a write keeps in a store until it ends, and that stays when its process is killed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Leftover {
    /// What it is.
    pub kind: LeftoverKind,
    /// Where it is: the hidden file, or the file that the upload was to become.
    pub path: StoragePath,
    /// What the store calls it: notes on files that were stopped half-way name it too.
    pub id: String,
    /// Bytes, where the store says so.
    pub size: Option<u64>,
    /// When something was last written to it.
    pub modified: Option<SystemTime>,
    /// The user on this machine to whom it belongs, by number.
    pub owner: Option<u32>,
    /// Somebody writes to it now, or nobody can tell. It is not removed then.
    pub in_use: bool,
}

impl Leftover {
    /// Something at this path, of which nothing else is known.
    #[must_use]
    pub fn new(kind: LeftoverKind, path: StoragePath, id: impl Into<String>) -> Self {
        Self { kind, path, id: id.into(), size: None, modified: None, owner: None, in_use: false }
    }
}

/// Where leftovers are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftoverOptions {
    /// In all directories below, too.
    pub recursive: bool,
}

impl LeftoverOptions {
    /// In a directory and everything below it.
    #[must_use]
    pub fn new() -> Self {
        Self { recursive: true }
    }

    /// Whether directories below are searched, too.
    #[must_use]
    pub fn recursive(mut self, recursive: bool) -> Self {
        self.recursive = recursive;
        self
    }
}

impl Default for LeftoverOptions {
    fn default() -> Self {
        Self::new()
    }
}

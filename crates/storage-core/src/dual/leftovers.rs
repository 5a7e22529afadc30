//! What stopped runs left: in stores, and as notes on files that were stopped half-way.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;
use storage_types::{Error, Leftover, LeftoverOptions, Operation, Result};

use super::node::StorageNode;
use super::note_file;
use super::transfer::identity_of;
use crate::{maybe_async, rt};

#[maybe_async]
impl StorageNode {
    /// What stopped writes left in this directory and below, and what writes that are under way keep there. Nothing of it
    /// is removed. An error of one directory below does not hide what is in the others.
    ///
    /// # Errors
    ///
    /// `NotFound` or `NotADirectory`; what keeps the store from listing.
    pub async fn leftovers(&self) -> Result<Vec<Result<Leftover>>> {
        self.leftovers_with(&LeftoverOptions::new()).await
    }

    /// As [`leftovers`](Self::leftovers), by options.
    ///
    /// # Errors
    ///
    /// As [`leftovers`](Self::leftovers).
    pub async fn leftovers_with(&self, options: &LeftoverOptions) -> Result<Vec<Result<Leftover>>> {
        let found = self.backend().leftovers(self.path(), options).await;
        let found = self.explain(Operation::List, found)?;
        Ok(found.into_iter().map(|one| one.map_err(|error| error.with_mount(self.mount_name()))).collect())
    }

    /// Removes what [`leftovers`](Self::leftovers) of this mount found. `false` when it is gone already, or somebody writes
    /// to it: then nothing happens. Whether it is old enough is the caller's to judge.
    ///
    /// # Errors
    ///
    /// `PermissionDenied`, and what the store says.
    pub async fn remove_leftover(&self, leftover: &Leftover) -> Result<bool> {
        let removed = self.backend().remove_leftover(leftover).await;
        self.at(leftover.path.clone()).explain(Operation::Delete, removed)
    }

    /// The file below this node that a note is about.
    #[must_use]
    pub fn noted(&self, note: &ResumeNote) -> Option<StorageNode> {
        let rest = note.destination.as_ref()?.strip_prefix(&identity_of(self))?;
        let path = match rest.strip_prefix('/') {
            Some(path) => path,
            None if self.is_root() => rest,
            None => return None,
        };
        self.child(path).ok()
    }

    /// Throws away what a write of this file left in the store, by its note. The note itself stays.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn discard(&self, note: &ResumeNote) -> Result<()> {
        let Some(text) = &note.note else { return Ok(()) };
        self.explain(Operation::Delete, self.backend().discard(self.path(), text).await)
    }
}

/// A note with which a later run goes on with a file: see [`CopyOptions::resume`](storage_types::CopyOptions::resume).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ResumeNote {
    /// The file that the note is.
    pub path: PathBuf,
    /// When it was last written.
    pub modified: Option<SystemTime>,
    /// Its own bytes.
    pub size: u64,
    /// The user to whom it belongs, by number.
    pub owner: u32,
    /// Where the file was to be stored, in the words of notes; `None` when the note is damaged.
    pub destination: Option<String>,
    note: Option<String>,
}

#[derive(Deserialize)]
struct Record {
    subject: Subject,
    note: String,
}

#[derive(Deserialize)]
struct Subject {
    destination: String,
}

#[maybe_async]
impl ResumeNote {
    /// All notes of a folder, damaged ones too. None when there is no such folder.
    ///
    /// # Errors
    ///
    /// What keeps the folder from being read.
    pub async fn all(folder: &Path) -> Result<Vec<Self>> {
        let folder = folder.to_owned();
        rt::unblock(move || read_all(&folder).map_err(Error::from_io)).await
    }

    /// Removes the note, and nothing of what it tells of. `false` when it is gone already.
    ///
    /// # Errors
    ///
    /// What keeps it from being removed.
    pub async fn remove(&self) -> Result<bool> {
        let path = self.path.clone();
        rt::unblock(move || match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::from_io(error).with_path(path.display().to_string())),
        })
        .await
    }
}

impl ResumeNote {
    /// Whether it tells of this.
    #[must_use]
    pub fn names(&self, leftover: &Leftover) -> bool {
        self.note.as_ref().is_some_and(|note| !leftover.id.is_empty() && note.contains(&leftover.id))
    }
}

fn read_all(folder: &Path) -> io::Result<Vec<ResumeNote>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut notes = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "json" || end == "new")
            && let Some(note) = read(path)?
        {
            notes.push(note);
        }
    }
    notes.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(notes)
}

/// `None` when it is no file, or gone meanwhile.
fn read(path: PathBuf) -> io::Result<Option<ResumeNote>> {
    let Ok(metadata) = path.symlink_metadata() else { return Ok(None) };
    if !metadata.is_file() {
        return Ok(None);
    }
    let content = note_file::read(&path).ok();
    let record = content.and_then(|(text, _)| serde_json::from_slice::<Record>(&text).ok());
    let (destination, note) = record.map(|record| (record.subject.destination, record.note)).unzip();
    let (modified, size, owner) = (metadata.modified().ok(), metadata.len(), metadata.uid());
    Ok(Some(ResumeNote { path, modified, size, owner, destination, note }))
}

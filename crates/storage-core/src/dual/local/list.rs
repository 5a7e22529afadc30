//! Listing one level: names first (compact, sorted), then metadata in batches.

use std::ffi::CStr;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, RawDir, Stat, statat};
use rustix::io::Errno;
use storage_types::{EntryKind, Error, ErrorKind, ListOptions, Metadata, Result, StoragePath};

use super::beneath::{self, explain};
use super::core::Core;
use super::describe;
use super::temp;
use crate::dual::stream::{Entry, ListStream};
use crate::{maybe_async, rt};

/// Entries described per hop.
const BATCH: usize = 1024;

/// The names in a directory, each with its type: one buffer, so that a million of them take little room.
#[derive(Default)]
pub(super) struct Names {
    text: Vec<u8>,
    index: Vec<(u32, u16, FileType)>,
}

impl Names {
    pub(super) fn read(dir: &OwnedFd) -> Result<Self> {
        let mut names = Self::default();
        let mut buffer = Vec::with_capacity(32 << 10);
        let mut entries = RawDir::new(dir, buffer.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            let entry = entry.map_err(explain)?;
            names.push(entry.file_name(), entry.file_type())?;
        }
        Ok(names)
    }

    fn push(&mut self, name: &CStr, file_type: FileType) -> Result<()> {
        if matches!(name.to_bytes(), b"." | b"..") {
            return Ok(());
        }
        let too_large =
            |_| Error::new(ErrorKind::QuotaExceeded, "the names of the directory take more than 4 GiB");
        let start = u32::try_from(self.text.len()).map_err(too_large)?;
        let length = u16::try_from(name.to_bytes().len()).unwrap_or(u16::MAX);
        self.text.extend_from_slice(name.to_bytes_with_nul());
        self.index.push((start, length, file_type));
        Ok(())
    }

    pub(super) fn sort(&mut self) {
        let text = &self.text;
        self.index.sort_unstable_by_key(|&(start, length, _)| &text[start as usize..][..length as usize]);
    }

    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    pub(super) fn get(&self, at: usize) -> (&CStr, FileType) {
        let (start, length, file_type) = self.index[at];
        let bytes = &self.text[start as usize..=start as usize + length as usize];
        (CStr::from_bytes_with_nul(bytes).unwrap_or_default(), file_type)
    }
}

impl Core {
    pub(super) fn list(&self, path: &StoragePath, options: &ListOptions) -> Result<LocalLister> {
        if path.is_root() && self.root_is_missing(path) {
            return Ok(LocalLister { listing: None, at: 0, first: None, ahead: None, reads_ahead: false });
        }
        let dir = self.at(path, |root, rest| beneath::open_dir(root, rest));
        let dir = dir.map_err(|error| self.absent_or_broken(path, error))?;
        // It was open, so it was there: whoever lists it must not take it for one that never was.
        let mut names = Names::read(&dir).map_err(|error| match error.kind() {
            ErrorKind::NotFound => vanished(),
            _ => error,
        })?;
        names.sort();
        let listing = Arc::new(Listing { dir, names, path: path.clone(), kind_only: options.kind_only });
        // Described in the same hop: a small directory takes no second one.
        let first = Some(listing.describe(0..BATCH));
        let (listing, reads_ahead) = (Some(listing), options.read_ahead);
        let mut lister = LocalLister { listing, at: BATCH, first, ahead: None, reads_ahead };
        lister.read_ahead();
        Ok(lister)
    }
}

impl Core {
    /// The error of a directory that cannot be opened: only a directory that does not exist is reported as missing.
    pub(super) fn absent_or_broken(&self, path: &StoragePath, error: Error) -> Error {
        let there = || self.entry(path).and_then(|entry| entry.stat()).ok().flatten();
        let is_directory = |stat: &Stat| describe::kind(stat) == EntryKind::Directory;
        let missing = error.kind() == ErrorKind::NotFound;
        if missing && !path.is_root() && there().is_some_and(|stat| is_directory(&stat)) {
            return vanished();
        }
        error
    }
}

fn vanished() -> Error {
    Error::new(ErrorKind::Interrupted, "the directory is there but cannot be read, or it went away meanwhile")
        .with_hint("list it again when nobody deletes it; `dmesg` tells when the file system is failing")
}

struct Listing {
    dir: OwnedFd,
    names: Names,
    path: StoragePath,
    kind_only: bool,
}

impl Listing {
    fn describe(&self, batch: Range<usize>) -> Vec<Result<Entry>> {
        let batch = batch.start..batch.end.min(self.names.len());
        let mut scratch = String::new();
        let mut entries = Vec::with_capacity(batch.len());
        entries.extend(batch.filter_map(|at| self.entry(at, &mut scratch).transpose()));
        entries
    }

    /// One entry; `None` when it vanished meanwhile or is an unfinished file.
    fn entry(&self, at: usize, scratch: &mut String) -> Result<Option<Entry>> {
        let (name, file_type) = self.names.get(at);
        let text = name.to_str().map_err(|_| not_utf8(name))?;
        if temp::is_reserved(text) {
            return Ok(None);
        }
        let metadata = if self.kind_only && file_type != FileType::Unknown {
            Metadata::of(describe::kind_of(file_type), 0)
        } else {
            match statat(&self.dir, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => describe::metadata(&stat),
                Err(Errno::NOENT) => return Ok(None),
                Err(errno) => return Err(explain(errno)),
            }
        };
        Ok(Some(Entry { path: self.path.child_segment(text, scratch)?, metadata }))
    }
}

fn not_utf8(name: &CStr) -> Error {
    Error::invalid(format!("a name is not UTF-8: `{}`", name.to_bytes().escape_ascii()))
        .with_hint("rename the file; paths of mounts are UTF-8")
}

/// Gives the entries of a directory whose names were read already.
pub(super) struct LocalLister {
    listing: Option<Arc<Listing>>,
    at: usize,
    first: Option<Vec<Result<Entry>>>,
    /// The next batch, on its way.
    ahead: Option<rt::Background<Vec<Result<Entry>>>>,
    reads_ahead: bool,
}

impl LocalLister {
    /// Starts on the next batch while the caller works on the one before.
    fn read_ahead(&mut self) {
        if self.reads_ahead
            && let Some(listing) = self.listing.clone().filter(|listing| self.at < listing.names.len())
        {
            let batch = self.at..self.at + BATCH;
            self.ahead = Some(rt::Background::start(move || Ok(listing.describe(batch.clone()))));
        }
    }
}

#[maybe_async]
impl ListStream for LocalLister {
    async fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let Some(listing) = self.listing.clone().filter(|listing| self.at < listing.names.len()) else {
            return Ok(None);
        };
        let batch = self.at..self.at + BATCH;
        self.at = batch.end;
        let described = match self.ahead.take() {
            Some(ahead) => ahead.join().await?,
            None => rt::unblock(move || Ok(listing.describe(batch))).await?,
        };
        self.read_ahead();
        Ok(Some(described))
    }
}

/// Whether the entry is a directory that can be entered without following a link.
pub(super) fn is_directory(dir: &OwnedFd, name: &CStr, file_type: FileType) -> bool {
    match file_type {
        FileType::Unknown => statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|stat| describe::kind(&stat) == EntryKind::Directory),
        known => known == FileType::Directory,
    }
}

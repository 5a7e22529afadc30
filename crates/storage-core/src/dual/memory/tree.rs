//! The content of a memory store: what is there now, and the versions before it.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use storage_types::{
    CreateDirOptions, DeleteOptions, EntryKind, Error, ErrorKind, Metadata, Result, StoragePath, Version,
    WriteOptions,
};

use crate::dual::content::{check_delete, check_write};
use crate::dual::hex::push_hex;
use crate::dual::stream::Entry;

/// Room for so many entries of a listing is made at once.
const FIRST: usize = 128;

/// Content stored at one moment.
#[derive(Clone)]
struct Stored {
    id: u64,
    bytes: Bytes,
    modified: SystemTime,
    /// What was stored with it, where anything was.
    about: Option<Box<Metadata>>,
    deleted: bool,
}

/// What the options store with content.
fn about(options: &WriteOptions) -> Option<Box<Metadata>> {
    if !options.has_headers() && options.user.is_empty() {
        return None;
    }
    let mut about = Box::new(Metadata::file(0));
    about.describe(options);
    Some(about)
}

impl Stored {
    fn new(id: u64, bytes: Bytes, options: &WriteOptions) -> Self {
        let modified = options.modified.unwrap_or_else(SystemTime::now);
        Self { id, bytes, modified, about: about(options), deleted: false }
    }

    fn etag(&self) -> String {
        etag(self.id)
    }
}

enum Slot {
    Directory { id: u64, modified: SystemTime },
    File(Stored),
}

pub(super) struct Tree {
    /// Tells this store's ids from those of others.
    id: u64,
    next: u64,
    versioned: bool,
    entries: BTreeMap<StoragePath, Slot>,
    /// Oldest first, the current one included; filled only when versions are kept.
    history: BTreeMap<StoragePath, Vec<Stored>>,
}

impl Tree {
    pub(super) fn new(versioned: bool) -> Self {
        static STORES: AtomicU64 = AtomicU64::new(1);
        Self {
            id: STORES.fetch_add(1, Ordering::Relaxed),
            next: 1,
            versioned,
            entries: BTreeMap::new(),
            history: BTreeMap::new(),
        }
    }

    pub(super) fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        if path.is_root() {
            let mut root = Metadata::directory();
            root.file_id = Some((self.id, 0));
            return Ok(root);
        }
        match self.entries.get(path) {
            Some(slot) => Ok(self.describe(slot)),
            None => Err(self.missing(path)),
        }
    }

    /// Bytes and metadata of a file, or of one of its versions.
    pub(super) fn content(&self, path: &StoragePath, version: Option<&str>) -> Result<(Bytes, Metadata)> {
        if let Some(version) = version {
            let stored = self.find_version(path, version)?;
            if stored.deleted {
                return Err(
                    Error::not_found().with_hint("this version is a delete marker; read an older one")
                );
            }
            return Ok((stored.bytes.clone(), self.describe_file(stored)));
        }
        match self.entries.get(path) {
            Some(Slot::File(stored)) => Ok((stored.bytes.clone(), self.describe_file(stored))),
            Some(Slot::Directory { .. }) => Err(Error::is_a_directory()),
            None if path.is_root() => Err(Error::is_a_directory()),
            None => Err(self.missing(path)),
        }
    }

    /// Whether a write could succeed as things are.
    pub(super) fn check_put(&self, path: &StoragePath, options: &WriteOptions) -> Result<()> {
        if path.is_root() {
            return Err(Error::is_a_directory());
        }
        let current = match self.entries.get(path) {
            Some(Slot::Directory { .. }) => return Err(Error::is_a_directory()),
            Some(Slot::File(stored)) => Some(stored),
            None => None,
        };
        if current.is_none() {
            self.check_parents(path)?;
        }
        check_write(&options.mode, current, Stored::etag)
    }

    pub(super) fn put(
        &mut self,
        path: &StoragePath,
        bytes: Bytes,
        options: &WriteOptions,
    ) -> Result<Metadata> {
        // The usual case, content over content, looks the path up once.
        if let Some(Slot::File(old)) = self.entries.get_mut(path) {
            check_write(&options.mode, Some(&*old), Stored::etag)?;
            self.next += 1;
            *old = Stored::new(self.next, bytes, options);
            let metadata = describe_file(self.id, self.versioned, old);
            if let Some(kept) = self.versioned.then(|| old.clone()) {
                self.remember(path, kept);
            }
            return Ok(metadata);
        }
        self.check_put(path, options)?;
        self.make_parents(path);
        let stored = Stored::new(self.take_id(), bytes, options);
        Ok(self.replace(path, stored))
    }

    pub(super) fn append(&mut self, path: &StoragePath, content: &Bytes) -> Result<Metadata> {
        let mut options = WriteOptions::new();
        let mut all = BytesMut::new();
        if let Some(Slot::File(stored)) = self.entries.get(path) {
            all.extend_from_slice(&stored.bytes);
            if let Some(about) = &stored.about {
                options.describe_as(about);
            }
        }
        all.extend_from_slice(content);
        self.put(path, all.freeze(), &options)
    }

    pub(super) fn set_metadata(&mut self, path: &StoragePath, options: &WriteOptions) -> Result<Metadata> {
        let (bytes, old) = self.content(path, None)?;
        let mut described = options.clone();
        described.keep_encoding_of(&old);
        let stored = Stored {
            id: self.take_id(),
            bytes,
            modified: options.modified.or(old.modified).unwrap_or_else(SystemTime::now),
            about: about(&described),
            deleted: false,
        };
        Ok(self.replace(path, stored))
    }

    pub(super) fn set_modified(&mut self, path: &StoragePath, time: SystemTime) -> Result<()> {
        match self.entries.get_mut(path) {
            Some(Slot::Directory { modified, .. }) => *modified = time,
            Some(Slot::File(stored)) => stored.modified = time,
            // The root keeps no time.
            None if path.is_root() => {}
            None => return Err(self.missing(path)),
        }
        Ok(())
    }

    /// Tells whether something was there.
    pub(super) fn delete(&mut self, path: &StoragePath, options: &DeleteOptions) -> Result<bool> {
        match self.entries.get(path) {
            None => return check_delete(options, None, Stored::etag).map(|()| false),
            Some(Slot::File(stored)) => {
                check_delete(options, Some(stored), Stored::etag)?;
                self.remove(path);
                return Ok(true);
            }
            Some(Slot::Directory { .. }) => {}
        }
        let inside: Vec<StoragePath> = self.below(path).cloned().collect();
        let allowed = options.recursive || (options.empty_dir && inside.is_empty());
        if !allowed {
            return Err(Error::is_a_directory()
                .with_hint("with `recursive` it goes with everything in it")
                .with_option("recursive"));
        }
        for path in &inside {
            self.remove(path);
        }
        self.remove(path);
        Ok(true)
    }

    pub(super) fn create_dir(&mut self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        match self.entries.get(path) {
            Some(Slot::File(_)) => return Err(Error::not_a_directory()),
            Some(Slot::Directory { .. }) => {
                return if options.exist_ok { Ok(()) } else { Err(Error::already_exists()) };
            }
            None if path.is_root() => {
                return if options.exist_ok { Ok(()) } else { Err(Error::already_exists()) };
            }
            None => {}
        }
        self.check_parents(path)?;
        let parent = path.parent();
        if !options.parents && !parent.is_root() && !self.entries.contains_key(&parent) {
            return Err(Error::new(ErrorKind::NotFound, "its parent does not exist"));
        }
        self.make_parents(path);
        self.insert_directory(path);
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &StoragePath, to: &StoragePath) -> Result<()> {
        let Some(slot) = self.entries.get(from) else { return Err(self.missing(from)) };
        match (slot, self.entries.get(to)) {
            (Slot::File(_), Some(Slot::Directory { .. })) => return Err(Error::is_a_directory()),
            (Slot::Directory { .. }, Some(_)) => return Err(Error::already_exists()),
            _ => {}
        }
        if from == to {
            return Ok(());
        }
        if to.starts_with(from) {
            return Err(Error::invalid("a directory cannot be moved into itself"));
        }
        self.check_parents(to)?;
        self.make_parents(to);
        let moved: Vec<StoragePath> =
            std::iter::once(from.clone()).chain(self.below(from).cloned()).collect();
        for path in moved {
            if let (Some(slot), Some(rest)) = (self.entries.remove(&path), path.strip_prefix(from)) {
                self.entries.insert(to.join(&rest), slot);
            }
        }
        Ok(())
    }

    pub(super) fn check_directory(&self, path: &StoragePath) -> Result<()> {
        match self.entries.get(path) {
            Some(Slot::Directory { .. }) => Ok(()),
            None if path.is_root() => Ok(()),
            Some(Slot::File(_)) => Err(Error::not_a_directory()),
            None => Err(self.missing(path)),
        }
    }

    /// At most `limit` children of `path`, those after `after`, sorted by name.
    pub(super) fn children(
        &self,
        path: &StoragePath,
        after: Option<&StoragePath>,
        limit: usize,
    ) -> Vec<Result<Entry>> {
        let prefix = if path.is_root() { String::new() } else { format!("{path}/") };
        let mut from = match after {
            Some(after) => Bound::Excluded(after.clone()),
            None => Bound::Excluded(key(&prefix)),
        };
        let mut found = Vec::with_capacity(limit.min(self.entries.len()).min(FIRST));
        'seek: while found.len() < limit {
            for (next, slot) in
                self.entries.range::<str, _>((from.as_ref().map(Borrow::borrow), Bound::Unbounded))
            {
                let Some(name) = next.as_str().strip_prefix(&prefix) else { break 'seek };
                if let Some((child, _)) = name.split_once('/') {
                    // Below a child. Keys are sorted by whole path, so `a-b` comes before `a/x`: jump behind all of `a/`.
                    from = Bound::Included(key(&format!("{prefix}{child}0")));
                    continue 'seek;
                }
                found.push(Ok(Entry { path: next.clone(), metadata: self.describe(slot) }));
                if found.len() == limit {
                    break 'seek;
                }
            }
            break;
        }
        found
    }

    pub(super) fn versions(&self, path: &StoragePath) -> Result<Vec<Version>> {
        if !self.versioned {
            return Err(Error::unsupported("keep versions").with_hint("set `versioned: true` for this mount"));
        }
        let Some(history) = self.history.get(path) else {
            self.content(path, None)?;
            return Err(self.missing(path));
        };
        let last = history.len().saturating_sub(1);
        Ok(history.iter().enumerate().rev().map(|(index, stored)| version(stored, index == last)).collect())
    }

    pub(super) fn delete_version(&mut self, path: &StoragePath, id: &str) -> Result<()> {
        let wanted = self.find_version(path, id)?.id;
        let Some(history) = self.history.get_mut(path) else { return Ok(()) };
        history.retain(|stored| stored.id != wanted);
        match history.last() {
            Some(stored) if !stored.deleted => {
                let stored = stored.clone();
                self.entries.insert(path.clone(), Slot::File(stored));
            }
            Some(_) => drop(self.entries.remove(path)),
            None => {
                self.history.remove(path);
                self.entries.remove(path);
            }
        }
        Ok(())
    }

    fn find_version(&self, path: &StoragePath, id: &str) -> Result<&Stored> {
        if !self.versioned {
            return Err(Error::unsupported("keep versions").with_hint("set `versioned: true` for this mount"));
        }
        let history = self.history.get(path).ok_or_else(|| self.missing(path))?;
        history.iter().find(|stored| stored.etag() == id).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no version `{id}`"))
                .with_hint("list them with `versions`")
                .with_call("versions")
        })
    }

    fn replace(&mut self, path: &StoragePath, stored: Stored) -> Metadata {
        let metadata = self.describe_file(&stored);
        if self.versioned {
            self.remember(path, stored.clone());
        }
        self.entries.insert(path.clone(), Slot::File(stored));
        metadata
    }

    fn remove(&mut self, path: &StoragePath) {
        let was_file = matches!(self.entries.remove(path), Some(Slot::File(_)));
        if self.versioned && was_file {
            let marker = Stored {
                id: self.take_id(),
                bytes: Bytes::new(),
                modified: SystemTime::now(),
                about: None,
                deleted: true,
            };
            self.remember(path, marker);
        }
    }

    /// Keeps it as the newest version.
    fn remember(&mut self, path: &StoragePath, stored: Stored) {
        self.history.entry(path.clone()).or_default().push(stored);
    }

    fn below(&self, path: &StoragePath) -> impl Iterator<Item = &StoragePath> {
        let prefix = format!("{path}/");
        self.entries
            .range((Bound::Included(key(&prefix)), Bound::Unbounded))
            .map(|(key, _)| key)
            .take_while(move |key| key.as_str().starts_with(&prefix))
    }

    fn check_parents(&self, path: &StoragePath) -> Result<()> {
        for parent in ancestors(path.as_str()) {
            match self.entries.get(parent) {
                Some(Slot::File(_)) => return Err(Error::not_a_directory()),
                // What lies above a directory is one, too.
                Some(Slot::Directory { .. }) => return Ok(()),
                None => {}
            }
        }
        Ok(())
    }

    fn make_parents(&mut self, path: &StoragePath) {
        for parent in ancestors(path.as_str()) {
            if self.entries.contains_key(parent) {
                break;
            }
            self.insert_directory(&key(parent));
        }
    }

    fn insert_directory(&mut self, path: &StoragePath) {
        let id = self.take_id();
        self.entries.insert(path.clone(), Slot::Directory { id, modified: SystemTime::now() });
    }

    fn missing(&self, path: &StoragePath) -> Error {
        match self.check_parents(path) {
            Err(not_a_directory) => not_a_directory,
            Ok(()) => Error::not_found(),
        }
    }

    fn take_id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn describe(&self, slot: &Slot) -> Metadata {
        match slot {
            Slot::File(stored) => self.describe_file(stored),
            Slot::Directory { id, modified } => {
                let mut metadata = Metadata::of(EntryKind::Directory, 0);
                metadata.modified = Some(*modified);
                metadata.file_id = Some((self.id, *id));
                metadata
            }
        }
    }

    fn describe_file(&self, stored: &Stored) -> Metadata {
        describe_file(self.id, self.versioned, stored)
    }
}

fn describe_file(store: u64, versioned: bool, stored: &Stored) -> Metadata {
    let mut metadata = stored.about.as_deref().cloned().unwrap_or_else(|| Metadata::file(0));
    metadata.size = stored.bytes.len() as u64;
    metadata.modified = Some(stored.modified);
    metadata.etag = Some(stored.etag());
    metadata.version = versioned.then(|| stored.etag());
    metadata.file_id = Some((store, stored.id));
    metadata
}

/// The paths above `path`, from the nearest up, without the root.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/'), |(parent, _)| parent.rsplit_once('/'))
        .map(|(parent, _)| parent)
}

/// A place between keys, to start a range from. `0` is the character after `/`.
fn key(text: &str) -> StoragePath {
    StoragePath::opaque(text).unwrap_or_else(|_| StoragePath::root())
}

/// Content gets a number when it is stored, and that is its ETag and its version.
fn etag(id: u64) -> String {
    let mut text = String::with_capacity(16);
    push_hex(&mut text, id);
    text
}

fn version(stored: &Stored, is_latest: bool) -> Version {
    let mut version = Version::new(stored.etag());
    version.modified = Some(stored.modified);
    version.size = stored.bytes.len() as u64;
    version.etag = (!stored.deleted).then(|| stored.etag());
    version.is_latest = is_latest;
    version.is_delete_marker = stored.deleted;
    version
}

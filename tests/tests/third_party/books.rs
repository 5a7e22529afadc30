//! What stands on a shelf: objects in a map, and nothing else.

use std::collections::BTreeMap;
use std::time::SystemTime;

use bytes::Bytes;
use storage::types::{
    CreateDirOptions, DeleteOptions, Error, ErrorKind, Metadata, ReadOptions, Result, StoragePath, WriteMode,
    WriteOptions,
};

use super::api::{Content, Entry};

/// One object.
#[derive(Debug, Clone)]
pub(crate) struct Book {
    pub(crate) bytes: Bytes,
    pub(crate) metadata: Metadata,
    pub(crate) tags: BTreeMap<String, String>,
}

/// Objects by path. A path that ends in `/` is the marker of a directory.
#[derive(Debug, Default)]
pub(crate) struct Books {
    by_path: BTreeMap<String, Book>,
    written: u64,
}

fn inside(path: &StoragePath) -> String {
    if path.is_root() { String::new() } else { format!("{path}/") }
}

fn no_book(path: &str, books: &Books) -> Error {
    if books.has_below(path) { Error::is_a_directory() } else { Error::not_found() }
}

impl Books {
    fn below<'a>(&'a self, inside: &'a str) -> impl Iterator<Item = (&'a String, &'a Book)> + 'a {
        self.by_path.range(inside.to_owned()..).take_while(move |(path, _)| path.starts_with(inside))
    }

    fn has_below(&self, path: &str) -> bool {
        path.is_empty() || self.below(&format!("{path}/")).next().is_some()
    }

    /// The object, or what is there instead.
    pub(crate) fn book(&self, path: &StoragePath) -> Result<&Book> {
        self.by_path.get(path.as_str()).ok_or_else(|| no_book(path.as_str(), self))
    }

    /// The object, to be changed.
    pub(crate) fn book_mut(&mut self, path: &StoragePath) -> Result<&mut Book> {
        let error = no_book(path.as_str(), self);
        self.by_path.get_mut(path.as_str()).ok_or(error)
    }

    /// The content, by options.
    pub(crate) fn content(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        if options.version.is_some() {
            return Err(Error::unsupported("keep versions"));
        }
        let book = self.book(path)?;
        let metadata = book.metadata.clone();
        // Callers may quote an ETag, as it stands in HTTP.
        let differs = |wanted: &String| metadata.etag.as_deref() != Some(wanted.trim_matches('"'));
        if options.if_match.as_ref().is_some_and(differs) {
            return Err(Error::new(ErrorKind::PreconditionFailed, "the ETag is another one"));
        }
        let known = options.if_none_match.as_ref().is_some_and(|etag| !differs(etag));
        let unchanged = |time| metadata.modified.is_some_and(|modified| modified <= time);
        if known || options.if_modified_since.is_some_and(unchanged) {
            return Err(Error::new(ErrorKind::NotModified, "it is as it was"));
        }
        let bytes = match &options.range {
            Some(range) => {
                let (start, length) = range.resolve(book.bytes.len() as u64)?;
                book.bytes.slice(usize_of(start)..usize_of(start + length))
            }
            None => book.bytes.clone(),
        };
        Ok(Content { bytes, metadata })
    }

    /// Stores, if the condition holds.
    pub(crate) fn store(
        &mut self,
        path: &StoragePath,
        bytes: Bytes,
        options: &WriteOptions,
    ) -> Result<Metadata> {
        let there = self.by_path.get(path.as_str()).and_then(|book| book.metadata.etag.as_deref());
        match &options.mode {
            WriteMode::Create if there.is_some() => return Err(already_exists()),
            WriteMode::IfMatch(etag) if there != Some(etag.trim_matches('"')) => {
                return Err(Error::new(ErrorKind::PreconditionFailed, "the ETag is another one"));
            }
            _ => {}
        }
        let metadata = self.describe(bytes.len() as u64, options);
        let book = Book { bytes, metadata: metadata.clone(), tags: options.tags.clone() };
        self.by_path.insert(path.to_string(), book);
        Ok(metadata)
    }

    fn describe(&mut self, size: u64, options: &WriteOptions) -> Metadata {
        self.written += 1;
        let mut metadata = Metadata::file(size);
        metadata.modified = Some(SystemTime::now());
        metadata.etag = Some(self.written.to_string());
        metadata.describe(options);
        metadata
    }

    /// Replaces what is stored beside the content.
    pub(crate) fn set_metadata(&mut self, path: &StoragePath, options: &WriteOptions) -> Result<Metadata> {
        let stored = self.book(path)?.metadata.clone();
        let mut options = options.clone();
        options.keep_encoding_of(&stored);
        let metadata = self.describe(stored.size, &options);
        self.book_mut(path)?.metadata = metadata.clone();
        Ok(metadata)
    }

    /// Deletes an object, or all below a directory.
    pub(crate) fn delete(&mut self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        let inside = inside(path);
        if options.recursive {
            self.by_path.remove(path.as_str());
            self.by_path.retain(|path, _| !path.starts_with(&inside));
            return Ok(());
        }
        if self.by_path.remove(path.as_str()).is_some() || !self.has_below(path.as_str()) {
            return Ok(());
        }
        if options.empty_dir && self.below(&inside).all(|(path, _)| *path == inside) {
            self.by_path.remove(&inside);
            return Ok(());
        }
        Err(Error::is_a_directory().with_hint("delete it with `recursive`"))
    }

    /// Makes the marker of a directory.
    pub(crate) fn make(&mut self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        if self.by_path.contains_key(path.as_str()) {
            return Err(Error::not_a_directory());
        }
        if self.has_below(path.as_str()) {
            return if options.exist_ok { Ok(()) } else { Err(already_exists()) };
        }
        let parent = path.parent();
        if !self.has_below(parent.as_str()) {
            if !options.parents {
                return Err(Error::not_found());
            }
            self.make(&parent, options)?;
        }
        let metadata = self.describe(0, &WriteOptions::new());
        let marker = Book { bytes: Bytes::new(), metadata, tags: BTreeMap::new() };
        self.by_path.insert(inside(path), marker);
        Ok(())
    }

    /// One level: a file before the directory of its name.
    pub(crate) fn list(&self, path: &StoragePath) -> Result<Vec<Entry>> {
        let inside = inside(path);
        if !self.has_below(path.as_str()) {
            self.book(path)?;
            return Err(Error::not_a_directory());
        }
        let mut children = BTreeMap::new();
        for (path, book) in self.below(&inside).filter(|(path, _)| **path != inside) {
            match path[inside.len()..].split_once('/') {
                Some((name, _)) => drop(children.insert((name.to_owned(), true), Metadata::directory())),
                None => {
                    children.insert((path[inside.len()..].to_owned(), false), book.metadata.clone());
                }
            }
        }
        let entries = children.into_iter();
        entries.map(|((name, _), metadata)| Ok(Entry { path: path.child(&name)?, metadata })).collect()
    }
}

fn already_exists() -> Error {
    Error::new(ErrorKind::AlreadyExists, "something is there")
}

fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

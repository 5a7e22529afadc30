//! A store of objects in a map: no directories of its own, no conditions, no metadata of the user.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use storage::types::{
    Capabilities, DeleteOptions, Error, ErrorKind, ListOptions, Metadata, ReadOptions, Result, StoragePath,
    WriteMode, WriteOptions,
};

use super::api::{Backend, Content, Entry, Lister, Reader, StorageManager, WriteStream, Writer};
use super::fixture::{Fixture, Guard};
use super::{NAME, maybe_async};

#[derive(Debug, Clone)]
struct Book {
    bytes: Bytes,
    modified: SystemTime,
    number: u64,
}

#[derive(Debug, Default)]
struct Books {
    by_path: BTreeMap<String, Book>,
    written: u64,
}

/// The store.
#[derive(Debug, Clone, Default)]
struct Shelf(Arc<Mutex<Books>>);

impl Book {
    fn metadata(&self) -> Metadata {
        let mut metadata = Metadata::file(self.bytes.len() as u64);
        metadata.modified = Some(self.modified);
        metadata.etag = Some(self.number.to_string());
        metadata
    }
}

impl Books {
    fn is_directory(&self, path: &StoragePath) -> bool {
        let inside = inside(path);
        path.is_root() || self.below(&inside).next().is_some()
    }

    fn below<'a>(&'a self, inside: &'a str) -> impl Iterator<Item = (&'a String, &'a Book)> + 'a {
        self.by_path.range(inside.to_owned()..).take_while(move |(path, _)| path.starts_with(inside))
    }

    fn book(&self, path: &StoragePath) -> Result<&Book> {
        match self.by_path.get(path.as_str()) {
            Some(book) => Ok(book),
            None if self.is_directory(path) => Err(Error::is_a_directory()),
            None => Err(Error::not_found()),
        }
    }

    fn store(&mut self, path: &StoragePath, bytes: Bytes) -> Result<Metadata> {
        if self.is_directory(path) {
            return Err(Error::is_a_directory());
        }
        self.written += 1;
        let book = Book { bytes, modified: SystemTime::now(), number: self.written };
        let metadata = book.metadata();
        self.by_path.insert(path.to_string(), book);
        Ok(metadata)
    }
}

fn inside(path: &StoragePath) -> String {
    if path.is_root() { String::new() } else { format!("{path}/") }
}

/// What this store cannot do is refused before anything is written.
fn check(options: &WriteOptions) -> Result<()> {
    if options.mode != WriteMode::Replace {
        return Err(Error::unsupported("write under a condition"));
    }
    if options.content_type.is_some() || options.cache_control.is_some() || !options.user.is_empty() {
        return Err(Error::unsupported("store user metadata"));
    }
    Ok(())
}

impl Shelf {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn content(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        if options.version.is_some() {
            return Err(Error::unsupported("keep versions"));
        }
        let books = self.books();
        let book = books.book(path)?;
        let metadata = book.metadata();
        // Callers may quote an ETag, as it stands in HTTP.
        let differs = |wanted: &String| metadata.etag.as_deref() != Some(wanted.trim_matches('"'));
        if options.if_match.as_ref().is_some_and(differs) {
            return Err(Error::new(ErrorKind::PreconditionFailed, "the ETag is another one"));
        }
        let known = options.if_none_match.as_ref().is_some_and(|etag| !differs(etag));
        if known || options.if_modified_since.is_some_and(|time| book.modified <= time) {
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
}

fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[maybe_async]
impl Backend for Shelf {
    fn kind(&self) -> &str {
        "shelf"
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::none();
        can.read = true;
        can.write = true;
        can.delete = true;
        can.list = true;
        can
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        let books = self.books();
        match books.book(path) {
            Ok(book) => Ok(book.metadata()),
            Err(error) if error.kind() == ErrorKind::IsADirectory => Ok(Metadata::directory()),
            Err(error) => Err(error),
        }
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        self.content(path, options)
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        let content = self.content(path, options)?;
        Ok(Reader::from_bytes(content.bytes, content.metadata))
    }

    async fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        if self.books().is_directory(path) {
            return Err(Error::is_a_directory());
        }
        check(options)?;
        self.books().store(path, content)
    }

    async fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        if self.books().is_directory(path) {
            return Err(Error::is_a_directory());
        }
        check(options)?;
        let pages = Pages { shelf: self.clone(), path: path.clone(), written: BytesMut::new() };
        Ok(Writer::new(Box::new(pages)))
    }

    async fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        let mut books = self.books();
        if books.by_path.remove(path.as_str()).is_some() || !books.is_directory(path) {
            return Ok(());
        }
        if !options.recursive {
            return Err(Error::is_a_directory().with_hint("delete it with `recursive`"));
        }
        let inside = inside(path);
        books.by_path.retain(|path, _| !path.starts_with(&inside));
        Ok(())
    }

    async fn list(&self, path: &StoragePath, _: &ListOptions) -> Result<Lister> {
        let books = self.books();
        match books.book(path) {
            Ok(_) => return Err(Error::not_a_directory()),
            Err(error) if error.kind() != ErrorKind::IsADirectory => return Err(error),
            Err(_) => {}
        }
        let inside = inside(path);
        let mut children = BTreeMap::new();
        for (path, book) in books.below(&inside) {
            match path[inside.len()..].split_once('/') {
                Some((directory, _)) => drop(children.insert(directory.to_owned(), Metadata::directory())),
                None => drop(children.insert(path[inside.len()..].to_owned(), book.metadata())),
            }
        }
        let entries =
            children.into_iter().map(|(name, metadata)| Ok(Entry { path: path.child(&name)?, metadata }));
        Ok(Lister::from_entries(entries.collect::<Result<_>>()?))
    }
}

/// What is written and not yet published.
struct Pages {
    shelf: Shelf,
    path: StoragePath,
    written: BytesMut,
}

#[maybe_async]
impl WriteStream for Pages {
    async fn write(&mut self, chunk: Bytes) -> Result<()> {
        self.written.extend_from_slice(&chunk);
        Ok(())
    }

    async fn finish(&mut self) -> Result<Metadata> {
        let content = self.written.split().freeze();
        self.shelf.books().store(&self.path, content)
    }

    async fn abort(&mut self) -> Result<()> {
        self.written.clear();
        Ok(())
    }
}

/// Mounts a fresh shelf for each trial.
#[derive(Debug)]
pub(crate) struct Shelves;

#[maybe_async]
impl Fixture for Shelves {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    async fn mount(&self, manager: &StorageManager, name: &str) -> Result<Guard> {
        manager.add_backend(name, Arc::new(Shelf::default()))?;
        Ok(Box::new(()))
    }
}

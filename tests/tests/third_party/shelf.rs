//! A store of objects in a map, with no directories of its own: with all that an object store has, and bare of it.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use storage::types::{
    Capabilities, CreateDirOptions, DeleteOptions, Error, ErrorKind, ListOptions, Metadata, ReadOptions,
    Result, StoragePath, WriteMode, WriteOptions,
};

use super::api::{Backend, Content, Lister, Reader, StorageManager, WriteStream, Writer};
use super::books::Books;
use super::fixture::{Fixture, Guard};
use super::{COLOUR, maybe_async};

/// What a shelf has beside contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing.
    Bare,
    /// Conditions, user metadata, tags, and markers of directories.
    Full,
}

/// The store.
#[derive(Debug, Clone)]
struct Shelf {
    books: Arc<Mutex<Books>>,
    kind: Kind,
}

impl Shelf {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What this store cannot do is refused before anything is written.
    fn check(&self, options: &WriteOptions) -> Result<()> {
        if self.kind == Kind::Full {
            return Ok(());
        }
        if options.mode != WriteMode::Replace {
            return Err(Error::unsupported("write under a condition"));
        }
        if options.has_headers() || !options.user.is_empty() {
            return Err(Error::unsupported("store user metadata"));
        }
        Ok(())
    }

    fn has(&self, what: &str) -> Result<()> {
        if self.kind == Kind::Full { Ok(()) } else { Err(Error::unsupported(what)) }
    }
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
        let full = self.kind == Kind::Full;
        can.folder_markers = full;
        can.create_only = full;
        can.compare_and_set = full;
        can.user_metadata = full;
        can.tags = full;
        can
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        match self.books().book(path) {
            Ok(book) => Ok(book.metadata.clone()),
            Err(error) if error.kind() == ErrorKind::IsADirectory => Ok(Metadata::directory()),
            Err(error) => Err(error),
        }
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        self.books().content(path, options)
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        let content = self.books().content(path, options)?;
        Ok(Reader::from_bytes(content.bytes, content.metadata))
    }

    async fn put(&self, path: &StoragePath, content: Bytes, options: &WriteOptions) -> Result<Metadata> {
        self.check(options)?;
        self.books().store(path, content, options)
    }

    async fn write(&self, path: &StoragePath, options: &WriteOptions) -> Result<Writer> {
        self.check(options)?;
        let (shelf, path, options) = (self.clone(), path.clone(), options.clone());
        Ok(Writer::new(Box::new(Pages { shelf, path, options, written: BytesMut::new() })))
    }

    async fn delete(&self, path: &StoragePath, options: &DeleteOptions) -> Result<()> {
        self.books().delete(path, options)
    }

    async fn list(&self, path: &StoragePath, _: &ListOptions) -> Result<Lister> {
        Ok(Lister::from_entries(self.books().list(path)?))
    }

    async fn create_dir(&self, path: &StoragePath, options: &CreateDirOptions) -> Result<()> {
        self.has("make directories")?;
        self.books().make(path, options)
    }

    async fn set_metadata(&self, path: &StoragePath, options: &WriteOptions) -> Result<Metadata> {
        self.has("store user metadata")?;
        self.books().set_metadata(path, options)
    }

    async fn tags(&self, path: &StoragePath) -> Result<BTreeMap<String, String>> {
        self.has("keep tags")?;
        Ok(self.books().book(path)?.tags.clone())
    }

    async fn set_tags(&self, path: &StoragePath, tags: &BTreeMap<String, String>) -> Result<()> {
        self.has("keep tags")?;
        self.books().book_mut(path)?.tags.clone_from(tags);
        Ok(())
    }
}

/// What is written and not yet published.
struct Pages {
    shelf: Shelf,
    path: StoragePath,
    options: WriteOptions,
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
        self.shelf.books().store(&self.path, content, &self.options)
    }

    async fn abort(&mut self) -> Result<()> {
        self.written.clear();
        Ok(())
    }
}

/// Mounts a fresh shelf for each trial.
#[derive(Debug)]
pub(crate) struct Shelves(pub(crate) Kind);

#[maybe_async]
impl Fixture for Shelves {
    fn name(&self) -> String {
        let kind = if self.0 == Kind::Full { "shelf" } else { "bare-shelf" };
        format!("{kind}-{COLOUR}")
    }

    async fn mount(&self, manager: &StorageManager, name: &str) -> Result<Guard> {
        manager.add_backend(name, Arc::new(Shelf { books: Arc::default(), kind: self.0 }))?;
        Ok(Box::new(()))
    }
}

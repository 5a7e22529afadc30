//! An open archive as a mount for reading.

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;
use storage_types::{
    ByteRange, Capabilities, DeleteOptions, EntryKind, Error, ErrorKind, ListOptions, Metadata, ReadOptions,
    Result, StoragePath, WriteOptions,
};

use super::archive::Archive;
use super::links;
use super::names::shown;
use super::stream::{EntryStream, check_readable};
use crate::dual::backend::{At, Backend};
use crate::dual::content::{Content, refuse_version};
use crate::dual::ranges;
use crate::dual::stream::{Entry, ListStream, Lister, Reader, Writer};
use crate::maybe_async;

#[derive(Debug)]
pub(super) struct ArchiveBackend(pub(super) Arc<Archive>);

fn read_only() -> Error {
    Error::new(ErrorKind::Unsupported, "an archive can only be read")
        .with_hint("extract it, change the files, and make it anew")
}

#[maybe_async]
impl Backend for ArchiveBackend {
    fn kind(&self) -> &str {
        "zip"
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::none();
        can.read = true;
        can.list = true;
        can.directories = true;
        can.symlinks = true;
        can
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn stat(&self, path: &StoragePath) -> Result<Metadata> {
        let item = self.0.index.get(path)?;
        if item.kind == EntryKind::Symlink {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "it is a symbolic link, which archives do not follow",
            ));
        }
        Ok(item.metadata())
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        self.read(path, options).await?.into_content().await
    }

    async fn read(&self, path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        refuse_version(options)?;
        let metadata = self.stat(path).await?;
        options.check(&metadata)?;
        let item = self.0.index.get(path)?;
        let place = item.place.ok_or_else(Error::is_a_directory)?;
        check_readable(&place)?;
        let (start, length) = match options.range {
            Some(range) => range.resolve(place.size)?,
            None => (0, place.size),
        };
        let stream = EntryStream::new(self.0.clone(), place, start, length);
        Ok(Reader::new(Box::new(stream), length, metadata))
    }

    async fn read_ranges(
        &self,
        path: &StoragePath,
        ranges: &[ByteRange],
        options: &ReadOptions,
    ) -> Result<Vec<Bytes>> {
        // The archive is open, and what it says stays as it is.
        ranges::of_fixed_content(&At { backend: self, path }, ranges, options).await
    }

    /// The target of a link, unless it leads out of the folder that the archive would be unpacked into.
    async fn read_link(&self, path: &StoragePath) -> Result<String> {
        let item = self.0.index.get(path)?;
        let Some(place) = item.place.filter(|_| item.kind == EntryKind::Symlink) else {
            return Err(Error::invalid("it is not a symbolic link"));
        };
        if self.0.index.is_level(path) {
            return Err(Error::invalid("the archive has a link of this name and a directory, too"));
        }
        check_readable(&place)?;
        if place.size > links::LONGEST {
            return Err(Error::invalid("the target of the link is longer than any path"));
        }
        let stream = EntryStream::new(self.0.clone(), place, 0, place.size);
        let target = Reader::new(Box::new(stream), place.size, item.metadata()).read_all().await?;
        let target = String::from_utf8(target.to_vec())
            .map_err(|_| Error::invalid("the target of the link is not UTF-8"))?;
        match links::leaves(path, &target) {
            None => Ok(target),
            Some(why) => Err(Error::invalid(format!("the link to `{}` is not safe: {why}", shown(&target)))),
        }
    }

    async fn put(&self, _path: &StoragePath, _content: Bytes, _options: &WriteOptions) -> Result<Metadata> {
        Err(read_only())
    }

    async fn write(&self, _path: &StoragePath, _options: &WriteOptions) -> Result<Writer> {
        Err(read_only())
    }

    async fn delete(&self, _path: &StoragePath, _options: &DeleteOptions) -> Result<()> {
        Err(read_only())
    }

    async fn list(&self, path: &StoragePath, _options: &ListOptions) -> Result<Lister> {
        if self.0.index.level(path, 0, 0).is_none() {
            let item = self.0.index.get(path)?;
            let error =
                if item.kind == EntryKind::Directory { Error::not_found() } else { Error::not_a_directory() };
            return Err(error);
        }
        let level = Level { archive: self.0.clone(), path: path.clone(), from: 0 };
        Ok(Lister::new(Box::new(level)))
    }
}

/// One level in batches.
struct Level {
    archive: Arc<Archive>,
    path: StoragePath,
    from: usize,
}

const BATCH: usize = 1024;

#[maybe_async]
impl ListStream for Level {
    async fn next_batch(&mut self) -> Result<Option<Vec<Result<Entry>>>> {
        let entries = self.archive.index.level(&self.path, self.from, BATCH).unwrap_or_default();
        if entries.is_empty() {
            return Ok(None);
        }
        self.from += entries.len();
        Ok(Some(entries.into_iter().map(Ok).collect()))
    }
}

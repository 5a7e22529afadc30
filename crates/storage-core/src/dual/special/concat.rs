//! Several files read as one.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use storage_types::{
    ByteRange, Capabilities, DeleteOptions, Error, ErrorKind, ListOptions, Metadata, ReadOptions, Result,
    StoragePath, WriteOptions,
};

use crate::dual::backend::Backend;
use crate::dual::content::{Content, refuse_version};
use crate::dual::manager::StorageManager;
use crate::dual::mount::Mount;
use crate::dual::node::StorageNode;
use crate::dual::stream::{Lister, ReadStream, Reader, Writer};
use crate::maybe_async;

impl StorageNode {
    /// A node whose content is that of `parts`, one after the other.
    ///
    /// Nothing is read or asked for yet. Reading asks for the sizes of all parts, and opens each part when its bytes are
    /// wanted and not before. Copying stores the whole; a part may be the destination itself. The path of the node names
    /// its parts.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when there are no parts.
    pub fn concat(parts: impl IntoIterator<Item = StorageNode>) -> Result<StorageNode> {
        let parts: Vec<StorageNode> = parts.into_iter().collect();
        let Some(first) = parts.first() else {
            return Err(Error::invalid("there is nothing to concatenate").with_hint("name at least one file"));
        };
        let memory = first.memory().clone();
        let names: Vec<String> = parts.iter().map(StorageNode::full_path).collect();
        let path = StoragePath::opaque(&names.join(","))?;
        let backend = Arc::new(ConcatBackend { parts: parts.into() });
        Ok(StorageNode::new(Mount::new("concat", backend, memory), path))
    }
}

impl StorageManager {
    /// A node whose content is that of these addresses, one after the other: [`StorageNode::concat`].
    ///
    /// # Errors
    ///
    /// As [`node`](Self::node), for each of them; `InvalidInput` when there are none.
    pub fn concat<S: AsRef<str>>(&self, addresses: &[S]) -> Result<StorageNode> {
        let parts: Result<Vec<StorageNode>> =
            addresses.iter().map(|address| self.node(address.as_ref())).collect();
        StorageNode::concat(parts?)
    }
}

/// The hidden mount behind a concatenation. It has one place, whatever the path.
#[derive(Debug)]
pub(super) struct ConcatBackend {
    parts: Arc<[StorageNode]>,
}

impl ConcatBackend {
    /// What a node is made of, if it is a concatenation.
    #[cfg(feature = "zip")]
    pub(super) fn parts_of(node: &StorageNode) -> Option<&[StorageNode]> {
        let backend = node.backend().as_any().downcast_ref::<Self>()?;
        Some(&backend.parts)
    }
}

fn read_only() -> Error {
    Error::new(ErrorKind::Unsupported, "a concatenation can only be read")
        .with_hint("write to its parts, or copy it to a place of its own")
}

/// What went wrong with a part is told with the part's name: the place of the error is the whole.
fn of_part(part: &StorageNode, error: Error) -> Error {
    let told = Error::new(error.kind(), format!("the part `{part}`: {}", error.message()))
        .with_retryable(error.is_retryable());
    told.with_hint_of(&error).with_source(error)
}

/// One part with the bytes that it has in the whole.
#[derive(Debug, Clone)]
struct Part {
    node: StorageNode,
    start: u64,
    end: u64,
    /// Its content, where only reading tells how much there is.
    held: Bytes,
}

#[maybe_async]
impl ConcatBackend {
    /// Asks every part for its size.
    async fn measured(&self) -> Result<(Vec<Part>, Metadata)> {
        let mut parts = Vec::with_capacity(self.parts.len());
        let mut whole = Metadata::file(0);
        for (number, node) in self.parts.iter().enumerate() {
            let stat = node.stat().await.map_err(|error| of_part(node, error))?;
            if !stat.is_file() {
                return Err(of_part(node, Error::is_a_directory()));
            }
            let held = match stat.size {
                // Files of the kernel (`/proc`) say 0 and have content.
                0 if node.capabilities().local_path => {
                    node.read().await.map_err(|error| of_part(node, error))?
                }
                _ => Bytes::new(),
            };
            let (start, size) = (whole.size, stat.size.max(held.len() as u64));
            whole.size = start.checked_add(size).ok_or_else(|| Error::invalid("the whole is too large"))?;
            whole.modified = whole.modified.max(stat.modified);
            if number == 0 {
                whole.content_type = stat.content_type;
            } else if whole.content_type != stat.content_type {
                whole.content_type = None;
            }
            parts.push(Part { node: node.clone(), start, end: whole.size, held });
        }
        Ok((parts, whole))
    }
}

#[maybe_async]
impl Backend for ConcatBackend {
    fn kind(&self) -> &str {
        "concat"
    }

    fn capabilities(&self) -> Capabilities {
        let mut can = Capabilities::none();
        can.read = true;
        can.opaque_paths = true;
        can
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    async fn stat(&self, _path: &StoragePath) -> Result<Metadata> {
        let (_, whole) = self.measured().await?;
        Ok(whole)
    }

    async fn get(&self, path: &StoragePath, options: &ReadOptions) -> Result<Content> {
        self.read(path, options).await?.into_content().await
    }

    async fn read(&self, _path: &StoragePath, options: &ReadOptions) -> Result<Reader> {
        refuse_version(options)?;
        let (parts, whole) = self.measured().await?;
        options.check(&whole)?;
        let (start, length) = match options.range {
            Some(range) => range.resolve(whole.size)?,
            None => (0, whole.size),
        };
        let stream = ConcatStream { parts, start, end: start + length, position: start, open: None };
        Ok(Reader::new(Box::new(stream), length, whole))
    }

    async fn read_ranges(
        &self,
        _path: &StoragePath,
        ranges: &[ByteRange],
        options: &ReadOptions,
    ) -> Result<Vec<Bytes>> {
        refuse_version(options)?;
        let (parts, whole) = self.measured().await?;
        options.check(&whole)?;
        let wanted = ranges.iter().map(|range| range.resolve(whole.size)).collect::<Result<Vec<_>>>()?;
        let mut pieces = vec![Vec::new(); ranges.len()];
        for part in &parts {
            let (numbers, inside) = part.inside(&wanted);
            if numbers.is_empty() {
                continue;
            }
            for (number, piece) in numbers.into_iter().zip(part.ranges(&inside).await?) {
                pieces[number].push(piece);
            }
        }
        Ok(pieces.into_iter().map(joined).collect())
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

    async fn list(&self, _path: &StoragePath, _options: &ListOptions) -> Result<Lister> {
        Err(Error::not_a_directory())
    }
}

struct ConcatStream {
    parts: Vec<Part>,
    start: u64,
    end: u64,
    /// In the whole.
    position: u64,
    open: Option<Open>,
}

/// The part that is being read.
struct Open {
    number: usize,
    reader: Reader,
    /// Bytes that came with the last chunk and were too many for the caller.
    left: Bytes,
}

impl Part {
    /// What lies in it of places in the whole: their numbers, and their ranges in the part.
    fn inside(&self, wanted: &[(u64, u64)]) -> (Vec<usize>, Vec<Range<u64>>) {
        let cut = |&(start, length): &(u64, u64)| start.max(self.start)..(start + length).min(self.end);
        let cut = wanted.iter().map(cut).enumerate().filter(|(_, range)| !range.is_empty());
        cut.map(|(number, range)| (number, range.start - self.start..range.end - self.start)).unzip()
    }
}

/// Pieces that follow each other, copied only where there are several.
fn joined(mut pieces: Vec<Bytes>) -> Bytes {
    match pieces.len() {
        0 | 1 => pieces.pop().unwrap_or_default(),
        _ => pieces.concat().into(),
    }
}

#[maybe_async]
impl Part {
    async fn ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        if !self.held.is_empty() {
            return Ok(ranges.iter().map(|it| self.held.slice(it.start as usize..it.end as usize)).collect());
        }
        let read = self.node.read_ranges(ranges).await.map_err(|error| of_part(&self.node, error))?;
        let is_whole = |(range, bytes): (&Range<u64>, &Bytes)| range.end - range.start == bytes.len() as u64;
        if ranges.iter().zip(&read).all(is_whole) { Ok(read) } else { Err(changed(&self.node)) }
    }

    async fn reader(&self, from: u64, to: u64) -> Result<Reader> {
        if !self.held.is_empty() {
            let held = self.held.slice(from as usize..to as usize);
            return Ok(Reader::from_bytes(held, Metadata::file(self.held.len() as u64)));
        }
        let whole = from == 0 && to == self.end - self.start;
        let options = ReadOptions::new();
        let options = if whole { options } else { options.range(from..to) };
        let reader = self.node.reader_with(&options).await.map_err(|error| of_part(&self.node, error))?;
        if reader.len() == to - from { Ok(reader) } else { Err(changed(&self.node)) }
    }
}

#[maybe_async]
impl ConcatStream {
    /// Opens the part in which the position lies.
    async fn open(&mut self) -> Result<()> {
        let number = self.parts.partition_point(|part| part.end <= self.position);
        if self.open.as_ref().is_some_and(|open| open.number == number) {
            return Ok(());
        }
        self.open = None;
        let Some(part) = self.parts.get(number) else { return Ok(()) };
        // As far as it is wanted: a cloud would else begin to fetch what is behind.
        let (from, to) = (self.position - part.start, self.end.min(part.end) - part.start);
        let reader = part.reader(from, to).await?;
        self.open = Some(Open { number, reader, left: Bytes::new() });
        Ok(())
    }

    /// What comes next in the open part.
    async fn chunk(&mut self) -> Result<Bytes> {
        let Some(open) = &mut self.open else { return Ok(Bytes::new()) };
        if !open.left.is_empty() {
            return Ok(std::mem::take(&mut open.left));
        }
        let node = &self.parts[open.number].node;
        let chunk = open.reader.next().await.map_err(|error| of_part(node, error))?;
        chunk.ok_or_else(|| changed(node))
    }
}

/// The part is not what it was when its size was asked for.
fn changed(part: &StorageNode) -> Error {
    let message = format!("the part `{part}` was changed while the whole was read");
    Error::new(ErrorKind::Corrupted, message).with_hint("read it again")
}

#[maybe_async]
impl ReadStream for ConcatStream {
    async fn next(&mut self, max: usize) -> Result<Option<Bytes>> {
        if self.position >= self.end || max == 0 {
            return Ok(None);
        }
        self.open().await?;
        let mut chunk = self.chunk().await?;
        let Some(open) = &mut self.open else { return Ok(None) };
        if self.position + chunk.len() as u64 > self.parts[open.number].end.min(self.end) {
            return Err(changed(&self.parts[open.number].node));
        }
        if chunk.len() > max {
            open.left = chunk.split_off(max);
        }
        self.position += chunk.len() as u64;
        Ok(Some(chunk))
    }

    async fn seek(&mut self, position: u64) -> Result<()> {
        self.position = self.start.saturating_add(position);
        self.open = None;
        Ok(())
    }
}

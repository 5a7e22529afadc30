//! The standard traits of the blocking world for the pull-shaped streams.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use bytes::{Buf, Bytes};
use storage_types::serve::PutOptions;
use storage_types::{Error, IntoBytes, Metadata, Result, ServeRequest, WriteOptions};

use crate::dual::node::{Children, NodeEntry, StorageNode, Walk};
use crate::dual::pieces::{Pieces, of_giver};
use crate::dual::serve::ServeResponse;
use crate::dual::stream::{CHUNK, Reader, Writer, closed};
use crate::dual::transfer::SkipWhen;

impl Read for Reader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = if self.chunk.is_empty() {
            let read = self.stream().and_then(|stream| stream.read_into(out));
            self.described(read)?
        } else {
            let length = out.len().min(self.chunk.len());
            out[..length].copy_from_slice(&self.chunk[..length]);
            self.chunk.advance(length);
            length
        };
        self.position += read as u64;
        Ok(read)
    }
}

impl BufRead for Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.chunk.is_empty() {
            let chunk = self.stream().and_then(|stream| stream.next(CHUNK));
            self.chunk = self.described(chunk)?.unwrap_or_default();
        }
        Ok(&self.chunk)
    }

    fn consume(&mut self, amount: usize) {
        self.chunk.advance(amount);
        self.position += amount as u64;
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(offset) => (self.position, offset),
            SeekFrom::End(offset) => (self.length, offset),
        };
        let target =
            base.checked_add_signed(offset).ok_or_else(|| Error::invalid("a seek to before the start"))?;
        self.seek_to(target)?;
        Ok(target)
    }
}

/// What is written is not visible before [`Writer::finish`]; a writer that is dropped without it publishes nothing.
impl Write for Writer {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.stream.is_none() {
            return Err(closed().into());
        }
        let data = &data[..data.len().min(CHUNK)];
        if let Some(chunk) = self.gather(data) {
            let written = self.hand_on(chunk);
            self.described(written)?;
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.flush_buffer();
        Ok(self.described(flushed)?)
    }
}

/// The entries of one directory.
impl Iterator for Children {
    type Item = Result<NodeEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        Children::next(self).transpose()
    }
}

/// The entries of a whole tree.
impl Iterator for Walk {
    type Item = Result<NodeEntry>;

    fn next(&mut self) -> Option<Self::Item> {
        Walk::next(self).transpose()
    }
}

/// Content that an iterator gives.
struct Iterated<I>(I);

impl<I, B, E> Pieces for Iterated<I>
where
    I: Iterator<Item = std::result::Result<B, E>> + Send,
    B: IntoBytes,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn next(&mut self) -> Result<Option<Bytes>> {
        match self.0.next() {
            Some(Ok(piece)) => Ok(Some(piece.into_bytes())),
            Some(Err(error)) => Err(of_giver(error.into())),
            None => Ok(None),
        }
    }
}

/// Bytes that are read from a body at once.
const BODY_CHUNK: usize = 256 << 10;

/// Content that is read.
struct ReadOut<R>(R);

impl<R: Read + Send> Pieces for ReadOut<R> {
    fn next(&mut self) -> Result<Option<Bytes>> {
        let mut piece = vec![0; BODY_CHUNK];
        loop {
            match self.0.read(&mut piece) {
                Ok(0) => return Ok(None),
                Ok(length) => {
                    piece.truncate(length);
                    return Ok(Some(piece.into()));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(of_giver(error.into())),
            }
        }
    }
}

impl StorageNode {
    /// Stores what an iterator gives; nothing when it fails. Its errors keep their text. (A `Stream` in the async colour.)
    ///
    /// ```
    /// # fn main() -> storage_blocking::types::Result<()> {
    /// # let storage = storage_blocking::StorageManager::new();
    /// # storage.configure_json(r#"[{"name": "files", "type": "memory"}]"#)?;
    /// let node = storage.node("files:numbers.txt")?;
    /// let lines = (1..=3).map(|number| Ok::<_, std::io::Error>(format!("{number}\n")));
    /// assert_eq!(node.write_stream(lines)?.size, 6);
    ///
    /// let error = node.write_stream([Ok("half of "), Err("the line went dead")]).unwrap_err();
    /// assert!(error.to_string().contains("the line went dead"));
    /// assert_eq!(node.read_text()?, "1\n2\n3\n");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write); what the iterator says.
    pub fn write_stream<I, B, E>(&self, content: I) -> Result<Metadata>
    where
        I: IntoIterator<Item = std::result::Result<B, E>>,
        I::IntoIter: Send,
        B: IntoBytes,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.write_stream_with(content, &WriteOptions::new())
    }

    /// Stores what an iterator gives, by options.
    ///
    /// # Errors
    ///
    /// As [`write_with`](Self::write_with); what the iterator says.
    pub fn write_stream_with<I, B, E>(&self, content: I, options: &WriteOptions) -> Result<Metadata>
    where
        I: IntoIterator<Item = std::result::Result<B, E>>,
        I::IntoIter: Send,
        B: IntoBytes,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.write_pieces(&mut Iterated(content.into_iter()), options)
    }

    /// Does what a `PUT` asks for (RFC 9110, 9.3.4), with the body that is read; a half one stores nothing. The answer is 201
    /// where nothing was stored and 204 where something was replaced, with the new ETag. (The body is a `Stream` in the async
    /// colour.)
    ///
    /// `If-Match`, `If-None-Match` and `If-Unmodified-Since` hold in the same step as the write, else 412. `Content-Type`,
    /// `-Encoding`, `-Disposition` and `-Language` are stored where the mount keeps them. A body that is not as long as
    /// `Content-Length` says, or has another MD5 than `Content-MD5` (RFC 1864), is 400, and so is `Content-Range`.
    ///
    /// ```
    /// # use storage_blocking::types::ServeRequest;
    /// # fn main() -> storage_blocking::types::Result<()> {
    /// # let storage = storage_blocking::StorageManager::new();
    /// # storage.configure_json(r#"[{"name": "files", "type": "memory"}]"#)?;
    /// let node = storage.node("files:report.txt")?;
    /// let create = ServeRequest::new("PUT", [("If-None-Match", "*"), ("Content-Type", "text/plain")]);
    /// assert_eq!(node.serve_put(&create, &b"text"[..])?.status, 201);
    /// assert_eq!(node.serve_put(&create, &b"text"[..])?.status, 412);
    /// assert_eq!(node.serve_put(&ServeRequest::new("PUT", [("Content-Length", "5")]), &b"text"[..])?.status, 400);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// What the store says; `Unsupported` for a condition on a mount that has none; what the body says.
    /// [`ServeResponse::of_error`] makes an answer of it: 409 where a directory is in the way.
    pub fn serve_put(&self, request: &ServeRequest, body: impl Read + Send) -> Result<ServeResponse> {
        self.serve_put_with(request, body, &PutOptions::new())
    }

    /// The same by options: a limit of the size, a length that has to be declared.
    ///
    /// # Errors
    ///
    /// As [`serve_put`](Self::serve_put).
    pub fn serve_put_with(
        &self,
        request: &ServeRequest,
        body: impl Read + Send,
        options: &PutOptions,
    ) -> Result<ServeResponse> {
        self.put_pieces(request, &mut ReadOut(body), options)
    }
}

impl Children {
    /// The entries as an iterator. (`Stream` in the async colour.)
    pub fn into_stream(self) -> impl Iterator<Item = Result<NodeEntry>> + Send {
        self
    }
}

impl Walk {
    /// The entries as an iterator. (`Stream` in the async colour.)
    pub fn into_stream(self) -> impl Iterator<Item = Result<NodeEntry>> + Send {
        self
    }
}

/// A skip rule made of a closure.
#[derive(Debug, Clone, Copy)]
pub struct SkipFn<F>(F);

/// A skip rule for `copy_to_when` made of a closure that gets source and destination.
pub fn skip_when<F>(rule: F) -> SkipFn<F>
where
    F: Fn(StorageNode, StorageNode) -> Result<bool> + Send + Sync,
{
    SkipFn(rule)
}

impl<F> SkipWhen for SkipFn<F>
where
    F: Fn(StorageNode, StorageNode) -> Result<bool> + Send + Sync,
{
    fn skip(&self, source: &StorageNode, destination: &StorageNode) -> Result<bool> {
        (self.0)(source.clone(), destination.clone())
    }
}

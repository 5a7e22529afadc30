//! Reading.

use std::borrow::Cow;

use bytes::Bytes;
use encoding_rs::Encoding;
use storage_types::{ByteRange, Error, ErrorKind, Operation, ReadOptions, Result};

use super::StorageNode;
use crate::dual::content::Content;
use crate::dual::stream::Reader;
use crate::maybe_async;

#[maybe_async]
impl StorageNode {
    /// The whole content: one request; on local mounts at most one hop, none when the kernel has it in memory.
    ///
    /// # Errors
    ///
    /// `NotFound`; `IsADirectory`.
    pub async fn read(&self) -> Result<Bytes> {
        Ok(self.get_with(&ReadOptions::new()).await?.bytes)
    }

    /// Content by options: a range, a version, under conditions.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); `PreconditionFailed` and `NotModified` when a condition says so; `InvalidInput` for a range
    /// that starts past the end.
    pub async fn read_with(&self, options: &ReadOptions) -> Result<Bytes> {
        Ok(self.get_with(options).await?.bytes)
    }

    /// Only these bytes of the content: `0..10`, `10..`, or a [`ByteRange::Suffix`].
    ///
    /// # Errors
    ///
    /// As [`read_with`](Self::read_with).
    pub async fn read_range(&self, range: impl Into<ByteRange> + Send) -> Result<Bytes> {
        let options = ReadOptions::new().range(range);
        self.read_with(&options).await
    }

    /// Content together with the metadata that comes along.
    ///
    /// # Errors
    ///
    /// As [`read_with`](Self::read_with).
    pub async fn get_with(&self, options: &ReadOptions) -> Result<Content> {
        self.explain(Operation::Read, self.backend().get(&self.path, options).await)
    }

    /// The content as UTF-8 text, exactly as stored: no newline is translated, no byte order mark removed.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); `Corrupted` with the byte offset when it is not UTF-8.
    pub async fn read_text(&self) -> Result<String> {
        let bytes = self.read().await?;
        let text = String::from_utf8(Vec::from(bytes));
        self.explain(
            Operation::Read,
            text.map_err(|error| undecodable("UTF-8", error.utf8_error().valid_up_to())),
        )
    }

    /// The content as text in another encoding, by its name in the WHATWG Encoding Standard.
    ///
    /// # Errors
    ///
    /// As [`read_text`](Self::read_text); `InvalidInput` for an unknown name.
    pub async fn read_text_as(&self, encoding: &str) -> Result<String> {
        let encoding = self.explain(Operation::Read, encoding_named(encoding))?;
        let bytes = self.read().await?;
        let text = match encoding.decode_without_bom_handling_and_without_replacement(&bytes) {
            Some(text) => Ok(text.into_owned()),
            None => Err(undecodable(encoding.name(), first_bad_byte(encoding, &bytes))),
        };
        self.explain(Operation::Read, text)
    }

    /// Streams the content; seeks.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub async fn reader(&self) -> Result<Reader> {
        self.reader_with(&ReadOptions::new()).await
    }

    /// Streams by options.
    ///
    /// # Errors
    ///
    /// As [`read_with`](Self::read_with).
    pub async fn reader_with(&self, options: &ReadOptions) -> Result<Reader> {
        let reader = self.explain(Operation::Read, self.backend().read(&self.path, options).await)?;
        Ok(reader.of(self.origin()))
    }
}

pub(super) fn encoding_named(name: &str) -> Result<&'static Encoding> {
    Encoding::for_label(name.as_bytes()).ok_or_else(|| {
        Error::invalid(format!("`{name}` is not the name of a text encoding")).with_hint(
            "names are those of the WHATWG Encoding Standard: `utf-8`, `windows-1252`, `shift_jis`, ...",
        )
    })
}

/// Encodes for writing.
pub(super) fn encode<'a>(encoding: &'static Encoding, text: &'a str) -> Result<Cow<'a, [u8]>> {
    if encoding.output_encoding() != encoding {
        return Ok(Cow::Owned(encode_utf16(encoding, text)));
    }
    match encoding.encode(text) {
        (bytes, _, false) => Ok(bytes),
        (_, _, true) => {
            Err(Error::invalid(format!("the text has characters that {} cannot express", encoding.name()))
                .with_hint("write it as UTF-8"))
        }
    }
}

/// The standard gives UTF-16 a decoder only, and its encoder answers UTF-8.
fn encode_utf16(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    if encoding == encoding_rs::UTF_16BE {
        text.encode_utf16().flat_map(u16::to_be_bytes).collect()
    } else {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }
}

fn undecodable(encoding: &str, offset: usize) -> Error {
    Error::new(
        ErrorKind::Corrupted,
        format!("the content is not {encoding}: byte {offset} cannot be decoded"),
    )
    .with_hint("read it as bytes, or name its encoding")
}

fn first_bad_byte(encoding: &'static Encoding, bytes: &[u8]) -> usize {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len());
    let mut out = vec![0; room];
    match decoder.decode_to_utf8_without_replacement(bytes, &mut out, true) {
        (encoding_rs::DecoderResult::Malformed(bad, after), read, _) => {
            read.saturating_sub(usize::from(bad) + usize::from(after))
        }
        (_, read, _) => read,
    }
}

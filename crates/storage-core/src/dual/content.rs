//! Content with its metadata, and small helpers about content and conditions that every backend shares.

use bytes::Bytes;
use storage_types::options::names_tag;
use storage_types::{ByteRange, DeleteOptions, Error, ErrorKind, Metadata, ReadOptions, Result, WriteMode};

/// Content together with what is known about it.
#[derive(Debug, Clone)]
pub struct Content {
    /// The bytes asked for.
    pub bytes: Bytes,
    /// What came along with them at no extra cost.
    pub metadata: Metadata,
}

/// Checks the condition of a write against what is stored (`None`: nothing). `etag` tells its tag, which is made only where the
/// condition needs it.
pub(crate) fn check_write<T: Copy>(
    mode: &WriteMode,
    there: Option<T>,
    etag: impl Fn(T) -> String,
) -> Result<()> {
    match (mode, there) {
        (WriteMode::Create, Some(_)) => Err(Error::already_exists()),
        (WriteMode::IfMatch(_), None) => Err(Error::etag_of_nothing()),
        (WriteMode::IfMatch(wanted), Some(there)) if !names_tag(wanted, &etag(there)) => {
            Err(Error::etag_differs().with_hint("read it again, apply the change again, write again"))
        }
        _ => Ok(()),
    }
}

/// Checks the condition of a delete, as [`check_write`] does.
pub(crate) fn check_delete<T: Copy>(
    options: &DeleteOptions,
    there: Option<T>,
    etag: impl Fn(T) -> String,
) -> Result<()> {
    match &options.if_match {
        Some(wanted) => check_write(&WriteMode::IfMatch(wanted.clone()), there, etag)
            .map_err(|error| error.with_hint("look at what is stored now, and decide again")),
        None => Ok(()),
    }
}

/// Whether it says that nothing stands there: nothing of this name, or a file in the middle of the path.
pub(crate) fn is_absence(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// The part of `bytes` that the options ask for, without a copy.
pub(crate) fn slice(bytes: &Bytes, options: &ReadOptions) -> Result<Bytes> {
    options.range.map_or_else(|| Ok(bytes.clone()), |range| part(bytes, range))
}

/// The ranges of `bytes`, without a copy.
pub(crate) fn slices(bytes: &Bytes, ranges: &[ByteRange]) -> Result<Vec<Bytes>> {
    ranges.iter().map(|range| part(bytes, *range)).collect()
}

fn part(bytes: &Bytes, range: ByteRange) -> Result<Bytes> {
    let (start, length) = range.resolve(bytes.len() as u64)?;
    let (start, length) = (start as usize, length as usize);
    Ok(bytes.slice(start..start + length))
}

/// For backends that keep no versions.
pub(crate) fn refuse_version(options: &ReadOptions) -> Result<()> {
    match options.version {
        Some(_) => Err(Error::unsupported("read old versions")),
        None => Ok(()),
    }
}

/// The error of a source that somebody writes to. The next try may find it at rest.
pub(crate) fn changed_meanwhile() -> Error {
    Error::new(ErrorKind::Interrupted, "the file changed while it was copied")
        .with_hint("copy it again when nobody writes to it")
}

//! Small helpers about content and conditions that every backend shares.

use bytes::Bytes;
use storage_types::{Error, ErrorKind, Metadata, ReadOptions, Result, WriteMode};

/// Checks the conditions of a read (RFC 9110, section 13.2.2) against what is stored.
pub(crate) fn check_read(options: &ReadOptions, metadata: &Metadata) -> Result<()> {
    let etag = metadata.etag.as_deref();
    if let Some(wanted) = &options.if_match
        && etag != Some(unquoted(wanted))
    {
        return Err(Error::new(ErrorKind::PreconditionFailed, "the ETag is another one")
            .with_hint("read the current ETag with `stat` and decide again"));
    }
    if let Some(known) = &options.if_none_match {
        return if etag == Some(unquoted(known)) { Err(not_modified()) } else { Ok(()) };
    }
    if let (Some(since), Some(modified)) = (options.if_modified_since, metadata.modified)
        && modified <= since
    {
        return Err(not_modified());
    }
    Ok(())
}

/// Checks the condition of a write against what is stored (`None`: nothing).
pub(crate) fn check_write(mode: &WriteMode, current: Option<&str>, exists: bool) -> Result<()> {
    match mode {
        WriteMode::Create if exists => Err(already_exists()),
        WriteMode::IfMatch(_) if !exists => {
            Err(Error::new(ErrorKind::PreconditionFailed, "nothing is stored there, so no ETag can match"))
        }
        WriteMode::IfMatch(wanted) if current != Some(unquoted(wanted)) => Err(Error::new(
            ErrorKind::PreconditionFailed,
            "somebody changed it in the meantime: the ETag is another one",
        )
        .with_hint("read it again, apply the change again, write again")),
        _ => Ok(()),
    }
}

/// The ETag without the quotes that HTTP puts around it.
fn unquoted(etag: &str) -> &str {
    etag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(etag)
}

pub(crate) fn already_exists() -> Error {
    Error::new(ErrorKind::AlreadyExists, "something is stored there already")
}

fn not_modified() -> Error {
    Error::new(ErrorKind::NotModified, "the caller's copy is still current")
}

/// The part of `bytes` that the options ask for, without a copy.
pub(crate) fn slice(bytes: &Bytes, options: &ReadOptions) -> Result<Bytes> {
    let Some(range) = options.range else { return Ok(bytes.clone()) };
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

//! Reading: HEAD and GET.

use std::ops::Range;

use http::Method;
use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use storage_cloud::object::Download;
use storage_cloud::transport::Answer;
use storage_types::{ByteRange, Error, ErrorKind, Metadata, ReadOptions, Result};

use crate::backend::AzureStore;
use crate::error::{Context, Demand};
use crate::headers::{self, quoted, value};
use crate::request::Call;
use crate::versions::Pinned;

/// The digest of a whole blob stands here, and when a part was asked for, there.
const WHOLE: &str = "content-md5";
const PART: &str = "x-ms-blob-content-md5";

/// How often a suffix is asked for again because the blob changed between the two requests it takes.
const CHANGES: usize = 5;

impl AzureStore {
    pub(crate) async fn head_blob(&self, key: &str, version: Option<&str>) -> Result<Metadata> {
        let answer = self.head_answer(key, version).await?;
        let size = answer.content_length().ok_or_else(|| unclear("the server does not tell the size"))?;
        finished(headers::metadata(answer.headers(), size, WHOLE), version)
    }

    pub(crate) async fn head_answer(&self, key: &str, version: Option<&str>) -> Result<Answer> {
        let call = pinned(self.blob(Method::HEAD, key), version)?;
        self.send(call).await
    }

    pub(crate) async fn get_blob(&self, key: &str, options: &ReadOptions) -> Result<Download> {
        match options.range {
            // Azure knows no suffixes.
            Some(ByteRange::Suffix(length)) => self.get_suffix(key, options, length).await,
            Some(ByteRange::Bounded { start, end }) if start >= end => {
                Err(Error::invalid("there is no byte in this range"))
            }
            Some(ByteRange::Bounded { start, end }) => self.get_range(key, options, start, Some(end)).await,
            Some(ByteRange::From(start)) if start > 0 => self.get_range(key, options, start, None).await,
            Some(ByteRange::From(_)) | None => self.get_whole(key, options).await,
        }
    }

    async fn get_whole(&self, key: &str, options: &ReadOptions) -> Result<Download> {
        let answer = self.send(self.get_call(key, options)?).await?;
        let size = answer.content_length().ok_or_else(|| unclear("the server does not tell the size"))?;
        let metadata = headers::metadata(answer.headers(), size, WHOLE);
        download(answer, metadata, 0..size, options)
    }

    async fn get_range(
        &self,
        key: &str,
        options: &ReadOptions,
        start: u64,
        end: Option<u64>,
    ) -> Result<Download> {
        let range = match end {
            Some(end) => format!("bytes={start}-{}", end - 1),
            None => format!("bytes={start}-"),
        };
        let call = self.get_call(key, options)?.header("x-ms-range", &range)?;
        let answer = self.send(call).await?;
        let (given, size) = given_range(&answer).ok_or_else(|| unclear("the server ignored the range"))?;
        // Instead of refusing it (RFC 9110, 15.5.17), Azurite gives nothing.
        if start >= size {
            return Err(storage_cloud::transport::of_status(416));
        }
        let wanted = start..end.unwrap_or(size).min(size);
        if given != wanted {
            return Err(unclear("the server sent other bytes than it was asked for"));
        }
        let metadata = headers::metadata(answer.headers(), size, PART);
        download(answer, metadata, given, options)
    }

    /// Its beginning is only known with the size, and only holds for that content.
    async fn get_suffix(&self, key: &str, options: &ReadOptions, length: u64) -> Result<Download> {
        let mut changes = 0;
        loop {
            let metadata = self.head_blob(key, options.version.as_deref()).await?;
            options.check(&metadata)?;
            let (start, length) = ByteRange::Suffix(length).resolve(metadata.size)?;
            if length == 0 {
                return Err(Error::invalid("there is no byte in this range"));
            }
            let mut same = options.clone();
            same.if_match = metadata.etag;
            match self.get_range(key, &same, start, Some(start + length)).await {
                Err(error) if error.kind() == ErrorKind::PreconditionFailed && changes < CHANGES => {
                    changes += 1;
                }
                result => return result,
            }
        }
    }

    fn get_call(&self, key: &str, options: &ReadOptions) -> Result<Call> {
        let mut call = pinned(self.blob(Method::GET, key), options.version.as_deref())?;
        if let Some(etag) = &options.if_match {
            call.headers.insert(IF_MATCH, value(&quoted(etag))?);
        }
        if let Some(etag) = &options.if_none_match {
            call.headers.insert(IF_NONE_MATCH, value(&quoted(etag))?);
        } else if let Some(time) = options.if_modified_since {
            call.headers.insert(IF_MODIFIED_SINCE, value(&httpdate::fmt_http_date(time))?);
        }
        Ok(call)
    }
}

/// The call for one version or snapshot.
fn pinned(call: Call, version: Option<&str>) -> Result<Call> {
    let Some(id) = version else { return Ok(call) };
    let context = Context { demand: Demand::None, version: true, copy: false };
    let call = call.context(context);
    Ok(match Pinned::parse(id)? {
        Pinned::Version(id) => call.query("versionid", id),
        Pinned::Snapshot(time) => call.query("snapshot", time),
        Pinned::Current => call,
    })
}

/// Metadata of the version that was asked for, and of no other: a server without versions gives what it has.
fn finished(mut metadata: Metadata, version: Option<&str>) -> Result<Metadata> {
    match version.map(Pinned::parse).transpose()? {
        Some(Pinned::Version(_)) if metadata.version.is_none() => {
            Err(Error::unsupported("keep versions").with_hint("switch versioning of the storage account on"))
        }
        Some(Pinned::Version(id)) if metadata.version.as_deref() != Some(id) => Err(Error::not_found()),
        Some(Pinned::Snapshot(_)) => {
            metadata.version = version.map(str::to_owned);
            Ok(metadata)
        }
        _ => Ok(metadata),
    }
}

fn download(
    answer: Answer,
    metadata: Metadata,
    range: Range<u64>,
    options: &ReadOptions,
) -> Result<Download> {
    let metadata = finished(metadata, options.version.as_deref())?;
    let body = answer.into_body(Some(range.end - range.start));
    Ok(Download { metadata, range, body, expected: None })
}

/// The bytes that come, and the size of the whole, of `Content-Range: bytes 0-9/100` (RFC 9110, 14.4).
fn given_range(answer: &Answer) -> Option<(Range<u64>, u64)> {
    if answer.status() != 206 {
        return None;
    }
    parse_range(answer.header("content-range")?)
}

fn parse_range(text: &str) -> Option<(Range<u64>, u64)> {
    let (range, size) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, size): (u64, u64, u64) = (first.parse().ok()?, last.parse().ok()?, size.parse().ok()?);
    let end = last.checked_add(1)?;
    (first <= end && end <= size).then_some((first..end, size))
}

fn unclear(what: &'static str) -> Error {
    Error::new(ErrorKind::Interrupted, what)
        .with_retryable(false)
        .with_hint("check that `endpoint` is the blob service itself, and no proxy in front of it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges() {
        assert_eq!(parse_range("bytes 2-4/10"), Some((2..5, 10)));
        assert_eq!(parse_range("bytes 10-9/10"), Some((10..10, 10)));
        for text in ["", "bytes */10", "bytes 4-2/10", "bytes 2-10/10", "bytes NaN-5/10", "items 0-1/2"] {
            assert_eq!(parse_range(text), None, "{text}");
        }
    }
}

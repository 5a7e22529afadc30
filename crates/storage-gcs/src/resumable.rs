//! Uploads that go in parts, one after the other ("Resumable uploads" in the service's guide).

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use http::Method;
use http::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderName};
use serde_json::Value;
use storage_cloud::checksum::Crc32c;
use storage_cloud::object::{Arrived, MultipartUpload, Part, ReadObjects};
use storage_cloud::transport::{Answer, Payload, SMALL, Service, failed_condition};
use storage_types::options::unquoted;
use storage_types::{Error, ErrorKind, Metadata, Result, WriteMode, WriteOptions};

use crate::backend::GcsStore;
use crate::error::Context;
use crate::request::{Call, GcsCall, parse};
use crate::resource::{FIELDS, Resource, description, encoded};

/// Parts are multiples of this, but for the last one, in bytes.
pub(crate) const PART_UNIT: u64 = 256 << 10;
/// Larger parts help nobody: a part is held in memory until the service has it. In bytes.
pub(crate) const PART_MAX: u64 = 1 << 30;

/// `308 Resume Incomplete`: the service has some bytes and waits for more.
const MORE: u16 = 308;
/// `499 Client Closed Request`: what was asked to be thrown away is gone.
const CANCELLED: u16 = 499;

/// A session.
#[derive(Debug)]
pub struct Upload {
    /// Path and query. Requests go to the mount's own endpoint, and never take a token elsewhere.
    pub(crate) target: String,
    pub(crate) mode: WriteMode,
    content_type: Option<String>,
    progress: Mutex<Progress>,
}

#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) checksum: Crc32c,
    /// The parts that the service has, as sizes in bytes with how many there are of each.
    pub(crate) parts: Vec<(u64, u32)>,
    pub(crate) done: Option<Metadata>,
}

impl Progress {
    fn sent(&mut self, size: u64) {
        match self.parts.last_mut() {
            Some((same, count)) if *same == size => *count += 1,
            _ => self.parts.push((size, 1)),
        }
    }
}

impl Upload {
    pub(crate) fn new(target: String, options: &WriteOptions, progress: Progress) -> Self {
        let (mode, content_type) = (options.mode.clone(), options.content_type.clone());
        Self { target, mode, content_type, progress: Mutex::new(progress) }
    }

    pub(crate) fn with_progress<T>(&self, look: impl FnOnce(&Progress) -> T) -> T {
        look(&self.progress())
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self, method: Method) -> Call {
        Call::to(method, self.target.clone()).context(Context::session(&self.mode))
    }
}

#[async_trait]
impl MultipartUpload for GcsStore {
    type Upload = Upload;

    async fn begin(&self, key: &str, options: &WriteOptions) -> Result<Upload> {
        self.refuse_early(key, &options.mode).await?;
        let mut call = self
            .upload_call("resumable")
            .query("name", key)
            .query_encoded("fields", FIELDS)
            .condition(&options.mode)?
            .of_bucket()
            .json(&Value::Object(description(key, options)?));
        if let Some(text) = &options.content_type {
            call = call.header(HeaderName::from_static("x-upload-content-type"), text)?;
        }
        let answer = self.send(&call).await?;
        let target = answer.header("location").and_then(target).ok_or_else(no_session)?;
        Ok(Upload::new(target, options, Progress::default()))
    }

    /// Sends a part, and what the service did not keep of it again. Bytes that it has already are ignored by it, so
    /// each request may be repeated.
    async fn part(&self, _key: &str, upload: &Upload, part: Part) -> Result<String> {
        let end = part.offset + part.content.len();
        let sum = {
            let mut progress = upload.progress();
            progress.checksum.update(part.content.pieces());
            progress.checksum.checksum()
        };
        let size = part.content.len();
        let (mut at, mut left) = (part.offset, part.content);
        let mut tries = self.transport.retry().start();
        loop {
            let mut call = upload
                .call(Method::PUT)
                .accept(&[MORE])
                .header(CONTENT_RANGE, &content_range(at..end, part.last))?
                .content(left.clone());
            if let Some(text) = &upload.content_type {
                call = call.header(CONTENT_TYPE, text)?;
            }
            if part.last {
                let hash = HeaderName::from_static("x-goog-hash");
                call = call.header(hash, &format!("crc32c={}", encoded(&sum)))?;
            }
            let answer = self.send(&call).await?;
            if answer.status() != MORE {
                let object: Resource = parse(&answer.bytes(SMALL).await?)?;
                upload.progress().done = Some(object.stored(end, sum)?);
                return if part.last { Ok(String::new()) } else { Err(too_early()) };
            }
            let kept = kept(&answer);
            if kept >= end && !part.last {
                upload.progress().sent(size);
                return Ok(String::new());
            }
            if !advance(&mut at, &mut left, kept)? && !tries.wait(None).await {
                return Err(stuck());
            }
        }
    }

    async fn complete(
        &self,
        _key: &str,
        upload: &Upload,
        _parts: &[String],
        _options: &WriteOptions,
    ) -> Result<Metadata> {
        Self::complete_upload(upload)
    }

    fn note(&self, upload: &Upload) -> Option<String> {
        upload.note()
    }

    async fn resume(
        &self,
        _key: &str,
        note: &str,
        options: &WriteOptions,
    ) -> Result<Option<(Upload, Vec<Arrived>)>> {
        Ok(Upload::of_note(note, options))
    }

    async fn abort(&self, _key: &str, upload: &Upload) -> Result<()> {
        let call = upload.call(Method::DELETE).accept(&[CANCELLED, 404, 410]);
        self.send(&call).await.map(drop)
    }
}

impl GcsStore {
    /// The service may look at the condition only when it has everything. What it would refuse is not sent.
    async fn refuse_early(&self, key: &str, mode: &WriteMode) -> Result<()> {
        if *mode == WriteMode::Replace {
            return Ok(());
        }
        let there = match self.head(key, None).await {
            Ok(metadata) => metadata.etag,
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let holds = match mode {
            WriteMode::Create => there.is_none(),
            WriteMode::IfMatch(tag) => there.as_deref() == Some(unquoted(tag)),
            _ => true,
        };
        if holds { Ok(()) } else { Err(failed_condition(mode)) }
    }

    pub(crate) fn complete_upload(upload: &Upload) -> Result<Metadata> {
        upload.progress().done.take().ok_or_else(stuck)
    }
}

/// `bytes 0-262143/*`; the last part says how much it is in all.
fn content_range(range: Range<u64>, last: bool) -> String {
    let total = if last { range.end.to_string() } else { "*".to_owned() };
    if range.is_empty() {
        return format!("bytes */{total}");
    }
    format!("bytes {}-{}/{total}", range.start, range.end - 1)
}

/// How many bytes the service has, from the beginning: `Range: bytes=0-262143`, and no such header for none.
fn kept(answer: &Answer) -> u64 {
    answer.header("range").and_then(last_kept).unwrap_or(0)
}

fn last_kept(text: &str) -> Option<u64> {
    let (first, last) = text.trim().trim_start_matches("bytes=").split_once('-')?;
    let last: u64 = last.parse().ok()?;
    (first == "0").then(|| last.saturating_add(1))
}

/// Goes on behind what the service has; false when it has no more than before.
fn advance(at: &mut u64, left: &mut Payload, kept: u64) -> Result<bool> {
    let Some(more) = kept.checked_sub(*at).filter(|more| *more <= left.len()) else {
        return Err(Error::new(ErrorKind::Interrupted, "the service lost a part that it had confirmed")
            .with_retryable(false)
            .with_hint("write it again from the start"));
    };
    drop(left.split_to(more));
    *at = kept;
    Ok(more > 0)
}

/// Path and query of the session's URL.
fn target(location: &str) -> Option<String> {
    let url: reqwest::Url = location.parse().ok()?;
    Some(format!("{}?{}", url.path(), url.query()?))
}

fn no_session() -> Error {
    Error::new(ErrorKind::Unexpected, "the service began an upload without saying where it goes on")
}

fn too_early() -> Error {
    Error::new(ErrorKind::Unexpected, "the service ended the upload before its last part")
}

fn stuck() -> Error {
    Error::new(ErrorKind::Interrupted, "the service does not take the rest of the upload")
        .with_hint("write it again from the start")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn ranges_of_parts() {
        assert_eq!(content_range(0..262_144, false), "bytes 0-262143/*");
        assert_eq!(content_range(262_144..262_147, true), "bytes 262144-262146/262147");
        assert_eq!(content_range(524_288..524_288, true), "bytes */524288");
    }

    #[test]
    fn what_the_service_keeps() {
        assert_eq!(last_kept("bytes=0-262143"), Some(262_144));
        assert_eq!(last_kept("0-99"), Some(100));
        for odd in ["", "bytes=5-9", "bytes=0-x"] {
            assert_eq!(last_kept(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_rest_is_sent_again_and_what_was_kept_is_not() {
        let (mut at, mut left) = (100, Payload::from(Bytes::from("0123456789")));
        assert!(!advance(&mut at, &mut left, 100).unwrap());
        assert!(advance(&mut at, &mut left, 104).unwrap());
        assert_eq!((at, &left.to_bytes()[..]), (104, b"456789".as_slice()));
        for impossible in [99, 111] {
            assert!(advance(&mut at, &mut left, impossible).is_err(), "{impossible}");
        }
        assert!(advance(&mut at, &mut left, 110).unwrap());
        assert!(left.is_empty());
    }

    #[test]
    fn sessions_stay_at_the_endpoint() {
        let url = "http://elsewhere:1/upload/storage/v1/b/x/o?uploadType=resumable&name=a%2Fb&upload_id=7";
        let wanted = "/upload/storage/v1/b/x/o?uploadType=resumable&name=a%2Fb&upload_id=7";
        assert_eq!(target(url).as_deref(), Some(wanted));
        assert_eq!(target("nonsense"), None);
    }
}

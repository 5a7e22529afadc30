//! Reading: HEAD and GET.

use async_trait::async_trait;
use http::Method;
use http::header::ACCEPT_ENCODING;
use storage_cloud::object::{Download, ReadObjects};
use storage_cloud::transport::{Answer, Extent, Service, header_value, read_conditions};
use storage_types::{ByteRange, Error, ErrorKind, Metadata, ReadOptions, Result};

use crate::backend::AzureStore;
use crate::error::{Context, Demand};
use crate::headers;
use crate::request::{AzureCall, Call};
use crate::versions::Pinned;

/// The digest of a whole blob stands here, and when a part was asked for, there.
const WHOLE: &str = "content-md5";
const PART: &str = "x-ms-blob-content-md5";

/// How often a suffix is asked for again because the blob changed between the two requests it takes.
const CHANGES: usize = 5;

#[async_trait]
impl ReadObjects for AzureStore {
    async fn head(&self, key: &str, version: Option<&str>) -> Result<Metadata> {
        match self.head_blob(key, version).await {
            Err(error) if version.is_some() => Err(self.of_version(key, error).await),
            result => result,
        }
    }

    async fn get(&self, key: &str, options: &ReadOptions) -> Result<Download> {
        match self.get_blob(key, options).await {
            Err(error) if options.version.is_some() => Err(self.of_version(key, error).await),
            result => result,
        }
    }
}

impl AzureStore {
    pub(crate) async fn head_blob(&self, key: &str, version: Option<&str>) -> Result<Metadata> {
        let answer = self.head_answer(key, version).await?;
        let size = answer.content_length().ok_or_else(|| unclear("the server does not tell the size"))?;
        let metadata = headers::metadata(answer.headers(), size, WHOLE);
        if metadata.is_dir() {
            self.saw_folder();
        }
        finished(metadata, version)
    }

    pub(crate) async fn head_answer(&self, key: &str, version: Option<&str>) -> Result<Answer> {
        let call = pinned(self.blob(Method::HEAD, key), version)?;
        self.send(&call).await
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
        let answer = self.send(&self.get_call(key, options)?).await?;
        let extent = answer.extent(None, None)?;
        let metadata = headers::metadata(answer.headers(), extent.size, WHOLE);
        download(answer, metadata, extent, options)
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
        let answer = self.send(&call).await?;
        let asked = end.map_or(ByteRange::From(start), |end| ByteRange::Bounded { start, end });
        let extent = answer.extent(Some(asked), None)?;
        // Instead of refusing it (RFC 9110, 15.5.17), Azurite gives nothing.
        if start >= extent.size {
            return Err(storage_cloud::transport::of_status(416));
        }
        let digest = if answer.status() == 206 { PART } else { WHOLE };
        let metadata = headers::metadata(answer.headers(), extent.size, digest);
        download(answer, metadata, extent, options)
    }

    /// Its beginning is only known with the size, and only holds for that content.
    async fn get_suffix(&self, key: &str, options: &ReadOptions, length: u64) -> Result<Download> {
        let mut changes = 0;
        loop {
            let metadata = self.head_blob(key, options.version.as_deref()).await?;
            if metadata.is_dir() {
                return Err(Error::is_a_directory());
            }
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
        // As it is stored, and not compressed on its way.
        call.headers.insert(ACCEPT_ENCODING, header_value("identity")?);
        read_conditions(&mut call.headers, options)?;
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

fn download(answer: Answer, metadata: Metadata, extent: Extent, options: &ReadOptions) -> Result<Download> {
    if metadata.is_dir() {
        return Err(Error::is_a_directory());
    }
    let metadata = finished(metadata, options.version.as_deref())?;
    let Extent { range, doubtful, .. } = extent;
    let body = answer.into_body(Some(range.end - range.start));
    Ok(Download { metadata, range, body, doubtful, expected: None })
}

fn unclear(what: &'static str) -> Error {
    Error::new(ErrorKind::Interrupted, what)
        .with_retryable(false)
        .with_hint("check that `endpoint` is the blob service itself, and no proxy in front of it")
}

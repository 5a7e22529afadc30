//! GET and HEAD.

use async_trait::async_trait;
use http::{HeaderMap, Method};
use storage_cloud::object::{Download, ListObjects, ListQuery, ReadObjects};
use storage_cloud::transport::{Answer, Extent, Service, header_value, read_conditions};
use storage_types::{ByteRange, Error, ErrorKind, Metadata, ReadOptions, Result};

use crate::backend::S3Store;
use crate::config::ChecksumAlgorithm;
use crate::headers;
use crate::request::{Call, S3Call};

#[async_trait]
impl ReadObjects for S3Store {
    async fn head(&self, key: &str, version: Option<&str>) -> Result<Metadata> {
        match self.head_object(key, version).await {
            // Answers to HEAD have no words. One that has says what is really wrong: a wrong key, one that expired (a bad request),
            // another region.
            Err(error) if says_nothing(&error) => {
                let query = ListQuery { prefix: key, limit: Some(1), ..ListQuery::default() };
                let told = self.list(&query).await.err();
                Err(told.filter(|told| told.kind() != ErrorKind::PermissionDenied).unwrap_or(error))
            }
            result => result,
        }
    }

    async fn get(&self, key: &str, options: &ReadOptions) -> Result<Download> {
        if options.version.is_some() {
            self.demand_versions().await?;
        }
        match self.get_object(key, options).await {
            Err(refusal) if refusal.kind() == ErrorKind::InvalidInput => {
                Box::pin(self.get_long_suffix(key, options, refusal)).await
            }
            result => result,
        }
    }
}

impl S3Store {
    pub(crate) async fn head_object(&self, key: &str, version: Option<&str>) -> Result<Metadata> {
        let answer = self.head_answer(key, version).await?;
        let size = answer.content_length().ok_or_else(|| incomplete("content-length"))?;
        Ok(self.learned(&answer, size))
    }

    pub(crate) async fn head_answer(&self, key: &str, version: Option<&str>) -> Result<Answer> {
        let mut call = Call::object(Method::HEAD, key);
        if let Some(version) = version {
            call = call.query("versionId", version);
        }
        headers::customer_key(&mut call.headers, &self.config, false)?;
        self.send(&call).await.map_err(bad_version(version))
    }

    pub(crate) async fn get_object(&self, key: &str, options: &ReadOptions) -> Result<Download> {
        let mut call = Call::object(Method::GET, key);
        if let Some(version) = &options.version {
            call = call.query("versionId", version);
        }
        conditions(&mut call.headers, options)?;
        headers::customer_key(&mut call.headers, &self.config, false)?;
        if options.range.is_none() && self.config.checksum != ChecksumAlgorithm::None {
            call = call.header("x-amz-checksum-mode", "ENABLED")?;
        }
        let answer = self.send(&call).await.map_err(bad_version(options.version.as_deref()))?;
        let Extent { range, size, doubtful } = answer.extent(options.range, None)?;
        let metadata = self.learned(&answer, size);
        let expected = if options.range.is_none() { headers::expected(answer.headers()) } else { None };
        let body = answer.into_body(Some(range.end - range.start));
        Ok(Download { metadata, range, body, doubtful, expected })
    }

    /// All of the content, where a suffix was refused because it is longer than that. It means all of it
    /// (RFC 9110, 14.1.2), and not every store knows.
    pub(crate) async fn get_long_suffix(
        &self,
        key: &str,
        options: &ReadOptions,
        refusal: Error,
    ) -> Result<Download> {
        let Some(ByteRange::Suffix(length)) = options.range else { return Err(refusal) };
        let size = self.head_object(key, options.version.as_deref()).await?.size;
        if size == 0 || size > length {
            return Err(refusal);
        }
        let mut all = options.clone();
        all.range = Some(ByteRange::From(0));
        self.get_object(key, &all).await
    }

    /// The metadata of an answer, and what it tells about the bucket.
    fn learned(&self, answer: &Answer, size: u64) -> Metadata {
        let metadata = headers::metadata(answer.headers(), size);
        self.saw_version(metadata.version.as_deref());
        metadata
    }
}

fn says_nothing(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::PermissionDenied => true,
        ErrorKind::Unexpected => !error.is_retryable(),
        _ => false,
    }
}

fn conditions(headers: &mut HeaderMap, options: &ReadOptions) -> Result<()> {
    // As it is stored, and not compressed on its way.
    headers.insert(http::header::ACCEPT_ENCODING, header_value("identity")?);
    if let Some(range) = options.range {
        let text = match range {
            ByteRange::Bounded { start, end } if start >= end => {
                return Err(Error::invalid("the range is empty"));
            }
            range => format!("bytes={range}"),
        };
        headers.insert(http::header::RANGE, header_value(&text)?);
    }
    read_conditions(headers, options)
}

fn incomplete(header: &str) -> Error {
    Error::new(ErrorKind::Interrupted, format!("the server's answer has no usable `{header}`"))
        .with_hint("check that the endpoint is the store itself, and no proxy or web page in front of it")
}

/// An id that no version can have is an invalid argument to the service; to callers the version is not there. So is a
/// delete marker, which is asked for by its id (405).
fn bad_version(version: Option<&str>) -> impl Fn(Error) -> Error {
    let asked = version.is_some();
    move |error| match error.kind() {
        ErrorKind::Unexpected | ErrorKind::Unsupported if asked && !error.is_retryable() => {
            Error::new(ErrorKind::NotFound, "there is no such version").with_source(error)
        }
        _ => error,
    }
}

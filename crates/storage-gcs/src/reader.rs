//! Metadata, and content as it is stored ("Objects: get" of the JSON API, with and without `alt=media`).

use async_trait::async_trait;
use http::Method;
use http::header::{ACCEPT_ENCODING, RANGE};
use storage_cloud::object::{Download, ReadObjects};
use storage_cloud::transport::{Extent, Service};
use storage_types::{ByteRange, Error, ErrorKind, Metadata, ReadOptions, Result};

use crate::backend::GcsStore;
use crate::headers;
use crate::request::{Call, GcsCall, generation};
use crate::resource::{FIELDS, Resource};

#[async_trait]
impl ReadObjects for GcsStore {
    async fn head(&self, key: &str, version: Option<&str>) -> Result<Metadata> {
        let call = at_version(self.object_call(Method::GET, key)?, version)?.query_encoded("fields", FIELDS);
        self.ask::<Resource>(&call).await?.metadata()
    }

    /// User metadata and cache control do not come with a download. Whoever reads a version wants them
    /// along, to restore it; any other read is one request.
    async fn get(&self, key: &str, options: &ReadOptions) -> Result<Download> {
        match options.version.as_deref() {
            None => self.download(key, options).await,
            // Rare and large: boxed, so that the common way stays small.
            Some(version) => Box::pin(self.version(key, version, options)).await,
        }
    }

    /// User metadata and cache control do not come with a download.
    fn get_gives_all_metadata(&self) -> bool {
        false
    }
}

impl GcsStore {
    async fn version(&self, key: &str, version: &str, options: &ReadOptions) -> Result<Download> {
        let (download, metadata) = tokio::join!(self.download(key, options), self.head(key, Some(version)));
        match (download, metadata) {
            (Err(error), _) if error.kind() == ErrorKind::NotFound => Err(self.no_version(error).await),
            (Ok(download), Ok(metadata)) if metadata.etag == download.metadata.etag => {
                Ok(Download { metadata, ..download })
            }
            // It was replaced or deleted between the two; the content is what counts.
            (download, _) => download,
        }
    }

    async fn download(&self, key: &str, options: &ReadOptions) -> Result<Download> {
        let call = self.object_call(Method::GET, key)?.downloads();
        let call = at_version(conditions(call, options)?, options.version.as_deref())?;
        // Whoever accepts gzip gets content that is stored so as it is stored ("Transcoding of gzip-compressed files").
        let answer = self.send(&call.header(ACCEPT_ENCODING, "gzip")?).await?;
        let Extent { range, size, doubtful } =
            answer.extent(options.range, headers::stored_size(answer.headers()))?;
        let metadata = headers::metadata(answer.headers(), size);
        options.check(&metadata)?;
        let expected = headers::crc32c(answer.headers());
        let body = answer.into_body(Some(range.end - range.start));
        Ok(Download { metadata, range, body, doubtful, expected })
    }
}

/// The object of one generation.
pub(crate) fn at_version(call: Call, version: Option<&str>) -> Result<Call> {
    let Some(version) = version else { return Ok(call) };
    match generation(version) {
        Some(number) => Ok(call.query("generation", &number.to_string())),
        None => Err(Error::new(ErrorKind::NotFound, "there is no such version")
            .with_hint("list them with `versions`")
            .with_call("versions")),
    }
}

/// What the service checks itself. An ETag that is no generation is nobody's; that is found out with the answer.
fn conditions(mut call: Call, options: &ReadOptions) -> Result<Call> {
    if let Some(number) = options.if_match.as_deref().and_then(generation) {
        call = call.query("ifGenerationMatch", &number.to_string());
    }
    if let Some(number) = options.if_none_match.as_deref().and_then(generation) {
        call = call.query("ifGenerationNotMatch", &number.to_string());
    }
    match options.range {
        None => Ok(call),
        Some(range) => call.header(RANGE, &range_header(range)?),
    }
}

/// RFC 9110, 14.1.2. A range without a byte cannot be written.
fn range_header(range: ByteRange) -> Result<String> {
    match range {
        ByteRange::Bounded { start, end } if start < end => Ok(format!("bytes={start}-{}", end - 1)),
        ByteRange::From(start) => Ok(format!("bytes={start}-")),
        ByteRange::Suffix(length) if length > 0 => Ok(format!("bytes=-{length}")),
        _ => Err(Error::invalid("the range is empty")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_headers() {
        assert_eq!(range_header((2..5).into()).unwrap(), "bytes=2-4");
        assert_eq!(range_header((7..).into()).unwrap(), "bytes=7-");
        assert_eq!(range_header(ByteRange::Suffix(3)).unwrap(), "bytes=-3");
        for empty in [ByteRange::from(3..3), ByteRange::Suffix(0)] {
            assert_eq!(range_header(empty).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
}

//! Deleting: one object, or up to a hundred in one request ("Batch requests" in the service's guide).

use std::fmt::Write as _;

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use http::header::CONTENT_TYPE;
use storage_cloud::object::DeleteObjects;
use storage_cloud::transport::{Payload, Service};
use storage_types::{Error, ErrorKind, Result, WriteMode};

use crate::answer::deletion;
use crate::backend::GcsStore;
use crate::request::{Call, GcsCall, segment};

/// The service takes this many.
pub(crate) const BATCH: usize = 100;

const BOUNDARY: &str = "one-request-of-a-batch";

#[async_trait]
impl DeleteObjects for GcsStore {
    async fn delete(&self, key: &str) -> Result<()> {
        deletion(self.send(&self.object_call(Method::DELETE, key)?).await?).await.map(drop)
    }

    /// Deletes an object of this generation.
    async fn delete_if_match(&self, key: &str, etag: &str) -> Result<()> {
        let call = self.object_call(Method::DELETE, key)?.condition(&WriteMode::IfMatch(etag.to_owned()))?;
        self.send(&call).await.map(drop)
    }

    /// Missing objects are fine. What a batch leaves undone is tried by itself, and its error is told.
    async fn delete_many(&self, keys: &[String]) -> Result<()> {
        let statuses = match self.delete_batch(keys).await {
            // Not every emulator knows batches.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unsupported) => Vec::new(),
            result => result?,
        };
        for (at, key) in keys.iter().enumerate() {
            if matches!(statuses.get(at), Some(200..=299 | 404)) {
                continue;
            }
            match self.delete(key).await {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                result => result?,
            }
        }
        Ok(())
    }
}

impl GcsStore {
    async fn delete_batch(&self, keys: &[String]) -> Result<Vec<u16>> {
        let mut body = String::new();
        for (at, key) in keys.iter().enumerate() {
            let _ = write!(
                body,
                "--{BOUNDARY}\r\ncontent-type: application/http\r\ncontent-id: <{at}>\r\n\r\n\
                 DELETE /storage/v1/b/{}/o/{} HTTP/1.1\r\n\r\n\r\n",
                self.bucket,
                segment(key)?
            );
        }
        let _ = write!(body, "--{BOUNDARY}--\r\n");
        let call = Call::to(Method::POST, "/batch/storage/v1".to_owned())
            .header(CONTENT_TYPE, &format!("multipart/mixed; boundary={BOUNDARY}"))?
            .content(Payload::from(Bytes::from(body)));
        let (headers, body) = self.whole(&call).await?;
        let boundary = headers.get(CONTENT_TYPE).and_then(|value| boundary(value.to_str().ok()?));
        let statuses = boundary.map(|boundary| statuses(&String::from_utf8_lossy(&body), boundary));
        statuses.filter(|statuses| statuses.len() == keys.len()).ok_or_else(incomplete)
    }
}

/// `multipart/mixed; boundary=x`, or with quotes.
fn boundary(content_type: &str) -> Option<&str> {
    let (_, rest) = content_type.split_once("boundary=")?;
    let text = rest.split(';').next()?.trim().trim_matches('"');
    (!text.is_empty()).then_some(text)
}

/// The status of each part, in the order of the request.
fn statuses(body: &str, boundary: &str) -> Vec<u16> {
    let delimiter = format!("--{boundary}");
    let parts = body.split(&delimiter).skip(1).filter(|part| !part.starts_with("--"));
    parts.filter_map(|part| part.lines().find_map(status)).collect()
}

/// `HTTP/1.1 204 No Content`
fn status(line: &str) -> Option<u16> {
    line.strip_prefix("HTTP/")?.split(' ').nth(1)?.trim().parse().ok()
}

fn incomplete() -> Error {
    Error::new(ErrorKind::Unexpected, "the service did not answer every request of a batch")
        .with_hint("try again; check that `endpoint` is the service itself")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_its_status() {
        let body = "--b_x\r\nContent-Type: application/http\r\nContent-ID: <response-0>\r\n\r\nHTTP/1.1 204 No Content\r\n\
                    Content-Length: 0\r\n\r\n\r\n--b_x\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 404 Not Found\r\n\
                    \r\n{\"error\":{\"message\":\"HTTP/1.1 200\"}}\r\n--b_x--";
        assert_eq!(statuses(body, "b_x"), [204, 404]);
        assert_eq!(statuses("", "b_x"), [0_u16; 0]);
    }

    #[test]
    fn boundaries_may_have_quotes() {
        assert_eq!(boundary("multipart/mixed; boundary=batch_x"), Some("batch_x"));
        assert_eq!(boundary("multipart/mixed; boundary=\"b x\"; charset=utf-8"), Some("b x"));
        assert_eq!(boundary("text/html"), None);
    }
}

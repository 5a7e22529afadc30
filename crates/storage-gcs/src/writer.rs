//! Content in one request, with its metadata and its checksum ("Multipart upload" in the service's guide).

use std::iter::once;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};
use storage_cloud::checksum::crc32c;
use storage_cloud::object::WriteObjects;
use storage_cloud::transport::Payload;
use storage_types::{Metadata, Result, WriteOptions};

use crate::backend::GcsStore;
use crate::request::GcsCall;
use crate::resource::{FIELDS, Resource, description, encoded};

#[async_trait]
impl WriteObjects for GcsStore {
    /// The service compares the checksum before it publishes anything.
    async fn put(&self, key: &str, content: Payload, options: &WriteOptions) -> Result<Metadata> {
        let mut object = description(key, options)?;
        let checksum = crc32c(content.pieces());
        object.insert("crc32c".to_owned(), json!(encoded(&checksum)));
        let size = content.len();
        let boundary = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        let call = self
            .upload_call("multipart")
            .query_encoded("fields", FIELDS)
            .condition(&options.mode)?
            .of_bucket()
            .header(CONTENT_TYPE, &format!("multipart/related; boundary={boundary}"))?
            .content(related(&boundary, object, &content, options.content_type.as_deref())?);
        self.ask::<Resource>(&call).await?.stored(size, checksum)
    }

    async fn append(&self, key: &str, content: Payload) -> Result<Metadata> {
        self.append_object(key, content).await
    }

    async fn set_metadata(&self, key: &str, metadata: &WriteOptions) -> Result<Metadata> {
        self.replace_metadata(key, metadata).await
    }
}

/// Content up to this length is copied to its place between the boundaries, in bytes.
const COPIED: u64 = 16 << 10;

/// Metadata and content in one body (RFC 2387).
fn related(
    boundary: &str,
    object: Map<String, Value>,
    content: &Payload,
    content_type: Option<&str>,
) -> Result<Payload> {
    // A type becomes a line of the body.
    let line = match content_type {
        Some(text) => {
            http::HeaderValue::from_str(text).map_err(|_| {
                storage_types::Error::invalid("the content type has characters that it cannot have")
            })?;
            format!("content-type: {text}\r\n")
        }
        None => String::new(),
    };
    let object = Value::Object(object).to_string();
    let head = [
        "--",
        boundary,
        "\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n",
        &object,
        "\r\n--",
        boundary,
        "\r\n",
        &line,
        "\r\n",
    ]
    .concat();
    let tail = ["\r\n--", boundary, "--\r\n"].concat();
    // A copy of a little is cheaper than three pieces on their way.
    if content.len() <= COPIED {
        let pieces = content.pieces().iter().map(|piece| &**piece);
        let all: Vec<&[u8]> = once(head.as_bytes()).chain(pieces).chain(once(tail.as_bytes())).collect();
        return Ok(Bytes::from(all.concat()).into());
    }
    let mut body = Payload::from(Bytes::from(head));
    content.pieces().iter().for_each(|piece| body.push(piece.clone()));
    body.push(Bytes::from(tail));
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_and_content_in_one_body() {
        let mut object = Map::new();
        object.insert("name".to_owned(), json!("a \"b\""));
        let content = Payload::from(Bytes::from("hello"));
        let body = related("XX", object.clone(), &content, Some("text/plain")).unwrap();
        assert_eq!(
            &body.to_bytes()[..],
            b"--XX\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n{\"name\":\"a \\\"b\\\"\"}\r\n\
              --XX\r\ncontent-type: text/plain\r\n\r\nhello\r\n--XX--\r\n"
        );
        assert!(related("XX", object, &content, Some("text/plain\r\nx: y")).is_err());
    }
}

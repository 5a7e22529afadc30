//! Deleting: one blob, or up to 256 in one request ("Blob Batch").

use std::fmt::Write as _;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, IF_MATCH};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use storage_cloud::object::DeleteObjects;
use storage_cloud::transport::{Failure, Request, Service, exact_uri, header_value, quoted};
use storage_types::{Error, ErrorKind, Result};

use crate::auth::Auth;
use crate::backend::AzureStore;
use crate::error::{Context, Demand};
use crate::request::{API, AzureCall};

/// The most that one request deletes.
pub(crate) const BATCH: usize = 256;

const BOUNDARY: &str = "batch_5c2f8a1e-storage";

#[async_trait]
impl DeleteObjects for AzureStore {
    /// The blob with its snapshots.
    async fn delete(&self, key: &str) -> Result<()> {
        let call = self.blob(Method::DELETE, key).header("x-ms-delete-snapshots", "include")?;
        self.send(&call).await.map(drop)
    }

    /// The same, if the blob has this ETag still.
    async fn delete_if_match(&self, key: &str, etag: &str) -> Result<()> {
        let mut call = self.blob(Method::DELETE, key).header("x-ms-delete-snapshots", "include")?;
        call.headers.insert(IF_MATCH, header_value(&quoted(etag))?);
        let context = Context { demand: Demand::IfMatch, ..Context::default() };
        self.send(&call.context(context)).await.map(drop)
    }

    async fn delete_many(&self, keys: &[String]) -> Result<()> {
        let mut tries = self.transport.retry().start();
        let mut left: Vec<&String> = keys.iter().collect();
        loop {
            let (again, error) = match self.delete_parts(&left).await {
                Err(error) if error.kind() == ErrorKind::Unsupported => return self.delete_each(&left).await,
                result => result?,
            };
            let Some(error) = error else { return Ok(()) };
            if again.is_empty() || !tries.again(&error).await {
                return Err(error);
            }
            left = again;
        }
    }
}

impl AzureStore {
    /// Whether several blobs are deleted at once. Without credentials nothing is.
    pub(crate) fn batches(&self) -> bool {
        !matches!(&*self.auth, Auth::Anonymous)
    }

    /// For servers that know no batches.
    async fn delete_each(&self, keys: &[&String]) -> Result<()> {
        for key in keys {
            match self.delete(key).await {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                result => result?,
            }
        }
        Ok(())
    }

    /// Gives the keys that are worth another try, and one failure if there was any.
    async fn delete_parts<'a>(&self, keys: &[&'a String]) -> Result<(Vec<&'a String>, Option<Error>)> {
        let mut body = String::with_capacity(keys.len() * 512);
        for (number, key) in keys.iter().enumerate() {
            self.write_part(number, key, &mut body).await?;
        }
        let _ = write!(body, "--{BOUNDARY}--\r\n");
        let mut call = self.container(Method::POST).query("comp", "batch").content(Bytes::from(body).into());
        call.headers.insert(CONTENT_TYPE, header_value(&format!("multipart/mixed; boundary={BOUNDARY}"))?);
        let (_, answer) = self.whole(&call).await?;
        let parts = parse(&String::from_utf8_lossy(&answer));
        if parts.len() != keys.len() {
            return Err(Error::new(
                ErrorKind::Unexpected,
                "the server did not answer for every blob of the batch",
            )
            .with_hint("delete again; what is gone already does not matter"));
        }
        let (mut again, mut failed) = (Vec::new(), None);
        for (number, failure) in parts {
            if failure.status < 300 {
                continue;
            }
            let error = self.explain(&failure, Context::default());
            match keys.get(number) {
                // A container that is missing is `NotFound` too, and that matters.
                _ if failure.header("x-ms-error-code") == Some("BlobNotFound") => continue,
                Some(key) if error.is_retryable() => again.push(*key),
                _ => return Err(error),
            }
            failed = Some(error);
        }
        Ok((again, failed))
    }

    /// One request within the request, with an authorisation of its own.
    async fn write_part(&self, number: usize, key: &str, body: &mut String) -> Result<()> {
        let uri = exact_uri(self.authorised(&self.place.blob_url(key)).into_owned())?;
        let mut request = Request::new(reqwest::Body::default());
        (*request.method_mut(), *request.uri_mut()) = (Method::DELETE, uri);
        let headers = request.headers_mut();
        headers.insert("x-ms-date", header_value(&httpdate::fmt_http_date(SystemTime::now()))?);
        headers.insert("x-ms-delete-snapshots", HeaderValue::from_static("include"));
        headers.insert("x-ms-version", HeaderValue::from_static(API));
        self.auth.authorize(&mut request, 0).await?;
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let _ = write!(
            body,
            "--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\
             Content-ID: {number}\r\n\r\nDELETE {target} HTTP/1.1\r\n"
        );
        for (name, value) in request.headers() {
            let _ = write!(body, "{name}: {}\r\n", value.to_str().unwrap_or_default());
        }
        body.push_str("Content-Length: 0\r\n\r\n");
        Ok(())
    }
}

/// The answers by number. Those that cannot be read are left out, and missed.
fn parse(body: &str) -> Vec<(usize, Failure)> {
    let Some(boundary) = body.lines().next().filter(|line| line.starts_with("--")) else { return Vec::new() };
    body.split(boundary.trim_end()).filter_map(parse_part).collect()
}

fn parse_part(part: &str) -> Option<(usize, Failure)> {
    let mut lines = part.trim_start().lines();
    let mut number = None;
    let status = loop {
        let line = lines.next()?.trim();
        if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
            break rest.split(' ').next()?.parse::<StatusCode>().ok()?.as_u16();
        }
        if let Some((name, id)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-id")
        {
            number = id.trim().parse().ok();
        }
    };
    let mut headers = HeaderMap::new();
    for line in lines.by_ref().map(str::trim).take_while(|line| !line.is_empty()) {
        if let Some((name, text)) = line.split_once(':')
            && let (Ok(name), Ok(text)) = (name.trim().parse::<http::HeaderName>(), header_value(text.trim()))
        {
            headers.insert(name, text);
        }
    }
    let body: String = lines.collect::<Vec<_>>().join("\n");
    Some((number?, Failure { status, headers, body: body.trim().to_owned().into() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the documentation of "Blob Batch", shortened.
    #[test]
    fn answers_have_numbers_and_states() {
        let body = "--batchresponse_1\r\nContent-Type: application/http\r\nContent-ID: 0\r\n\r\n\
            HTTP/1.1 202 Accepted\r\nx-ms-delete-type-permanent: true\r\nx-ms-request-id: 7\r\n\r\n\
            --batchresponse_1\r\nContent-Type: application/http\r\nContent-ID: 1\r\n\r\n\
            HTTP/1.1 404 The specified blob does not exist.\r\nx-ms-error-code: BlobNotFound\r\n\
            Content-Length: 216\r\n\r\n<?xml version=\"1.0\"?>\n<Error><Code>BlobNotFound</Code></Error>\r\n\
            --batchresponse_1--\r\n0";
        let parts = parse(body);
        let states: Vec<(usize, u16)> = parts.iter().map(|(number, it)| (*number, it.status)).collect();
        assert_eq!(states, [(0, 202), (1, 404)]);
        assert_eq!(parts[1].1.header("x-ms-error-code"), Some("BlobNotFound"));
        assert!(parts[1].1.body.ends_with(b"</Error>"));
        assert!(parse("no batch").is_empty());
    }
}

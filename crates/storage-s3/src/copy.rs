//! Copies within the service, and new metadata, which is a copy onto itself.

use async_trait::async_trait;
use aws_credential_types::Credentials;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use http::{HeaderMap, HeaderName, Method};
use storage_cloud::keys::encode_key;
use storage_cloud::object::{CopyObjects, MultipartUpload};
use storage_cloud::transport::{header_value, quoted, write_condition};
use storage_types::{Error, ErrorKind, Metadata, Operation, Result, WriteMode, WriteOptions};

use crate::backend::S3Store;
use crate::error::Context;
use crate::headers;
use crate::request::{Call, S3Call};
use crate::writer::{Upload, conditional};

/// A copy in parts takes parts of this size, in bytes: 10,000 of them are 9.7 TiB.
const COPY_PART: u64 = 1 << 30;

#[async_trait]
impl CopyObjects for S3Store {
    async fn copy(
        &self,
        source: &Self,
        from: &str,
        to: &str,
        options: &WriteOptions,
    ) -> Result<Option<Metadata>> {
        self.conditions.check(&options.mode)?;
        self.copy_object(source, from, to, options).await
    }
}

impl S3Store {
    pub(crate) async fn copy_object(
        &self,
        source: &Self,
        from: &str,
        to: &str,
        options: &WriteOptions,
    ) -> Result<Option<Metadata>> {
        if !self.place().await?.address.same_service(&source.place().await?.address) {
            return Ok(None);
        }
        match self.copy_at_once(source, from, to, options, (replaces(options), HeaderMap::new())).await {
            // Other keys: the caller reads with those of the source and writes with these.
            Err(error) if error.kind() == ErrorKind::PermissionDenied && !self.same_keys(source).await => {
                Ok(None)
            }
            Err(error) if too_large(&error) => self.copy_large(source, from, to, options).await.map(Some),
            result => result.map(Some),
        }
    }

    async fn copy_at_once(
        &self,
        source: &Self,
        from: &str,
        to: &str,
        options: &WriteOptions,
        (replace, kept): (bool, HeaderMap),
    ) -> Result<Metadata> {
        let mut call = Call::object(Method::PUT, to)
            .context(Context::copy(&options.mode))
            .header("x-amz-copy-source", &source.copy_source(from))?;
        call.headers.extend(kept);
        if replace {
            call = call.header("x-amz-metadata-directive", "REPLACE")?;
            headers::describe(&mut call.headers, options)?;
        }
        if !options.tags.is_empty() {
            call = call
                .header("x-amz-tagging-directive", "REPLACE")?
                .header("x-amz-tagging", &headers::tagging(&options.tags))?;
        }
        write_condition(&mut call.headers, &options.mode)?;
        headers::storing(&mut call.headers, &self.config)?;
        headers::customer_key(&mut call.headers, &self.config, false)?;
        headers::customer_key(&mut call.headers, &source.config, true)?;
        let (etag, answer) = self.send_work(conditional(call, &options.mode)).await?;
        let mut metadata = headers::metadata(&answer, 0);
        metadata.forget_headers();
        metadata.modified = None;
        self.saw_version(metadata.version.as_deref());
        (metadata.etag, metadata.checksum) = (Some(headers::etag(&etag)), None);
        Ok(metadata)
    }

    async fn same_keys(&self, other: &Self) -> bool {
        let (Ok(ours), Ok(theirs)) = (self.place().await, other.place().await) else { return false };
        let (Ok(ours), Ok(theirs)) = (ours.credentials.keys().await, theirs.credentials.keys().await) else {
            return false;
        };
        ours.get().map(Credentials::access_key_id) == theirs.get().map(Credentials::access_key_id)
    }

    fn copy_source(&self, key: &str) -> String {
        format!("/{}/{}", self.config.bucket, encode_key(key))
    }

    /// Content above 5 GiB, with its metadata as far as the options do not replace it.
    async fn copy_large(
        &self,
        source: &Self,
        from: &str,
        to: &str,
        options: &WriteOptions,
    ) -> Result<Metadata> {
        let stored =
            source.head_object(from, None).await.map_err(|error| error.with_operation(Operation::Read))?;
        let mut options = options.clone();
        if !replaces(&options) {
            options.describe_as(&stored);
        }
        self.copy_in_parts(source, from, to, &options, &stored).await
    }

    /// Content above 5 GiB (S3 user guide, "Copying an object using multipart upload").
    async fn copy_in_parts(
        &self,
        source: &Self,
        from: &str,
        to: &str,
        options: &WriteOptions,
        stored: &Metadata,
    ) -> Result<Metadata> {
        let upload = self.begin_upload(to, options).await?;
        let etag = stored.etag.as_deref().unwrap_or_default();
        let parts = self.copy_parts((source, from, etag), to, &upload, stored.size).await;
        let completed = match parts {
            Ok(parts) => self.complete(to, &upload, &parts, options).await,
            Err(error) => Err(error),
        };
        match completed {
            Ok(mut metadata) => {
                metadata.size = stored.size;
                Ok(metadata)
            }
            Err(error) => {
                // The copy's own error says more than that of the clean-up.
                let _ = self.abort(to, &upload).await;
                Err(error)
            }
        }
    }

    async fn copy_parts(
        &self,
        (source, from, etag): (&Self, &str, &str),
        to: &str,
        upload: &Upload,
        size: u64,
    ) -> Result<Vec<String>> {
        let starts = (0..size).step_by(usize::try_from(COPY_PART).unwrap_or(usize::MAX));
        let parts = starts.enumerate().map(|(at, start)| {
            let last = (start + COPY_PART).min(size) - 1;
            self.copy_part((source, from, etag), to, upload, (at + 1, format!("bytes={start}-{last}")))
        });
        let parts: Vec<_> = parts.collect();
        stream::iter(parts).buffered(4).try_collect().await
    }

    async fn copy_part(
        &self,
        (source, from, etag): (&Self, &str, &str),
        to: &str,
        upload: &Upload,
        (number, range): (usize, String),
    ) -> Result<String> {
        let context = Context { copies: true, ..Context::default() };
        let mut call = Call::object(Method::PUT, to)
            .query("partNumber", &number.to_string())
            .query("uploadId", &upload.0)
            .context(context)
            .header("x-amz-copy-source", &source.copy_source(from))?
            .header("x-amz-copy-source-if-match", &quoted(etag))?
            .header("x-amz-copy-source-range", &range)?;
        headers::customer_key(&mut call.headers, &self.config, false)?;
        headers::customer_key(&mut call.headers, &source.config, true)?;
        Ok(headers::etag(&self.send_work(call).await?.0))
    }

    pub(crate) async fn replace_metadata(&self, key: &str, wanted: &WriteOptions) -> Result<Metadata> {
        let mut options = wanted.clone();
        options.mode = WriteMode::Replace;
        // A copy with new metadata loses whatever is not sent along.
        let answer = self.head_answer(key, None).await?;
        let stored = headers::metadata(answer.headers(), answer.content_length().unwrap_or(0));
        options.keep_encoding_of(&stored);
        let mut kept = headers::kept(answer.headers(), &self.config);
        if let Some(etag) = &stored.etag {
            kept.insert(HeaderName::from_static("x-amz-copy-source-if-match"), header_value(&quoted(etag))?);
        }
        let replaced = match self.copy_at_once(self, key, key, &options, (true, kept)).await {
            Err(error) if too_large(&error) => {
                // What somebody writes meanwhile stays.
                options.mode = stored.etag.clone().map_or(WriteMode::Replace, WriteMode::IfMatch);
                self.copy_in_parts(self, key, key, &options, &stored).await
            }
            result => result,
        };
        replaced.map_err(|error| not_of_source(error, key))?;
        self.head_object(key, None).await
    }
}

fn replaces(options: &WriteOptions) -> bool {
    options.has_headers() || !options.user.is_empty()
}

/// Above 5 GiB ("CopyObject", S3 API reference), which is told in words.
fn too_large(error: &Error) -> bool {
    error.kind() == ErrorKind::QuotaExceeded || error.message().contains("larger than the maximum")
}

/// Here source and destination are the same object.
fn not_of_source(error: Error, key: &str) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::not_found().with_path(key),
        _ => error,
    }
}

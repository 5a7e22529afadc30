//! Copies within an account: the service does them.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use azure_storage_blob::models::BlobClientStartCopyFromUrlOptions;
use http::HeaderMap;
use storage_cloud::keys::encode_value;
use storage_cloud::object::{CopyObjects, PresignUrls};
use storage_cloud::transport::{Replay, exact_url};
use storage_types::options::unquoted;
use storage_types::{Error, ErrorKind, Metadata, Operation, PresignOptions, Result, WriteMode, WriteOptions};

use crate::auth::Auth;
use crate::backend::AzureStore;
use crate::error::Context;
use crate::headers;
use crate::sdk::{etag, header_map};
use crate::user;

/// Between two questions whether a copy is done.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Nobody waits longer for the service to copy.
const COPYING_MAX: Duration = Duration::from_secs(6 * 3600);

#[async_trait]
impl CopyObjects for AzureStore {
    /// `Copy Blob`: one request, which takes content type and user metadata along and leaves tags behind. New ones are
    /// set behind it, from what the source has.
    async fn copy(
        &self,
        source: &Self,
        from: &str,
        to: &str,
        options: &WriteOptions,
    ) -> Result<Option<Metadata>> {
        crate::writer::check_key(to)?;
        let Some(url) = self.source_url(source, from).await? else { return Ok(None) };
        // Whoever does not know the size has not seen the source, which may be a folder.
        let seen = options.size.is_some();
        if seen && !options.has_headers() {
            let begun = self.start_copy(to, url, options, None).await?;
            return self.copied(to, begun, &HeaderMap::new(), 0, options).await.map(Some);
        }
        let answer = source.head_answer(from, None).await;
        let answer = answer.map_err(|error| error.with_operation(Operation::Read))?;
        let size = answer.content_length().unwrap_or(0);
        let original = headers::metadata(answer.headers(), size, "content-md5");
        if original.is_dir() {
            return Err(Error::is_a_directory().with_operation(Operation::Read));
        }
        // Its content type and the like are set behind the copy, so they have to be of the same content.
        let replaces = options.has_headers();
        let condition = original.etag.as_deref().filter(|_| replaces);
        let begun = self.start_copy(to, url, options, condition).await?;
        let copied = self.copied(to, begun, answer.headers(), size, options).await?;
        Ok(Some(merged(original, &copied, options)))
    }
}

impl AzureStore {
    /// Where the service reads the source. `None` when it may not.
    async fn source_url(&self, source: &Self, from: &str) -> Result<Option<String>> {
        if !self.place.same_account(&source.place) {
            return Ok(None);
        }
        let plain = source.place.blob_url(from);
        exact_url(&plain)?;
        Ok(match (&*source.auth, &*self.auth) {
            (Auth::Anonymous, _)
            | (Auth::SharedKey(_), Auth::SharedKey(_))
            | (Auth::Entra(_), Auth::Entra(_)) => Some(plain),
            (Auth::Sas(token), _) => Some(format!("{plain}?{}", token.query())),
            (Auth::SharedKey(_), _) => Some(source.presign(from, &PresignOptions::new()).await?),
            (Auth::Entra(_), _) => None,
        })
    }

    async fn start_copy(
        &self,
        to: &str,
        url: String,
        options: &WriteOptions,
        source: Option<&str>,
    ) -> Result<HeaderMap> {
        let mut metadata = std::collections::HashMap::with_capacity(options.user.len());
        for (key, text) in &options.user {
            metadata.insert(user::encode_key(key)?, user::encode_value(text));
        }
        let client = self.sdk_blob(to)?;
        let copy = || async {
            let mut copy = BlobClientStartCopyFromUrlOptions {
                blob_tags_string: (!options.tags.is_empty()).then(|| headers::tags(options)),
                metadata: (!metadata.is_empty()).then(|| metadata.clone()),
                source_if_match: source.map(etag),
                ..BlobClientStartCopyFromUrlOptions::default()
            };
            match &options.mode {
                WriteMode::Create => copy.if_none_match = Some("*".into()),
                WriteMode::IfMatch(tag) => copy.if_match = Some(etag(tag)),
                _ => {}
            }
            client.start_copy_from_url(url.clone(), Some(copy)).await
        };
        let context = Context { demand: (&options.mode).into(), copy: true, ..Context::default() };
        let answer = self.over_sdk(Replay::Always, context, self.long_patience(), copy).await?;
        let headers = header_map(answer.headers());
        self.learn(&headers);
        Ok(headers)
    }

    /// Makes an old version the current one.
    pub(crate) async fn copy_version(&self, key: &str, version: &str) -> Result<()> {
        let Some(url) = self.source_url(self, key).await? else {
            return Err(Error::unsupported("restore versions"));
        };
        let url =
            format!("{url}{}versionid={}", if url.contains("?") { "&" } else { "?" }, encode_value(version));
        let none = WriteOptions::new();
        let begun = self.start_copy(key, url, &none, None).await?;
        self.copied(key, begun, &HeaderMap::new(), 0, &none).await.map(drop)
    }

    /// Waits until the copy is done, and gives it what the service does not give it on the way.
    async fn copied(
        &self,
        to: &str,
        begun: HeaderMap,
        original: &HeaderMap,
        size: u64,
        options: &WriteOptions,
    ) -> Result<Metadata> {
        let mut headers = begun;
        let mut pause = FIRST_PAUSE;
        let begin = Instant::now();
        while status(&headers) == Some("pending") {
            if begin.elapsed() > COPYING_MAX {
                return Err(unfinished());
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            headers = self.head_answer(to, None).await?.headers().clone();
        }
        if let Some(failed @ ("failed" | "aborted")) = status(&headers) {
            return Err(Error::new(ErrorKind::Interrupted, format!("the service {failed} the copy"))
                .with_hint("copy it again"));
        }
        if !options.has_headers() {
            return Ok(headers::metadata(&headers, size, ""));
        }
        let mut properties = options.clone();
        properties.add_headers_of(&headers::metadata(original, size, ""));
        let tag = headers::metadata(&headers, size, "").etag;
        let changed = self.put_properties(to, &properties, original, tag.as_deref()).await?;
        let mut metadata = headers::metadata(&headers, size, "");
        metadata.etag = changed.map(|etag| unquoted(&etag).to_owned());
        Ok(metadata)
    }
}

fn unfinished() -> Error {
    Error::new(ErrorKind::Timeout, "the service has been copying for 6 hours and is not done")
        .with_hint("it goes on by itself: look later, with `stat`, whether the copy is there and whole")
        .with_call("stat")
        .with_retryable(false)
}

fn status(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-ms-copy-status")?.to_str().ok()
}

/// What is known about the copy: everything of the original, save what the service or the caller made new.
fn merged(original: Metadata, copied: &Metadata, options: &WriteOptions) -> Metadata {
    let mut described = options.clone();
    described.add_headers_of(&original);
    if options.user.is_empty() {
        described.user.clone_from(&original.user);
    }
    let mut metadata = original;
    metadata.describe(&described);
    metadata.etag.clone_from(&copied.etag);
    metadata.modified = copied.modified;
    metadata.version.clone_from(&copied.version);
    metadata
}

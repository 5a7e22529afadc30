//! Answers of a web server: status, headers, content. `change` does what `PUT` and `DELETE` ask for.

mod change;

use std::time::SystemTime;

use storage_types::serve::{ServeOptions, ServePlan, ServeRequest, Subject, status_of};
use storage_types::{Error, ErrorKind, Metadata, Operation, ReadOptions, Result};

use super::node::StorageNode;
use super::stream::Reader;
use crate::maybe_async;

/// Content that changes between two questions is asked for again so often.
const TRIES: usize = 10;

/// The answer to a request, for any HTTP library.
#[derive(Debug)]
#[non_exhaustive]
pub struct ServeResponse {
    /// The status code.
    pub status: u16,
    /// The headers, their names in lower case, their values visible ASCII.
    pub headers: Vec<(&'static str, String)>,
    /// The content, to be streamed; `None` where there is none to be sent. An error while it is read has to end the
    /// connection: the client knows by `content-length` that something is missing.
    pub body: Option<Reader>,
}

impl ServeResponse {
    /// An answer without content that tells a client about a failure.
    #[must_use]
    pub fn of_error(error: &Error) -> Self {
        Self { status: status_of(error), headers: Vec::new(), body: None }
    }

    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    fn new(plan: ServePlan, body: Option<Reader>) -> Self {
        Self { status: plan.status, headers: plan.headers, body }
    }
}

#[maybe_async]
impl StorageNode {
    /// The answer to a `GET` or `HEAD` of this node (RFC 9110): conditions, one range, validators, media type.
    ///
    /// A browser shows what is stored, and runs the scripts of a page (`text/html`, `image/svg+xml`) with the rights of the
    /// site. What others uploaded is served with [`ServeOptions::attachment`] or [`ServeOptions::sandboxed`], or from a host
    /// of its own.
    ///
    /// # Errors
    ///
    /// `NotFound`; `IsADirectory`; what the store says. [`ServeResponse::of_error`] makes an answer of it.
    pub async fn serve(&self, request: &ServeRequest) -> Result<ServeResponse> {
        self.serve_with(request, &ServeOptions::new()).await
    }

    /// The answer by options: `Content-Disposition`, another media type, `Cache-Control`, a sandbox.
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    pub async fn serve_with(&self, request: &ServeRequest, options: &ServeOptions) -> Result<ServeResponse> {
        let mut last = changed();
        for _ in 0..TRIES {
            match self.serve_once(request, options).await {
                Err(error) if error.kind() == ErrorKind::PreconditionFailed => last = error,
                served => return served,
            }
        }
        Err(last)
    }

    async fn serve_once(&self, request: &ServeRequest, options: &ServeOptions) -> Result<ServeResponse> {
        if request.is_plain_get() && self.backend().get_gives_all_metadata() {
            // One request is enough.
            let reader = self.reader().await?;
            let plan = self.plan(request, options, reader.metadata());
            return Ok(ServeResponse::new(plan, Some(reader)));
        }
        let metadata = self.metadata().await?;
        if metadata.is_dir() {
            return Err(self.described(Operation::Read, Error::is_a_directory()));
        }
        let plan = self.plan(request, options, &metadata);
        let body = match plan.content {
            Some((start, length)) if length > 0 => Some(self.body(&metadata, start, length).await?),
            _ => None,
        };
        Ok(ServeResponse::new(plan, body))
    }

    /// The content that the headers were made for, and no other.
    async fn body(&self, metadata: &Metadata, start: u64, length: u64) -> Result<Reader> {
        let mut options = ReadOptions::new();
        if length < metadata.size {
            options = options.range(start..start + length);
        }
        // Weak tags never match where they are demanded (RFC 9110, section 13.1.1).
        options.if_match = metadata.etag.clone().filter(|etag| !etag.starts_with("W/"));
        let reader = self.reader_with(&options).await?;
        if reader.len() == length { Ok(reader) } else { Err(self.described(Operation::Read, changed())) }
    }
}

impl StorageNode {
    fn plan(&self, request: &ServeRequest, options: &ServeOptions, metadata: &Metadata) -> ServePlan {
        let media_type = self.media_type();
        // The name of a data URI is its data.
        let name = if self.capabilities().opaque_paths { "" } else { self.name() };
        let subject = Subject { metadata, name, media_type: media_type.as_deref() };
        ServePlan::new(request, options, subject, SystemTime::now())
    }
}

fn changed() -> Error {
    Error::new(ErrorKind::PreconditionFailed, "it changed while the answer was made").with_hint("ask again")
}

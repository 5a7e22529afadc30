//! The answer: status, headers, and which bytes.

use std::time::SystemTime;

use super::conditions::{Validators, Verdict};
use super::disposition;
use super::etag::EntityTag;
use super::options::ServeOptions;
use super::ranges::{Part, part};
use super::request::ServeRequest;
use crate::media_type;
use crate::metadata::Metadata;

/// What stores say of content whose type nobody has told them.
const GENERIC: [&str; 2] = [media_type::OCTET_STREAM, "binary/octet-stream"];

/// A page is shown with its own pictures and styles, and does nothing ("Content Security Policy Level 3", 6.3).
const SANDBOX: &str =
    "sandbox; default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'";

/// What is served.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What is known about it.
    pub metadata: &'a Metadata,
    /// The name to save it under.
    pub name: &'a str,
    /// The media type by its name, where none is stored.
    pub media_type: Option<&'a str>,
}

/// An answer without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServePlan {
    /// The status code.
    pub status: u16,
    /// The headers, their names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// First byte and number of bytes of the content to send; `None` for an answer without content.
    pub content: Option<(u64, u64)>,
}

impl ServePlan {
    /// The answer to `request` at the time `now`.
    #[must_use]
    pub fn new(
        request: &ServeRequest,
        options: &ServeOptions,
        subject: Subject<'_>,
        now: SystemTime,
    ) -> Self {
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return Self::empty(405).with("allow", "GET, HEAD");
        }
        let metadata = subject.metadata;
        let validators = Validators::new(EntityTag::of(metadata, now), metadata.modified, now);
        match validators.verdict(request) {
            Verdict::Failed => Self::empty(412).validated(&validators),
            Verdict::NotModified => Self::empty(304).validated(&validators).cached(options, metadata),
            Verdict::Send => Self::content(request, options, subject, &validators),
        }
    }

    fn content(
        request: &ServeRequest,
        options: &ServeOptions,
        subject: Subject<'_>,
        validators: &Validators,
    ) -> Self {
        let size = subject.metadata.size;
        // A range means something with `GET` only (RFC 9110, section 14.2).
        let range = request.range.as_deref().filter(|_| request.method == "GET");
        let range = range.filter(|_| validators.range_applies(request));
        let this = match range.map_or(Part::Whole, |range| part(range, size)) {
            Part::Unsatisfiable => {
                let range = format!("bytes */{size}");
                return Self::empty(416).with("content-range", range).with("accept-ranges", "bytes");
            }
            Part::Whole => Self::empty(200).sending(0, size),
            Part::Bytes { start, length } => {
                let range = format!("bytes {start}-{}/{size}", start + length - 1);
                Self::empty(206).with("content-range", range).sending(start, length)
            }
        };
        let mut this =
            this.described(options, subject).validated(validators).cached(options, subject.metadata);
        if request.method == "HEAD" {
            this.content = None;
        }
        this
    }

    /// The answer to a request that is refused or done, without content.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), content: None }
    }

    /// The answer to a `PUT` that stored this: 201 where nothing was stored before, else 204 (RFC 9110, 9.3.4). What was sent is
    /// stored as it is, so the ETag may be told.
    #[must_use]
    pub fn stored(created: bool, metadata: &Metadata, now: SystemTime) -> Self {
        let etag = EntityTag::of(metadata, now);
        let validators = Validators::new(etag, metadata.modified, now);
        Self::empty(if created { 201 } else { 204 }).validated(&validators)
    }

    /// The same with one header more, its name in lower case.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn with_stored(self, name: &'static str, value: Option<&str>) -> Self {
        match value.filter(|value| is_sendable(value)) {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn sending(mut self, start: u64, length: u64) -> Self {
        self.content = Some((start, length));
        self.with("content-length", length.to_string()).with("accept-ranges", "bytes")
    }

    fn described(self, options: &ServeOptions, subject: Subject<'_>) -> Self {
        // What a store says about everything says less than the name.
        let stored = subject.metadata.content_type.as_deref().filter(|kind| !GENERIC.contains(kind));
        let candidates = [options.content_type.as_deref(), stored, subject.media_type];
        let kind = candidates.into_iter().flatten().find(|kind| is_sendable(kind));
        // Whoever uploaded it must not have a browser guess that text is a program.
        let this = self
            .with("content-type", kind.unwrap_or(media_type::OCTET_STREAM))
            .with("x-content-type-options", "nosniff");
        let this = if options.sandboxed { this.with("content-security-policy", SANDBOX) } else { this };
        let stored = subject.metadata;
        // Whoever asks gets the bytes as they are stored, so it has to be told how they are packed.
        let this = this
            .with_stored("content-encoding", stored.content_encoding.as_deref())
            .with_stored("content-language", stored.content_language.as_deref());
        let name = options.filename.as_deref().unwrap_or(subject.name);
        match disposition::value(options.disposition, name) {
            Some(value) => this.with("content-disposition", value),
            None => this.with_stored("content-disposition", stored.content_disposition.as_deref()),
        }
    }

    fn validated(mut self, validators: &Validators) -> Self {
        if let Some(etag) = &validators.etag {
            self = self.with("etag", etag.to_string());
        }
        match validators.modified {
            // A cache needs one of them to find what it has (RFC 9110, section 15.4.5).
            Some(_) if self.status == 304 && validators.etag.is_some() => self,
            Some(modified) => self.with("last-modified", httpdate::fmt_http_date(modified)),
            None => self,
        }
    }

    fn cached(self, options: &ServeOptions, metadata: &Metadata) -> Self {
        let candidates = [options.cache_control.as_deref(), metadata.cache_control.as_deref()];
        match candidates.into_iter().flatten().find(|value| is_sendable(value)) {
            Some(value) => self.with("cache-control", value),
            None => self,
        }
    }
}

/// Whether a stored text can stand in a header: it was written by somebody else, and a line break would begin another
/// header (RFC 9110, section 5.5).
fn is_sendable(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t'))
}

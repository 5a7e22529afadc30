//! Content that is on its way: one request, and the bytes that its answer gives.

use std::ops::Range;

use storage_cloud::transport::{Answer, Body, ContentRange, may_be_part};
use storage_types::{ByteRange, Error, ErrorKind, Metadata, ReadOptions, Result};

use crate::error::{changed, protocol};
use crate::head::{self, Validator};
use crate::place::{self, Place, refuse_version};

/// Content whose headers have come.
pub(crate) struct Download {
    pub(crate) metadata: Metadata,
    pub(crate) validator: Option<Validator>,
    /// The bytes asked for; the end is open when the server tells no size.
    pub(crate) start: u64,
    pub(crate) end: Option<u64>,
    /// Whether `metadata` has the true size.
    pub(crate) sized: bool,
    pub(crate) open: Option<Body>,
    /// Whether the server has shown that it ignores ranges.
    pub(crate) whole_only: bool,
}

/// The bytes that an answer has of the content, and the whole size where the server states it.
pub(crate) struct Part {
    sent: Range<u64>,
    size: Option<u64>,
}

/// Asks for content by options.
pub(crate) async fn open(place: &Place, options: &ReadOptions) -> Result<Download> {
    refuse_version(options)?;
    let range = options.range.unwrap_or(ByteRange::From(0));
    if has_no_byte(range)? {
        return nothing(place, options, None).await;
    }
    let answer = match place.get(range, options).await {
        Ok(got) => got.answer,
        Err(refused) if refused.status() == 416 => return nothing(place, options, Some(refused.error)).await,
        Err(refused) => return Err(refused.error),
    };
    let part = part(&answer)?;
    let size = match size_of(&answer, part.as_ref()) {
        None if options.range.is_some() => Some(place.stat().await?.size),
        size => size,
    };
    let metadata = head::metadata(answer.headers(), size.unwrap_or(0));
    // Not every server knows conditions.
    place::check(options, &metadata)?;
    if part.is_none() {
        settle(place, &answer, options.range, size).await?;
    }
    let (start, end) = match size {
        Some(size) => {
            let (start, length) = range.resolve(size)?;
            (start, Some(start + length))
        }
        None => (0, None),
    };
    let whole_only = head::range_header(range).is_some() && part.is_none();
    let validator = Validator::of(answer.headers());
    let open = Some(body(answer, part.as_ref(), start, end)?);
    Ok(Download { metadata, validator, start, end, sized: size.is_some(), open, whole_only })
}

/// Asks for the size where an answer says that it is the whole content, and may be a part of it, or another form of it.
async fn settle(place: &Place, answer: &Answer, asked: Option<ByteRange>, size: Option<u64>) -> Result<()> {
    let Some(size) = size else {
        return if answer.is_encoded() { Err(compressed()) } else { Ok(()) };
    };
    let doubtful = asked.is_some_and(|asked| may_be_part(asked, size)) || answer.is_encoded();
    if !doubtful || place.stat().await?.size == size {
        return Ok(());
    }
    Err(if answer.is_encoded() { compressed() } else { other_bytes() })
}

/// Ranges without a byte in them cannot be asked for.
fn has_no_byte(range: ByteRange) -> Result<bool> {
    match range {
        ByteRange::Bounded { start, end } if start > end => range.resolve(u64::MAX).map(|_| true),
        ByteRange::Bounded { start, end } => Ok(start == end),
        ByteRange::Suffix(length) => Ok(length == 0),
        ByteRange::From(_) => Ok(false),
    }
}

/// A range in which there is no byte: one that begins at the end is empty, one that begins behind it is wrong.
async fn nothing(place: &Place, options: &ReadOptions, refusal: Option<Error>) -> Result<Download> {
    let metadata = place.stat().await?;
    if metadata.is_dir() {
        return Err(Error::is_a_directory());
    }
    place::check(options, &metadata)?;
    let (start, length) = options.range.unwrap_or(ByteRange::From(0)).resolve(metadata.size)?;
    if let Some(refusal) = refusal.filter(|_| length > 0) {
        return Err(refusal);
    }
    Ok(Download {
        metadata,
        validator: None,
        start,
        end: Some(start),
        sized: true,
        open: None,
        whole_only: false,
    })
}

/// What part of the content an answer has. `None`: all of it. Some servers answer with status 200 and say nevertheless that it is
/// a part.
pub(crate) fn part(answer: &Answer) -> Result<Option<Part>> {
    match (answer.status(), ContentRange::of(answer.headers())?) {
        (200 | 206, Some(ContentRange { sent: Some(sent), size })) => {
            let length = head::length(answer.headers());
            if length.is_some_and(|length| length != sent.end - sent.start) {
                return Err(other_bytes());
            }
            Ok(Some(Part { sent, size }))
        }
        (200, None) => Ok(None),
        (200 | 206, _) => Err(protocol("the server sent a part of the content, but not which part")),
        _ => Err(protocol("the server answered without any content")),
    }
}

/// The size of the whole content, where the answer tells it.
pub(crate) fn size_of(answer: &Answer, part: Option<&Part>) -> Option<u64> {
    match part {
        Some(part) => part.size,
        None => head::length(answer.headers()),
    }
}

/// The body of an answer, from `start` on. The server may send less than up to `end`, never more.
pub(crate) fn body(answer: Answer, part: Option<&Part>, start: u64, end: Option<u64>) -> Result<Body> {
    let Some(Part { sent, .. }) = part else {
        let length = head::length(answer.headers());
        if length.is_some_and(|length| length < start) {
            return Err(changed());
        }
        let mut body = answer.into_body(length);
        body.skip(start);
        return Ok(body);
    };
    if sent.start != start || end.is_some_and(|end| sent.end > end) {
        return Err(other_bytes());
    }
    Ok(answer.into_body(Some(sent.end - sent.start)))
}

fn other_bytes() -> Error {
    Error::new(ErrorKind::Interrupted, "the server sent other bytes than it was asked for")
}

pub(crate) fn compressed() -> Error {
    Error::new(ErrorKind::Interrupted, "the server sent the content compressed, which nobody asked for")
        .with_hint("look for a proxy in between that compresses what it passes on")
        .with_retryable(false)
}

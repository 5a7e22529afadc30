//! Content that is on its way: one request, and the bytes that its answer gives.

use std::ops::Range;

use storage_cloud::transport::{Answer, Body};
use storage_types::{ByteRange, Error, ErrorKind, Metadata, ReadOptions, Result};

use crate::error::protocol;
use crate::head::{self, ContentRange, Validator};
use crate::place::{Place, refuse_version};

/// Content whose headers have come.
pub(crate) struct Download {
    pub(crate) metadata: Metadata,
    pub(crate) validator: Option<Validator>,
    /// The bytes asked for; the end is open when the server tells no size.
    pub(crate) start: u64,
    pub(crate) end: Option<u64>,
    /// Whether `metadata` has the true size.
    pub(crate) sized: bool,
    pub(crate) open: Option<Open>,
    /// Whether the server has shown that it ignores ranges.
    pub(crate) whole_only: bool,
}

/// A body, of which the first bytes may be none of those asked for.
pub(crate) struct Open {
    pub(crate) body: Body,
    pub(crate) skip: u64,
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
    let size = match size_of(&answer)? {
        None if options.range.is_some() => Some(place.stat().await?.size),
        size => size,
    };
    let metadata = head::metadata(answer.headers(), size.unwrap_or(0));
    // Not every server knows conditions.
    options.check(&metadata)?;
    let (start, end) = match size {
        Some(size) => {
            let (start, length) = range.resolve(size)?;
            (start, Some(start + length))
        }
        None => (0, None),
    };
    let asked_for_range = head::range_header(range).is_some();
    let whole_only = asked_for_range && answer.status() != 206;
    let validator = Validator::of(answer.headers());
    let open = Some(body(answer, start, end)?);
    Ok(Download { metadata, validator, start, end, sized: size.is_some(), open, whole_only })
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
    options.check(&metadata)?;
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

/// The size of the whole content, where the answer tells it.
fn size_of(answer: &Answer) -> Result<Option<u64>> {
    if answer.status() == 206 {
        part(answer).map(|(_, size)| size)
    } else {
        Ok(head::length(answer.headers()))
    }
}

/// What part of the content an answer with status 206 has, and the whole size.
pub(crate) fn part(answer: &Answer) -> Result<(Range<u64>, Option<u64>)> {
    match ContentRange::of(answer.headers()) {
        Some(ContentRange { sent: Some(sent), size }) => Ok((sent, size)),
        _ => Err(protocol("the server sent a part of the content, but not which part")),
    }
}

/// The body of an answer, from `start` on. The server may send less than up to `end`, never more.
pub(crate) fn body(answer: Answer, start: u64, end: Option<u64>) -> Result<Open> {
    if answer.status() != 206 {
        let length = head::length(answer.headers());
        return Ok(Open { body: answer.into_body(length), skip: start });
    }
    let (sent, _) = part(&answer)?;
    if sent.start != start || end.is_some_and(|end| sent.end > end) {
        return Err(Error::new(ErrorKind::Interrupted, "the server sent other bytes than it was asked for"));
    }
    Ok(Open { body: answer.into_body(Some(sent.end - sent.start)), skip: 0 })
}

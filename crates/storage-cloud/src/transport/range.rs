//! What part of the content an answer has, and whether that is what was asked for.

use std::ops::Range;

use http::HeaderMap;
use storage_types::{ByteRange, Error, ErrorKind, Result};

use super::Answer;

/// The value of `Content-Range` (RFC 9110, 14.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentRange {
    /// The bytes that are sent; `None` in a refusal.
    pub sent: Option<Range<u64>>,
    /// The size of the whole content in bytes; `None` where it is not known.
    pub size: Option<u64>,
}

impl ContentRange {
    /// That of an answer. `None` when it has no such header.
    ///
    /// # Errors
    ///
    /// `Interrupted` when the header makes no sense, or there are two that differ.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>> {
        let mut values = headers.get_all(http::header::CONTENT_RANGE).iter();
        let Some(first) = values.next() else { return Ok(None) };
        let parsed = first.to_str().ok().and_then(Self::parse);
        match parsed {
            Some(parsed) if values.all(|value| value == first) => Ok(Some(parsed)),
            _ => Err(unclear("the server's answer has no usable `content-range`")),
        }
    }

    fn parse(value: &str) -> Option<Self> {
        let (unit, rest) = value.trim().split_once(' ')?;
        let (range, size) = rest.split_once('/')?;
        let size = if size.trim() == "*" { None } else { Some(size.trim().parse().ok()?) };
        let sent = if range.trim() == "*" { None } else { Some(sent(range)?) };
        let fits = match (&sent, size) {
            (Some(sent), Some(size)) => sent.end <= size,
            _ => true,
        };
        (fits && unit.eq_ignore_ascii_case("bytes")).then_some(Self { sent, size })
    }
}

/// The first and the last byte. For a range without a byte some stores write `0--1`, others `10-9`.
fn sent(range: &str) -> Option<Range<u64>> {
    let (first, last) = range.split_once('-')?;
    let first: u64 = first.trim().parse().ok()?;
    let end = match last.trim() {
        "-1" => 0,
        last => last.parse::<u64>().ok()?.checked_add(1)?,
    };
    (first <= end).then_some(first..end)
}

/// The bytes that an answer brings, and of how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// The bytes of the content.
    pub range: Range<u64>,
    /// The size of the whole content in bytes.
    pub size: u64,
    /// The answer claims to be the whole content, and may be a part of it or another form of it. Only the store's own word on the
    /// size settles that.
    pub doubtful: bool,
}

impl Answer {
    /// What an answer with content brings. Either that is the range asked for, or it is the whole content. `stored` is the
    /// size where the protocol states it elsewhere.
    ///
    /// # Errors
    ///
    /// `Interrupted` when it is neither, or the answer does not say what it is; `InvalidInput` when the range asked for lies
    /// outside of the content.
    pub fn extent(&self, asked: Option<ByteRange>, stored: Option<u64>) -> Result<Extent> {
        let length = self.content_length();
        let partial = ContentRange::of(self.headers())?;
        match (self.status(), partial) {
            // Some servers and proxies answer with status 200 and say nevertheless that it is a part.
            (200 | 206, Some(ContentRange { sent: Some(range), size: Some(size) })) => {
                let differs = length.is_some_and(|length| length != range.end - range.start)
                    || stored.is_some_and(|stored| stored != size);
                if differs || range != wanted(asked, size)? {
                    return Err(unclear("the server sent other bytes than it was asked for"));
                }
                Ok(Extent { range, size, doubtful: false })
            }
            (200, None) => {
                let size = length.or(stored);
                let size =
                    size.ok_or_else(|| unclear("the server's answer has no usable `content-length`"))?;
                if stored.is_some_and(|stored| stored != size) {
                    return Err(unclear("the server sent more or less than is stored"));
                }
                let may_be_part = asked.is_some_and(|asked| may_be_part(asked, size));
                Ok(Extent { range: 0..size, size, doubtful: may_be_part || self.is_encoded() })
            }
            (200 | 206, _) => Err(unclear("the server sent a part of the content, but not which part")),
            (status, _) => {
                Err(unclear(format!("the server answered without any content (HTTP status {status})")))
            }
        }
    }

    /// Whether the content comes in another form than that in which it is stored, or is stored in such a form.
    #[must_use]
    pub fn is_encoded(&self) -> bool {
        let codings = self.headers().get_all(http::header::CONTENT_ENCODING);
        codings.iter().any(|coding| !matches!(coding.as_bytes(), b"" | b"identity" | b"aws-chunked"))
    }
}

/// The bytes that were asked for, of content of this size.
fn wanted(asked: Option<ByteRange>, size: u64) -> Result<Range<u64>> {
    let (start, length) = asked.unwrap_or(ByteRange::From(0)).resolve(size)?;
    Ok(start..start + length)
}

/// Whether an answer of this length may be the range that was asked for, of content that is longer.
#[must_use]
pub fn may_be_part(asked: ByteRange, length: u64) -> bool {
    match asked {
        ByteRange::Bounded { start: 0, end } => length == end,
        ByteRange::Bounded { start, end } => length <= end.saturating_sub(start),
        ByteRange::From(start) => start > 0,
        ByteRange::Suffix(last) => length == last,
    }
}

pub(crate) fn unclear(what: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Interrupted, what)
        .with_hint("check that the endpoint is the store itself, and no proxy or web page in front of it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges() {
        let parsed = |sent, size| Some(ContentRange { sent, size });
        assert_eq!(ContentRange::parse("bytes 0-9/100"), parsed(Some(0..10), Some(100)));
        assert_eq!(ContentRange::parse("bytes 2-4/11"), parsed(Some(2..5), Some(11)));
        assert_eq!(ContentRange::parse("Bytes 5-5/*"), parsed(Some(5..6), None));
        assert_eq!(ContentRange::parse("bytes */7"), parsed(None, Some(7)));
        for wrong in [
            "",
            "bytes",
            "bytes 0-9",
            "bytes 9-0/10",
            "bytes 4-2/10",
            "bytes 0-10/10",
            "bytes 0-100/100",
            "items 0-1/2",
            "0-9/100",
            "bytes -1-2/3",
            "bytes a-b/c",
            "bytes NaN-5/10",
            "bytes 0-18446744073709551615/*",
        ] {
            assert_eq!(ContentRange::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_range_without_a_byte_is_written_in_two_ways() {
        let empty = |at, size| Some(ContentRange { sent: Some(at..at), size: Some(size) });
        assert_eq!(ContentRange::parse("bytes 0--1/0"), empty(0, 0));
        assert_eq!(ContentRange::parse("bytes 10-9/10"), empty(10, 10));
        assert_eq!(ContentRange::parse("bytes 3--1/5"), None);
    }

    #[test]
    fn two_headers_have_to_agree() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(http::header::CONTENT_RANGE, http::HeaderValue::from_static(value));
            }
            ContentRange::of(&headers)
        };
        assert_eq!(of(&[]).unwrap(), None);
        assert_eq!(of(&["bytes 0-4/5", "bytes 0-4/5"]).unwrap().unwrap().size, Some(5));
        for wrong in [&["bytes 0-4/5", "bytes 0-4/9"][..], &["nonsense"], &["bytes 0-4/5, bytes 0-4/5"]] {
            assert_eq!(of(wrong).unwrap_err().kind(), ErrorKind::Interrupted);
        }
    }

    #[test]
    fn what_may_be_a_part_is_as_long_as_the_part() {
        for (asked, length, expected) in [
            ((0..8).into(), 8, true),
            ((0..8).into(), 7, false),
            ((0..8).into(), 9, false),
            ((5..10).into(), 5, true),
            ((5..10).into(), 2, true),
            ((5..10).into(), 9, false),
            (ByteRange::From(0), 9, false),
            (ByteRange::From(3), 9, true),
            (ByteRange::Suffix(3), 3, true),
            (ByteRange::Suffix(3), 9, false),
        ] {
            assert_eq!(may_be_part(asked, length), expected, "{asked} {length}");
        }
    }
}

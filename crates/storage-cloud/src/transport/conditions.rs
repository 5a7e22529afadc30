//! Conditions of requests (RFC 9110, 13.1), as headers of stores that take ETags.

use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue};
use storage_types::options::unquoted;
use storage_types::{Error, Operation, ReadOptions, Result, WriteMode};

/// A value for a header.
///
/// # Errors
///
/// `InvalidInput` for characters that no header can have, such as a line break (RFC 9110, 5.5).
pub fn header_value(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text)
        .map_err(|_| Error::invalid("a value for a header has characters that no header can have"))
}

/// An ETag as it stands in a header (RFC 9110, 8.8.3): in quotes, whether they were given or not. A weak one stays weak.
#[must_use]
pub fn quoted(etag: &str) -> String {
    if etag.starts_with("W/") { etag.to_owned() } else { format!("\"{}\"", unquoted(etag)) }
}

/// The conditions of a read. `If-None-Match` makes `If-Modified-Since` void (RFC 9110, 13.1.3), which then is not sent.
///
/// # Errors
///
/// `InvalidInput` for an ETag that cannot stand in a header.
pub fn read_conditions(headers: &mut HeaderMap, options: &ReadOptions) -> Result<()> {
    if let Some(etag) = &options.if_match {
        headers.insert(IF_MATCH, header_value(&quoted(etag))?);
    }
    if let Some(etag) = &options.if_none_match {
        headers.insert(IF_NONE_MATCH, header_value(&quoted(etag))?);
    } else if let Some(time) = options.if_modified_since {
        headers.insert(IF_MODIFIED_SINCE, header_value(&httpdate::fmt_http_date(time))?);
    }
    Ok(())
}

/// The condition of a write.
///
/// # Errors
///
/// `InvalidInput` for an ETag that cannot stand in a header.
pub fn write_condition(headers: &mut HeaderMap, mode: &WriteMode) -> Result<()> {
    match mode {
        WriteMode::Create => headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*")),
        WriteMode::IfMatch(etag) => headers.insert(IF_MATCH, header_value(&quoted(etag))?),
        _ => None,
    };
    Ok(())
}

/// What the failed condition of a write means (412, and 404 where nothing is there to match).
#[must_use]
pub fn failed_condition(mode: &WriteMode) -> Error {
    match mode {
        WriteMode::Create => Error::already_exists(),
        _ => Error::etag_differs(),
    }
}

/// What it means that an object is missing: there is nothing to match, or `copies` and the source is not there.
#[must_use]
pub fn missing(mode: &WriteMode, copies: bool) -> Error {
    match mode {
        _ if copies => Error::not_found().with_operation(Operation::Read),
        WriteMode::IfMatch(_) => Error::etag_of_nothing(),
        _ => Error::not_found(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use storage_types::ErrorKind;

    use super::*;

    #[test]
    fn etags_are_quoted_once_and_weak_ones_stay_weak() {
        assert_eq!(quoted("a"), "\"a\"");
        assert_eq!(quoted("\"a\""), "\"a\"");
        assert_eq!(quoted("W/\"a\""), "W/\"a\"");
    }

    #[test]
    fn a_tag_makes_a_time_void() -> Result<()> {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        let (mut with_tag, mut with_time) = (HeaderMap::new(), HeaderMap::new());
        read_conditions(&mut with_time, &ReadOptions::new().if_modified_since(time))?;
        assert_eq!(with_time[IF_MODIFIED_SINCE], "Thu, 01 Jan 1970 00:00:01 GMT");
        read_conditions(&mut with_tag, &ReadOptions::new().if_modified_since(time).if_none_match("a"))?;
        assert_eq!((with_tag.len(), with_tag[IF_NONE_MATCH].as_bytes()), (1, &b"\"a\""[..]));
        Ok(())
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_refused() {
        let error =
            write_condition(&mut HeaderMap::new(), &WriteMode::IfMatch("a\nb".to_owned())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(failed_condition(&WriteMode::Create).kind(), ErrorKind::AlreadyExists);
    }

    #[test]
    fn what_is_missing_is_the_source_of_a_copy() {
        let mode = WriteMode::IfMatch("a".to_owned());
        let (copy, write) = (missing(&mode, true), missing(&mode, false));
        assert_eq!((copy.kind(), copy.operation()), (ErrorKind::NotFound, Some(Operation::Read)));
        assert_eq!(write.kind(), ErrorKind::PreconditionFailed);
        assert_eq!(missing(&WriteMode::Create, false).kind(), ErrorKind::NotFound);
    }
}

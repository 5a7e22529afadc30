//! Status codes of failures.

use crate::error::{Error, ErrorKind};

/// The status code that tells a client about a failure (RFC 9110, section 15).
#[must_use]
pub fn status_of(error: &Error) -> u16 {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory => 404,
        ErrorKind::InvalidInput => 400,
        ErrorKind::PermissionDenied => 403,
        ErrorKind::NotModified => 304,
        ErrorKind::PreconditionFailed => 412,
        ErrorKind::Unsupported => 501,
        ErrorKind::RateLimited | ErrorKind::Interrupted => 503,
        ErrorKind::Timeout => 504,
        // Whose credentials the store refuses is the server, not its client.
        _ => 500,
    }
}

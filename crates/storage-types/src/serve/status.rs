//! Status codes of failures.

use crate::error::{Error, ErrorKind, Operation};

/// The status code that tells a client about a failure (RFC 9110, section 15).
///
/// What a client wants to read is either there or not (404); where it wants to write, a directory in the way is a conflict
/// (409), as in WebDAV (RFC 4918, 9.7.1). 412 says that something is there that was to be created (`If-None-Match: *`).
/// 401 stands for credentials that the store refuses: whoever sends it adds `WWW-Authenticate` (RFC 9110, 11.6.1). A wrong
/// configuration is 500, since no client can do anything about it.
#[must_use]
pub fn status_of(error: &Error) -> u16 {
    match error.kind() {
        ErrorKind::IsADirectory | ErrorKind::NotADirectory if changes(error.operation()) => 409,
        ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory => 404,
        ErrorKind::InvalidInput => 400,
        ErrorKind::Unauthenticated => 401,
        ErrorKind::PermissionDenied => 403,
        ErrorKind::NotModified => 304,
        // A directory that exists cannot be made again (RFC 4918, 9.3.1).
        ErrorKind::AlreadyExists if error.operation() == Some(Operation::CreateDir) => 405,
        ErrorKind::PreconditionFailed | ErrorKind::AlreadyExists => 412,
        ErrorKind::Unsupported => 501,
        ErrorKind::RateLimited | ErrorKind::Interrupted => 503,
        ErrorKind::Timeout => 504,
        // RFC 4918, 11.5
        ErrorKind::QuotaExceeded => 507,
        ErrorKind::Config | ErrorKind::Corrupted | ErrorKind::Unexpected => 500,
    }
}

/// Whether the call that failed was to change something.
fn changes(operation: Option<Operation>) -> bool {
    matches!(
        operation,
        Some(
            Operation::Write
                | Operation::Append
                | Operation::Delete
                | Operation::CreateDir
                | Operation::Copy
                | Operation::Move
                | Operation::SetMetadata
        )
    )
}

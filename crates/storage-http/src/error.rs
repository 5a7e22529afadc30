//! What the answers of web servers mean.

use storage_cloud::transport::{Failure, of_status};
use storage_types::{Error, ErrorKind};

/// A request that failed, with the answer if there was one.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) error: Error,
    pub(crate) failure: Option<Box<Failure>>,
}

impl Refused {
    /// The status of the answer; 0 when there is none.
    pub(crate) fn status(&self) -> u16 {
        self.failure.as_ref().map_or(0, |failure| failure.status)
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, failure: None }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

/// The error of an answer.
pub(crate) fn of_failure(failure: &Failure) -> Error {
    let error = of_status(failure.status);
    match failure.status {
        300..=303 | 305..=399 => Error::new(
            ErrorKind::Unexpected,
            format!("the server redirects, but not where to (HTTP status {})", failure.status),
        ),
        401 => error.with_hint("check `username` and `password`, or `bearer_token`, of the mount"),
        403 => error.with_hint("check what the server lets this user see"),
        407 => error.with_hint("check the name and password in HTTP_PROXY and HTTPS_PROXY"),
        _ => error,
    }
}

/// The content is not any more what it was when reading began.
pub(crate) fn changed() -> Error {
    Error::new(ErrorKind::Interrupted, "somebody replaced the content while it was read")
        .with_hint("read it again from the start")
        .with_retryable(false)
}

/// The server breaks the protocol.
pub(crate) fn protocol(what: &'static str) -> Error {
    Error::new(ErrorKind::Unexpected, what)
}

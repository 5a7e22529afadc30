//! Content that comes piece by piece from outside of the library.

use std::error::Error as StdError;
use std::io;

use bytes::Bytes;
use storage_types::{Error, ErrorKind, Result};

use crate::maybe_async;

/// Content in pieces, each asked for when the one before it is on its way.
#[maybe_async]
pub(crate) trait Pieces: Send {
    /// The next piece; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>>;
}

/// The error of whoever gives the pieces: its own where it is one of this library.
pub(crate) fn of_giver(error: Box<dyn StdError + Send + Sync>) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(error) => return *error,
        Err(error) => error,
    };
    match error.downcast::<io::Error>() {
        Ok(error) => Error::from_io(*error),
        Err(error) => {
            let message = format!("the content broke off before its end: {error}");
            Error::new(ErrorKind::Interrupted, message).with_retryable(false).with_source(error)
        }
    }
}

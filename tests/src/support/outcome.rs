//! How a trial ends: with `?` on everything that may fail.

use std::error::Error;
use std::fmt;
use std::panic::Location;

/// What a behaviour gives back.
pub type Outcome = Result<(), Failure>;

/// A call that should have succeeded, and where it stands.
pub struct Failure(String);

impl Failure {
    /// A failure that is no error of a call.
    #[track_caller]
    #[must_use]
    pub fn new(message: impl fmt::Display) -> Self {
        Self(format!("{}: {message}", Location::caller()))
    }
}

impl<E: Error> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        Self::new(chain(&error))
    }
}

/// The message of an error and of the causes below it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        text = format!("{text}\n  caused by: {cause}");
        below = cause.source();
    }
    text
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

//! Work that is found while it is done: the shape of `rt::for_each`.

use storage_types::Result;

use crate::maybe_async;

/// A pull-shaped sequence of work.
#[maybe_async]
pub(crate) trait Source: Send {
    /// One piece of work.
    type Item: Send;

    /// The next piece; `None` at the end.
    async fn next(&mut self) -> Result<Option<Self::Item>>;
}

/// What is done with each piece of work, several at once.
#[maybe_async]
pub(crate) trait Work<I: Send>: Sync {
    /// Does one piece; an error stops everything.
    async fn run(&self, item: I) -> Result<()>;
}

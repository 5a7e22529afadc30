//! The shelf, async.

pub(crate) use maybe_async::must_be_async as maybe_async;
pub(crate) use storage as api;
pub(crate) use storage_tests::asynchronous::suite::fixture;

pub(crate) const COLOUR: &str = "async";

#[path = "books.rs"]
pub(crate) mod books;
#[path = "shelf.rs"]
pub(crate) mod shelf;

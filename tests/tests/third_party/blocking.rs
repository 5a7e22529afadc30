//! The shelf, blocking.

pub(crate) use maybe_async::must_be_sync as maybe_async;
pub(crate) use storage::blocking as api;
pub(crate) use storage_tests::blocking::suite::fixture;

pub(crate) const COLOUR: &str = "blocking";

#[path = "books.rs"]
pub(crate) mod books;
#[path = "shelf.rs"]
pub(crate) mod shelf;

//! The shelf, async.

pub(crate) use maybe_async::must_be_async as maybe_async;
pub(crate) use storage as api;
pub(crate) use storage_tests::asynchronous::suite::fixture;

pub(crate) const NAME: &str = "shelf-async";

#[path = "shelf.rs"]
pub(crate) mod shelf;

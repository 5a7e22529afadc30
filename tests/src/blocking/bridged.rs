//! Async backends behind the bridge, for blocking callers.

use storage::blocking::bridge::to_blocking;

use super::rt::Place;
use super::suite::fixture::Fixture;
use super::suite::fixtures::Made;
use crate::asynchronous::suite::fixtures::{local_backend, memory_backend};

/// The async memory backend, called from `place`.
#[must_use]
pub fn memory(place: Place) -> impl Fixture {
    Made::new("bridged-memory", place, || Ok((to_blocking(memory_backend()), Box::new(()))))
}

/// The async local backend, called from `place`.
#[must_use]
pub fn local(place: Place) -> impl Fixture {
    Made::new("bridged-local", place, || {
        local_backend().map(|(backend, guard)| (to_blocking(backend), guard))
    })
}

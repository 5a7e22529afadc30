//! Blocking backends behind the bridge, for async callers.

use storage::blocking::bridge::to_async;

use super::rt::Place;
use super::suite::fixture::Fixture;
use super::suite::fixtures::Made;
use crate::blocking::suite::fixtures::{local_backend, memory_backend};

/// The blocking memory backend, called on a runtime of this kind.
#[must_use]
pub fn memory(place: Place) -> impl Fixture {
    Made::new("bridged-memory", place, || Ok((to_async(memory_backend()), Box::new(()))))
}

/// The blocking local backend, called on a runtime of this kind.
#[must_use]
pub fn local(place: Place) -> impl Fixture {
    Made::new("bridged-local", place, || local_backend().map(|(backend, guard)| (to_async(backend), guard)))
}

//! The behaviour suite of the storage library: what every backend does, in both colours.

#![expect(clippy::duplicate_mod, reason = "one source for both colours")]

pub mod asynchronous;
pub mod blocking;
pub mod support;

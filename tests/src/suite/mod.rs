//! The behaviours, written once. Each file is about one capability.
//!
//! `super` is the colour: what it means to be async, the API under test, and how trials run.

pub(crate) use super::{api, maybe_async, rt};

pub mod fixture;
pub mod fixtures;
pub mod stage;
#[macro_use]
mod trials;

mod paths;
mod read;

use std::sync::Arc;

use libtest_mimic::Trial;

use self::fixture::Fixture;
use self::trials::Behaviour;

/// Everything that a backend has to do, as far as its `Capabilities` go.
#[must_use]
pub fn trials(fixture: impl Fixture) -> Vec<Trial> {
    trials::of(Arc::new(fixture), behaviours())
}

fn behaviours() -> Vec<Behaviour> {
    [paths::behaviours(), read::behaviours()].into_iter().flatten().collect()
}

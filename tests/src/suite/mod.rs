//! The behaviours, written once. Each file is about one capability.
//!
//! `super` is the colour: what it means to be async, the API under test, and how trials run.

pub(crate) use super::{api, maybe_async, rt};

pub mod fixture;
pub mod fixtures;
pub mod stage;
#[macro_use]
mod trials;

mod conditions;
mod copy;
mod data_uri;
mod delete;
mod directories;
mod listing;
mod metadata;
mod move_;
mod paths;
mod read;
mod relative;
mod skip;
mod symlinks;
mod transfer;
mod urls;
mod versions;
mod write;

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
    let hierarchical = [
        paths::behaviours(),
        read::behaviours(),
        write::behaviours(),
        conditions::behaviours(),
        delete::behaviours(),
        directories::behaviours(),
        listing::behaviours(),
        metadata::behaviours(),
        versions::behaviours(),
        urls::behaviours(),
        symlinks::behaviours(),
        relative::behaviours(),
        copy::behaviours(),
        skip::behaviours(),
        transfer::behaviours(),
        move_::behaviours(),
    ];
    // Behaviours are prepared by writing, and read to be checked.
    let all = hierarchical.into_iter().flatten();
    let all = all.map(|behaviour| behaviour.needs(|can| can.read && can.write && !can.opaque_paths));
    all.chain(data_uri::behaviours()).collect()
}

//! The suite for `storage::blocking`: the same behaviours as plain functions.

pub(crate) use maybe_async::must_be_sync as maybe_async;
pub use storage::blocking as api;

/// A behaviour as a function. The macro has another body in the other colour.
macro_rules! body {
    ($function:path) => {
        ::std::sync::Arc::new(|stage: ::std::sync::Arc<$crate::blocking::suite::stage::Stage>| {
            $function(&stage)
        })
    };
}

pub mod bridged;
pub mod rt;
#[macro_use]
#[path = "../suite/mod.rs"]
pub mod suite;

mod traits;

use self::suite::trials;

/// What only this colour has to show.
fn own_behaviours() -> Vec<trials::Behaviour> {
    traits::behaviours()
}

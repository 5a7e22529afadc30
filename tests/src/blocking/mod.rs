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
#[path = "../suite/mod.rs"]
pub mod suite;

//! The suite for `storage`: every behaviour is an async function, run on tokio.

pub(crate) use maybe_async::must_be_async as maybe_async;
pub use storage as api;

/// A behaviour as a boxed function. The macro has another body in the other colour.
macro_rules! body {
    ($function:path) => {
        ::std::sync::Arc::new(|stage: ::std::sync::Arc<$crate::asynchronous::suite::stage::Stage>| {
            ::std::boxed::Box::pin(async move { $function(&stage).await })
                as $crate::asynchronous::rt::Boxed<$crate::support::outcome::Outcome>
        })
    };
}

pub mod bridged;
pub mod proxied;
pub mod rt;
#[macro_use]
#[path = "../suite/mod.rs"]
pub mod suite;

mod dropped;
mod dropped_calls;
mod traits;

use self::suite::trials;

/// What only this colour has to show.
fn own_behaviours() -> Vec<trials::Behaviour> {
    [dropped::behaviours(), dropped_calls::behaviours(), traits::behaviours()].into_iter().flatten().collect()
}

//! The cases with the manager of `storage`.

use storage as api;

#[path = "cases.rs"]
mod cases;
#[path = "provider.rs"]
mod provider;

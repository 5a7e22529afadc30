//! The cases with the manager of `storage::blocking`.

use storage::blocking as api;

#[path = "cases.rs"]
mod cases;
#[path = "provider.rs"]
mod provider;

//! Mounts of web servers that behave, and of such that do not.

#![expect(clippy::unwrap_used, reason = "tests may fail by panicking, their helpers too")]

mod content;
mod faults;
mod fetching;
mod listing;
mod redirects;
mod server;

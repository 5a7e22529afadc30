//! The tests across crates, in one program: `cargo test -p storage-tests --test it -- large::`.
//!
//! Those of clouds need the servers: `cargo xtask servers up`.

#![expect(clippy::duplicate_mod, reason = "one source for both colours")]

mod api;
mod checksums;
mod configuration;
mod diagnosed;
mod faults;
mod faults_stores;
mod habits;
mod interop;
mod large;
mod native;
mod presigned;
mod ranges;
mod requests;
mod runtimes;
mod seeking;
mod slow_disk;

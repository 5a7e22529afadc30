//! The command line as users meet it: whole outputs and exit codes of the real program.
//!
//! `SNAPSHOTS=overwrite cargo test -p storage-cli` brings the snapshots up to date; read the difference before you
//! believe it.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

#[macro_use]
mod support;

mod addresses;
mod archives;
mod cat;
mod check;
mod concat_diff;
mod config;
mod cp;
mod disk_full;
mod du;
mod exec;
mod exit_codes;
mod faults;
mod find;
mod hash;
mod help;
mod interrupt;
mod json;
mod killed;
mod ls;
mod md5;
mod mounts;
mod mv;
mod pipes;
mod put;
mod resume;
mod rm_mkdir;
mod round_trip;
mod stat_url;
mod sync;
mod terminal;
mod tree;
mod watch;
mod zip;

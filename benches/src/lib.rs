//! Benchmarks of the storage library beside the standard library, OpenDAL and object_store.
//!
//! Started by `cargo xtask bench NAME`, which builds with the `bench` profile. All of it is a library, so that it can be
//! linked a second time with an allocator that counts.
//!
//! # Layout
//!
//! - [`args`]: the command line; [`op`] and [`scale`]: what is measured and how often.
//! - [`contenders`]: one file per library and colour, all behind one trait.
//! - [`stage`]: the files that the operations work on, and what is done untimed before each.
//! - [`local`]: the benchmark `local`, one module per part; [`cloud`]: the benchmark `cloud`;
//!   [`transfer`]: the benchmark `transfer`; [`builds`]: the benchmark `builds`.
//! - [`child`]: what is measured in a process of its own: CPU time, memory, system calls.
//! - [`targets`]: what has to hold; [`order`]: whose turn it is; [`table`], [`report`], [`machine`]: what is printed and kept.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a benchmark talks to the person who started it")]
#![expect(clippy::print_stderr, reason = "progress does not belong into the output that is kept")]
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that fails half-way has no result; the panic says where"
)]

mod args;
mod builds;
mod child;
mod cloud;
mod contenders;
mod local;
mod machine;
mod measure;
mod op;
mod order;
mod process;
mod report;
mod results;
mod scale;
mod stage;
mod table;
mod targets;
mod transfer;
mod units;

use clap::Parser;

use crate::args::{Benchmark, Cli};

/// Runs the benchmark that the command line names. `allocations` counts those of this process so far, where its allocator
/// does.
pub fn run(allocations: Option<fn() -> u64>) {
    match Cli::parse().benchmark {
        Benchmark::Local(options) => local::run(&options),
        Benchmark::Cloud(options) => cloud::run(&options),
        Benchmark::Transfer(options) => transfer::run(&options),
        Benchmark::Builds(options) => builds::run(&options),
        Benchmark::Child(part) => child::run(&part, allocations),
    }
}

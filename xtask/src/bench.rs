//! `cargo xtask bench`: the benchmarks, optimised as users' builds are.

use crate::Outcome;
use crate::cargo::{cargo, run as run_cargo};
use crate::cli::BenchArgs;

/// Builds the benchmarks with the `bench` profile and runs the named one.
pub(crate) fn run(args: &BenchArgs) -> Outcome {
    let mut command = cargo(["run", "--profile", "bench", "-p", "storage-benches", "--"]);
    command.arg(&args.name).args(&args.rest);
    run_cargo(command)
}

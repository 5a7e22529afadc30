//! `cargo xtask bench`: the benchmarks, optimised as users' builds are.

use crate::Outcome;
use crate::cargo::{cargo, run as run_cargo};
use crate::cli::BenchArgs;

/// The package, and its binary that takes the name of a benchmark; its other binaries are started by that one.
const PACKAGE: &str = "storage-benches";

/// Builds the benchmarks with the `bench` profile and runs the named one.
pub(crate) fn run(args: &BenchArgs) -> Outcome {
    let mut command = cargo(["run", "--profile", "bench", "-p", PACKAGE, "--bin", PACKAGE, "--"]);
    command.arg(&args.name).args(&args.rest);
    run_cargo(command)
}

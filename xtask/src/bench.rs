//! `cargo xtask bench`: the benchmarks, optimised as users' builds are.

use crate::Outcome;
use crate::cargo::{cargo, run as run_cargo};
use crate::cli::BenchArgs;
use crate::interrupt;
use crate::servers::{self, Lease};

/// The package, and its binary that takes the name of a benchmark; its other binaries are started by that one.
const PACKAGE: &str = "storage-benches";

/// The benchmarks that talk to the test servers.
const ON_SERVERS: [&str; 2] = ["cloud", "transfer"];

/// The variable that names the `servers.json` of running servers.
const SERVERS_VARIABLE: &str = "STORAGE_TEST_SERVERS";

/// Builds the benchmarks with the `bench` profile and runs the named one.
pub(crate) fn run(args: &BenchArgs) -> Outcome {
    let mut command = cargo(["run", "--profile", "bench", "-p", PACKAGE, "--bin", PACKAGE, "--"]);
    command.arg(&args.name).args(&args.rest);
    if !ON_SERVERS.contains(&args.name.as_str()) || servers::are_named(SERVERS_VARIABLE) {
        return run_cargo(command);
    }
    interrupt::watch()?;
    let lease = Lease::take()?;
    command.env(SERVERS_VARIABLE, lease.connections());
    run_cargo(command)
}

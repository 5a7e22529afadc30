//! `cargo xtask test`: every runner of the workspace, and one sum over all of them.
//!
//! # Layout
//!
//! - [`units`]: unit, integration and doc tests, with nextest where it is installed.
//! - [`behaviours`]: the behaviour suite, two mains per colour; [`selection`]: a part of it.
//! - [`libtest`], [`nextest`]: what the runners print.
//! - [`report`]: counts, the table per backend and colour, the closing line.

mod behaviours;
mod libtest;
mod nextest;
mod report;
mod selection;
mod units;

use std::process::Command;

use crate::Outcome;
use crate::cargo::cargo;
use crate::cli::TestArgs;
use crate::interrupt;
use crate::servers::{self, Lease};
pub(crate) use crate::test::report::Report;

/// All that is tested. The benchmarks have no tests, and their peers take minutes to build.
const WORKSPACE: [&str; 3] = ["--workspace", "--exclude", "storage-benches"];

/// The variable with which the long tests run with their full counts.
const FULL_VARIABLE: &str = "STORAGE_TEST_FULL";

/// The variable that names the `servers.json` of running servers.
const SERVERS_VARIABLE: &str = "STORAGE_TEST_SERVERS";

/// Runs what the options choose and prints the report.
pub(crate) fn run(args: &TestArgs) -> Outcome {
    let tests = if args.is_selection() { behaviours::selected } else { everything };
    Ok(with_servers(args, tests)?.print())
}

/// Runs tests with the servers up. Those that were not up before are down afterwards, whatever the tests did.
pub(crate) fn with_servers(
    args: &TestArgs,
    tests: impl Fn(&TestArgs) -> Result<Report, String>,
) -> Result<Report, String> {
    if args.no_servers || servers::are_named(SERVERS_VARIABLE) {
        return tests(args);
    }
    interrupt::watch()?;
    let lease = Lease::take()?;
    let report = tests(&TestArgs { servers: Some(lease.connections()), ..args.clone() })?;
    interrupt::check()?;
    Ok(report)
}

/// Runs all tests of the workspace.
pub(crate) fn everything(args: &TestArgs) -> Result<Report, String> {
    let mut report = Report::default();
    units::run(args, &mut report)?;
    behaviours::all(args, &mut report)?;
    Ok(report)
}

/// `cargo test` with these arguments, of the whole workspace: a part of it would build the dependencies again with other features.
fn test_command(args: &TestArgs, cargo_args: &[&str]) -> Command {
    with_environment(args, cargo(["test"].iter().chain(&WORKSPACE).chain(cargo_args).copied()))
}

/// The environment that the options ask for.
fn with_environment(args: &TestArgs, mut command: Command) -> Command {
    if args.full {
        command.env(FULL_VARIABLE, "1");
    }
    if let Some(servers) = &args.servers {
        command.env(SERVERS_VARIABLE, servers);
    }
    command
}

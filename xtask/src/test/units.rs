//! Unit, integration and doc tests.

use crate::cargo::{cargo, works};
use crate::cli::TestArgs;
use crate::stream;
use crate::test::libtest::Tally;
use crate::test::report::{Counts, Report};
use crate::test::{WORKSPACE, behaviours, nextest, test_command, with_environment};
use crate::workspace::{Package, Workspace};

/// Runs all of them. The mains of the behaviour suite are left to [`behaviours`], so that each runs once.
pub(crate) fn run(args: &TestArgs, report: &mut Report) -> Result<(), String> {
    if works(cargo(["nextest", "--version"])) {
        with_nextest(args, report)?;
    } else {
        with_libtest(args, report)?;
    }
    if !args.quick {
        doc_tests(args, report)?;
    }
    Ok(())
}

/// One process per test, in parallel over all binaries.
fn with_nextest(args: &TestArgs, report: &mut Report) -> Result<(), String> {
    let run = cargo(["nextest", "run"].iter().chain(&WORKSPACE).copied());
    let mut command = with_environment(args, run);
    command.args(["--no-fail-fast", "--filterset", &not_behaviours()]);
    let mut counts = Counts::default();
    let succeeded = stream::run(command, |line| {
        if let Some(summary) = nextest::summary(line) {
            counts = summary;
        }
    })?;
    report.add("unit and integration tests", succeeded, counts);
    Ok(())
}

fn not_behaviours() -> String {
    let mains: Vec<_> = behaviours::mains().map(|main| format!("not binary(={main})")).collect();
    mains.join(" and ")
}

/// For machines without nextest: every target but the mains of the suite is named.
fn with_libtest(args: &TestArgs, report: &mut Report) -> Result<(), String> {
    let workspace = Workspace::load()?;
    let mut command = test_command(args, &["--lib", "--bins", "--no-fail-fast"]);
    command.args(workspace.packages.iter().flat_map(tests_of).flat_map(|name| ["--test", name]));
    tallied("unit and integration tests", command, report)
}

/// The test targets of a package, but for the mains of the suite.
fn tests_of(package: &Package) -> impl Iterator<Item = &str> {
    let tests = package.targets.iter().filter(|target| target.is("test")).map(|target| target.name.as_str());
    tests.filter(|name| behaviours::mains().all(|main| main != *name))
}

fn doc_tests(args: &TestArgs, report: &mut Report) -> Result<(), String> {
    tallied("doc tests", test_command(args, &["--doc", "--no-fail-fast"]), report)
}

fn tallied(name: &str, command: std::process::Command, report: &mut Report) -> Result<(), String> {
    let mut tally = Tally::default();
    let succeeded = stream::run(command, |line| {
        tally.line(line);
    })?;
    report.add(name, succeeded, tally.counts());
    Ok(())
}

//! Unit, integration and doc tests.

use crate::cargo::{cargo, works};
use crate::cli::TestArgs;
use crate::stream;
use crate::test::libtest::Tally;
use crate::test::report::{Counts, Report};
use crate::test::{BENCHES_PACKAGE, TESTS_PACKAGE, behaviours, nextest, test_command};
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
    let mut command = test_command(args, &["nextest", "run", "--workspace", "--exclude", BENCHES_PACKAGE]);
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

/// For machines without nextest. The package with the behaviour mains is run by naming its other targets.
fn with_libtest(args: &TestArgs, report: &mut Report) -> Result<(), String> {
    let most = ["test", "--workspace", "--exclude", BENCHES_PACKAGE, "--exclude", TESTS_PACKAGE];
    let mut command = test_command(args, &most);
    command.args(["--tests", "--no-fail-fast"]);
    tallied("unit and integration tests", command, report)?;
    let workspace = Workspace::load()?;
    let Some(targets) =
        workspace.package(TESTS_PACKAGE).map(other_targets).filter(|targets| !targets.is_empty())
    else {
        return Ok(());
    };
    let mut command = test_command(args, &["test", "-p", TESTS_PACKAGE, "--no-fail-fast"]);
    command.args(targets);
    tallied("tests across crates", command, report)
}

/// The arguments that name every test target but the behaviour mains.
fn other_targets(package: &Package) -> Vec<String> {
    let mains: Vec<_> = behaviours::mains().collect();
    let mut arguments = Vec::new();
    for target in &package.targets {
        if target.is("lib") {
            arguments.push("--lib".to_owned());
        } else if target.is("test") && !mains.contains(&target.name.as_str()) {
            arguments.extend(["--test".to_owned(), target.name.clone()]);
        }
    }
    arguments
}

/// Binaries have no doc tests, and the benchmarks are not built here.
fn doc_tests(args: &TestArgs, report: &mut Report) -> Result<(), String> {
    let mut command = test_command(args, &["test", "--doc", "--workspace", "--no-fail-fast"]);
    command.args(["--exclude", BENCHES_PACKAGE, "--exclude", "storage-cli", "--exclude", "xtask"]);
    tallied("doc tests", command, report)
}

fn tallied(name: &str, command: std::process::Command, report: &mut Report) -> Result<(), String> {
    let mut tally = Tally::default();
    let succeeded = stream::run(command, |line| {
        tally.line(line);
    })?;
    report.add(name, succeeded, tally.counts());
    Ok(())
}

//! `cargo xtask ci`: everything that a change must pass.
//!
//! All steps run, so one look at the output shows all that is wrong. The tests come last: the last line is theirs.

use crate::Outcome;
use crate::cargo::{cargo, run as run_cargo};
use crate::cli::{CiArgs, FeaturesArgs, TestArgs, TidyArgs};
use crate::{features, test, tidy};

/// A step, how to repair or repeat it, and whether it held.
struct Step {
    name: &'static str,
    repair: &'static str,
    outcome: Outcome,
}

/// Runs the steps, then the tests, and names what failed before the closing totals.
pub(crate) fn run(args: &CiArgs) -> Outcome {
    let steps = checks(args);
    let tests =
        TestArgs { quick: args.quick, full: args.full, no_servers: args.no_servers, ..TestArgs::default() };
    let tests = test::with_servers(&tests, test::everything);
    heading("result");
    for step in &steps {
        report(step);
    }
    let tests_held = tests?.print();
    Ok(tests_held && steps.iter().all(|step| step.outcome == Ok(true)))
}

fn checks(args: &CiArgs) -> Vec<Step> {
    let mut steps = vec![
        step("formatting", "cargo fmt --all && cargo fmt --manifest-path fuzz/Cargo.toml", format_check),
        step("clippy", "cargo clippy --workspace --all-targets", || clippy(args.benches)),
        step("tidy", "cargo xtask tidy", || tidy::run(&TidyArgs { full: args.full })),
        step("docs", "RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps", docs),
    ];
    if !args.skip_features {
        let every = FeaturesArgs::default();
        steps.push(step("features", "cargo xtask features", || features::run(&every)));
    }
    steps
}

fn step(name: &'static str, repair: &'static str, task: impl FnOnce() -> Outcome) -> Step {
    heading(name);
    Step { name, repair, outcome: task() }
}

/// The fuzz targets are a workspace of their own.
fn format_check() -> Outcome {
    let ours = run_cargo(cargo(["fmt", "--all", "--check"]))?;
    let fuzz = run_cargo(cargo(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]))?;
    Ok(ours && fuzz)
}

fn clippy(benches: bool) -> Outcome {
    let mut command = cargo(["clippy", "--workspace", "--all-targets"]);
    if !benches {
        command.args(["--exclude", "storage-benches"]);
    }
    command.args(["--", "-D", "warnings"]);
    run_cargo(command)
}

/// The binary is left out: it has no API, and its name is that of the facade, whose pages it would overwrite.
fn docs() -> Outcome {
    let mut command = cargo(["doc", "--workspace", "--no-deps"]);
    command.args(["--exclude", "storage-benches", "--exclude", "storage-cli"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    run_cargo(command)
}

fn heading(name: &str) {
    println!("\n== {name}");
}

fn report(step: &Step) {
    match &step.outcome {
        Ok(true) => println!("{:<11} ok", step.name),
        Ok(false) => println!("{:<11} FAILED, see above; hint: {}", step.name, step.repair),
        Err(message) => println!("{:<11} FAILED: {message}", step.name),
    }
}

//! `cargo xtask tidy`: rules of the workspace that the compiler does not check.
//!
//! Every check runs, and every finding is printed with what to do about it.
//!
//! # Layout
//!
//! One file per rule: [`arrows`], [`circles`], [`runtime`], [`twin`], [`package`], [`manifest`], [`oldest`], [`headers`],
//! [`names`], [`unsafe_code`], [`reasons`]. [`source`] tells code from comments and literals, [`paths`] finds the paths in it.

mod arrows;
mod circles;
mod headers;
mod manifest;
mod names;
mod oldest;
mod package;
mod paths;
mod reasons;
mod runtime;
mod source;
mod twin;
mod unsafe_code;

use crate::Outcome;
use crate::cli::TidyArgs;
use crate::workspace::Workspace;

/// A rule that does not hold somewhere.
#[derive(Debug)]
struct Finding {
    /// The file or the package.
    place: String,
    /// What is wrong there.
    message: String,
    /// A command to type, or what to change.
    repair: String,
}

/// What a check found, or why it could not look.
type Findings = Result<Vec<Finding>, String>;

/// The folders with source of our own, below the root.
const SOURCES: [&str; 5] = ["crates", "tests", "benches", "xtask", "fuzz"];

/// The crate whose `dual/` is the source of both colours, and the crate that links to it.
const DUAL_OWNER: &str = "crates/storage-core/src/dual";
const DUAL_LINK: &str = "crates/storage-blocking/src/dual";

/// A rule in a few words, and the check.
type Check = (&'static str, fn(&Workspace) -> Findings);

const CHECKS: [Check; 12] = [
    ("dependency arrows go one way", arrows::check),
    ("no circles of imports", circles::check),
    ("no async runtime where none belongs", runtime::check),
    ("one source for both colours", twin::check),
    ("the blocking package contains the shared source", package::check),
    ("every crate has what a registry shows", manifest::check),
    ("every crate can be packaged", package::packaged),
    ("no crate wants a newer Rust than it says", oldest::check),
    ("every file says what it is", headers::check),
    ("no forbidden names", names::check),
    ("no unsafe code", unsafe_code::check),
    ("every dependency has a reason", reasons::check),
];

/// Takes minutes, so it runs with `--full` only.
const LONG: Check = ("every crate builds from its package", package::built);

/// Runs the checks; whether all rules hold.
pub(crate) fn run(args: &TidyArgs) -> Outcome {
    let workspace = Workspace::load()?;
    let mut clean = true;
    for (rule, check) in CHECKS.into_iter().chain(args.full.then_some(LONG)) {
        clean &= report(rule, check(&workspace));
    }
    Ok(clean)
}

fn report(rule: &str, findings: Findings) -> bool {
    match findings {
        Ok(findings) if findings.is_empty() => {
            println!("ok      {rule}");
            true
        }
        Ok(findings) => {
            println!("FAILED  {rule}");
            findings.iter().for_each(print);
            false
        }
        Err(message) => {
            println!("FAILED  {rule}: {message}");
            false
        }
    }
}

fn print(finding: &Finding) {
    let Finding { place, message, repair } = finding;
    println!("  {place}: {message}\n    hint: {repair}");
}

//! `cargo xtask features`: any single feature builds, and so does none.
//!
//! Features only add API. A module that forgets its `#[cfg]` still builds with all features together, so each
//! one is checked alone.

use crate::Outcome;
use crate::cargo::{cargo, run as run_cargo, shown};
use crate::cli::FeaturesArgs;
use crate::workspace::{Package, Workspace};

/// The crates whose features a user chooses.
const LIBRARIES: [&str; 4] = ["storage-types", "storage-core", "storage-blocking", "storage"];

/// Checks every feature of every library crate, and names those that do not build.
pub(crate) fn run(args: &FeaturesArgs) -> Outcome {
    let workspace = Workspace::load()?;
    let mut broken = Vec::new();
    for package in chosen(&workspace, &args.package)? {
        check(package, &mut broken)?;
    }
    for command in &broken {
        eprintln!("error: does not build: `{command}`");
    }
    Ok(broken.is_empty())
}

fn chosen<'w>(workspace: &'w Workspace, names: &[String]) -> Result<Vec<&'w Package>, String> {
    if names.is_empty() {
        return Ok(LIBRARIES.iter().filter_map(|name| workspace.package(name)).collect());
    }
    let find = |name: &String| {
        workspace.package(name).ok_or_else(|| format!("no package `{name}` in the workspace"))
    };
    names.iter().map(find).collect()
}

fn check(package: &Package, broken: &mut Vec<String>) -> Result<(), String> {
    for feature in std::iter::once(None).chain(package.single_features().map(Some)) {
        let mut command = cargo(["check", "--quiet", "-p", &package.name, "--no-default-features"]);
        if let Some(feature) = feature {
            command.args(["--features", feature]);
        }
        let name = shown(&command);
        if !run_cargo(command)? {
            broken.push(name);
        }
    }
    Ok(())
}

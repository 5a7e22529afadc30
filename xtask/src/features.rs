//! `cargo xtask features`: any single feature builds, and so does none; so do the combinations that meet in the facade.
//!
//! Features only add API. A module that forgets its `#[cfg]` still builds with all features together, so each
//! one is checked alone.

use crate::Outcome;
use crate::cargo::{cargo, run as run_cargo, shown};
use crate::cli::FeaturesArgs;
use crate::workspace::{CLOUDS, FACADE, Package, Workspace};

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
        return Ok(workspace
            .packages
            .iter()
            .filter(|it| it.is_library() && workspace.is_published(it))
            .collect());
    }
    let find = |name: &String| {
        workspace.package(name).ok_or_else(|| format!("no package `{name}` in the workspace"))
    };
    names.iter().map(find).collect()
}

fn check(package: &Package, broken: &mut Vec<String>) -> Result<(), String> {
    for features in selections(package) {
        let mut command = cargo(["check", "--quiet", "-p", &package.name, "--no-default-features"]);
        if !features.is_empty() {
            command.args(["--features", &features.join(",")]);
        }
        let name = shown(&command);
        if !run_cargo(command)? {
            broken.push(name);
        }
    }
    Ok(())
}

/// None, each one alone, and for the facade also all together and each cloud and SDK for a blocking program.
fn selections(package: &Package) -> Vec<Vec<&str>> {
    let all: Vec<_> = package.single_features().collect();
    let mut selections = vec![Vec::new()];
    selections.extend(all.iter().map(|feature| vec![*feature]));
    if package.name == FACADE {
        let clouds = all.iter().filter(|name| CLOUDS.contains(&name.strip_suffix("-sdk").unwrap_or(name)));
        selections.extend(clouds.map(|cloud| vec!["blocking", *cloud]));
        selections.push(all);
    }
    selections
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn package(name: &str) -> Package {
        let features = ["async", "blocking", "default", "s3"].map(str::to_owned).to_vec();
        let (dependencies, targets, json) = (Vec::new(), Vec::new(), serde_json::Value::Null);
        Package { name: name.to_owned(), manifest: PathBuf::new(), dependencies, features, targets, json }
    }

    #[test]
    fn features_meet_in_the_facade() {
        let alone = vec![vec![], vec!["async"], vec!["blocking"], vec!["s3"]];
        assert_eq!(selections(&package("storage-core")), alone);
        let together = vec![vec!["blocking", "s3"], vec!["async", "blocking", "s3"]];
        assert_eq!(selections(&package(FACADE)), [alone, together].concat());
    }
}

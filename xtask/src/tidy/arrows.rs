//! Dependency arrows: `types <- core <- blocking`, clouds on the core and on what they share, the facade on all of
//! them, the command line on the facade.

use crate::tidy::{Finding, Findings};
use crate::workspace::{Dependency, FACADE, Kind, Package, Workspace, is_cloud};

/// What a published crate may depend on, besides crates of others. Tests may use anything.
struct Arrows {
    from: &'static str,
    to: &'static [&'static str],
    /// Allowed behind a cargo feature only.
    optional_to: &'static [&'static str],
}

/// Either colour of the facade is a choice, and so is every cloud.
const ARROWS: [Arrows; 6] = [
    Arrows { from: "storage-types", to: &[], optional_to: &[] },
    Arrows { from: "storage-core", to: &["storage-types"], optional_to: &[] },
    Arrows { from: "storage-blocking", to: &["storage-types"], optional_to: &["storage-core"] },
    Arrows { from: "storage-cloud", to: &["storage-core", "storage-types"], optional_to: &[] },
    Arrows { from: FACADE, to: &["storage-types", "storage-core", "storage-blocking"], optional_to: &[] },
    Arrows { from: "storage-cli", to: &[FACADE], optional_to: &[] },
];

/// Of every cloud.
const OF_CLOUDS: Arrows =
    Arrows { from: "a cloud", to: &["storage-cloud", "storage-core", "storage-types"], optional_to: &[] };

/// Compares the manifests with the table.
pub(crate) fn check(workspace: &Workspace) -> Findings {
    let published = workspace.packages.iter().filter(|package| workspace.is_published(package));
    Ok(published.flat_map(|package| findings_of(workspace, package)).collect())
}

fn findings_of(workspace: &Workspace, package: &Package) -> Vec<Finding> {
    let place = workspace.relative(&package.manifest);
    let declared = ARROWS.iter().find(|arrows| arrows.from == package.name);
    let Some(arrows) = declared.or_else(|| is_cloud(&package.name).then_some(&OF_CLOUDS)) else {
        return vec![undeclared(place)];
    };
    let ours = package.dependencies.iter().filter(|it| it.kind != Kind::Dev && workspace.has(&it.name));
    ours.filter_map(|dependency| forbidden(arrows, dependency, &place)).collect()
}

fn forbidden(arrows: &Arrows, dependency: &Dependency, place: &str) -> Option<Finding> {
    let name = dependency.name.as_str();
    let a_choice = arrows.optional_to.contains(&name) || (arrows.from == FACADE && is_cloud(name));
    if arrows.to.contains(&name) || (dependency.optional && a_choice) {
        return None;
    }
    let repair = if a_choice {
        "add `optional = true` and a feature that turns it on".to_owned()
    } else {
        format!("remove `{name}`, or move what is needed to a crate both may use")
    };
    let message = format!("`{}` must not depend on `{name}`", arrows.from);
    Some(Finding { place: place.to_owned(), message, repair })
}

fn undeclared(place: String) -> Finding {
    Finding {
        place,
        message: "this crate has no place among the arrows".to_owned(),
        repair: "add it to `ARROWS` in xtask/src/tidy/arrows.rs and to ARCHITECTURE.md".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(from: &str, name: &str, optional: bool) -> bool {
        let dependency = Dependency { name: name.to_owned(), kind: Kind::Normal, optional };
        ARROWS.iter().any(|it| it.from == from && forbidden(it, &dependency, "Cargo.toml").is_none())
    }

    fn blocking_on(name: &str, optional: bool) -> bool {
        allowed("storage-blocking", name, optional)
    }

    #[test]
    fn clouds_are_a_choice_of_the_facade() {
        assert!(allowed(FACADE, "storage-s3", true));
        assert!(!allowed(FACADE, "storage-s3", false));
        assert!(!allowed("storage-core", "storage-s3", true));
    }

    #[test]
    fn the_blocking_crate_has_the_async_one_behind_a_feature_only() {
        assert!(blocking_on("storage-types", false));
        assert!(blocking_on("storage-core", true));
        assert!(!blocking_on("storage-core", false));
        assert!(!blocking_on("xtask", true));
    }
}

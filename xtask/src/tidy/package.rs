//! What cargo would publish: every crate can be packaged, and the blocking crate contains the source behind the link.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::cargo::{capture, cargo, shown};
use crate::files;
use crate::tidy::{DUAL_OWNER, Finding, Findings};
use crate::workspace::Workspace;

const PACKAGE: &str = "storage-blocking";

/// Packages all published crates together, because they depend on each other. Finding versions for ten lock files takes
/// half a minute, and shows nothing that the lock file of the workspace does not.
pub(crate) fn packaged(workspace: &Workspace) -> Findings {
    let mut command = package(workspace);
    command.args(["--quiet", "--no-verify", "--exclude-lockfile"]);
    Ok(unpackaged(command))
}

/// The same, and builds what was packaged as a user would: minutes.
pub(crate) fn built(workspace: &Workspace) -> Findings {
    Ok(unpackaged(package(workspace)))
}

fn package(workspace: &Workspace) -> Command {
    let published = workspace.packages.iter().filter(|package| workspace.is_published(package));
    let mut command = cargo(["package", "--allow-dirty"]);
    published.for_each(|package| {
        command.args(["-p", &package.name]);
    });
    command
}

fn unpackaged(command: Command) -> Vec<Finding> {
    let repair = shown(&command);
    let failed = capture(command).err();
    let finding = |message| Finding { place: "cargo package".to_owned(), message, repair: repair.clone() };
    failed.map(finding).into_iter().collect()
}

/// Compares cargo's list of the package's files with the files of the shared source.
pub(crate) fn check(workspace: &Workspace) -> Findings {
    if !workspace.has(PACKAGE) {
        return Ok(Vec::new());
    }
    let listed = capture(cargo(["package", "--list", "--allow-dirty", "-p", PACKAGE]))?;
    let listed: BTreeSet<_> = listed.lines().map(|line| line.replace('\\', "/")).collect();
    let expected = expected(&workspace.root.join(DUAL_OWNER))?;
    Ok(expected.into_iter().filter(|name| !listed.contains(name)).map(finding).collect())
}

/// `src/dual/mod.rs`, whether or not it exists, and everything that does.
fn expected(dual: &Path) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::from(["src/dual/mod.rs".to_owned()]);
    for path in files::below(dual)? {
        if let Ok(name) = path.strip_prefix(dual) {
            names.insert(format!("src/dual/{}", name.display()).replace('\\', "/"));
        }
    }
    Ok(names)
}

fn finding(name: String) -> Finding {
    Finding {
        place: name,
        message: format!("is not in the package of `{PACKAGE}`"),
        repair: format!(
            "cargo package --list --allow-dirty -p {PACKAGE}; look at `include`, `exclude` and the link"
        ),
    }
}

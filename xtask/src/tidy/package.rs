//! What cargo would publish of the blocking crate contains the source behind the link, so that it builds for users.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cargo::{capture, cargo};
use crate::files;
use crate::tidy::{DUAL_OWNER, Finding, Findings};
use crate::workspace::Workspace;

const PACKAGE: &str = "storage-blocking";

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

//! Every crate forbids unsafe code: in its root file, or by taking the lints of the workspace.

use crate::files;
use crate::tidy::source::code_only;
use crate::tidy::{Finding, Findings};
use crate::workspace::{Package, Target, Workspace};

const FORBIDDEN: &str = "#![forbid(unsafe_code)]";

/// Looks at the manifests and at the root files of libraries and binaries.
pub(crate) fn check(workspace: &Workspace) -> Findings {
    let mut findings = Vec::new();
    for package in &workspace.packages {
        if !takes_workspace_lints(&files::text(&package.manifest)?) {
            findings.extend(unguarded_roots(workspace, package)?);
        }
    }
    Ok(findings)
}

fn unguarded_roots(workspace: &Workspace, package: &Package) -> Findings {
    let mut findings = Vec::new();
    for target in package.targets.iter().filter(|target| is_root(target)) {
        if !code_only(&files::text(&target.source)?).contains(FORBIDDEN) {
            findings.push(finding(workspace.relative(&target.source)));
        }
    }
    Ok(findings)
}

fn is_root(target: &Target) -> bool {
    ["lib", "bin", "proc-macro"].iter().any(|kind| target.is(kind))
}

/// `[lints]` with `workspace = true`, or the same in one line.
fn takes_workspace_lints(manifest: &str) -> bool {
    let mut section = "";
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        }
        let line: String = line.split('#').next().unwrap_or_default().split_whitespace().collect();
        if line == "lints.workspace=true" || (section == "[lints]" && line == "workspace=true") {
            return true;
        }
    }
    false
}

fn finding(place: String) -> Finding {
    Finding {
        place,
        message: "does not forbid unsafe code".to_owned(),
        repair: format!("add `[lints] workspace = true` to its Cargo.toml, or `{FORBIDDEN}` here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_the_workspace_lints_are_known() {
        assert!(takes_workspace_lints("[lints]\nworkspace = true # all of them\n"));
        assert!(takes_workspace_lints("lints.workspace = true\n"));
        assert!(!takes_workspace_lints("[dependencies]\nworkspace = true\n"));
        assert!(!takes_workspace_lints("[lints]\n# workspace = true\n"));
    }
}

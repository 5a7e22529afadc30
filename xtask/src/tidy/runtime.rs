//! `storage-types` and, without features, `storage-blocking` build without an async runtime.

use crate::cargo::{capture, cargo};
use crate::tidy::{Finding, Findings};
use crate::workspace::Workspace;

const WITHOUT_RUNTIME: [&str; 2] = ["storage-types", "storage-blocking"];

/// Asks `cargo tree`, which resolves features as a build does.
pub(crate) fn check(workspace: &Workspace) -> Findings {
    let mut findings = Vec::new();
    for name in WITHOUT_RUNTIME.into_iter().filter(|name| workspace.has(name)) {
        let tree = capture(cargo(["tree", "-p", name, "-e", "normal", "--prefix", "none"]))?;
        findings.extend(tree.lines().find(|line| is_runtime(line)).map(|line| finding(name, line)));
    }
    Ok(findings)
}

fn is_runtime(line: &str) -> bool {
    let name = line.split(' ').next().unwrap_or_default();
    name == "tokio" || name.starts_with("tokio-")
}

fn finding(package: &str, line: &str) -> Finding {
    let runtime = line.split(' ').next().unwrap_or_default();
    Finding {
        place: package.to_owned(),
        message: format!("depends on `{runtime}`"),
        repair: format!(
            "cargo tree -p {package} -e normal -i {runtime}, then put the way there behind a feature"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_is_told_by_its_name() {
        assert!(is_runtime("tokio v1.50.0"));
        assert!(is_runtime("tokio-util v0.7.1"));
        assert!(!is_runtime("tokioish v0.1.0"));
        assert!(!is_runtime("storage-types v0.1.0 (/home/tokio/storage)"));
    }
}

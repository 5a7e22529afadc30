//! Every dependency on a crate of others says, in a comment above it, why it is there.

use crate::files;
use crate::tidy::{Finding, Findings};
use crate::workspace::Workspace;

const TABLE: &str = "[workspace.dependencies]";

/// Reads the table of shared dependencies in the root manifest.
pub(crate) fn check(workspace: &Workspace) -> Findings {
    let manifest = files::text(&workspace.root.join("Cargo.toml"))?;
    Ok(without_reason(&manifest).iter().map(|name| finding(name)).collect())
}

/// The names of dependencies that do not stand right below a comment. Our own crates (`path = `) need no reason.
fn without_reason(manifest: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut commented = false;
    let mut open_brackets = 0;
    for line in manifest.lines().map(str::trim).skip_while(|line| *line != TABLE).skip(1) {
        if open_brackets == 0 && line.starts_with('[') {
            break;
        }
        if open_brackets == 0 {
            let name = dependency(line).filter(|_| !commented && !line.contains("path ="));
            names.extend(name.map(str::to_owned));
            commented = line.starts_with('#');
        }
        open_brackets += balance(line);
    }
    names
}

fn dependency(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
    Some(name.trim())
}

/// Opening less closing brackets, so that entries over several lines count once.
fn balance(line: &str) -> i32 {
    if line.starts_with('#') {
        return 0;
    }
    let weight = |char| match char {
        '[' | '{' => 1,
        ']' | '}' => -1,
        _ => 0,
    };
    line.chars().map(weight).sum()
}

fn finding(name: &str) -> Finding {
    Finding {
        place: "Cargo.toml".to_owned(),
        message: format!("`{name}` has no comment above it"),
        repair: "say why the dependency is there, in one line".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
[workspace.dependencies]
# ours
storage = { path = "crates/storage" }
storage-core = { path = "crates/storage-core" }
# zero-copy reads
bytes = "1"
serde = "1"
# the runtime
tokio = { version = "1", features = [
    "rt",
] }
toml = "1"

[profile.release]
lto = "thin"
"#;

    #[test]
    fn dependencies_without_a_comment_are_found() {
        assert_eq!(without_reason(MANIFEST), ["serde", "toml"]);
    }
}

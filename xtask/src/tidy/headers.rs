//! Every Rust file starts with a `//!` line that says what it is for.

use crate::files;
use crate::tidy::{Finding, Findings, SOURCES};
use crate::workspace::Workspace;

/// Reads the first line of every file.
pub(crate) fn check(workspace: &Workspace) -> Findings {
    let mut findings = Vec::new();
    for folder in SOURCES {
        for path in files::rust_below(&workspace.root.join(folder))? {
            if !has_header(&files::text(&path)?) {
                findings.push(finding(workspace.relative(&path)));
            }
        }
    }
    Ok(findings)
}

fn has_header(text: &str) -> bool {
    text.lines()
        .next()
        .and_then(|line| line.strip_prefix("//!"))
        .is_some_and(|header| !header.trim().is_empty())
}

fn finding(place: String) -> Finding {
    Finding {
        place,
        message: "does not start with a `//!` line".to_owned(),
        repair: "say in one sentence what the file holds".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_header() {
        assert!(has_header("//! Paths.\n"));
        assert!(!has_header("//!\n"));
        assert!(!has_header("\n//! Paths.\n"));
        assert!(!has_header("use std::fs;\n"));
        assert!(!has_header(""));
    }
}

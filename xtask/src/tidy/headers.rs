//! Every Rust file starts with a `//!` line that says what it is for.
//!
//! A file that others take in with `include!` cannot have such a line, so it starts with a `//` line.

use std::path::Path;

use crate::files;
use crate::tidy::{Finding, Findings, SOURCES};
use crate::workspace::Workspace;

/// Reads the first line of every file.
pub(crate) fn check(workspace: &Workspace) -> Findings {
    let mut findings = Vec::new();
    for folder in SOURCES {
        for path in files::rust_below(&workspace.root.join(folder))? {
            let text = files::text(&path)?;
            let described = has_header(&text) || (has_comment(&text) && is_included(&path)?);
            if !described {
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

fn has_comment(text: &str) -> bool {
    text.lines()
        .next()
        .and_then(|line| line.strip_prefix("// "))
        .is_some_and(|header| !header.trim().is_empty())
}

/// Whether a file in the same folder says `include!("NAME")`, or one in the folder above `include!("FOLDER/NAME")`.
fn is_included(path: &Path) -> Result<bool, String> {
    for folder in path.ancestors().skip(1).take(2) {
        let call = format!("include!(\"{}\")", path.strip_prefix(folder).unwrap_or(path).display());
        for neighbour in files::rust_below(folder)? {
            if files::text(&neighbour)?.contains(&call) {
                return Ok(true);
            }
        }
    }
    Ok(false)
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

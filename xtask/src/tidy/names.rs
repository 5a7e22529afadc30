//! Names that must not occur: runtimes and threads in the colour-neutral source, printing in libraries.

use std::path::{Path, PathBuf};

use crate::files;
use crate::tidy::source::{code_only, word_lines};
use crate::tidy::{DUAL_OWNER, Finding, Findings};
use crate::workspace::Workspace;

/// What differs between the colours stands in each crate's `rt`.
const NOT_IN_DUAL: [&str; 2] = ["tokio", "std::thread"];

/// A library has no terminal; its callers do.
const NOT_IN_LIBRARIES: [&str; 4] = ["println!", "eprintln!", "print!", "eprint!"];

/// The crate that may print.
const PRINTS: &str = "storage-cli";

/// Reads the code of the published crates, without comments and literals.
pub(crate) fn check(workspace: &Workspace) -> Findings {
    let dual = workspace.root.join(DUAL_OWNER);
    let mut findings =
        search(workspace, &dual, &NOT_IN_DUAL, "put the difference into `rt`, under one name")?;
    for folder in library_sources(workspace) {
        findings.extend(search(workspace, &folder, &NOT_IN_LIBRARIES, "return it, or take a callback")?);
    }
    Ok(findings)
}

/// Examples and tests of a library may print, so only `src` is looked at.
fn library_sources(workspace: &Workspace) -> Vec<PathBuf> {
    let libraries = workspace.packages.iter().filter(|it| workspace.is_published(it) && it.name != PRINTS);
    libraries.filter_map(|it| it.manifest.parent()).map(|folder| folder.join("src")).collect()
}

fn search(workspace: &Workspace, folder: &Path, words: &[&str], repair: &str) -> Findings {
    let mut findings = Vec::new();
    for path in files::rust_below(folder)? {
        let code = code_only(&files::text(&path)?);
        for word in words {
            findings.extend(word_lines(&code, word).map(|line| Finding {
                place: format!("{}:{line}", workspace.relative(&path)),
                message: format!("names `{word}`"),
                repair: repair.to_owned(),
            }));
        }
    }
    Ok(findings)
}

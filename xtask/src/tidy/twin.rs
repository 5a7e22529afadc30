//! The blocking crate compiles the very source of the async one.
//!
//! In the repository `dual` is a link. A checkout without links (some archives, some systems) has a copy instead,
//! which must be identical.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::files;
use crate::tidy::{DUAL_LINK, DUAL_OWNER, Finding, Findings};
use crate::workspace::Workspace;

/// Where the link points, seen from its own folder.
const POINTS_TO: &str = "../../storage-core/src/dual";

/// Looks at the link, or compares the copy.
pub(crate) fn check(workspace: &Workspace) -> Findings {
    let owner = workspace.root.join(DUAL_OWNER);
    let link = workspace.root.join(DUAL_LINK);
    if !owner.is_dir() {
        return Ok(vec![finding(DUAL_OWNER, "the source of both colours is missing")]);
    }
    if let Ok(target) = fs::read_link(&link) {
        let message = format!("points to `{}`", target.display());
        let right = target == Path::new(POINTS_TO);
        return Ok(if right { Vec::new() } else { vec![finding(DUAL_LINK, &message)] });
    }
    if !link.is_dir() {
        return Ok(vec![finding(DUAL_LINK, "the link is missing")]);
    }
    differences(&owner, &link)
}

/// The files that a copy has too many, too few, or with other contents.
fn differences(owner: &Path, copy: &Path) -> Findings {
    let names: BTreeSet<_> = relative(owner)?.into_iter().chain(relative(copy)?).collect();
    let differ = |name: &&PathBuf| fs::read(owner.join(name)).ok() != fs::read(copy.join(name)).ok();
    let place = |name: &PathBuf| format!("{DUAL_LINK}/{}", name.display());
    Ok(names.iter().filter(differ).map(|name| finding(&place(name), "differs from the source")).collect())
}

fn relative(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let files = files::below(folder)?;
    Ok(files.iter().filter_map(|path| path.strip_prefix(folder).ok()).map(Path::to_owned).collect())
}

fn finding(place: &str, message: &str) -> Finding {
    Finding {
        place: place.to_owned(),
        message: message.to_owned(),
        repair: format!("rm -r {DUAL_LINK}; ln -s {POINTS_TO} {DUAL_LINK}"),
    }
}

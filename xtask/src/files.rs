//! Files of the workspace.

use std::fs;
use std::path::{Path, PathBuf};

/// All files below `folder`, sorted. Links are not followed, so the twin's source is seen once; build output is
/// left out. A folder that does not exist has no files.
pub(crate) fn below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    if folder.is_dir() {
        collect(folder, &mut files)?;
    }
    files.sort();
    Ok(files)
}

/// The Rust files below `folder`, as [`below`].
pub(crate) fn rust_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = below(folder)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    Ok(files)
}

/// The text of a file.
pub(crate) fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| cannot_read(path, &error))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(|error| cannot_read(folder, &error))? {
        let entry = entry.map_err(|error| cannot_read(folder, &error))?;
        let kind = entry.file_type().map_err(|error| cannot_read(&entry.path(), &error))?;
        if kind.is_dir() && !is_output(&entry.path()) {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn is_output(folder: &Path) -> bool {
    folder.join("CACHEDIR.TAG").exists()
        || folder.file_name().is_some_and(|name| name == "target" || name == ".git")
}

fn cannot_read(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read `{}`: {error}", path.display())
}

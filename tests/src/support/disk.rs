//! Real folders, looked at and changed behind the library's back.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Everything in a folder and below, hidden files included, as sorted relative paths. Links are not followed.
///
/// # Errors
///
/// What the operating system says.
pub fn everything_below(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let path = entry.path();
            let relative = path.strip_prefix(folder).unwrap_or(&path);
            found.push(relative.to_string_lossy().into_owned());
            if entry.file_type()?.is_dir() {
                open.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The permission bits of a file.
///
/// # Errors
///
/// What the operating system says.
pub fn mode(path: &Path) -> io::Result<u32> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o7777)
}

/// Sets the permission bits of a file.
///
/// # Errors
///
/// What the operating system says.
pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

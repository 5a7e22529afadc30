//! Copies for programs whose `storage exec` was killed, in the folder for temporary files.

use std::fs::{self, DirEntry, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use storage::types::Error;

use crate::exit::Done;

/// A folder with the files of one program.
pub(super) struct Copy {
    pub(super) path: PathBuf,
    pub(super) modified: Option<SystemTime>,
    pub(super) owner: u32,
}

/// All of them, those in use too.
pub(super) fn all() -> Vec<Copy> {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    let mut copies: Vec<Copy> = entries.filter_map(|entry| copy(&entry)).collect();
    copies.sort_by(|one, other| one.path.cmp(&other.path));
    copies
}

fn copy(entry: &DirEntry) -> Option<Copy> {
    let metadata = entry.metadata().ok().filter(fs::Metadata::is_dir)?;
    // Made so by the library; what others named alike is not.
    if !is_name(entry.file_name().to_str()?) || metadata.mode() & 0o777 != 0o700 {
        return None;
    }
    Some(Copy { path: entry.path(), modified: metadata.modified().ok(), owner: metadata.uid() })
}

/// `storage-`, the number of the process, a counter, and eight hexadecimal digits.
fn is_name(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("storage-") else { return false };
    let pieces: Vec<&str> = rest.split('-').collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    matches!(pieces[..], [pid, counter, time] if digits(pid) && digits(counter) && time.len() == 8
        && time.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

impl Copy {
    /// Whoever uses it holds a lock on it.
    pub(super) fn is_in_use(&self) -> bool {
        !File::open(&self.path).is_ok_and(|folder| folder.try_lock().is_ok())
    }

    pub(super) fn bytes(&self) -> u64 {
        bytes_below(&self.path)
    }

    pub(super) fn remove(&self) -> Done<bool> {
        let Ok(folder) = File::open(&self.path) else { return Ok(false) };
        if folder.try_lock().is_err() {
            return Ok(false);
        }
        let removed = fs::remove_dir_all(&self.path);
        removed.map_err(|error| Error::from_io(error).with_path(self.path.display().to_string()))?;
        Ok(true)
    }
}

fn bytes_below(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
        Ok(metadata) if metadata.is_file() => metadata.len(),
        _ => 0,
    });
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_the_library_gives_are_known() {
        assert!(is_name("storage-12-0-0d4a277c"));
        for foreign in
            ["storage-cli-abcdef", "storage-12-0", "storage-12-0-0d4a277", "storage-1-2-3-0d4a277c"]
        {
            assert!(!is_name(foreign), "{foreign}");
        }
    }
}

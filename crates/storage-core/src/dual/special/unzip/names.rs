//! Names of entries: from bytes to text, and which of them are dangerous.

use storage_types::{EntryKind, Result, StoragePath};

use super::encoding::NameEncoding;
use super::records::Central;
use crate::dual::special::deflate::corrupted;
use crate::dual::special::zip::records::UTF8;

/// The name as text.
pub(super) fn decoded(entry: &Central, encoding: &NameEncoding) -> Result<String> {
    if entry.flags & UTF8 == 0 {
        return encoding.decode(&entry.name);
    }
    let name = std::str::from_utf8(&entry.name);
    name.map(str::to_owned).map_err(|_| corrupted("a name that is said to be UTF-8 is not"))
}

/// The name with `/` between folders. Old programs of DOS and Windows, .NET before 4.6.1 among them, write `\` instead;
/// where there is a `/` too, a `\` is a character of a name.
pub(super) fn with_slashes(name: String, dos: bool) -> String {
    if dos && !name.contains('/') { name.replace('\\', "/") } else { name }
}

/// The path below the destination, or what is wrong with the name. Only a directory may be the destination itself.
///
/// Whoever made the archive chose its names. One that is absolute, goes up or names a drive could be meant to write
/// somewhere else; what is no folder on Unix counts as one for `..`, as some stores take it for one.
pub(super) fn safe(name: &str, kind: EntryKind, dos: bool) -> std::result::Result<StoragePath, &'static str> {
    if name.starts_with('/') || (dos && name.starts_with('\\')) {
        return Err("it is absolute");
    }
    if dos && matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        return Err("it names a drive");
    }
    if name.split(['/', '\\']).any(|segment| segment == "..") {
        return Err("it goes up with `..`");
    }
    match StoragePath::parse(name) {
        Ok(path) if path.is_root() && (name.is_empty() || kind != EntryKind::Directory) => Err("it is empty"),
        Ok(path) => Ok(path),
        Err(_) => Err("it holds a NUL"),
    }
}

/// A name of a stranger in a message: not longer than a screen.
pub(super) fn shown(name: &str) -> String {
    name.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str, dos: bool) -> std::result::Result<String, &'static str> {
        let name = with_slashes(name.to_owned(), dos);
        let kind = if name.ends_with('/') { EntryKind::Directory } else { EntryKind::File };
        safe(&name, kind, dos).map(|path| path.as_str().to_owned())
    }

    #[test]
    fn names_that_lead_out_are_recognised() {
        let dangerous = ["/etc/passwd", "..", "../x", "a/../../x", "..\\x", "a\\..\\x", "a\0b", "", "."];
        for name in dangerous {
            assert!(path(name, false).is_err() && path(name, true).is_err(), "{name:?}");
        }
        for name in ["\\x", "\\x/y", "C:/x", "c:\\x", "c:x"] {
            assert!(path(name, true).is_err(), "{name:?}");
        }
    }

    #[test]
    fn ordinary_names_are_paths() {
        for (name, expected) in [
            ("a/b.txt", "a/b.txt"),
            ("./a//b", "a/b"),
            ("...", "..."),
            ("a..b/c..", "a..b/c.."),
            ("a\\b", "a\\b"),
            ("\\x", "\\x"),
            ("c:/x", "c:/x"),
            ("folder/", "folder"),
            ("./", ""),
            ("ab:c", "ab:c"),
            ("-", "-"),
        ] {
            assert_eq!(path(name, false).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn backslashes_of_dos_separate_folders_unless_there_are_slashes() {
        assert_eq!(path("a\\b\\c.txt", true).as_deref(), Ok("a/b/c.txt"));
        assert_eq!(path("a\\b\\", true).as_deref(), Ok("a/b"));
        assert_eq!(path("a/b\\c", true).as_deref(), Ok("a/b\\c"));
    }
}

//! Links of an archive: which of them stay inside the folder that it is unpacked into.

use storage_types::StoragePath;

/// Bytes of a target at most (`PATH_MAX` of Linux).
pub(super) const LONGEST: u64 = 4096;

/// What is wrong with the target of a link that lies at `path`, if anything.
///
/// A target may go up only at its beginning, and not further than the folder that the archive is unpacked into. The folders
/// above a link are real ones, as nothing of an archive lies below a link; so such a target stays inside, and by
/// induction so does one that leads over other links. A `..` behind a name could come out of another link anywhere.
pub(super) fn leaves(path: &StoragePath, target: &str) -> Option<&'static str> {
    let depth = path.segments().count().saturating_sub(1);
    if target.is_empty() || target.contains('\0') {
        return Some("its target is no path");
    }
    if target.starts_with('/') {
        return Some("its target is absolute");
    }
    let mut up = 0;
    let mut named = false;
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." if named => return Some("its target goes up again behind a name"),
            ".." => up += 1,
            _ => named = true,
        }
    }
    (up > depth).then_some("its target lies outside of where the archive is unpacked")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safe(path: &str, target: &str) -> bool {
        StoragePath::parse(path).is_ok_and(|path| leaves(&path, target).is_none())
    }

    #[test]
    fn targets_inside_are_safe() {
        for (path, target) in [
            ("a", "b"),
            ("a", "b/c"),
            ("a", "."),
            ("a", "missing"),
            ("d/a", ".."),
            ("d/a", "../b"),
            ("d/e/a", "../../b/c"),
            ("d/e/a", ".././../b"),
            ("a", "b//c/./d"),
        ] {
            assert!(safe(path, target), "{path} -> {target}");
        }
    }

    #[test]
    fn targets_outside_are_not() {
        for (path, target) in [
            ("a", ""),
            ("a", "/"),
            ("a", "/etc/passwd"),
            ("a", ".."),
            ("a", "../x"),
            ("d/a", "../.."),
            ("d/a", ".././../x"),
            ("d/e/a", "../../../x"),
            ("a", "b/../.."),
            ("a", "link/.."),
            ("a", "b\0c"),
        ] {
            assert!(!safe(path, target), "{path} -> {target}");
        }
    }
}

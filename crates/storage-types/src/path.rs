//! Normalised paths inside a mount, and `mount:path` addresses.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Operation, Result};

/// A path inside a mount: relative, UTF-8, `/` between segments, no `.`, no `..`, no NUL, no empty segment.
///
/// The empty path is the root of the mount. Parsing is the only way to make one, so no path leaves its mount.
/// Cloning is cheap: the text is shared.
///
/// Percent signs, backslashes and look-alikes of dots and slashes are ordinary characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoragePath(Arc<str>);

impl StoragePath {
    /// The root of the mount.
    #[must_use]
    pub fn root() -> Self {
        Self(Arc::from(""))
    }

    /// Parses and normalises: leading, doubled and trailing slashes and `.` segments vanish.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when a segment is `..` or the text holds a NUL.
    pub fn parse(text: impl AsRef<str>) -> Result<Self> {
        let text = text.as_ref();
        if is_normal(text) {
            return Ok(Self(Arc::from(text)));
        }
        check_nul(text)?;
        let mut out = String::with_capacity(text.len());
        push_segments(&mut out, text)?;
        Ok(Self(Arc::from(out)))
    }

    /// Takes the text as it is, for mounts whose paths are not hierarchical (the path of a data URI mount is the
    /// data, in which `//` and a leading `/` have a meaning).
    ///
    /// # Errors
    ///
    /// `InvalidInput` when the text holds a NUL.
    pub fn opaque(text: &str) -> Result<Self> {
        check_nul(text)?;
        Ok(Self(Arc::from(text)))
    }

    /// The path below this one. `name` may have several segments, but must be relative and not empty.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when `name` is empty, starts with `/`, has a `..` segment or a NUL.
    pub fn child(&self, name: impl AsRef<str>) -> Result<Self> {
        let name = name.as_ref();
        if name.is_empty() {
            return Err(invalid("the name of a child is empty", name));
        }
        if name.starts_with('/') {
            return Err(invalid("the name of a child starts with `/`", name)
                .with_hint("give a name relative to its parent"));
        }
        check_nul(name)?;
        let mut out = String::with_capacity(self.0.len() + 1 + name.len());
        out.push_str(&self.0);
        push_segments(&mut out, name)?;
        Ok(Self(Arc::from(out)))
    }

    /// The path of one entry of a listing: `name` is a single segment. `scratch` saves an allocation per entry.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when `name` is empty, `.` or `..`, or holds `/` or a NUL.
    pub fn child_segment(&self, name: &str, scratch: &mut String) -> Result<Self> {
        if matches!(name, "" | "." | "..") || name.bytes().any(|byte| byte == b'/' || byte == 0) {
            return Err(invalid("this is no name of an entry", name));
        }
        if self.is_root() {
            return Ok(Self(Arc::from(name)));
        }
        scratch.clear();
        scratch.push_str(&self.0);
        scratch.push('/');
        scratch.push_str(name);
        Ok(Self(Arc::from(scratch.as_str())))
    }

    /// This path followed by another, both normalised already.
    #[must_use]
    pub fn join(&self, other: &StoragePath) -> Self {
        if self.is_root() {
            return other.clone();
        }
        if other.is_root() {
            return self.clone();
        }
        Self(Arc::from(format!("{}/{}", self.0, other.0)))
    }

    /// A path of several segments below this one.
    ///
    /// # Errors
    ///
    /// As [`child`](Self::child), for each segment.
    pub fn join_all(&self, segments: impl Segments) -> Result<Self> {
        segments.segments().try_fold(self.clone(), |path, segment| path.child(segment))
    }

    /// The path one level up; of the root, the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self(Arc::from(self.split().0))
    }

    /// The path as text, without a leading slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the root of the mount.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last segment; empty for the root.
    #[must_use]
    pub fn name(&self) -> &str {
        self.split().1
    }

    /// The name without its extension: `a.tar.gz` gives `a.tar`, `.bashrc` gives `.bashrc`.
    #[must_use]
    pub fn stem(&self) -> &str {
        let name = self.name();
        dot_of(name).map_or(name, |dot| &name[..dot])
    }

    /// What follows the last dot of the name: `a.tar.gz` gives `gz`; `.bashrc` has none.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        let name = self.name();
        dot_of(name).map(|dot| &name[dot + 1..])
    }

    /// The segments from the root down.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|segment| !segment.is_empty())
    }

    /// The number of segments; 0 for the root.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.segments().count()
    }

    /// Parent and name as text, in one go.
    #[must_use]
    pub fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }

    /// Whether `self` is `ancestor` or lies below it.
    #[must_use]
    pub fn starts_with(&self, ancestor: &StoragePath) -> bool {
        self.strip_prefix(ancestor).is_some()
    }

    /// What is left of this path below `ancestor`; `None` when it does not lie there.
    #[must_use]
    pub fn strip_prefix(&self, ancestor: &StoragePath) -> Option<StoragePath> {
        if ancestor.is_root() {
            return Some(self.clone());
        }
        let rest = self.0.strip_prefix(&*ancestor.0)?;
        match rest.strip_prefix('/') {
            Some(rest) => Some(Self(Arc::from(rest))),
            None if rest.is_empty() => Some(Self::root()),
            None => None,
        }
    }
}

/// One name or several, for `join`: text, or a list, a slice or an array of texts.
///
/// ```
/// use storage_types::StoragePath;
///
/// let path = StoragePath::parse("a/b/c")?;
/// for joined in [path.join_all("d/e")?, path.join_all(["d", "e"])?, path.join_all(&vec!["d".to_owned(), "e".to_owned()])?] {
///     assert_eq!(joined.as_str(), "a/b/c/d/e");
/// }
/// # Ok::<(), storage_types::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a name nor a list of names",
    note = "names are text (`&str`, `String`), or a slice, an array or a `Vec` of texts"
)]
pub trait Segments {
    /// The names from the outermost on, each as it was given.
    fn segments(&self) -> impl Iterator<Item = &str>;
}

impl Segments for str {
    fn segments(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self)
    }
}

impl Segments for String {
    fn segments(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.as_str())
    }
}

impl Segments for StoragePath {
    fn segments(&self) -> impl Iterator<Item = &str> {
        Self::segments(self)
    }
}

impl<S: AsRef<str>> Segments for [S] {
    fn segments(&self) -> impl Iterator<Item = &str> {
        self.iter().map(AsRef::as_ref)
    }
}

impl<S: AsRef<str>, const N: usize> Segments for [S; N] {
    fn segments(&self) -> impl Iterator<Item = &str> {
        self.iter().map(AsRef::as_ref)
    }
}

impl<S: AsRef<str>> Segments for Vec<S> {
    fn segments(&self) -> impl Iterator<Item = &str> {
        self.iter().map(AsRef::as_ref)
    }
}

impl<T: Segments + ?Sized> Segments for &T {
    fn segments(&self) -> impl Iterator<Item = &str> {
        T::segments(self)
    }
}

fn is_normal(text: &str) -> bool {
    let mut start = true;
    let bytes = text.as_bytes();
    for (at, &byte) in bytes.iter().enumerate() {
        if byte == 0 || (start && (byte == b'/' || byte == b'.')) {
            // A segment that starts with a dot may be fine (`.bashrc`): let the slow way look.
            return false;
        }
        start = byte == b'/';
        if start && at + 1 == bytes.len() {
            return false;
        }
    }
    true
}

fn push_segments(out: &mut String, text: &str) -> Result<()> {
    for segment in text.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                return Err(invalid("`..` would leave the mount", text)
                    .with_hint("write the path from the root of the mount, without `..`"));
            }
            segment => {
                if !out.is_empty() {
                    out.push('/');
                }
                out.push_str(segment);
            }
        }
    }
    Ok(())
}

fn check_nul(text: &str) -> Result<()> {
    if text.contains('\0') { Err(invalid("a path holds a NUL character", text)) } else { Ok(()) }
}

fn invalid(message: &'static str, text: &str) -> Error {
    Error::invalid(message).with_operation(Operation::Parse).with_path(text)
}

fn dot_of(name: &str) -> Option<usize> {
    name.rfind('.').filter(|&dot| dot > 0 && dot + 1 < name.len())
}

impl fmt::Display for StoragePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StoragePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl std::str::FromStr for StoragePath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

/// Compares and hashes as its text, so a map of paths can be asked with text.
impl Borrow<str> for StoragePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for StoragePath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Where something is: a mount's name and a path in it, written `mount:path`. With an empty name of the mount it is a
/// name by itself, such as that of an entry in an archive, written alone. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    mount: Arc<str>,
    path: StoragePath,
}

impl Address {
    /// The address of `path` in the mount of that name.
    pub fn new(mount: impl Into<Arc<str>>, path: StoragePath) -> Self {
        Self { mount: mount.into(), path }
    }

    /// The mount's name.
    #[must_use]
    pub fn mount(&self) -> &str {
        &self.mount
    }

    /// The path in the mount.
    #[must_use]
    pub fn path(&self) -> &StoragePath {
        &self.path
    }

    /// Splits the text of an address at the first colon into the mount's name, which is checked, and the path as
    /// written, not yet normalised.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when the mount's name is empty or has other characters than `A-Z a-z 0-9 _ . -`.
    pub fn split(text: &str) -> Result<(&str, &str)> {
        let (mount, path) = text.split_once(':').unwrap_or((text, ""));
        if !is_mount_name(mount) {
            return Err(invalid("an address is `mount:path`, and this has no proper mount name", text)
                .with_hint("a mount name has one or more of `A-Z a-z 0-9 _ . -`"));
        }
        Ok((mount, path))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mount.is_empty() {
            write!(f, "{}", self.path)
        } else {
            write!(f, "{}:{}", self.mount, self.path)
        }
    }
}

/// Serialised as `mount:path`.
impl serde::Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Equal to its text.
impl PartialEq<str> for Address {
    fn eq(&self, text: &str) -> bool {
        text.split_once(':').is_some_and(|(mount, path)| *self.mount == *mount && self.path.as_str() == path)
    }
}

impl PartialEq<&str> for Address {
    fn eq(&self, text: &&str) -> bool {
        *self == **text
    }
}

/// Whether `name` can name a mount: one or more of `A-Z a-z 0-9 _ . -`.
#[must_use]
pub fn is_mount_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn parsed(text: &str) -> StoragePath {
        StoragePath::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
    }

    #[test]
    fn slashes_and_single_dots_vanish() {
        assert_eq!(parsed("//a//b/").as_str(), "a/b");
        assert_eq!(parsed("./a/./b/.").as_str(), "a/b");
        assert!(parsed("/").is_root());
        assert_eq!(parsed(".bashrc").as_str(), ".bashrc");
    }

    #[test]
    fn nothing_leaves_the_mount() {
        for text in ["..", "a/..", "../a", "a/../b", "a\0b"] {
            assert!(StoragePath::parse(text).is_err(), "{text:?}");
            assert!(StoragePath::root().child(text).is_err(), "{text:?}");
        }
        assert_eq!(parsed("%2e%2e/..\\x").as_str(), "%2e%2e/..\\x");
        assert!(parsed("a").child("").is_err());
        assert!(parsed("a").child("/b").is_err());
    }

    #[test]
    fn names_stems_and_extensions() {
        let path = parsed("x/a.tar.gz");
        assert_eq!((path.name(), path.stem(), path.extension()), ("a.tar.gz", "a.tar", Some("gz")));
        assert_eq!(parsed(".bashrc").extension(), None);
        assert_eq!(parsed("a.").extension(), None);
        assert_eq!(parsed("m").parent(), StoragePath::root());
        assert_eq!(StoragePath::root().parent(), StoragePath::root());
    }

    #[test]
    fn prefixes_are_whole_segments() {
        assert!(parsed("a/b").starts_with(&parsed("a")));
        assert!(!parsed("ab").starts_with(&parsed("a")));
        assert_eq!(parsed("a/b/c").strip_prefix(&parsed("a")), Some(parsed("b/c")));
    }

    #[test]
    fn addresses_split_at_the_first_colon() {
        assert_eq!(Address::split("m:a:b").unwrap(), ("m", "a:b"));
        assert_eq!(Address::split("m").unwrap().1, "");
        assert!(Address::split("a/b").is_err());
        assert!(Address::split(":a").is_err());
    }

    #[test]
    fn an_address_is_its_text() {
        let address = Address::new("m", parsed("a/b"));
        assert!(address == "m:a/b" && address != "m:a" && address != "a/b");
        assert_eq!(address.to_string(), "m:a/b");
        assert_eq!(serde_json::to_value(&address).unwrap(), "m:a/b");
        assert_eq!(Address::new("", parsed("a")).to_string(), "a");
    }

    proptest! {
        #[test]
        fn parsing_is_idempotent_and_stays_inside(text in "[a./\\\\%\u{e9}\u{2024} :]{0,24}") {
            if let Ok(path) = StoragePath::parse(&text) {
                prop_assert_eq!(parsed(path.as_str()), path.clone());
                prop_assert!(path.segments().all(|s| s != ".." && s != "." && !s.is_empty()));
                prop_assert!(!path.as_str().starts_with('/') && !path.as_str().ends_with('/'));
            } else {
                prop_assert!(text.split('/').any(|s| s == ".."));
            }
        }

        #[test]
        fn child_then_parent_comes_back(base in "[a-c/]{0,8}", name in "[a-z.]{1,8}") {
            let base = parsed(&base);
            if let Ok(child) = base.child(&name) && child != base {
                prop_assert_eq!(child.parent(), base.clone());
                prop_assert!(child.starts_with(&base));
                prop_assert_eq!(base.join(&child.strip_prefix(&base).unwrap()), child);
            }
        }
    }
}

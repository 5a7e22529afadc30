//! Between the paths of a mount and the keys of a store.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use storage_types::{Result, StoragePath};

/// Everything but the unreserved characters (RFC 3986, 2.3) is encoded, and the slash is not.
const KEY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// As above, and the slash is encoded too: for values of queries, and for keys that are one segment.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Adds a key to the path of a URL, its slashes kept.
pub fn push_key(url: &mut String, key: &str) {
    url.extend(utf8_percent_encode(key, KEY));
}

/// Adds a value to a query, or a whole key as one segment of a path.
pub fn push_value(url: &mut String, value: &str) {
    url.extend(utf8_percent_encode(value, VALUE));
}

/// A key in the path of a URL, its slashes kept.
#[must_use]
pub fn encode_key(key: &str) -> String {
    Cow::from(utf8_percent_encode(key, KEY)).into_owned()
}

/// A value in a query, or a whole key as one segment of a path.
#[must_use]
pub fn encode_value(value: &str) -> String {
    Cow::from(utf8_percent_encode(value, VALUE)).into_owned()
}

/// The folder of a bucket that a mount shows: empty, or ending with a slash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// The prefix of a configuration, written like a path: `a/b`, `/a/b/`, or nothing.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for what is no path: `..`, NUL.
    pub fn parse(text: &str) -> Result<Self> {
        let path = StoragePath::parse(text.trim_matches('/'))?;
        Ok(Self(if path.is_root() { String::new() } else { format!("{path}/") }))
    }

    /// The key of the object at `path`.
    #[must_use]
    pub fn key(&self, path: &StoragePath) -> String {
        let mut key = String::with_capacity(self.0.len() + path.as_str().len() + 1);
        key.push_str(&self.0);
        key.push_str(path.as_str());
        key
    }

    /// What the keys below the directory `path` begin with.
    #[must_use]
    pub fn folder(&self, path: &StoragePath) -> String {
        let mut key = self.key(path);
        if !path.is_root() {
            key.push('/');
        }
        key
    }

    /// The path of a key, where it lies below the prefix and is a path. Markers (`a/b/`) and keys that no path can name
    /// (`a//b`, `../x`) have none.
    #[must_use]
    pub fn path(&self, key: &str) -> Option<StoragePath> {
        let inner = key.strip_prefix(&self.0)?;
        StoragePath::parse(inner).ok().filter(|path| path.as_str() == inner && !path.is_root())
    }

    /// The prefix as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_paths_are_each_others_inverse() {
        let prefix = Prefix::parse("/a/b/").unwrap();
        let path = StoragePath::parse("c/d é").unwrap();
        assert_eq!(prefix.key(&path), "a/b/c/d é");
        assert_eq!(prefix.folder(&path), "a/b/c/d é/");
        assert_eq!(prefix.folder(&StoragePath::root()), "a/b/");
        assert_eq!(prefix.path("a/b/c/d é"), Some(path));
        for foreign in ["a/b/", "a/b", "a/bc", "a/b/x/", "a/b//x", "a/b/../x", "x"] {
            assert_eq!(prefix.path(foreign), None, "{foreign}");
        }
        assert_eq!(Prefix::parse("").unwrap(), Prefix::default());
    }

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(encode_key("a/b c+d~é?#%"), "a/b%20c%2Bd~%C3%A9%3F%23%25");
        assert_eq!(encode_value("a/b=c"), "a%2Fb%3Dc");
    }
}

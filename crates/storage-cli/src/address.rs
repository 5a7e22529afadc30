//! What an argument means: a place in a mount, a plain path, or standard input and output.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use storage::types::path::is_mount_name;
use storage::types::{Error, Result};

/// An argument before its mount is looked up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reference<'a> {
    /// `-`.
    Stdio,
    /// `mount:path`, the name known or at least possible.
    Mount(&'a str),
    /// Anything else.
    Plain(&'a str),
}

/// Decides what `text` is. `is_mount` knows the mounts, `exists` the plain files.
pub(crate) fn classify<'a>(
    text: &'a str,
    is_mount: impl Fn(&str) -> bool,
    exists: impl Fn(&str) -> bool,
) -> Reference<'a> {
    if text == "-" {
        return Reference::Stdio;
    }
    match text.split_once(':') {
        // A slash before the colon is not part of a mount's name: `./a:b` and `/a:b` are always plain.
        Some((mount, _)) if is_mount(mount) || (is_mount_name(mount) && !exists(text)) => {
            Reference::Mount(text)
        }
        _ => Reference::Plain(text),
    }
}

/// The argument as text; paths of the library are Unicode.
pub(crate) fn text(argument: &OsStr) -> Result<&str> {
    argument.to_str().ok_or_else(|| {
        Error::invalid(format!(
            "the argument `{}` is not valid UTF-8",
            argument.as_encoded_bytes().escape_ascii()
        ))
        .with_hint("rename the file, for example with `convmv -f latin1 -t utf8`")
    })
}

/// The absolute form of a plain path, `.` and `..` resolved. `..` behind a link goes up from where the link leads, as
/// the kernel does it; all other links stay.
pub(crate) fn absolute(path: &str) -> Result<String> {
    let mut whole = if path.starts_with('/') { PathBuf::from("/") } else { current_dir()? };
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => whole.push(name),
            Component::ParentDir => {
                if let Ok(real) = whole.canonicalize() {
                    whole = real;
                }
                whole.pop();
            }
            _ => {}
        }
    }
    text(whole.as_os_str()).map(str::to_owned)
}

fn current_dir() -> Result<PathBuf> {
    std::env::current_dir().map_err(|error| {
        let message = format!("the current directory cannot be used: {}", Error::from_io(error).message());
        Error::new(storage::types::ErrorKind::NotFound, message)
            .with_hint("change to a directory that exists, or use absolute paths")
    })
}

/// Whether a destination is a place to put things *into*, by its text alone: it ends in `/` or is the root of a mount,
/// or is `.` or `..`.
pub(crate) fn is_into(reference: &Reference<'_>) -> bool {
    match reference {
        Reference::Stdio => false,
        Reference::Mount(text) => text.ends_with('/') || text.ends_with(':'),
        Reference::Plain(text) => text.ends_with('/') || ends_in_dots(text),
    }
}

/// Whether a source has a name of its own: `DIR/.`, `..`, `/` and the root of a mount have not.
pub(crate) fn is_named(reference: &Reference<'_>) -> bool {
    let path = match reference {
        Reference::Stdio => return false,
        Reference::Mount(text) => text.split_once(':').map_or("", |(_, path)| path),
        Reference::Plain(text) => text,
    };
    !ends_in_dots(path) && !path.trim_end_matches('/').is_empty()
}

fn ends_in_dots(path: &str) -> bool {
    matches!(path.trim_end_matches('/').rsplit('/').next(), Some("." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_and_plain_paths_are_told_apart() {
        let classify = |text| classify(text, |mount| mount == "data", |path| path == "there:is");
        for text in ["data:", "data:x", "data:a:b", "unknown:x", "s3.prod-1:x"] {
            assert_eq!(classify(text), Reference::Mount(text));
        }
        for text in ["data", "./data:x", "/data:x", "dir/a:b", "there:is", ":x", "my file:x", "", "..", "--"]
        {
            assert_eq!(classify(text), Reference::Plain(text));
        }
        assert_eq!(classify("-"), Reference::Stdio);
    }

    #[test]
    fn dots_are_resolved() {
        assert_eq!(absolute("/usr/./x/../y//z/").unwrap(), "/usr/y/z");
        assert_eq!(absolute("/../..").unwrap(), "/");
        let here = std::env::current_dir().unwrap();
        assert_eq!(absolute("a").unwrap(), here.join("a").to_str().unwrap());
    }

    #[test]
    fn the_text_alone_says_into() {
        for text in ["dir/", "/", ".", "..", "a/.", "a/..", "./"] {
            assert!(is_into(&Reference::Plain(text)), "{text}");
        }
        for text in ["dir", "a.", "..."] {
            assert!(!is_into(&Reference::Plain(text)), "{text}");
        }
        assert!(is_into(&Reference::Mount("data:")) && is_into(&Reference::Mount("data:a/")));
        assert!(!is_into(&Reference::Mount("data:a")));
    }

    #[test]
    fn roots_and_dots_have_no_name() {
        for text in ["/", ".", "..", "a/.", "./", "a/../"] {
            assert!(!is_named(&Reference::Plain(text)), "{text}");
        }
        assert!(is_named(&Reference::Plain("a/")) && is_named(&Reference::Mount("data:a")));
        assert!(!is_named(&Reference::Mount("data:")) && !is_named(&Reference::Mount("data:a/.")));
    }
}

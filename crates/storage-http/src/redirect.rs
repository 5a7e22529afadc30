//! Where a redirect leads, and what it tells about directories.

use percent_encoding::percent_decode_str;
use reqwest::Url;
use storage_cloud::transport::Failure;
use storage_types::{Error, ErrorKind, Result};

/// What a redirect means that only adds a slash to the path, or takes one away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slash {
    /// A directory stands there and not a file, or the other way round: how servers of files tell it.
    Tells,
    /// Nothing; it is followed.
    Follow,
}

/// The `Location` of a redirect (RFC 9110, 15.4).
pub(crate) fn location(failure: &Failure) -> Option<String> {
    if !matches!(failure.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    // Some servers send UTF-8 that is not encoded.
    let value = failure.headers.get("location")?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The URL that a redirect from `at` leads to.
pub(crate) fn next(at: &Url, location: &str, slash: Slash) -> Result<Url> {
    let mut target = at.join(location).map_err(|error| {
        Error::new(ErrorKind::Unexpected, format!("the server redirects to what is no URL: {error}"))
    })?;
    // Nobody's credentials but ours, and those are not sent this way.
    let _ = target.set_username("");
    let _ = target.set_password(None);
    match (at.scheme(), target.scheme()) {
        (_, "https") | ("http", "http") => {}
        (_, "http") => {
            return Err(Error::new(
                ErrorKind::PermissionDenied,
                "the server redirects from https to http, which is not secure",
            )
            .with_hint("use the final URL itself, if that is good enough"));
        }
        (_, other) => {
            return Err(Error::new(
                ErrorKind::PermissionDenied,
                format!("the server redirects to a URL of scheme `{other}`"),
            ));
        }
    }
    if slash == Slash::Tells {
        told_by_slash(&decoded(at), &decoded(&target))?;
    }
    Ok(target)
}

fn told_by_slash(from: &[u8], to: &[u8]) -> Result<()> {
    if to.strip_suffix(b"/") == Some(from) {
        return Err(Error::is_a_directory());
    }
    if from.strip_suffix(b"/") == Some(to) {
        return Err(Error::not_a_directory());
    }
    Ok(())
}

fn decoded(url: &Url) -> Vec<u8> {
    percent_decode_str(url.path()).collect()
}

/// The same scheme, host and port (RFC 6454).
pub(crate) fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go(from: &str, to: &str, slash: Slash) -> Result<String> {
        next(&from.parse().unwrap(), to, slash).map(String::from)
    }

    #[test]
    fn locations_are_relative_or_absolute() {
        for (to, expected) in [
            ("c", "https://h/a/c"),
            ("/x y", "https://h/x%20y"),
            ("//other/x", "https://other/x"),
            ("https://user:pw@other:444/x?q", "https://other:444/x?q"),
            ("../../../x", "https://h/x"),
        ] {
            assert_eq!(go("https://h/a/b", to, Slash::Tells).unwrap(), expected);
        }
    }

    #[test]
    fn a_slash_tells_directories_from_files() {
        let kind = |from: &str, to: &str| go(from, to, Slash::Tells).map_err(|error| error.kind());
        assert_eq!(kind("http://h/a%20b", "/a b/"), Err(ErrorKind::IsADirectory));
        assert_eq!(kind("http://h/a", "https://www.h/a/"), Err(ErrorKind::IsADirectory));
        assert_eq!(kind("http://h/%c3%a9", "/%C3%A9/?lang=en"), Err(ErrorKind::IsADirectory));
        assert_eq!(kind("http://h/a/", "../a"), Err(ErrorKind::NotADirectory));
        assert!(kind("http://h/a", "/b/").is_ok());
        assert_eq!(go("http://h/a", "/a/", Slash::Follow).unwrap(), "http://h/a/");
    }

    #[test]
    fn nothing_less_secure_and_no_other_scheme() {
        assert!(go("http://h/a", "https://h/b", Slash::Tells).is_ok());
        for to in ["http://h/b", "file:///etc/passwd", "ftp://h/b", "data:,x", "http://[bad/"] {
            assert!(go("https://h/a", to, Slash::Follow).is_err(), "{to}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let same = |a: &str, b: &str| same_origin(&a.parse().unwrap(), &b.parse().unwrap());
        assert!(same("http://h/a", "http://H:80/b"));
        assert!(!same("http://h/", "https://h/"));
        assert!(!same("http://h/", "http://h:8080/"));
        assert!(!same("http://h/", "http://h.evil/"));
    }
}

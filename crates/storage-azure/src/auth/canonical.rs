//! What a Shared Key signs (Azure Storage, "Authorize with Shared Key", version 2009-09-19 and later).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write as _;

use form_urlencoded::parse;

/// A request as far as it is signed.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    /// Without the question mark.
    pub(crate) query: &'a str,
    /// Names in lower case.
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    /// Of the content, in bytes.
    pub(crate) length: u64,
}

/// The standard headers that are signed, in their order, `Content-Length` left out.
const BEFORE_LENGTH: [&str; 2] = ["content-encoding", "content-language"];
const AFTER_LENGTH: [&str; 7] = [
    "content-md5",
    "content-type",
    // `Date` is always empty: `x-ms-date` is sent.
    "",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
];

/// The text that is signed.
pub(crate) fn string_to_sign(account: &str, subject: &Subject<'_>) -> String {
    let header = |wanted: &str| {
        subject.headers.iter().find(|(name, _)| *name == wanted).map_or("", |(_, value)| value.trim())
    };
    let mut text = String::with_capacity(512);
    text.push_str(subject.method);
    for name in BEFORE_LENGTH {
        let _ = write!(text, "\n{}", header(name));
    }
    text.push('\n');
    // Since 2015-02-21 no content is an empty line, not `0`.
    if subject.length > 0 {
        let _ = write!(text, "{}", subject.length);
    }
    for name in AFTER_LENGTH.into_iter().chain(["range"]) {
        let _ = write!(text, "\n{}", header(name));
    }
    text.push('\n');
    canonical_headers(&subject.headers, &mut text);
    canonical_resource(account, subject, &mut text);
    text
}

fn canonical_headers(headers: &[(&str, &str)], text: &mut String) {
    let mut ours: Vec<_> = headers.iter().filter(|(name, _)| name.starts_with("x-ms-")).collect();
    ours.sort_by(|a, b| by_culture(a.0, b.0));
    for (name, value) in ours {
        let _ = writeln!(text, "{name}:{}", value.trim());
    }
}

/// The service sorts names as .NET does in its invariant culture, where an underscore stands before digits and letters.
fn by_culture(a: &str, b: &str) -> Ordering {
    let weight = |byte: u8| if byte == b'_' { b' ' } else { byte };
    a.bytes().map(weight).cmp(b.bytes().map(weight))
}

fn canonical_resource(account: &str, subject: &Subject<'_>, text: &mut String) {
    let _ = write!(text, "/{account}{}", subject.path);
    let mut pairs: Vec<(String, Cow<'_, str>)> =
        parse(subject.query.as_bytes()).map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    pairs.sort();
    let mut last = None;
    for (name, value) in &pairs {
        if last == Some(name) {
            let _ = write!(text, ",{value}");
        } else {
            let _ = write!(text, "\n{name}:{value}");
        }
        last = Some(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of "Authorize with Shared Key" for the Blob service.
    #[test]
    fn the_documented_examples() {
        let query = "restype=container&comp=metadata&timeout=20";
        let headers = vec![("x-ms-version", "2015-02-21"), ("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT")];
        let subject = Subject { method: "GET", path: "/mycontainer", query, headers, length: 0 };
        assert_eq!(
            string_to_sign("myaccount", &subject),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n\
             /myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20"
        );
        let query = "restype=container&comp=list&include=snapshots&include=metadata&include=uncommittedblobs";
        let subject = Subject { method: "GET", path: "/mycontainer", query, headers: Vec::new(), length: 0 };
        assert!(string_to_sign("myaccount", &subject).ends_with(
            "\n/myaccount/mycontainer\ncomp:list\ninclude:metadata,snapshots,uncommittedblobs\nrestype:container"
        ));
    }

    #[test]
    fn length_and_standard_headers_have_their_lines() {
        let path = "/devstoreaccount1/c/a%20b";
        let headers = vec![("content-type", "text/plain"), ("if-match", "\"x\""), ("range", "bytes=0-1")];
        let subject = Subject { method: "PUT", path, query: "", headers, length: 11 };
        assert_eq!(
            string_to_sign("devstoreaccount1", &subject),
            "PUT\n\n\n11\n\ntext/plain\n\n\n\"x\"\n\n\nbytes=0-1\n/devstoreaccount1/devstoreaccount1/c/a%20b"
        );
    }

    #[test]
    fn an_underscore_sorts_before_a_digit() {
        let headers = vec![("x-ms-meta-a1", "1"), ("x-ms-meta-a_", "2"), ("x-ms-meta-a", "3")];
        let text = string_to_sign("a", &Subject { method: "GET", path: "/c", query: "", headers, length: 0 });
        assert!(text.ends_with("x-ms-meta-a:3\nx-ms-meta-a_:2\nx-ms-meta-a1:1\n/a/c"), "{text}");
    }
}

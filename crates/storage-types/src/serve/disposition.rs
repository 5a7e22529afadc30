//! `Content-Disposition` with names that may hold anything (RFC 6266, RFC 8187).

use super::options::Disposition;

/// The value of the header; `None` when nothing is to be said.
pub(super) fn value(disposition: Disposition, name: &str) -> Option<String> {
    let kind = match disposition {
        Disposition::Unsaid => return None,
        Disposition::Inline => "inline",
        Disposition::Attachment => "attachment",
    };
    let name = harmless(name);
    if name.is_empty() {
        return Some(kind.to_owned());
    }
    let plain: String = name.chars().map(fallback).collect();
    if plain == name {
        return Some(format!("{kind}; filename=\"{plain}\""));
    }
    // Those that know the second form take it, whichever comes first; the others take the first.
    Some(format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", encoded(&name)))
}

/// A name that leads nowhere: the last segment, without control characters and those that turn the direction of text.
fn harmless(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let name: String = last.chars().filter(|c| !invisible(*c)).collect();
    if matches!(name.as_str(), "." | "..") { String::new() } else { name }
}

/// What stands in a quoted string without an escape, which not everybody reads; a percent sign is decoded by some.
fn fallback(c: char) -> char {
    match c {
        '"' | '\\' | '%' => '_',
        ' '..='~' => c,
        _ => '_',
    }
}

/// All but the `attr-char` of RFC 8187, section 3.2.1, as percent signs and digits.
fn encoded(name: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(name.len() * 3);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

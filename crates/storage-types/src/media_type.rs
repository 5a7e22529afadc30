//! Media types by file name.

/// The media type that the extension of `name` stands for (IANA registry, by the `mime_guess` table).
#[must_use]
pub fn of_name(name: &str) -> Option<&'static str> {
    let (stem, extension) = name.rsplit_once('.')?;
    if stem.is_empty() { None } else { mime_guess::from_ext(extension).first_raw() }
}

/// The fallback for content of an unknown type (RFC 2046, section 4.5.1).
pub const OCTET_STREAM: &str = "application/octet-stream";

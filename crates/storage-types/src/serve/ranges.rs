//! `Range` of a request (RFC 9110, section 14.2).

/// What of the content is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it: no range, one that is not understood, or several, which may be answered so.
    Whole,
    /// So many bytes from a first one.
    Bytes { start: u64, length: u64 },
    /// No byte of it.
    Unsatisfiable,
}

/// What `header` means for content of `size` bytes.
pub(super) fn part(header: &str, size: u64) -> Part {
    let Some((unit, set)) = header.split_once('=') else { return Part::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Part::Whole;
    }
    let specs = set.split(',').map(|spec| spec.trim_matches([' ', '\t'])).filter(|spec| !spec.is_empty());
    let Some(parts) = specs.map(|spec| one(spec, size)).collect::<Option<Vec<Part>>>() else {
        return Part::Whole;
    };
    match parts[..] {
        [] => Part::Whole,
        [part] => part,
        _ if parts.iter().all(|part| *part == Part::Unsatisfiable) => Part::Unsatisfiable,
        _ => Part::Whole,
    }
}

/// One range of a set; `None` when it is none.
fn one(spec: &str, size: u64) -> Option<Part> {
    let (first, last) = spec.split_once('-')?;
    match (first, last) {
        ("", last) => Some(suffix(number(last)?, size)),
        (first, "") => Some(from(number(first)?, u64::MAX, size)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then(|| from(first, last, size))
        }
    }
}

fn suffix(length: u64, size: u64) -> Part {
    match length {
        0 => Part::Unsatisfiable,
        // All of nothing, which no `Content-Range` can say.
        _ if size == 0 => Part::Whole,
        _ => Part::Bytes { start: size.saturating_sub(length), length: length.min(size) },
    }
}

fn from(first: u64, last: u64, size: u64) -> Part {
    if first >= size {
        return Part::Unsatisfiable;
    }
    Part::Bytes { start: first, length: last.min(size - 1) - first + 1 }
}

/// A position of any length; one that no content reaches is as good as the last.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

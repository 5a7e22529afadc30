//! What part of the content an answer brings.

use std::ops::Range;

/// `bytes 0-9/100` (RFC 9110, 14.4), as the bytes and the size of the whole.
pub(super) fn content_range(text: &str) -> Option<(Range<u64>, u64)> {
    let (range, size) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let size: u64 = size.parse().ok()?;
    (first <= last && last < size).then_some((first..last + 1, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_answers_are_checked() {
        assert_eq!(content_range("bytes 0-9/100"), Some((0..10, 100)));
        assert_eq!(content_range("bytes 2-4/11"), Some((2..5, 11)));
        for wrong in ["", "bytes */5", "bytes 9-0/100", "bytes 0-100/100", "0-9/100", "bytes 0-9/*"] {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
    }
}

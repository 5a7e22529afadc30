//! Byte ranges of a read.

use std::fmt;
use std::ops;
use std::str::FromStr;

use crate::error::{Error, Result};

/// The bytes of an object that a read is for, after RFC 9110, section 14.1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ByteRange {
    /// From `start` up to, not including, `end`. An `end` past the object's end is cut there.
    Bounded {
        /// First byte, counted from 0.
        start: u64,
        /// One past the last byte.
        end: u64,
    },
    /// From this byte to the end.
    From(u64),
    /// The last this many bytes; all of them when the object is shorter.
    Suffix(u64),
}

impl ByteRange {
    /// The `(start, length)` that this range means for an object of `size` bytes.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when the range starts past the object's end or ends before it starts. A range that starts
    /// exactly at the end is empty, which is what a reader that resumes wants.
    pub fn resolve(self, size: u64) -> Result<(u64, u64)> {
        let (start, end) = match self {
            Self::Bounded { start, end } if start > end => {
                return Err(Error::invalid(format!("range {self} ends before it starts")));
            }
            Self::Bounded { start, end } => (start, end.min(size)),
            Self::From(start) => (start, size),
            Self::Suffix(length) => (size.saturating_sub(length), size),
        };
        if start > size {
            return Err(Error::invalid(format!("range {self} starts past the end of {size} bytes")));
        }
        Ok((start, end.max(start) - start))
    }
}

impl From<ops::Range<u64>> for ByteRange {
    fn from(range: ops::Range<u64>) -> Self {
        Self::Bounded { start: range.start, end: range.end }
    }
}

impl From<ops::RangeFrom<u64>> for ByteRange {
    fn from(range: ops::RangeFrom<u64>) -> Self {
        Self::From(range.start)
    }
}

impl From<ops::RangeTo<u64>> for ByteRange {
    fn from(range: ops::RangeTo<u64>) -> Self {
        Self::Bounded { start: 0, end: range.end }
    }
}

impl From<ops::RangeFull> for ByteRange {
    fn from(_: ops::RangeFull) -> Self {
        Self::From(0)
    }
}

/// `10-19` (both ends included, as in HTTP), `10-` and `-20` (the last 20).
impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bounded { start, end } if end > start => write!(f, "{start}-{}", end - 1),
            Self::Bounded { start, end } => write!(f, "{start}..{end}"),
            Self::From(start) => write!(f, "{start}-"),
            Self::Suffix(length) => write!(f, "-{length}"),
        }
    }
}

impl FromStr for ByteRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = || {
            Error::invalid(format!("`{text}` is not a byte range"))
                .with_hint("write `0-99` (both ends included), `100-` or `-20` (the last 20 bytes)")
        };
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            if digits { text.parse::<u64>().map_err(|_| bad()) } else { Err(bad()) }
        };
        let (first, last) = text.split_once('-').ok_or_else(bad)?;
        match (first, last) {
            ("", last) => Ok(Self::Suffix(number(last)?)),
            (first, "") => Ok(Self::From(number(first)?)),
            (first, last) => {
                let (start, last) = (number(first)?, number(last)?);
                let end = last.checked_add(1).filter(|&end| end > start).ok_or_else(bad)?;
                Ok(Self::Bounded { start, end })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges_parse_as_in_http() {
        assert_eq!("0-0".parse::<ByteRange>().unwrap(), (0..1).into());
        assert_eq!("5-".parse::<ByteRange>().unwrap(), (5..).into());
        assert_eq!("-3".parse::<ByteRange>().unwrap(), ByteRange::Suffix(3));
        for bad in ["", "-", "a-b", "3-1", "1", "+1-2", "1--2", "99999999999999999999-"] {
            assert!(bad.parse::<ByteRange>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_resolved_range_lies_inside(start in 0u64..50, end in 0u64..50, size in 0u64..40) {
            let all: Vec<u64> = (0..size).collect();
            for range in [ByteRange::from(start..end), ByteRange::From(start), ByteRange::Suffix(start)] {
                if let Ok((from, length)) = range.resolve(size) {
                    let slice = &all[from as usize..(from + length) as usize];
                    prop_assert!(slice.len() as u64 <= size);
                } else {
                    prop_assert!(start > size || start > end);
                }
            }
        }

        #[test]
        fn display_parses_back(start in 0u64..1000, length in 1u64..1000) {
            let range = ByteRange::from(start..start + length);
            prop_assert_eq!(range.to_string().parse::<ByteRange>().unwrap(), range);
        }
    }
}

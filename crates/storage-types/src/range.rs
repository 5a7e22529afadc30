//! Byte ranges of a read.

use std::fmt;
use std::ops::{self, Bound};
use std::str::FromStr;

use crate::error::{Error, Result};

/// The bytes of an object that a read is for, after RFC 9110, section 14.1.2. Ranges of Rust of any usual type of integer
/// are such: `0..10`, `0..=9`, `10..`, `..10`, `..=9`, `..`.
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
            Self::NEGATIVE => {
                return Err(Error::invalid("a bound of the range is negative")
                    .with_hint("`ByteRange::Suffix` counts from the end"));
            }
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

/// A number of a byte in a range, of any usual type of integer: `0..10` is one of `i32` by itself, `0..bytes.len()` one of
/// `usize`. A range with a negative one is refused when it is read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no number of a byte",
    note = "ranges of bytes are of `u8`, `u16`, `u32`, `u64`, `usize`, `i32` or `i64`"
)]
pub trait Offset: Copy + sealed::Sealed {
    /// The number; `None` for a negative one.
    fn offset(self) -> Option<u64>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! offsets {
    ($($integer:ty),+) => {$(
        impl sealed::Sealed for $integer {}

        impl Offset for $integer {
            fn offset(self) -> Option<u64> {
                u64::try_from(self).ok()
            }
        }
    )+};
}

offsets!(u8, u16, u32, u64, usize, i32, i64);

impl ByteRange {
    /// A range with a bound below 0, which is none.
    const NEGATIVE: Self = Self::Bounded { start: u64::MAX, end: 0 };

    fn between<T: Offset>(start: Bound<T>, end: Bound<T>) -> Self {
        let start = match start {
            Bound::Included(first) => first.offset(),
            Bound::Excluded(before) => before.offset().map(|before| before.saturating_add(1)),
            Bound::Unbounded => Some(0),
        };
        let end = match end {
            Bound::Included(last) => last.offset().map(|last| Some(last.saturating_add(1))),
            Bound::Excluded(end) => end.offset().map(Some),
            Bound::Unbounded => Some(None),
        };
        match (start, end) {
            (Some(start), Some(Some(end))) => Self::Bounded { start, end },
            (Some(start), Some(None)) => Self::From(start),
            _ => Self::NEGATIVE,
        }
    }
}

impl<T: Offset> From<(Bound<T>, Bound<T>)> for ByteRange {
    fn from((start, end): (Bound<T>, Bound<T>)) -> Self {
        Self::between(start, end)
    }
}

impl<T: Offset> From<ops::Range<T>> for ByteRange {
    fn from(range: ops::Range<T>) -> Self {
        Self::between(Bound::Included(range.start), Bound::Excluded(range.end))
    }
}

/// So that a slice of ranges is a list of them.
impl<T: Offset> From<&ops::Range<T>> for ByteRange {
    fn from(range: &ops::Range<T>) -> Self {
        range.clone().into()
    }
}

impl From<&ByteRange> for ByteRange {
    fn from(range: &ByteRange) -> Self {
        *range
    }
}

impl<T: Offset> From<ops::RangeInclusive<T>> for ByteRange {
    fn from(range: ops::RangeInclusive<T>) -> Self {
        let (start, last) = range.into_inner();
        Self::between(Bound::Included(start), Bound::Included(last))
    }
}

impl<T: Offset> From<ops::RangeFrom<T>> for ByteRange {
    fn from(range: ops::RangeFrom<T>) -> Self {
        Self::between(Bound::Included(range.start), Bound::Unbounded)
    }
}

impl<T: Offset> From<ops::RangeTo<T>> for ByteRange {
    fn from(range: ops::RangeTo<T>) -> Self {
        Self::between(Bound::Unbounded, Bound::Excluded(range.end))
    }
}

impl<T: Offset> From<ops::RangeToInclusive<T>> for ByteRange {
    fn from(range: ops::RangeToInclusive<T>) -> Self {
        Self::between(Bound::Unbounded, Bound::Included(range.end))
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

    #[test]
    fn ranges_of_rust_are_ranges_of_bytes() {
        let ten = ByteRange::Bounded { start: 0, end: 10 };
        let length: usize = 10;
        let all = [
            ByteRange::from(0..10),
            (0..=9).into(),
            (..10).into(),
            (..=9).into(),
            (0..length).into(),
            (..length as u64).into(),
            (0_u8..10).into(),
            (0_i64..10).into(),
            (Bound::Included(0), Bound::Excluded(10)).into(),
            (Bound::Unbounded, Bound::Included(9)).into(),
        ];
        assert!(all.iter().all(|range| *range == ten), "{all:?}");
        assert_eq!(
            [ByteRange::from(5..), (Bound::Excluded(4), Bound::Unbounded).into()],
            [ByteRange::From(5); 2]
        );
        assert_eq!(ByteRange::from(..), ByteRange::From(0));
        assert_eq!(ByteRange::from((Bound::Included(5), Bound::Included(4))).resolve(9).unwrap(), (5, 0));
        assert_eq!(ByteRange::from(0..=u64::MAX).resolve(9).unwrap(), (0, 9));
    }

    #[test]
    fn a_negative_bound_is_refused() {
        for range in [ByteRange::from(-3..5), (..-5).into(), (-5..).into(), (..=-1).into()] {
            let error = range.resolve(100).unwrap_err().to_string();
            assert!(error.contains("negative") && error.contains("Suffix"), "{error}");
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

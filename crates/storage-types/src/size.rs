//! Numbers of bytes as people write them: one grammar for configuration and command line.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Visitor};

use crate::error::{Error, Result};

/// A number of bytes: `8388608`, `64KiB`, `8 MiB`, `1.5G`, `16MB`.
///
/// `K`, `M`, `G`, `T`, `P` and `E` are powers of 1024, alone or as `Ki` and `KiB`; `KB`, `MB` and so on are powers of 1000.
/// Case does not count. What is less than a byte is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ByteSize(pub u64);

/// As many bytes.
impl From<u64> for ByteSize {
    fn from(bytes: u64) -> Self {
        Self(bytes)
    }
}

const EXAMPLES: &str = "write `1000`, `64KiB`, `1.5G` (of 1024) or `10MB` (of 1000)";

impl ByteSize {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = unit_of(unit.trim_start())?;
        let (whole, fraction) = match number.split_once('.') {
            // There is no half of a byte.
            Some(_) if unit == 1 => return None,
            Some((whole, fraction)) => (whole, part_of(unit, fraction)?),
            None => (number, 0),
        };
        let whole: u64 = whole.parse().ok()?;
        whole.checked_mul(unit)?.checked_add(fraction).map(Self)
    }
}

/// How many bytes a unit has; none when there is no such unit.
fn unit_of(text: &str) -> Option<u64> {
    let text = text.to_ascii_lowercase();
    let Some(prefix) = text.chars().next().filter(|c| *c != 'b') else {
        return matches!(text.as_str(), "" | "b").then_some(1);
    };
    let power = u32::try_from("kmgtpe".find(prefix)?).ok()? + 1;
    let base: u64 = match &text[1..] {
        "" | "i" | "ib" => 1024,
        "b" => 1000,
        _ => return None,
    };
    base.checked_pow(power)
}

/// `0.fraction` of a unit, in whole bytes.
fn part_of(unit: u64, fraction: &str) -> Option<u64> {
    // More digits than these are less than a byte.
    let digits = &fraction[..fraction.len().min(18)];
    let numerator: u64 = digits.parse().ok()?;
    let all_are_digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    let denominator = 10_u128.checked_pow(u32::try_from(digits.len()).ok()?)?;
    let bytes = u128::from(numerator) * u128::from(unit) / denominator;
    u64::try_from(bytes).ok().filter(|_| all_are_digits)
}

impl FromStr for ByteSize {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
            .ok_or_else(|| Error::invalid(format!("`{text}` is no number of bytes")).with_hint(EXAMPLES))
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Size;
        impl Visitor<'_> for Size {
            type Value = ByteSize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of bytes, such as 8388608, `8 MiB` or `1.5G`")
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<ByteSize, E> {
                Ok(ByteSize(value))
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<ByteSize, E> {
                let size = u64::try_from(value).map(ByteSize);
                size.map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(value), &self))
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<ByteSize, E> {
                ByteSize::parse(value)
                    .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(value), &self))
            }
        }
        deserializer.deserialize_any(Size)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let cases = [
            ("0", 0),
            ("1000", 1000),
            ("5b", 5),
            ("64KiB", 65_536),
            ("64Ki", 65_536),
            ("1k", 1024),
            ("1KB", 1000),
            ("1kb", 1000),
            ("8 MiB", 8 << 20),
            ("16MB", 16_000_000),
            ("64MB", 64_000_000),
            ("1g", 1 << 30),
            ("1.5G", 3 << 29),
            ("0.5k", 512),
            ("1.1k", 1126),
            ("2.50 MB", 2_500_000),
            ("0.0000000000000000000001T", 0),
            ("2T", 2 << 40),
            ("1PiB", 1 << 50),
            ("15E", 15 << 60),
        ];
        for (text, bytes) in cases {
            assert_eq!(text.parse::<ByteSize>().unwrap(), ByteSize(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused_with_examples() {
        let cases = [
            "",
            " ",
            "MiB",
            "1 foo",
            "-1",
            "+1",
            "1.5",
            "1.5B",
            ".5G",
            "1.G",
            "1.2.3G",
            "1,5G",
            "1Kb/s",
            "1kk",
            "1bi",
            "16E",
            "99999999999999999999",
            "99999999999 GiB",
            "1_000",
            "0x10",
            "1e3",
            "１",
        ];
        for text in cases {
            let error = text.parse::<ByteSize>().unwrap_err();
            assert!(error.message().contains(text) && error.hint() == Some(EXAMPLES), "{text}");
        }
    }

    #[test]
    fn configuration_takes_numbers_and_texts() {
        let read = serde_json::from_str::<ByteSize>;
        assert_eq!(read("8388608").unwrap(), ByteSize(8 << 20));
        assert_eq!(read("\"1.5 MiB\"").unwrap(), ByteSize(3 << 19));
        for wrong in ["-1", "1.5", "true", "\"much\"", "null"] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("a number of bytes"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9.]{0,40}[ kmgtpeib]{0,4}", any in any::<String>()) {
            let _: [Option<ByteSize>; 2] = [ByteSize::parse(&text), ByteSize::parse(&any)];
        }
    }
}

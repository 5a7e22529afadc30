//! How metadata is serialised: times as RFC 3339 in UTC, checksums with their algorithm.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::metadata::Checksum;
use crate::path::StoragePath;

/// Times that may be unknown, for `#[serde(with)]`.
pub(crate) mod time {
    use super::{Deserialize, Deserializer, Serialize, Serializer, SystemTime, parse_time, time_text};

    pub(crate) fn serialize<S: Serializer>(time: &Option<SystemTime>, to: S) -> Result<S::Ok, S::Error> {
        time.map(time_text).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SystemTime>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        let time = |text: String| {
            parse_time(&text)
                .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no time of RFC 3339 in UTC")))
        };
        text.map(time).transpose()
    }
}

const DAY: i64 = 86_400;

/// `2026-03-01T12:00:00.25Z`: as many digits of a second as there are.
fn time_text(time: SystemTime) -> String {
    let (seconds, nanos) = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => (since.as_secs() as i64, since.subsec_nanos()),
        Err(before) => match (before.duration().as_secs() as i64, before.duration().subsec_nanos()) {
            (seconds, 0) => (-seconds, 0),
            (seconds, nanos) => (-seconds - 1, 1_000_000_000 - nanos),
        },
    };
    let (year, month, day) = date_of(seconds.div_euclid(DAY));
    let clock = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if nanos > 0 {
        let _ = write!(text, ".{nanos:09}");
        text.truncate(text.trim_end_matches('0').len());
    }
    text.push('Z');
    text
}

fn parse_time(text: &str) -> Option<SystemTime> {
    let (date, clock) = text.strip_suffix(['Z', 'z'])?.split_once(['T', 't'])?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(clock, ':')?;
    let days = days_to(year, month, day);
    if date_of(days) != (year, month, day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let digits = fraction.get(..9).unwrap_or(fraction);
    let nanos = number(digits)?.checked_mul(10_i64.pow(9 - digits.len() as u32))?;
    let seconds = days * DAY + hour * 3600 + minute * 60 + second;
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let start = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    start?.checked_add(Duration::from_nanos(nanos as u64))
}

fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let mut parts = text.split(between).map(number);
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The date of a number of days since 1970-01-01 in the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `civil_from_days`).
fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The reverse (`days_from_civil`).
fn days_to(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Serialised as `algorithm:digits`, such as `crc32c:e3069283`.
impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{}:{self}", self.algorithm()))
    }
}

impl<'de> Deserialize<'de> for Checksum {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        parse_checksum(&text)
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no checksum such as `crc32c:e3069283`")))
    }
}

fn parse_checksum(text: &str) -> Option<Checksum> {
    let (algorithm, digits) = text.split_once(':')?;
    Some(match algorithm {
        "md5" => Checksum::Md5(bytes(digits)?),
        "crc32c" => Checksum::Crc32c(bytes(digits)?),
        "crc64nvme" => Checksum::Crc64Nvme(bytes(digits)?),
        "sha1" => Checksum::Sha1(bytes(digits)?),
        "sha224" => Checksum::Sha224(bytes(digits)?),
        "sha256" => Checksum::Sha256(bytes(digits)?),
        "sha384" => Checksum::Sha384(bytes(digits)?),
        "sha512" => Checksum::Sha512(bytes(digits)?),
        _ => return None,
    })
}

fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if digits.len() != 2 * N || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// Serialised as its text.
impl Serialize for StoragePath {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// Read as [`StoragePath::parse`] does.
impl<'de> Deserialize<'de> for StoragePath {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(String::deserialize(from)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::{Metadata, Version};
    use proptest::prelude::*;

    fn at(seconds: i64, nanos: u32) -> SystemTime {
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let start = if seconds < 0 { UNIX_EPOCH - whole } else { UNIX_EPOCH + whole };
        start + Duration::from_nanos(u64::from(nanos))
    }

    #[test]
    fn times_are_those_of_rfc_3339() {
        for (time, text) in [
            (at(0, 0), "1970-01-01T00:00:00Z"),
            (at(1_772_366_400, 250_000_000), "2026-03-01T12:00:00.25Z"),
            (at(951_782_399, 999_999_999), "2000-02-28T23:59:59.999999999Z"),
            (at(951_782_400, 0), "2000-02-29T00:00:00Z"),
            (at(-1, 500_000_000), "1969-12-31T23:59:59.5Z"),
        ] {
            assert_eq!(time_text(time), text);
            assert_eq!(parse_time(text), Some(time));
        }
        for bad in [
            "",
            "2026-02-29T00:00:00Z",
            "2026-03-01",
            "2026-03-01T12:00:00",
            "2026-03-01T24:00:00Z",
            "-1-1-1T1:1:1Z",
        ] {
            assert_eq!(parse_time(bad), None, "{bad}");
        }
    }

    #[test]
    fn metadata_comes_back_as_it_was() {
        let mut metadata = Metadata::file(3);
        let plain = serde_json::to_string(&metadata).unwrap();
        assert_eq!(plain, r#"{"kind":"file","size":3}"#);
        assert_eq!(serde_json::from_str::<Metadata>(&plain).unwrap(), metadata);
        metadata.modified = Some(at(1_772_366_400, 1));
        metadata.checksum = Some(Checksum::Crc32c([0xe3, 6, 0x92, 0x83]));
        metadata.user.insert("key".to_owned(), "value".to_owned());
        metadata.file_id = Some((u64::MAX, 1));
        metadata.mode = Some(0o644);
        metadata.location = Some(StoragePath::parse("a/b").unwrap());
        let value = serde_json::to_value(&metadata).unwrap();
        assert_eq!(value["checksum"], "crc32c:e3069283");
        assert_eq!(value["modified"], "2026-03-01T12:00:00.000000001Z");
        assert_eq!(serde_json::from_value::<Metadata>(value).unwrap(), metadata);
        let version = Version::new("1");
        let text = serde_json::to_string(&version).unwrap();
        assert_eq!(serde_json::from_str::<Version>(&text).unwrap(), version);
    }

    #[test]
    fn what_is_no_path_or_checksum_is_refused() {
        assert_eq!(serde_json::from_str::<StoragePath>(r#""a//b/""#).unwrap().as_str(), "a/b");
        assert!(serde_json::from_str::<StoragePath>(r#""../a""#).is_err());
        for bad in ["crc32c:e306928", "crc32c", "md4:00", "crc32c:e306928\u{e9}"] {
            assert!(serde_json::from_value::<Checksum>(bad.into()).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_time_comes_back(seconds in -62_000_000_000_i64..250_000_000_000, nanos in 0_u32..1_000_000_000) {
            let time = at(seconds, nanos);
            prop_assert_eq!(parse_time(&time_text(time)), Some(time));
        }
    }
}

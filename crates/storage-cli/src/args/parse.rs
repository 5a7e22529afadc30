//! From the text of an argument to its value.

use std::time::{Duration, SystemTime};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use storage::types::{
    ByteRange, ByteSize, Error, HashAlgorithm, Pattern, Skip, SymlinkPolicy, VersionSelector,
};

/// A skip strategy by name; the library's type has no equality and its `Custom` cannot come from here.
#[derive(Debug, Clone)]
pub(crate) struct SkipWhen(pub(crate) Skip);

pub(super) fn skip(text: &str) -> Result<SkipWhen, String> {
    text.parse().map(SkipWhen).map_err(|error| brief(&error))
}

/// What has to be equal; `never` would say that everything differs.
pub(super) fn by(text: &str) -> Result<SkipWhen, String> {
    match skip(text)? {
        SkipWhen(Skip::Never) => Err("write `hash`, `size-time` or `size`".to_owned()),
        by => Ok(by),
    }
}

pub(super) fn symlinks(text: &str) -> Result<SymlinkPolicy, String> {
    text.parse().map_err(|error| brief(&error))
}

/// An archive does not follow its links: what they point at is not in it, or is in it anyhow.
pub(super) fn archived_symlinks(text: &str) -> Result<SymlinkPolicy, String> {
    match symlinks(text) {
        Ok(SymlinkPolicy::Follow) | Err(_) => Err("write `skip` or `preserve`".to_owned()),
        policy => policy,
    }
}

pub(super) fn range(text: &str) -> Result<ByteRange, String> {
    text.parse().map_err(|error| brief(&error))
}

pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write `key=value`".to_owned()),
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let time = span(text)?;
    if time.is_zero() { Err("it must be longer than nothing".to_owned()) } else { Ok(time) }
}

/// A day is 24 hours here, a week seven of them: nobody wants a URL to live an hour longer in autumn.
fn span(text: &str) -> Result<Duration, String> {
    let wrong = || "write `90s`, `15m`, `12h`, `7d` or `1w`".to_owned();
    let span: Span = text.parse().map_err(|_| wrong())?;
    let time: SignedDuration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    time.try_into().map_err(|_| "a time cannot be negative".to_owned())
}

pub(super) fn algorithm(text: &str) -> Result<HashAlgorithm, String> {
    text.parse().map_err(|error| brief(&error))
}

/// A number of bytes; the grammar is that of configurations.
pub(super) fn size(text: &str) -> Result<u64, String> {
    text.parse().map(|ByteSize(bytes)| bytes).map_err(|error: Error| brief(&error))
}

/// The least that one file on its way takes: a chunk that is read and one that is written.
const LEAST_MEMORY: u64 = 2 << 20;

/// How much memory large files may take.
pub(super) fn memory(text: &str) -> Result<u64, String> {
    match size(text)? {
        bytes if bytes < LEAST_MEMORY => Err("it must be `2MiB` or more, which one file takes".to_owned()),
        bytes => Ok(bytes),
    }
}

/// How many bytes a file has to have: more than, less than, or exactly so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SizeTest {
    Over(u64),
    Under(u64),
    Exactly(u64),
}

impl SizeTest {
    pub(crate) fn holds(self, bytes: u64) -> bool {
        match self {
            Self::Over(limit) => bytes > limit,
            Self::Under(limit) => bytes < limit,
            Self::Exactly(wanted) => bytes == wanted,
        }
    }
}

pub(super) fn size_test(text: &str) -> Result<SizeTest, String> {
    let test = match text.as_bytes().first() {
        Some(b'+') => size(&text[1..]).map(SizeTest::Over),
        Some(b'-') => size(&text[1..]).map(SizeTest::Under),
        _ => size(text).map(SizeTest::Exactly),
    };
    test.map_err(|_| {
        "write `+10M` (more), `-4k` (less) or `1.5G` (exactly); a k is 1024 bytes, a kB 1000".to_owned()
    })
}

/// A time, or how long ago it was.
pub(super) fn age(text: &str) -> Result<SystemTime, String> {
    let age = text.strip_suffix("ago").unwrap_or(text).trim_end();
    let ago = || span(age).ok().and_then(|age| SystemTime::now().checked_sub(age));
    time(text).or_else(ago).ok_or_else(|| {
        "write an age (`7d`, `1w`, `2h30m`), a date (`2026-03-01`) or a time (`2026-03-01T12:00:00Z`)"
            .to_owned()
    })
}

/// A time of RFC 3339; without an offset, and as a date alone, it is of the time zone here.
fn time(text: &str) -> Option<SystemTime> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.into());
    }
    // `20260301` is left to those for whom it is a number.
    let has_year = text.as_bytes().get(4) == Some(&b'-');
    let here = text.parse::<DateTime>().ok().filter(|_| has_year)?;
    let time = here.to_zoned(TimeZone::system()).ok()?;
    Some(time.timestamp().into())
}

/// A pattern; it is compiled once more where it is used.
pub(super) fn pattern(text: &str) -> Result<String, String> {
    path_pattern(text).map(|_| text.to_owned())
}

/// A pattern for the last segment of a path.
pub(super) fn name_pattern(text: &str) -> Result<Pattern, String> {
    if text.contains('/') {
        return Err("a name has no `/`; `--path` compares the whole path".to_owned());
    }
    path_pattern(text)
}

/// A pattern for a whole path.
pub(super) fn path_pattern(text: &str) -> Result<Pattern, String> {
    Pattern::new(text).map_err(|error| brief(&error))
}

/// A header line; its name is a token (RFC 9110, section 5.6.2), and its value has no control characters.
pub(super) fn header(text: &str) -> Result<(String, String), String> {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    match text.split_once(':') {
        Some((name, value))
            if !name.is_empty() && name.bytes().all(token) && !value.contains(char::is_control) =>
        {
            Ok((name.to_ascii_lowercase(), value.trim().to_owned()))
        }
        _ => Err("write `name:value`, such as `content-type:text/plain`".to_owned()),
    }
}

/// Which version is meant, as users write it; documented in `help/versions.txt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selector {
    /// Stands for one version, whatever the store has.
    Plain(VersionSelector),
    /// Looks like a time, but there are stores whose ids look like that too.
    TimeOrId(SystemTime, String),
}

pub(super) fn selector(text: &str) -> Result<Selector, String> {
    if let Some(id) = text.strip_prefix("id:").filter(|id| !id.is_empty()) {
        return Ok(Selector::Plain(VersionSelector::Id(id.to_owned())));
    }
    // Ids of Google Cloud Storage are numbers too, of sixteen digits.
    let is_index = text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(index) = text.parse().ok().filter(|_| is_index) {
        return Ok(Selector::Plain(VersionSelector::Index(index)));
    }
    match time(text) {
        Some(time) => Ok(Selector::TimeOrId(time, text.to_owned())),
        None if text.is_empty() || text == "id:" => {
            Err("write an id, an index from the newest (`0`), or a time (`2026-03-01T12:00:00Z`)".to_owned())
        }
        None => Ok(Selector::Plain(VersionSelector::Id(text.to_owned()))),
    }
}

/// As `selector`, where a time has a flag of its own: what looks like one is an id.
pub(super) fn id(text: &str) -> Result<Selector, String> {
    match selector(text).map_err(|_| "write an id, or an index from the newest (`0`)".to_owned())? {
        Selector::TimeOrId(_, id) => Ok(Selector::Plain(VersionSelector::Id(id))),
        plain => Ok(plain),
    }
}

/// The library's message without the operation: clap says which argument it was.
fn brief(error: &Error) -> String {
    match error.hint() {
        Some(hint) => format!("{}; {hint}", error.message()),
        None => error.message().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_to_live() {
        let cases = [
            ("90s", 90),
            ("15m", 900),
            ("12h", 43_200),
            ("7d", 604_800),
            ("1w", 604_800),
            ("1h 30m", 5400),
            ("PT2M", 120),
        ];
        for (text, seconds) in cases {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "15",
            "soon",
            "-5m",
            "0s",
            "0d",
            "-1d",
            "1mo",
            "1y",
            "999999999999999999d",
            "99999999999999999999s",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_those_of_configurations() {
        let cases =
            [("1000", 1000), ("64KiB", 65_536), ("1.5G", 3 << 29), ("64MB", 64_000_000), ("1KB", 1000)];
        for (text, bytes) in cases {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        assert!(size("much").unwrap_err().contains("write `1000`"));
    }

    #[test]
    fn memory_is_enough_for_one_file() {
        assert_eq!(memory("2MiB"), Ok(2 << 20));
        for text in ["0", "1", "1MiB", "x"] {
            assert!(memory(text).is_err(), "{text}");
        }
    }

    #[test]
    fn tests_of_sizes() {
        let cases = [
            ("+10M", SizeTest::Over(10 << 20)),
            ("-4k", SizeTest::Under(4096)),
            ("1G", SizeTest::Exactly(1 << 30)),
            ("+1.5KB", SizeTest::Over(1500)),
            ("0", SizeTest::Exactly(0)),
        ];
        for (text, test) in cases {
            assert_eq!(size_test(text), Ok(test), "{text}");
        }
        for text in ["", "+", "-", "++1", "1.5", "k"] {
            assert!(size_test(text).is_err(), "{text}");
        }
        assert!(SizeTest::Over(1).holds(2) && !SizeTest::Over(2).holds(2));
        assert!(SizeTest::Under(1).holds(0) && !SizeTest::Under(2).holds(2));
        assert!(SizeTest::Exactly(2).holds(2) && !SizeTest::Exactly(2).holds(1));
    }

    #[test]
    fn ages() {
        let now = SystemTime::now();
        let cases = [
            ("7d", 604_800),
            ("1w", 604_800),
            ("2h30m", 9000),
            ("1d12h", 129_600),
            ("1d 1s", 86_401),
            ("90s", 90),
            ("2 days ago", 172_800),
        ];
        for (text, seconds) in cases {
            let ago = now.duration_since(age(text).unwrap()).unwrap_or_default().as_secs();
            // The clock goes on between here and there.
            assert!(ago <= seconds && ago + 60 > seconds, "{text}: {ago}");
        }
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_366_400);
        assert_eq!(age("2026-03-01T12:00:00Z"), Ok(time));
        for text in
            ["", "d", "7", "soon", "-1h", "99999999999999999999d", "20260301", "2026-13-01", "7dd", "1mo"]
        {
            assert!(age(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_date_and_a_time_without_offset_are_of_here() {
        let here = |text: &str| {
            let here: DateTime = text.parse().unwrap();
            Ok(here.to_zoned(TimeZone::system()).unwrap().timestamp().into())
        };
        assert_eq!(age("2026-03-01"), here("2026-03-01T00:00:00"));
        assert_eq!(age("2026-03-01T10:30:00"), here("2026-03-01T10:30:00"));
        assert_eq!(age("2026-03-01 10:30"), here("2026-03-01T10:30:00"));
    }

    #[test]
    fn patterns_of_names_have_no_slash() {
        assert!(name_pattern("*.rs").is_ok_and(|pattern| pattern.matches("a.rs", false)));
        assert!(name_pattern("a/*.rs").is_err() && path_pattern("a/*.rs").is_ok());
        for text in ["", "[", "../x", "a//b", "!x"] {
            assert!(pattern(text).is_err() && path_pattern(text).is_err(), "{text}");
        }
    }

    #[test]
    fn header_lines() {
        let line = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(header("Content-Type: text/plain"), line("content-type", "text/plain"));
        assert_eq!(header("x-a:b:c"), line("x-a", "b:c"));
        for text in ["", "a", ":b", "a b:c", "é:x", "a:b\nc:d"] {
            assert!(header(text).is_err(), "{text}");
        }
    }

    #[test]
    fn selectors_of_versions() {
        let id = |id: &str| Ok(Selector::Plain(VersionSelector::Id(id.to_owned())));
        assert_eq!(selector("0"), Ok(Selector::Plain(VersionSelector::Index(0))));
        assert_eq!(selector("000012"), Ok(Selector::Plain(VersionSelector::Index(12))));
        assert_eq!(selector("1700000000000000"), id("1700000000000000"));
        assert_eq!(selector("3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY"), id("3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY"));
        assert_eq!(selector("null"), id("null"));
        assert_eq!(selector("id:0"), id("0"));
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_366_400);
        for text in ["2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00"] {
            assert_eq!(selector(text), Ok(Selector::TimeOrId(time, text.to_owned())));
        }
        assert!(selector("").is_err() && selector("id:").is_err());
    }
}

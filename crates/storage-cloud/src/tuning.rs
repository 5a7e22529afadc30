//! Sizes and numbers that mounts of all clouds take in their configuration.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Unexpected, Visitor};
pub use storage_types::ByteSize;
use storage_types::{Error, Result, Secret};

use crate::transport::proxy;

/// A time: a number of seconds (`30`, `0.5`), or a text with a unit as the command line takes it (`500ms`, `90s`, `15m`, `12h`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seconds(pub Duration);

impl Seconds {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = match unit.trim_start() {
            "ms" => 0.001,
            "" | "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        Self::of(number.parse::<f64>().ok()? * unit)
    }

    fn of(seconds: f64) -> Option<Self> {
        Duration::try_from_secs_f64(seconds).ok().map(Self)
    }
}

impl From<Duration> for Seconds {
    fn from(time: Duration) -> Self {
        Self(time)
    }
}

impl From<reqwest::Client> for OwnClient {
    fn from(client: reqwest::Client) -> Self {
        Self(client)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Time;
        impl Visitor<'_> for Time {
            type Value = Seconds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time, such as 30 (seconds), `90s` or `15m`")
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Seconds, E> {
                Ok(Seconds(Duration::from_secs(value)))
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Seconds, E> {
                let seconds = u64::try_from(value).map(|value| Seconds(Duration::from_secs(value)));
                seconds.map_err(|_| E::invalid_value(Unexpected::Signed(value), &self))
            }

            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Seconds, E> {
                Seconds::of(value).ok_or_else(|| E::invalid_value(Unexpected::Float(value), &self))
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Seconds, E> {
                Seconds::parse(value).ok_or_else(|| E::invalid_value(Unexpected::Str(value), &self))
            }
        }
        deserializer.deserialize_any(Time)
    }
}

/// How a mount splits large content, and how it holds out.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Tuning {
    /// Content larger than this is sent in parts, in bytes.
    pub multipart_threshold: u64,
    /// Size of a part in bytes; it doubles every thousand parts, so that any size fits into the store's number of parts.
    pub part_size: u64,
    /// Parts of one transfer that are under way at once.
    pub concurrency: usize,
    /// How often a request is tried in all.
    pub attempts: u32,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a server may be silent.
    pub read_timeout: Duration,
    /// Requests at once; more wait in line. Streams in the hands of callers do not count.
    pub max_requests: usize,
    /// A file of certificates in PEM: authorities that are trusted beside those of the machine.
    pub ca_bundle: Option<PathBuf>,
    /// The URL of the proxy, or `none`. Without it, the environment says.
    pub proxy: Option<Secret>,
    /// A client that the program made. Then its settings hold, not those for connections here.
    pub client: Option<OwnClient>,
    /// Nothing may be written or deleted.
    pub read_only: bool,
}

/// A client that the program made. Its connections belong to the runtime that first uses them, so it should not be used from
/// several.
#[derive(Debug, Clone)]
pub struct OwnClient(pub reqwest::Client);

/// Requests at once when nothing else is said: far fewer than the 1,024 files that a process may open by default.
const MAX_REQUESTS: usize = 256;

/// The longest time that can be asked for.
const LONGEST: Duration = Duration::from_secs(86_400);

impl Default for Tuning {
    fn default() -> Self {
        Self {
            multipart_threshold: 16 << 20,
            part_size: 8 << 20,
            concurrency: 8,
            attempts: 5,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            max_requests: MAX_REQUESTS,
            ca_bundle: None,
            proxy: None,
            client: None,
            read_only: false,
        }
    }
}

/// The options of configuration that make up a [`Tuning`], as each cloud's configuration has them.
#[derive(Debug, Clone, Default)]
pub struct TuningOptions {
    /// See [`Tuning::multipart_threshold`].
    pub multipart_threshold: Option<ByteSize>,
    /// See [`Tuning::part_size`].
    pub part_size: Option<ByteSize>,
    /// See [`Tuning::concurrency`].
    pub concurrency: Option<usize>,
    /// See [`Tuning::attempts`].
    pub attempts: Option<u32>,
    /// See [`Tuning::connect_timeout`].
    pub connect_timeout: Option<Seconds>,
    /// See [`Tuning::read_timeout`].
    pub read_timeout: Option<Seconds>,
    /// See [`Tuning::max_requests`].
    pub max_requests: Option<usize>,
    /// See [`Tuning::ca_bundle`].
    pub ca_bundle: Option<PathBuf>,
    /// See [`Tuning::proxy`].
    pub proxy: Option<Secret>,
    /// See [`Tuning::client`].
    pub client: Option<OwnClient>,
    /// See [`Tuning::read_only`].
    pub read_only: bool,
}

impl Tuning {
    /// What the options say, defaults elsewhere. `part_min` and `part_max` are the store's own bounds, in bytes.
    ///
    /// # Errors
    ///
    /// `Config` naming the field and what is allowed.
    pub fn new(options: TuningOptions, part_min: u64, part_max: u64) -> Result<Self> {
        let default = Self::default();
        let this = Self {
            multipart_threshold: options.multipart_threshold.map_or(default.multipart_threshold, |it| it.0),
            part_size: options.part_size.map_or(default.part_size, |it| it.0),
            concurrency: options.concurrency.unwrap_or(default.concurrency),
            attempts: options.attempts.unwrap_or(default.attempts),
            connect_timeout: options.connect_timeout.map_or(default.connect_timeout, |it| it.0),
            read_timeout: options.read_timeout.map_or(default.read_timeout, |it| it.0),
            max_requests: options.max_requests.unwrap_or(default.max_requests),
            ca_bundle: options.ca_bundle,
            proxy: options.proxy,
            client: options.client,
            read_only: options.read_only,
        };
        this.check_connections()?;
        if !(part_min..=part_max).contains(&this.part_size) {
            return Err(Error::config(format!(
                "field `part_size`: {} bytes, but parts of this store have {part_min} to {part_max}",
                this.part_size
            )));
        }
        if !(1..=1000).contains(&this.concurrency) {
            return Err(Error::config("field `concurrency`: it has to be 1 to 1000"));
        }
        let times = [("connect_timeout", this.connect_timeout), ("read_timeout", this.read_timeout)];
        for (field, time) in times {
            if time.is_zero() || time > LONGEST {
                return Err(Error::config(format!(
                    "field `{field}`: it has to be more than 0 and at most 86400 seconds"
                )));
            }
        }
        if !(1..=100).contains(&this.attempts) {
            return Err(Error::config("field `attempts`: it has to be 1 to 100"));
        }
        Ok(this)
    }

    fn check_connections(&self) -> Result<()> {
        if !(1..=100_000).contains(&self.max_requests) {
            return Err(Error::config("field `max_requests`: it has to be 1 to 100000"));
        }
        match &self.proxy {
            Some(url) if url.expose() != "none" => proxy(url.expose()).map(drop),
            _ => Ok(()),
        }
    }

    /// The field that says how connections are made, if one does: who cannot follow it has to refuse.
    #[must_use]
    pub fn own_connections(&self) -> Option<&'static str> {
        if self.client.is_some() {
            return Some("client");
        }
        self.ca_bundle.as_ref().map(|_| "ca_bundle").or_else(|| self.proxy.as_ref().map(|_| "proxy"))
    }

    /// The size of part `number`, counted from 0, in bytes.
    #[must_use]
    pub fn size_of_part(&self, number: u32, part_max: u64) -> u64 {
        let doubled = (number / 1000).min(20);
        self.part_size.saturating_mul(1 << doubled).min(part_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let cases = [
            ("30", 30_000),
            ("0.5", 500),
            ("500ms", 500),
            ("90s", 90_000),
            ("90 s", 90_000),
            ("1.5m", 90_000),
            ("12h", 43_200_000),
        ];
        for (text, milliseconds) in cases {
            assert_eq!(Seconds::parse(text), Some(Seconds(Duration::from_millis(milliseconds))), "{text}");
        }
        for text in ["", "s", "-1", "1d", "1 month", "1e3", "1.2.3", "inf", "99999999999999999999999h"] {
            assert_eq!(Seconds::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ten_thousand_parts_hold_five_tebibytes() {
        let tuning = Tuning::default();
        let total: u64 = (0..10_000).map(|number| tuning.size_of_part(number, 5 << 30)).sum();
        assert!(total >= 5 << 40, "{total}");
    }
}

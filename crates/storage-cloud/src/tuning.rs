//! Sizes and numbers that mounts of all clouds take in their configuration.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error as _};
pub use storage_types::ByteSize;
use storage_types::{Error, Result};

/// A time in seconds: `30`, `0.5`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seconds(pub Duration);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Duration::try_from_secs_f64(seconds)
            .map(Self)
            .map_err(|_| D::Error::custom("a time is a number of seconds, not negative"))
    }
}

/// How a mount splits large content, and how it holds out.
#[derive(Debug, Clone, PartialEq)]
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
    /// Nothing may be written or deleted.
    pub read_only: bool,
}

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
            read_only: false,
        }
    }
}

/// The options of configuration that make up a [`Tuning`], as each cloud's configuration has them.
#[derive(Debug, Clone, Copy, Default)]
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
            read_only: options.read_only,
        };
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
    fn ten_thousand_parts_hold_five_tebibytes() {
        let tuning = Tuning::default();
        let total: u64 = (0..10_000).map(|number| tuning.size_of_part(number, 5 << 30)).sum();
        assert!(total >= 5 << 40, "{total}");
    }
}

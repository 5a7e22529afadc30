//! Times for people and for programs.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// RFC 3339 in UTC.
pub(crate) fn exact(time: SystemTime) -> Option<String> {
    Timestamp::try_from(time).ok().map(|time| time.to_string())
}

/// To the minute, in the time zone of the user.
pub(crate) fn short(time: SystemTime) -> String {
    local(time, "%Y-%m-%d %H:%M")
}

/// To the second with the offset, in the time zone of the user.
pub(crate) fn full(time: SystemTime) -> String {
    local(time, "%Y-%m-%d %H:%M:%S %:z")
}

fn local(time: SystemTime, format: &str) -> String {
    match Timestamp::try_from(time) {
        Ok(time) => time.to_zoned(TimeZone::system()).strftime(format).to_string(),
        // Before year -9999 or after 9999: nothing that a store says is then worth more than a dash.
        Err(_) => "-".to_owned(),
    }
}

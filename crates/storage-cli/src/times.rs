//! Times for people and for programs.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use storage::types::WallClock;

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

/// The clock on the wall of the user, as other programs on this machine read and write times without a zone.
pub(crate) fn wall_clock() -> WallClock {
    let zone = TimeZone::system();
    let (from, to) = (zone.clone(), zone);
    let time = move |shown: SystemTime| {
        let shown_at = Timestamp::try_from(shown).map(|shown| shown.to_zoned(TimeZone::UTC).datetime());
        let time = shown_at.ok().and_then(|shown| from.to_timestamp(shown).ok());
        time.map_or(shown, SystemTime::from)
    };
    let shown = move |time: SystemTime| {
        let at = Timestamp::try_from(time).map(|at| to.to_datetime(at));
        let shown = at.ok().and_then(|shown| TimeZone::UTC.to_timestamp(shown).ok());
        shown.map_or(time, SystemTime::from)
    };
    WallClock::new(time, shown)
}

fn local(time: SystemTime, format: &str) -> String {
    match Timestamp::try_from(time) {
        Ok(time) => time.to_zoned(TimeZone::system()).strftime(format).to_string(),
        // Before year -9999 or after 9999: nothing that a store says is then worth more than a dash.
        Err(_) => "-".to_owned(),
    }
}

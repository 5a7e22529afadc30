//! Times in zip archives. A DOS time has no zone and steps of two seconds; here it is what a clock shows, as if that were
//! UTC. The extended timestamp (extra field 0x5455 of Info-ZIP) has seconds since 1970 beside it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: i64 = 86_400;

/// Seconds since 1970, if they fit the extended timestamp, which is a signed number of 32 bits.
pub(in crate::dual::special) fn unix(time: SystemTime) -> Option<i32> {
    let seconds = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).ok()?,
        Err(before) => {
            -i64::try_from(before.duration().as_secs()).ok()?
                - i64::from(before.duration().subsec_nanos() > 0)
        }
    };
    i32::try_from(seconds).ok()
}

/// Back from seconds since 1970.
pub(in crate::dual::special) fn from_unix(seconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
}

/// Back from tenths of microseconds since 1601; none stand for a time that is not known.
pub(in crate::dual::special) fn from_ntfs(ticks: u64) -> Option<SystemTime> {
    const TO_1970: u64 = 116_444_736_000_000_000;
    let distance = |ticks: u64| Duration::new(ticks / 10_000_000, (ticks % 10_000_000) as u32 * 100);
    match ticks {
        0 => None,
        TO_1970.. => UNIX_EPOCH.checked_add(distance(ticks - TO_1970)),
        _ => UNIX_EPOCH.checked_sub(distance(TO_1970 - ticks)),
    }
}

/// The DOS time and date (APPNOTE.TXT, 4.4.6): the nearest there is from 1980 to 2107.
pub(in crate::dual::special) fn dos(time: SystemTime) -> (u16, u16) {
    const FIRST: i64 = 315_532_800;
    const LAST: i64 = 4_354_819_199;
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let seconds = i64::try_from(seconds).unwrap_or(LAST).clamp(FIRST, LAST);
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let of_day = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let date = ((year - 1980) << 9) | (month << 5) | day;
    let time = (hour << 11) | (minute << 5) | (second / 2);
    (time as u16, date as u16)
}

/// Back from a DOS time and date; `None` when they name no day.
pub(in crate::dual::special) fn from_dos(time: u16, date: u16) -> Option<SystemTime> {
    let (time, date) = (i64::from(time), i64::from(date));
    let (year, month, day) = ((date >> 9) + 1980, (date >> 5) & 15, date & 31);
    let (hour, minute, second) = (time >> 11, (time >> 5) & 63, (time & 31) * 2);
    if !(1..=12).contains(&month) || day == 0 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    from_unix(days(year, month, day) * DAY + hour * 3600 + minute * 60 + second)
}

/// Year, month and day of a day since 1970, by Howard Hinnant's `civil_from_days`.
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The day since 1970, by Howard Hinnant's `days_from_civil`.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn dos_times_come_back() {
        // 2026-03-01 12:00:00 UTC
        assert_eq!(dos(at(1_772_366_400)), (12 << 11, (46 << 9) | (3 << 5) | 1));
        for seconds in [315_532_800, 951_782_400, 1_709_164_798, 1_772_366_400, 4_354_819_198] {
            let (time, date) = dos(at(seconds));
            assert_eq!(from_dos(time, date), Some(at(seconds)), "{seconds}");
        }
    }

    #[test]
    fn times_outside_are_cut_and_nonsense_is_none() {
        assert_eq!(from_dos(dos(UNIX_EPOCH).0, dos(UNIX_EPOCH).1), Some(at(315_532_800)));
        assert_eq!(dos(at(9_999_999_999)), dos(at(4_354_819_199)));
        assert_eq!(from_dos(0, 0), None);
        assert_eq!(from_dos(0xffff, (3 << 5) | 1), None);
    }

    #[test]
    fn times_of_ntfs() {
        assert_eq!(from_ntfs(116_444_736_000_000_000), Some(UNIX_EPOCH));
        assert_eq!(from_ntfs(116_444_736_015_000_000), Some(UNIX_EPOCH + Duration::from_millis(1500)));
        assert_eq!(from_ntfs(116_444_735_990_000_000), Some(UNIX_EPOCH - Duration::from_secs(1)));
        assert_eq!(from_ntfs(0), None);
        assert!(from_ntfs(u64::MAX).is_some());
    }

    #[test]
    fn unix_times() {
        assert_eq!(unix(at(1_772_366_400)), Some(1_772_366_400));
        assert_eq!(unix(at(4_000_000_000)), None);
        let before = UNIX_EPOCH - Duration::from_millis(1500);
        assert_eq!(unix(before), Some(-2));
        assert_eq!(from_unix(-2), Some(UNIX_EPOCH - Duration::from_secs(2)));
    }
}

//! The time of a source, kept with its copy on stores that have times of their own: user metadata `mtime`, seconds since
//! 1970 with a fraction, as rclone and s3fs write it.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use storage_types::Metadata;

const KEY: &str = "mtime";

/// Notes the time with what is stored.
pub(super) fn keep(user: &mut BTreeMap<String, String>, time: SystemTime) {
    if let Ok(since) = time.duration_since(UNIX_EPOCH) {
        user.insert(KEY.to_owned(), format!("{}.{:09}", since.as_secs(), since.subsec_nanos()));
    }
}

/// The time that the source of a copy had.
pub(in crate::dual::transfer) fn source_time(copy: &Metadata) -> Option<SystemTime> {
    let text = copy.user.get(KEY)?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let nanos: u32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    UNIX_EPOCH.checked_add(Duration::new(seconds.parse().ok()?, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_comes_back_to_the_nanosecond() {
        let time = UNIX_EPOCH + Duration::new(1_700_000_000, 120_000_003);
        let mut copy = Metadata::file(1);
        keep(&mut copy.user, time);
        assert_eq!(copy.user[KEY], "1700000000.120000003");
        assert_eq!(source_time(&copy), Some(time));
    }

    #[test]
    fn times_of_other_programs_are_read_and_what_is_none_is_not() {
        let of = |text: &str| {
            let mut copy = Metadata::file(1);
            copy.user.insert(KEY.to_owned(), text.to_owned());
            source_time(&copy)
        };
        assert_eq!(of("1700000000"), Some(UNIX_EPOCH + Duration::from_secs(1_700_000_000)));
        assert_eq!(of("1.5"), Some(UNIX_EPOCH + Duration::from_millis(1500)));
        for odd in ["", "x", "-1", "1.x", "99999999999999999999", "1.\u{e9}"] {
            assert_eq!(of(odd), None, "{odd}");
        }
    }
}

//! Numbers as people read them.

use std::time::Duration;

/// `4 KiB`, `16 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    let (value, unit) = match bytes {
        0..1_048_576 => (bytes >> 10, "KiB"),
        1_048_576..1_073_741_824 => (bytes >> 20, "MiB"),
        _ => (bytes >> 30, "GiB"),
    };
    format!("{value} {unit}")
}

/// `1,000,000`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `3.21 us`, `12.3 ms`, `1.20 s`: three digits that count.
pub(crate) fn time(time: Duration) -> String {
    let nanos = time.as_nanos() as f64;
    let (value, unit) = match nanos {
        ..1e3 => return format!("{nanos:.0} ns"),
        ..1e6 => (nanos / 1e3, "us"),
        ..1e9 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s"),
    };
    format!("{} {unit}", three_digits(value))
}

/// A number with three digits that count.
pub(crate) fn three_digits(value: f64) -> String {
    let decimals = match value {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

/// Bytes per second as `123 MiB/s`.
pub(crate) fn rate(bytes_per_second: f64) -> String {
    format!("{} MiB/s", three_digits(bytes_per_second / f64::from(1 << 20)))
}

/// Memory in MiB.
pub(crate) fn mebibytes(kibibytes: u64) -> String {
    format!("{:.1} MiB", kibibytes as f64 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(count(999), "999");
        assert_eq!(size(4096), "4 KiB");
        assert_eq!(size(10 << 30), "10 GiB");
        assert_eq!(time(Duration::from_nanos(3_214)), "3.21 us");
        assert_eq!(time(Duration::from_millis(1_200)), "1.20 s");
    }
}

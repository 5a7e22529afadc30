//! The output of cargo-nextest.

use crate::test::report::Counts;

/// Reads `Summary [ 0.003s] 5/9 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
pub(crate) fn summary(line: &str) -> Option<Counts> {
    let (_, parts) = line.trim_start().strip_prefix("Summary [")?.split_once(" run: ")?;
    let mut counts = Counts::default();
    for part in without_parentheses(parts).split(", ") {
        let (number, what) = part.trim().split_once(' ')?;
        let number: u64 = number.parse().ok()?;
        match what.trim() {
            "passed" => counts.passed += number,
            "skipped" => counts.skipped += number,
            // "failed", "timed out", "exec failed": whatever else a test may end with is no success.
            _ => counts.failed += number,
        }
    }
    Some(counts)
}

/// What stands in parentheses divides a number that was already given: `10 passed (1 slow, 1 flaky)`.
fn without_parentheses(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(char),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_read() {
        let line = "     Summary [   0.003s] 12 tests run: 12 passed, 0 skipped";
        assert_eq!(summary(line), Some(Counts { passed: 12, failed: 0, skipped: 0 }));
    }

    #[test]
    fn every_way_to_fail_counts() {
        let line = "Summary [  61.0s] 8/9 tests run: 4 passed (1 slow, 1 leaky), 2 failed, 1 timed out, 1 exec failed, 3 skipped";
        assert_eq!(summary(line), Some(Counts { passed: 4, failed: 4, skipped: 3 }));
    }

    #[test]
    fn other_lines_are_no_summary() {
        assert_eq!(summary("        PASS [   0.004s] (1/4) xtask test"), None);
    }
}

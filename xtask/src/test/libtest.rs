//! The output of libtest, which libtest-mimic prints too.

use crate::test::report::Counts;

/// Adds up what a libtest run prints: the result lines, and the lines of single tests as a fall-back for a program
/// that ended before its result line.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    results: Counts,
    since_result: Counts,
}

impl Tally {
    /// Takes one line of the output; the single test it told of, if any.
    pub(crate) fn line<'l>(&mut self, line: &'l str) -> Option<Trial<'l>> {
        if let Some(counts) = result(line) {
            self.results += counts;
            self.since_result = Counts::default();
            return None;
        }
        let trial = trial(line)?;
        self.since_result += trial.counts;
        Some(trial)
    }

    /// The sum.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = self.results;
        counts += self.since_result;
        counts
    }
}

/// One test and how it ended, as counts with a single one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Trial<'l> {
    pub(crate) name: &'l str,
    pub(crate) counts: Counts,
}

impl Trial<'_> {
    /// The backend of a behaviour: names are `backend::behaviour`.
    pub(crate) fn backend(&self) -> &str {
        self.name.split_once("::").map_or("-", |(backend, _)| backend)
    }
}

/// The names in the output of `--list`, where a line is `name: test`.
pub(crate) fn listed(output: &str) -> Vec<String> {
    output
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(|name| without_kind(name).to_owned())
        .collect()
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`
fn result(line: &str) -> Option<Counts> {
    let (_, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut counts = Counts::default();
    for part in numbers.split("; ") {
        match part.split_once(' ') {
            Some((number, "passed")) => counts.passed = number.parse().ok()?,
            Some((number, "failed")) => counts.failed = number.parse().ok()?,
            Some((number, "ignored")) => counts.skipped = number.parse().ok()?,
            _ => {}
        }
    }
    Some(counts)
}

/// `test [kind] name    ... ok`, `... FAILED`, `... ignored, reason`
fn trial(line: &str) -> Option<Trial<'_>> {
    let (name, outcome) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let mut counts = Counts::default();
    match outcome.split([',', ' ']).next()? {
        "ok" => counts.passed = 1,
        "FAILED" => counts.failed = 1,
        "ignored" => counts.skipped = 1,
        _ => return None,
    }
    Some(Trial { name: without_kind(name.trim()), counts })
}

fn without_kind(name: &str) -> &str {
    match name.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((_, name)) => name.trim_start(),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSED: Counts = Counts { passed: 1, failed: 0, skipped: 0 };

    #[test]
    fn a_trial_has_a_backend_and_an_outcome() {
        let mut tally = Tally::default();
        let trial = tally.line("test memory::move_onto_itself_keeps_the_file   ... ok").map(|trial| {
            assert_eq!(trial.backend(), "memory");
            trial.counts
        });
        assert_eq!(trial, Some(PASSED));
        assert!(tally.line("test [blocking] local::stat ... FAILED").is_some());
        assert!(tally.line("test s3::stat ... ignored, no server").is_some());
        assert_eq!(tally.counts(), Counts { passed: 1, failed: 1, skipped: 1 });
    }

    #[test]
    fn result_lines_win_over_the_lines_of_single_tests() {
        let mut tally = Tally::default();
        tally.line("test a ... ok");
        tally.line(
            "test result: ok. 7 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        );
        assert_eq!(tally.counts(), Counts { passed: 7, failed: 1, skipped: 2 });
        tally.line("test b ... ok");
        assert_eq!(tally.counts(), Counts { passed: 8, failed: 1, skipped: 2 });
    }

    #[test]
    fn other_output_is_no_trial() {
        let mut tally = Tally::default();
        assert_eq!(tally.line("test data was written ... somewhere"), None);
        assert_eq!(tally.line("running 3 tests"), None);
        assert_eq!(tally.counts(), Counts::default());
    }

    #[test]
    fn names_are_listed() {
        assert_eq!(
            listed("memory::stat: test\n[x] local::stat: test\n\n2 tests\n"),
            ["memory::stat", "local::stat"]
        );
    }
}

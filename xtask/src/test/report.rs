//! What the runners reported, and how it is shown.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use crate::cli::Colour;

/// Numbers of tests by how they ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// The results of all runners.
#[derive(Debug, Default)]
pub(crate) struct Report {
    runners: Vec<(String, Counts)>,
    problems: Vec<String>,
    behaviours: BTreeMap<(String, Colour), Counts>,
}

impl Report {
    /// Adds what a runner counted. One that failed without a failed test (it did not compile, it crashed) counts as
    /// one failure, so that the closing line never looks better than the run was.
    pub(crate) fn add(&mut self, runner: &str, succeeded: bool, mut counts: Counts) {
        if !succeeded && counts.failed == 0 {
            counts.failed = 1;
            self.problems.push(format!("`{runner}` failed before or beside its tests, see its output above"));
        }
        self.runners.push((runner.to_owned(), counts));
    }

    /// Adds what another report says.
    pub(crate) fn merge(&mut self, other: Self) {
        self.runners.extend(other.runners);
        self.problems.extend(other.problems);
        for (key, counts) in other.behaviours {
            *self.behaviours.entry(key).or_default() += counts;
        }
    }

    /// Adds the result of one behaviour.
    pub(crate) fn add_behaviour(&mut self, backend: &str, colour: Colour, counts: Counts) {
        *self.behaviours.entry((backend.to_owned(), colour)).or_default() += counts;
    }

    /// Prints the tables and the closing line; whether nothing failed.
    pub(crate) fn print(&self) -> bool {
        self.print_behaviours();
        println!();
        let mut total = Counts::default();
        for (runner, counts) in &self.runners {
            println!("{runner:<30} {counts}");
            total += *counts;
        }
        for problem in &self.problems {
            println!("error: {problem}");
        }
        println!("{total}");
        total.failed == 0
    }

    fn print_behaviours(&self) {
        if self.behaviours.is_empty() {
            return;
        }
        println!(
            "\n{:<24} {:<9} {:>6} {:>7} {:>7} {:>8}",
            "backend", "colour", "run", "passed", "failed", "skipped"
        );
        for ((backend, colour), counts) in &self.behaviours {
            let Counts { passed, failed, skipped } = counts;
            let run = passed + failed;
            println!("{backend:<24} {:<9} {run:>6} {passed:>7} {failed:>7} {skipped:>8}", colour.name());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_tests_are_named_only_when_there_are_some() {
        assert_eq!(Counts { passed: 3, failed: 0, skipped: 0 }.to_string(), "3 passed, 0 failed");
        assert_eq!(Counts { passed: 3, failed: 1, skipped: 2 }.to_string(), "3 passed, 1 failed, 2 skipped");
    }

    #[test]
    fn a_runner_that_did_not_compile_is_a_failure() {
        let mut report = Report::default();
        report.add("units", false, Counts::default());
        assert_eq!(report.runners, [("units".to_owned(), Counts { failed: 1, ..Counts::default() })]);
        assert!(!report.print());
    }
}

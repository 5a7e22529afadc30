//! Rules in the syntax of gitignore (<https://git-scm.com/docs/gitignore>).

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::pattern::{self, Candidate, Pattern};

/// Compiled rules; later ones win, `!` takes back, a trailing `/` means directories. They mean what they mean to git, but that
/// `?` and `[...]` are one character instead of one byte, that `./x` is `/x`, and that a rule which can match nothing is
/// an error.
#[derive(Debug, Clone, Default)]
pub struct IgnoreRules(Arc<[Rule]>);

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    takes_back: bool,
}

impl IgnoreRules {
    /// Compiles lines; empty ones and comments (`#`) are fine. A byte order mark before the first and a carriage return at the
    /// end of each are skipped.
    ///
    /// # Errors
    ///
    /// `InvalidInput` naming the line that can match nothing.
    pub fn new<S: AsRef<str>>(lines: &[S]) -> Result<Self> {
        let mut rules = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let line = line.as_ref();
            let line = if at == 0 { line.trim_start_matches('\u{feff}') } else { line };
            let rule = Rule::parse(line).map_err(|why| {
                Error::invalid(format!("line {}: the rule `{line}` can match nothing: {why}", at + 1))
                    .with_hint(pattern::hint(line))
            })?;
            rules.extend(rule);
        }
        Ok(Self(rules.into()))
    }

    /// The lines of a file of rules: without a byte order mark, without carriage returns.
    pub fn lines(text: &str) -> impl Iterator<Item = &str> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line))
    }

    /// Whether the rules leave out this relative path, by its own name or with a directory that it lies in.
    #[must_use]
    pub fn ignores(&self, path: &str, is_directory: bool) -> bool {
        let mut above = path.match_indices('/').map(|(at, _)| &path[..at]);
        !self.is_empty()
            && (above.any(|directory| self.names(directory, true)) || self.names(path, is_directory))
    }

    /// Whether the rules name this relative path itself. That is enough for those who leave out what is below a directory.
    #[must_use]
    pub fn names(&self, path: &str, is_directory: bool) -> bool {
        let candidate = Candidate::new(path, is_directory);
        let last = self.0.iter().rev().find(|rule| rule.pattern.matches_candidate(candidate));
        last.is_some_and(|rule| !rule.takes_back)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Rule {
    /// `None` for an empty line and for a comment.
    fn parse(line: &str) -> Result<Option<Self>, String> {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.starts_with('#') {
            return Ok(None);
        }
        let line = without_blanks_at_the_end(line);
        if line.is_empty() {
            return Ok(None);
        }
        let (text, takes_back) = line.strip_prefix('!').map_or((line, false), |text| (text, true));
        Ok(Some(Self { pattern: Pattern::rule(text)?, takes_back }))
    }
}

/// Spaces at the end do not count unless they stand behind a backslash.
fn without_blanks_at_the_end(line: &str) -> &str {
    let trimmed = line.trim_end_matches(' ');
    let backslashes = trimmed.len() - trimmed.trim_end_matches('\\').len();
    let escaped = backslashes % 2 == 1 && trimmed.len() < line.len();
    &line[..trimmed.len() + usize::from(escaped)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_manual() {
        let rules = IgnoreRules::new(&[
            "# built",
            "",
            "*.o",
            "!keep.o",
            "/top",
            "build/",
            "doc/frotz/",
            "a/**/b",
            "\\#odd",
            "last ",
        ])
        .unwrap();
        let ignored = ["x.o", "deep/x.o", "top", "a/b", "a/x/y/b", "#odd", "last"];
        let kept = ["keep.o", "deep/keep.o", "sub/top", "build", "frotz", "# built"];
        assert!(ignored.iter().all(|path| rules.ignores(path, false)));
        assert!(kept.iter().all(|path| !rules.ignores(path, false)));
        assert!(
            rules.ignores("build", true)
                && rules.ignores("x/build", true)
                && rules.ignores("doc/frotz", true)
        );
        assert!(!rules.ignores("x/doc/frotz", true));
    }

    #[test]
    fn what_lies_in_an_ignored_directory_is_ignored_and_cannot_be_taken_back() {
        let rules = IgnoreRules::new(&["build/", "!build/keep"]).unwrap();
        assert!(rules.ignores("x/build/a", false) && rules.ignores("build/keep", false));
        assert!(!rules.names("build/keep", false) && !rules.ignores("build", false));
    }

    #[test]
    fn a_line_that_can_match_nothing_is_named() {
        let error = IgnoreRules::new(&["fine", "", "a["]).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("`a[`"), "{error}");
        assert!(IgnoreRules::new(&["!"]).is_err() && IgnoreRules::new(&["../x"]).is_err());
    }

    #[test]
    fn files_of_windows_are_read() {
        let lines: Vec<&str> = IgnoreRules::lines("\u{feff}*.o\r\nlast \r\n").collect();
        assert_eq!(lines, ["*.o", "last ", ""]);
        for lines in [lines, vec!["\u{feff}*.o\r", "last \r"]] {
            let rules = IgnoreRules::new(&lines).unwrap();
            assert!(rules.ignores("a.o", false) && rules.ignores("last", false));
        }
    }

    #[test]
    fn blanks_at_the_end_count_behind_a_backslash() {
        let cases = [
            ("a  ", "a"),
            ("a\\ ", "a\\ "),
            ("a\\  ", "a\\ "),
            ("a\\\\ ", "a\\\\"),
            ("a\t ", "a\t"),
            ("  ", ""),
        ];
        for (line, rule) in cases {
            assert_eq!(without_blanks_at_the_end(line), rule, "`{line}`");
        }
    }
}

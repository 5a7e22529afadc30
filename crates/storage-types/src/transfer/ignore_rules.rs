//! Rules in the syntax of gitignore (<https://git-scm.com/docs/gitignore>).

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::error::{Error, Result};

/// Compiled rules; later ones win, `!` takes back, a trailing `/` means directories.
#[derive(Debug, Clone)]
pub struct IgnoreRules(Gitignore);

impl IgnoreRules {
    /// Compiles lines; empty ones and comments (`#`) are fine.
    ///
    /// # Errors
    ///
    /// `InvalidInput` naming the line that is no rule.
    pub fn new<S: AsRef<str>>(lines: &[S]) -> Result<Self> {
        let mut builder = GitignoreBuilder::new("");
        for (at, line) in lines.iter().enumerate() {
            let line = line.as_ref();
            builder.add_line(None, line).map_err(|error| {
                Error::invalid(format!("line {}, `{line}`, is no rule of gitignore: {error}", at + 1))
                    .with_hint(
                        "`*` and `?` stay in one segment, `**/` crosses; write `\\#` for a name with `#`",
                    )
            })?;
        }
        builder
            .build()
            .map(Self)
            .map_err(|error| Error::invalid(format!("the rules do not fit together: {error}")))
    }

    /// Whether the rules name this relative path. What is below a directory that they name has to be left out by the
    /// caller.
    #[must_use]
    pub fn ignores(&self, path: &str, is_directory: bool) -> bool {
        matches!(self.0.matched(path, is_directory), Match::Ignore(_))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
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
    fn a_line_that_is_no_rule_is_named() {
        let error = IgnoreRules::new(&["fine", "a{z"]).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("a{z"), "{error}");
    }
}

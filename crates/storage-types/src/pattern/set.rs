//! Include and exclude patterns together, and which of them named nothing.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

use super::{Candidate, Pattern};
use crate::error::{Error, Result};

/// Include and exclude patterns together. Clones share what they have seen.
#[derive(Debug, Clone, Default)]
pub struct PatternSet {
    include: List,
    exclude: List,
}

impl PatternSet {
    /// Compiles both lists. An empty include list includes everything.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when one of them can match nothing, or when an exclude pattern leaves nothing to include.
    pub fn new<S: AsRef<str>>(include: &[S], exclude: &[S]) -> Result<Self> {
        let set = Self { include: List::new(include)?, exclude: List::new(exclude)? };
        match set.exclude.0.iter().find(|entry| entry.pattern.is_everything()) {
            Some(entry) if set.has_includes() => Err(leaves_nothing(&entry.pattern)),
            _ => Ok(set),
        }
    }

    /// Whether a file of this relative path is to be handled: excluded beats included.
    #[must_use]
    pub fn allows(&self, path: &str) -> bool {
        !self.excludes(path, false) && self.includes(path, false)
    }

    /// Whether an exclude pattern names this entry or a directory that it lies in. A directory that is excluded is not
    /// entered.
    #[must_use]
    pub fn excludes(&self, path: &str, is_directory: bool) -> bool {
        self.exclude.covers(path, is_directory)
    }

    /// Whether there are no include patterns, or one of them names this entry or a directory that it lies in.
    #[must_use]
    pub fn includes(&self, path: &str, is_directory: bool) -> bool {
        self.include.0.is_empty() || self.include.covers(path, is_directory)
    }

    /// Whether there is nothing to filter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.include.0.is_empty() && self.exclude.0.is_empty()
    }

    /// Whether only some files are wanted, so that directories without any are left out.
    #[must_use]
    pub fn has_includes(&self) -> bool {
        !self.include.0.is_empty()
    }

    /// The patterns that matched nothing of what was asked for so far. An include pattern whose files are all excluded is
    /// one of them.
    #[must_use]
    pub fn unmatched(&self) -> Vec<UnmatchedPattern> {
        let include = self.include.unmatched(PatternList::Include);
        include.chain(self.exclude.unmatched(PatternList::Exclude)).collect()
    }
}

fn leaves_nothing(pattern: &Pattern) -> Error {
    Error::invalid(format!("the exclude pattern `{pattern}` leaves nothing to include"))
        .with_hint("to take some files only, include patterns are enough: leave it out")
}

/// A pattern that matched nothing in a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct UnmatchedPattern {
    /// Where it was given.
    pub list: PatternList,
    /// The pattern as it was given.
    pub pattern: String,
}

impl UnmatchedPattern {
    /// A pattern that matched nothing.
    #[must_use]
    pub fn new(list: PatternList, pattern: impl Into<String>) -> Self {
        Self { list, pattern: pattern.into() }
    }
}

impl fmt::Display for UnmatchedPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.list {
            PatternList::Include => write!(f, "the include pattern `{}` took nothing", self.pattern),
            PatternList::Exclude => write!(f, "the exclude pattern `{}` matched nothing", self.pattern),
        }
    }
}

/// The two lists of patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PatternList {
    /// What is taken.
    Include,
    /// What is left out.
    Exclude,
}

#[derive(Debug, Clone, Default)]
struct List(Arc<[Entry]>);

#[derive(Debug)]
struct Entry {
    pattern: Pattern,
    /// Whether it has matched anything.
    matched: AtomicBool,
}

impl List {
    fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self> {
        let entry = |pattern: &S| {
            Ok(Entry { pattern: Pattern::new(pattern.as_ref())?, matched: AtomicBool::new(false) })
        };
        patterns.iter().map(entry).collect::<Result<_>>().map(Self)
    }

    /// One that has matched before is not asked again once another has decided.
    fn covers(&self, path: &str, is_directory: bool) -> bool {
        let candidate = Candidate::new(path, is_directory);
        let mut found = false;
        for entry in &*self.0 {
            let before = entry.matched.load(Ordering::Relaxed);
            if (!found || !before) && entry.pattern.covers_candidate(candidate) {
                found = true;
                if !before {
                    entry.matched.store(true, Ordering::Relaxed);
                }
            }
        }
        found
    }

    fn unmatched(&self, list: PatternList) -> impl Iterator<Item = UnmatchedPattern> {
        let entries = self.0.iter().filter(|entry| !entry.matched.load(Ordering::Relaxed));
        entries.map(move |entry| UnmatchedPattern::new(list, entry.pattern.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unmatched(set: &PatternSet) -> Vec<String> {
        set.unmatched().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn exclude_beats_include() {
        let set = PatternSet::new(&["*.rs"], &["target/"]).unwrap();
        assert!(set.allows("src/a.rs") && !set.allows("target/a.rs") && !set.allows("a.txt"));
    }

    #[test]
    fn an_include_takes_what_an_exclude_of_the_same_text_leaves_out() {
        for pattern in ["src", "src/", "/src", "src/*", "src/**", "*.rs", "{src,lib}/**/*.rs"] {
            let include = PatternSet::new(&[pattern], &[]).unwrap();
            let exclude = PatternSet::new(&[], &[pattern]).unwrap();
            for path in ["src", "src/a.rs", "src/x/b.rs", "x/src/c.txt", "lib/d.rs", "e.rs"] {
                assert_ne!(include.allows(path), exclude.allows(path), "{pattern} {path}");
            }
        }
    }

    #[test]
    fn patterns_that_match_nothing_are_known() {
        let set = PatternSet::new(&["*.rs", "*.py"], &["target", "*.o", "sub/*.rs"]).unwrap();
        assert_eq!(unmatched(&set).len(), 5);
        assert!(!set.excludes("sub", true) && set.excludes("target", true));
        assert!(set.allows("a.rs") && !set.allows("sub/b.rs") && !set.allows("c.txt"));
        let expected =
            ["the include pattern `*.py` took nothing", "the exclude pattern `*.o` matched nothing"];
        assert_eq!(unmatched(&set), expected);
    }

    #[test]
    fn an_include_whose_files_are_excluded_took_nothing() {
        let set = PatternSet::new(&["*.o"], &["build"]).unwrap();
        assert!(!set.allows("build/a.o"));
        assert_eq!(unmatched(&set), ["the include pattern `*.o` took nothing"]);
    }

    #[test]
    fn a_pattern_that_another_one_hides_has_matched() {
        let set = PatternSet::new(&[], &["*.o", "a.o"]).unwrap();
        assert!(!set.allows("a.o"));
        assert!(set.unmatched().is_empty());
    }

    #[test]
    fn excluding_everything_besides_includes_is_refused() {
        for everything in ["*", "**", "/*", "/**", "**/*", "***", "{a,*}"] {
            let error = PatternSet::new(&["*.rs"], &[everything]).unwrap_err().to_string();
            assert!(error.contains(everything), "{error}");
            assert!(PatternSet::new(&[], &[everything]).is_ok());
        }
        assert!(PatternSet::new(&["*.rs"], &["*/", "?*", "*/*"]).is_ok());
    }
}

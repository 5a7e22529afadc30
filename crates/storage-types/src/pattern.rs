//! Include and exclude globs: `*` and `?` stay in one segment, `**` crosses, `{a,b}` and `[a-z]` as in ripgrep.

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};

use crate::error::{Error, Result};

/// One compiled glob over paths with `/` separators.
#[derive(Clone)]
pub struct Pattern(GlobMatcher);

impl Pattern {
    /// Compiles `text`. A pattern without `/` matches the name at any depth, as in gitignore: `*.tmp` means
    /// `**/*.tmp`; one with `/` (a leading one too) is matched against the whole relative path.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when it is not a glob.
    pub fn new(text: &str) -> Result<Self> {
        if text.contains('/') {
            Self::compile(text.trim_start_matches('/'), text)
        } else {
            Self::compile(&format!("**/{text}"), text)
        }
    }

    /// Compiles `text` to be matched against the whole relative path in any case: `*.tmp` matches the first level only.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when it is not a glob.
    pub fn whole_path(text: &str) -> Result<Self> {
        Self::compile(text, text)
    }

    /// `written` is what the user typed, for messages.
    fn compile(text: &str, written: &str) -> Result<Self> {
        let glob = GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build().map_err(
            |error| {
                Error::invalid(format!("`{written}` is not a glob: {}", error.kind()))
                    .with_hint("`*` and `?` stay in one segment, `**` crosses; write `[*]` for a star itself")
            },
        )?;
        Ok(Self(glob.compile_matcher()))
    }

    /// Whether the relative path matches.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.0.glob().glob())
    }
}

/// Include and exclude patterns together.
#[derive(Debug, Clone, Default)]
pub struct PatternSet {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
}

impl PatternSet {
    /// Compiles both lists. An empty include list includes everything.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when one of them is not a glob.
    pub fn new<S: AsRef<str>>(include: &[S], exclude: &[S]) -> Result<Self> {
        let compile =
            |list: &[S]| list.iter().map(|text| Pattern::new(text.as_ref())).collect::<Result<Vec<_>>>();
        Ok(Self { include: compile(include)?, exclude: compile(exclude)? })
    }

    /// Whether the relative path of a file is to be handled: excluded beats included.
    #[must_use]
    pub fn allows(&self, path: &str) -> bool {
        !self.excludes(path) && (self.include.is_empty() || self.include.iter().any(|p| p.matches(path)))
    }

    /// Whether an exclude pattern names this path; a directory that is excluded is not entered.
    #[must_use]
    pub fn excludes(&self, path: &str) -> bool {
        self.exclude.iter().any(|p| p.matches(path))
    }

    /// Whether there is nothing to filter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// Whether only some files are wanted, so that directories without any are left out.
    #[must_use]
    pub fn has_includes(&self) -> bool {
        !self.include.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_stays_in_its_segment() {
        let whole = |pattern: &str, path: &str| Pattern::whole_path(pattern).unwrap().matches(path);
        assert!(whole("*.rs", "lib.rs") && !whole("*.rs", "src/lib.rs"));
        assert!(whole("**/*.rs", "lib.rs") && whole("**/*.rs", "a/b/lib.rs"));
        assert!(whole("src/**", "src/a/b") && !whole("src/?", "src/a/b"));
        assert!(whole("{a,b}/[xy]", "b/y"));
    }

    #[test]
    fn a_pattern_without_slash_matches_at_any_depth() {
        let pattern = Pattern::new("*.tmp").unwrap();
        assert!(pattern.matches("a.tmp") && pattern.matches("x/y/a.tmp"));
        assert!(!Pattern::new("/a.tmp").unwrap().matches("x/a.tmp"));
    }

    #[test]
    fn exclude_beats_include() {
        let set = PatternSet::new(&["*.rs"], &["target/**"]).unwrap();
        assert!(set.allows("src/a.rs") && !set.allows("target/a.rs") && !set.allows("a.txt"));
    }

    #[test]
    fn a_bad_glob_is_refused_with_a_way_out() {
        let error = Pattern::new("a[").unwrap_err();
        assert!(error.to_string().contains("`a[`") || error.to_string().contains("a["), "{error}");
    }

    proptest! {
        #[test]
        fn no_pattern_panics_and_a_literal_matches_itself(text in "[a-z*?\\[\\]{}/!\\\\]{0,12}", name in "[a-z]{1,8}") {
            if let Ok(pattern) = Pattern::new(&text) {
                let _: bool = pattern.matches(&name);
            }
            prop_assert!(Pattern::whole_path(&name).unwrap().matches(&name));
            let doubled = format!("{name}/{name}");
            let star = Pattern::whole_path("*").unwrap();
            prop_assert!(!star.matches(&doubled));
        }
    }
}

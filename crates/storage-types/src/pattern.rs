//! Patterns that choose files: the grammar of gitignore, with `{a,b}` besides. `docs/patterns.md` is its page for users.

mod braces;
mod class;
mod glob;
mod segment;
mod set;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

pub use set::{PatternList, PatternSet, UnmatchedPattern};

pub(crate) use self::glob::Candidate;
use self::glob::{Glob, Reach};
use crate::error::{Error, Result};

/// A pattern for relative paths with `/` separators.
///
/// | pattern | what it matches |
/// |---|---|
/// | `name` | files and directories of that name, at any depth |
/// | `name/` | directories of that name, at any depth |
/// | `/name`, `./name` | `name` at the start only |
/// | `a/b` | the path from the start: a `/` inside anchors |
/// | `*`, `?` | any characters, one character, of one name |
/// | `**/a`, `a/**/b`, `a/**` | `a` at any depth, `b` anywhere below `a`, all that is in `a` |
/// | `[a-z]`, `[!a-z]`, `[[:upper:]]` | one of these characters, none of these, a class of POSIX |
/// | `{a,b}` | `a` or `b` |
/// | `\*` | the character `*` itself |
///
/// A directory that matches stands for all that is in it: [`covers`](Self::covers).
#[derive(Clone)]
pub struct Pattern {
    text: Arc<str>,
    /// One of them has to match.
    globs: Arc<[Glob]>,
}

impl Pattern {
    /// Compiles `text`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when it can match nothing: it is empty, has an empty segment (`//`), `.` or `..` for a name, brackets or
    /// braces that are not closed, a range that is reversed, a class that does not exist, or a backslash at its end. One
    /// that begins with `!` is refused as well, since it takes nothing back outside of rules.
    pub fn new(text: &str) -> Result<Self> {
        if text.starts_with('!') {
            return Err(Error::invalid(format!("the pattern `{text}` begins with `!`, which only rules know"))
                .with_hint(format!(
                    "write `\\{text}` for a name that begins so; to take back what another one leaves out, use rules \
                     in the syntax of gitignore"
                )));
        }
        let globs = braces::expand(text).and_then(|texts| {
            let globs = texts.iter().map(|text| Glob::parse(text)).collect::<Result<Vec<_>, _>>()?;
            Ok(globs.into_iter().flatten().collect())
        });
        match globs {
            Ok(globs) => Ok(Self { text: text.into(), globs }),
            Err(why) => {
                let message = format!("the pattern `{text}` can match nothing: {why}");
                Err(Error::invalid(message).with_hint(hint(text)))
            }
        }
    }

    /// As [`new`](Self::new), but braces are characters, as in a line of gitignore behind its `!`. The error says why it can
    /// match nothing.
    pub(crate) fn rule(text: &str) -> Result<Self, String> {
        Ok(Self { text: text.into(), globs: Glob::parse(text)?.into() })
    }

    /// The text for exactly this path or name: what means something in a pattern stands behind a backslash.
    ///
    /// ```
    /// # use storage_types::Pattern;
    /// let pattern = Pattern::new(&format!("/{}", Pattern::escape("odd [1]/*.txt")))?;
    /// assert!(pattern.matches("odd [1]/*.txt", false) && !pattern.matches("odd [1]/a.txt", false));
    /// # Ok::<(), storage_types::Error>(())
    /// ```
    #[must_use]
    pub fn escape(path: &str) -> String {
        let mut text = String::with_capacity(path.len());
        for (at, c) in path.char_indices() {
            let at_either_end = (at == 0 && matches!(c, '!' | '#')) || (c == ' ' && at + 1 == path.len());
            if at_either_end || matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | ',' | '\\') {
                text.push('\\');
            }
            text.push(c);
        }
        text
    }

    /// Whether the entry at this relative path matches.
    #[must_use]
    pub fn matches(&self, path: &str, is_directory: bool) -> bool {
        self.matches_candidate(Candidate::new(path, is_directory))
    }

    /// Whether the entry at this relative path matches, or a directory that it lies in.
    #[must_use]
    pub fn covers(&self, path: &str, is_directory: bool) -> bool {
        self.covers_candidate(Candidate::new(path, is_directory))
    }

    pub(crate) fn matches_candidate(&self, candidate: Candidate<'_>) -> bool {
        self.globs.iter().any(|glob| glob.matches(candidate, Reach::Itself))
    }

    fn covers_candidate(&self, candidate: Candidate<'_>) -> bool {
        self.globs.iter().any(|glob| glob.matches(candidate, Reach::Below))
    }

    /// The text it was made from.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches whatever there is.
    fn is_everything(&self) -> bool {
        self.globs.iter().any(Glob::is_everything)
    }
}

/// What to write instead of a pattern that can match nothing.
pub(crate) fn hint(text: &str) -> &'static str {
    if text.contains("..") {
        "patterns are compared with paths below the start: name the start, or a path from there"
    } else if text.contains(['[', '{', '\\']) {
        "`[a-z]` is one of these characters, `{a,b}` one of these texts; `\\[` and `\\{` are the characters themselves"
    } else {
        "write a name such as `*.tmp` for any depth, `name/` for a directory, `/name` for the start only"
    }
}

impl FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether the pattern matches the path; one that ends with `/` is a directory.
    fn matches(pattern: &str, path: &str) -> bool {
        let name = path.strip_suffix('/').unwrap_or(path);
        Pattern::new(pattern).unwrap().matches(name, name != path)
    }

    /// The path is what the pattern matches, those behind it are not.
    #[track_caller]
    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        for path in yes {
            assert!(matches(pattern, path), "`{pattern}` matches `{path}`");
        }
        for path in no {
            assert!(!matches(pattern, path), "`{pattern}` does not match `{path}`");
        }
    }

    #[test]
    fn a_name_matches_at_any_depth_and_a_path_from_the_start() {
        check("*.tmp", &["a.tmp", "x/y/a.tmp", ".tmp", "d.tmp/"], &["a.tmpx", "tmp"]);
        check("/a.tmp", &["a.tmp"], &["x/a.tmp"]);
        check("a/b", &["a/b", "a/b/"], &["x/a/b", "a/b/c", "a"]);
    }

    #[test]
    fn a_slash_at_the_end_means_a_directory() {
        check("build/", &["build/", "x/build/"], &["build", "x/build"]);
        check("/build/", &["build/"], &["x/build/", "build"]);
        check("a/b/", &["a/b/"], &["a/b", "x/a/b/"]);
    }

    #[test]
    fn a_dot_at_the_beginning_is_the_start() {
        check("./x", &["x", "x/"], &["y/x", "./x"]);
        check("././x/", &["x/"], &["x"]);
        check("./a/*.c", &["a/b.c"], &["b/a/b.c"]);
    }

    #[test]
    fn one_star_stays_in_its_segment_and_two_cross() {
        check("src/*", &["src/a", "src/b/"], &["src", "src/b/c", "x/src/a"]);
        check("src/**", &["src/a", "src/b/c"], &["src", "x/src/a"]);
        check("**/a", &["a", "x/a", "x/y/a"], &["xa"]);
        check("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["a/xb", "b", "x/a/b"]);
        check("a**b", &["ab", "axb", "x/ayb"], &["a/b"]);
        check("x/a**b", &["x/ab", "x/ayb"], &["x/a/b", "ab"]);
        check("?", &["a", "é", "x/y"], &["ab", ""]);
        check("a?c/d", &["abc/d"], &["a/c/d"]);
        check("**", &["a", "a/b", "c/"], &[]);
    }

    #[test]
    fn braces_and_brackets() {
        check("*.{jpg,png}", &["a.jpg", "x/b.png"], &["a.gif", "a.{jpg,png}"]);
        check("{a,b/}", &["a", "a/", "b/", "x/b/"], &["b"]);
        check("{src,lib}/[xy]", &["src/x", "lib/y"], &["src/z", "x/src/x"]);
        check("[[:upper:]]*", &["README", "x/Makefile"], &["readme", "1"]);
        check("[!a-c]", &["d", "É"], &["a", "b/c"]);
    }

    #[test]
    fn a_backslash_takes_the_meaning_away() {
        check("\\*", &["*"], &["a"]);
        check("\\!a", &["!a"], &["a"]);
        check("\\{a,b\\}", &["{a,b}"], &["a"]);
        check("a\\/b", &["a/b"], &["x/a/b"]);
        check("#a", &["#a", "x/#a"], &[]);
        check(" a ", &[" a "], &["a"]);
    }

    #[test]
    fn what_lies_in_a_directory_that_matches_is_covered() {
        let covers = |pattern: &str, path: &str| Pattern::new(pattern).unwrap().covers(path, false);
        assert!(covers("build/", "x/build/a/b") && covers("/x", "x/a") && covers("a/*", "a/b/c"));
        assert!(covers("a/**/b/", "a/x/b/y") && covers("b", "a/b/c/d"));
        assert!(!covers("build/", "x/build") && !covers("/x", "y/x/a") && !covers("a/*/c", "a/b"));
    }

    #[test]
    fn a_pattern_that_can_match_nothing_is_refused_by_its_name() {
        let cases = [
            "",
            "/",
            "//",
            "./",
            ".",
            "..",
            "a//b",
            "//a",
            "a//",
            "../a",
            "a/..",
            "a/./b",
            "a/../b",
            "\\..",
            "a[",
            "[]",
            "a[z-a]",
            "[[:foo:]]",
            "a\\",
            "a\\/",
            "{a,b",
            "a}",
            "{a,}",
            "x/{,b}/c",
            "a\0b",
            "[/]",
        ];
        for text in cases {
            let error = Pattern::new(text).unwrap_err();
            let message = error.message();
            assert!(message.contains(&format!("`{text}`")), "{message}");
            assert!(message.contains("can match nothing") && error.hint().is_some(), "{message}");
        }
        let error = Pattern::new("!a").unwrap_err();
        assert!(error.to_string().contains("`!a`") && error.hint().unwrap().contains("`\\!a`"), "{error}");
    }

    /// Every directory above and the entry itself.
    fn each(path: &str) -> impl Iterator<Item = (&str, bool)> {
        path.match_indices('/').map(|(at, _)| (&path[..at], true)).chain([(path, false)])
    }

    proptest! {
        #[test]
        fn no_pattern_panics(text in "[ab*?\\[\\]{}/!\\\\.,:^#é -]{0,16}", path in "[abé.]{1,3}(/[ab]{1,2}){0,3}") {
            if let Ok(pattern) = Pattern::new(&text) {
                let above = each(&path).any(|(path, is_directory)| pattern.matches(path, is_directory));
                prop_assert_eq!(pattern.covers(&path, false), above, "`{}` covers what it matches `{}`", text, path);
            }
            let _: Result<Pattern, String> = Pattern::rule(&text);
        }

        #[test]
        fn any_text_is_a_pattern_or_an_error(text in any::<String>(), path in any::<String>()) {
            match Pattern::new(&text) {
                Ok(pattern) => {
                    let _: bool = pattern.matches(&path, false);
                }
                Err(error) => prop_assert!(!error.to_string().contains('\n')),
            }
        }

        #[test]
        fn an_escaped_path_matches_itself_and_nothing_else(
            path in "[a-c!#*?{},\\[\\]\\\\é ]{1,4}(/[a-c!#*?{},\\[\\]\\\\é ]{1,4}){0,2}",
            other in "[a-c]{1,3}(/[a-c]{1,3}){0,2}",
        ) {
            let escaped = Pattern::escape(&path);
            let anchored = Pattern::new(&format!("/{escaped}")).unwrap();
            prop_assert!(anchored.matches(&path, false) && anchored.matches(&path, true));
            prop_assert_eq!(anchored.matches(&other, false), path == other);
            prop_assert!(Pattern::new(&escaped).unwrap().matches(&path, false));
            prop_assert!(Pattern::rule(&escaped).unwrap().matches(&path, false));
        }
    }
}

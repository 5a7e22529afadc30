//! One pattern of gitignore without its `!`, read as git reads it, and what it matches.

use super::class::Class;
use super::segment::{Segment, Token};

/// One compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct Glob {
    /// One segment for a name at any depth; else the whole path from the start.
    parts: Box<[Part]>,
    anchored: bool,
    directories_only: bool,
}

#[derive(Debug, Clone)]
enum Part {
    Segment(Segment),
    /// `**`: any number of segments, none included.
    AnyDepth,
}

/// What counts as a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The entry itself.
    Itself,
    /// The entry, or a directory that it lies in.
    Below,
}

/// What patterns are compared with, taken apart once for all of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'p> {
    path: &'p str,
    /// The directory that it lies in, unless that is the start.
    above: Option<&'p str>,
    name: &'p str,
    is_directory: bool,
}

impl<'p> Candidate<'p> {
    pub(crate) fn new(path: &'p str, is_directory: bool) -> Self {
        let (above, name) = path.rsplit_once('/').map_or((None, path), |(above, name)| (Some(above), name));
        Self { path, above, name, is_directory }
    }
}

impl Glob {
    /// Reads one pattern. It may become several, of which any has to match.
    ///
    /// # Errors
    ///
    /// Why it can match nothing.
    pub(super) fn parse(text: &str) -> Result<Vec<Self>, String> {
        let mut body = text;
        while let Some(rest) = body.strip_prefix("./") {
            body = rest;
        }
        let from_the_start = body.len() < text.len() || body.starts_with('/');
        let body = body.strip_prefix('/').unwrap_or(body);
        let (body, directories_only) = match body.strip_suffix('/') {
            Some(body) => (body, true),
            None => (body, false),
        };
        if body.is_empty() {
            return Err(nothing_left(text).to_owned());
        }
        // As in git, a slash counts wherever it stands, be it in brackets.
        let anchored = from_the_start || body.contains('/');
        let mut bodies = Vec::new();
        if anchored {
            unfold(body, &mut bodies);
        } else {
            bodies.push(body.to_owned());
        }
        bodies.iter().map(|body| Self::compile(body, anchored, directories_only)).collect()
    }

    fn compile(body: &str, anchored: bool, directories_only: bool) -> Result<Self, String> {
        let mut parts = Vec::new();
        let raw = split(body)?;
        let last = raw.len() - 1;
        for (at, segment) in raw.into_iter().enumerate() {
            check_name(&segment)?;
            if !anchored || !segment.is_any_depth() {
                parts.push(Part::Segment(Segment::new(segment.tokens)));
                continue;
            }
            // At the end it means what is in the directory, not the directory.
            if at == last || segment.needs_one {
                parts.push(Part::Segment(Segment::Any));
            }
            parts.push(Part::AnyDepth);
        }
        Ok(Self { parts: parts.into(), anchored, directories_only })
    }

    pub(super) fn matches(&self, candidate: Candidate<'_>, reach: Reach) -> bool {
        if self.anchored {
            self.matches_from_the_start(candidate, reach)
        } else {
            self.matches_a_name(candidate, reach)
        }
    }

    fn matches_a_name(&self, candidate: Candidate<'_>, reach: Reach) -> bool {
        let Some(Part::Segment(segment)) = self.parts.first() else { return false };
        if (candidate.is_directory || !self.directories_only) && segment.matches(candidate.name) {
            return true;
        }
        let above = candidate.above.filter(|_| reach == Reach::Below);
        above.is_some_and(|above| above.split('/').any(|directory| segment.matches(directory)))
    }

    /// As within a segment, only the last `**` that was met ever takes more.
    fn matches_from_the_start(&self, candidate: Candidate<'_>, reach: Reach) -> bool {
        let (mut at, mut rest) = (0, Some(candidate.path));
        let mut any_depth: Option<(usize, Option<&str>)> = None;
        loop {
            let after = match (self.parts.get(at), rest) {
                (None, None) => return candidate.is_directory || !self.directories_only,
                // What is left lies below what has matched.
                (None, Some(_)) if reach == Reach::Below => return true,
                (Some(Part::AnyDepth), _) => {
                    any_depth = Some((at + 1, rest));
                    Some(rest)
                }
                (Some(Part::Segment(segment)), Some(path)) => {
                    let (name, after) = first_of(path);
                    segment.matches(name).then_some(after)
                }
                _ => None,
            };
            if let Some(after) = after {
                (at, rest) = (at + 1, after);
                continue;
            }
            let Some((behind, Some(from))) = any_depth else { return false };
            let from = first_of(from).1;
            any_depth = Some((behind, from));
            (at, rest) = (behind, from);
        }
    }

    /// Whether it matches whatever there is.
    pub(super) fn is_everything(&self) -> bool {
        !self.directories_only
            && self.parts.iter().all(|part| matches!(part, Part::AnyDepth | Part::Segment(Segment::Any)))
            && self.parts.iter().filter(|part| matches!(part, Part::Segment(_))).count() == 1
    }
}

fn first_of(path: &str) -> (&str, Option<&str>) {
    path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)))
}

fn nothing_left(text: &str) -> &'static str {
    match text {
        "" => "it is empty",
        "./" => "it names the start itself, and patterns are about what is below",
        _ => "there is no name between its slashes",
    }
}

/// In git, two stars cross directories also where they stand directly behind a beginning without any special character:
/// `foo**/bar` is `foobar` and `foo*/**/bar`.
fn unfold(body: &str, into: &mut Vec<String>) {
    let special = body.find(['*', '?', '[', '\\']).unwrap_or(body.len());
    let (beginning, rest) = body.split_at(special);
    let behind = rest.trim_start_matches('*');
    let crosses = rest.len() - behind.len() > 1 && !beginning.is_empty() && !beginning.ends_with('/');
    if !crosses {
        return into.push(body.to_owned());
    }
    if behind.is_empty() {
        into.extend([format!("{beginning}*"), format!("{beginning}*/**")]);
    } else if let Some(rest) = behind.strip_prefix('/') {
        into.push(format!("{beginning}*/**/{rest}"));
        let together = format!("{beginning}{rest}");
        if rest.starts_with("**") { unfold(&together, into) } else { into.push(together) }
    } else if let Some(rest) = behind.strip_prefix("\\/") {
        into.push(format!("{beginning}*/**/{rest}"));
    } else {
        into.push(body.to_owned());
    }
}

/// A segment as it is read.
#[derive(Default)]
struct Raw {
    tokens: Vec<Token>,
    /// Stars that follow each other where this is nothing but stars.
    stars: usize,
    /// The slash behind it stands behind a backslash; then git wants a directory for `**`.
    needs_one: bool,
}

impl Raw {
    fn is_any_depth(&self) -> bool {
        self.stars > 1 && matches!(self.tokens[..], [Token::Many])
    }

    fn push(&mut self, c: char) {
        match self.tokens.last_mut() {
            Some(Token::Text(text)) => text.push(c),
            _ => self.tokens.push(Token::Text(c.to_string())),
        }
    }
}

/// The segments of a pattern.
fn split(body: &str) -> Result<Vec<Raw>, String> {
    let mut done = Vec::new();
    let mut current = Raw::default();
    let mut rest = body.chars();
    while let Some(c) = rest.next() {
        match c {
            '/' => done.push(std::mem::take(&mut current)),
            '*' => {
                current.stars += 1;
                if !matches!(current.tokens.last(), Some(Token::Many)) {
                    current.tokens.push(Token::Many);
                }
            }
            '?' => current.tokens.push(Token::One),
            '[' => current.tokens.push(Token::Class(Class::parse(&mut rest)?)),
            '\\' => match rest.next() {
                Some('/') => {
                    current.needs_one = true;
                    done.push(std::mem::take(&mut current));
                }
                Some(c) => current.push(c),
                None => return Err("it ends with a backslash".to_owned()),
            },
            '\0' => return Err("no name has a NUL".to_owned()),
            c => current.push(c),
        }
    }
    done.push(current);
    Ok(done)
}

/// Whether there can be such a name.
fn check_name(segment: &Raw) -> Result<(), String> {
    match &segment.tokens[..] {
        [] => Err("no name stands between two slashes".to_owned()),
        [Token::Text(text)] if text == "." || text == ".." => Err(format!("no name is `{text}`")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(text: &str) -> Vec<String> {
        let mut bodies = Vec::new();
        unfold(text, &mut bodies);
        bodies
    }

    #[test]
    fn two_stars_behind_a_plain_beginning_cross() {
        assert_eq!(bodies("foo/**/bar"), ["foo/**/bar"]);
        assert_eq!(bodies("f*o**/bar"), ["f*o**/bar"]);
        assert_eq!(bodies("foo**bar/x"), ["foo**bar/x"]);
        assert_eq!(bodies("foo**/bar"), ["foo*/**/bar", "foobar"]);
        assert_eq!(bodies("a/foo***"), ["a/foo*", "a/foo*/**"]);
        assert_eq!(bodies("foo**/**/x"), ["foo*/**/**/x", "foo*/**/x", "foox"]);
        assert_eq!(bodies("foo**/a**/x"), ["foo*/**/a**/x", "fooa**/x"]);
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let glob = |text: &str| Glob::parse(text).unwrap().remove(0);
        let name = "a".repeat(2_000);
        assert!(
            !glob(&format!("{}b", "*a".repeat(500))).matches(Candidate::new(&name, false), Reach::Itself)
        );
        let deep = vec!["a"; 1_000].join("/");
        assert!(
            !glob(&format!("{}b", "**/a/".repeat(200))).matches(Candidate::new(&deep, false), Reach::Itself)
        );
    }
}

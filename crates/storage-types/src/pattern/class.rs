//! Bracket expressions: `[a-z]`, `[!0-9]`, `[[:upper:]]` (POSIX.1, XBD 9.3.5, as git reads them).

use std::str::Chars;

/// One bracket expression. It never matches `/`.
#[derive(Debug, Clone)]
pub(super) struct Class {
    negated: bool,
    items: Vec<Item>,
}

#[derive(Debug, Clone, Copy)]
enum Item {
    /// From and to, both included.
    Range(char, char),
    Named(Members),
}

type Members = fn(char) -> bool;

/// The classes of POSIX. As in git they hold ASCII only.
const NAMED: [(&str, Members); 12] = [
    ("alnum", |c| c.is_ascii_alphanumeric()),
    ("alpha", |c| c.is_ascii_alphabetic()),
    ("blank", |c| matches!(c, ' ' | '\t')),
    ("cntrl", |c| c.is_ascii_control()),
    ("digit", |c| c.is_ascii_digit()),
    ("graph", |c| c.is_ascii_graphic()),
    ("lower", |c| c.is_ascii_lowercase()),
    ("print", |c| c.is_ascii_graphic() || c == ' '),
    ("punct", |c| c.is_ascii_punctuation()),
    ("space", |c| c.is_ascii_whitespace() || c == '\x0b'),
    ("upper", |c| c.is_ascii_uppercase()),
    ("xdigit", |c| c.is_ascii_hexdigit()),
];

const UNCLOSED: &str = "a `[` is never closed";

impl Class {
    /// Reads what follows `[`, up to the `]` that ends it.
    pub(super) fn parse(rest: &mut Chars<'_>) -> Result<Self, String> {
        let negated = rest.as_str().starts_with(['!', '^']);
        if negated {
            rest.next();
        }
        let mut items = Vec::new();
        // The beginning of a range, should a `-` follow.
        let mut from = None;
        loop {
            match rest.next().ok_or(UNCLOSED)? {
                ']' if !items.is_empty() => break,
                '[' if rest.as_str().starts_with(':') => {
                    from = None;
                    items.push(named(rest)?.map_or(Item::Range('[', '['), Item::Named));
                }
                '-' if from.is_some() && !rest.as_str().starts_with(']') => {
                    items.push(range(from.take(), literal(rest)?)?);
                }
                '\\' => from = Some(literal_after_backslash(rest)?),
                other => from = Some(other),
            }
            items.extend(from.map(|c| Item::Range(c, c)));
        }
        let class = Self { negated, items };
        if class.is_slash_only() { Err("no name has a `/`".to_owned()) } else { Ok(class) }
    }

    fn is_slash_only(&self) -> bool {
        !self.negated && self.items.iter().all(|item| matches!(item, Item::Range('/', '/')))
    }

    pub(super) fn matches(&self, c: char) -> bool {
        let found = self.items.iter().any(|item| match item {
            Item::Range(from, to) => (*from..=*to).contains(&c),
            Item::Named(is) => is(c),
        });
        c != '/' && found != self.negated
    }
}

/// The class that `[:name:]` names; none where it only looks like one at its beginning, and then nothing was read.
fn named(rest: &mut Chars<'_>) -> Result<Option<Members>, String> {
    let inside = rest.as_str().strip_prefix(':').and_then(|inside| inside.split_once(']')).ok_or(UNCLOSED)?.0;
    let Some(name) = inside.strip_suffix(':') else { return Ok(None) };
    let found = NAMED.iter().find(|(known, _)| *known == name).map(|(_, is)| *is);
    let is = found.ok_or_else(|| format!("there is no class `[:{name}:]`"))?;
    // `:`, the name, `:` and `]`
    rest.nth(name.chars().count() + 2);
    Ok(Some(is))
}

fn range(from: Option<char>, to: char) -> Result<Item, String> {
    match from {
        Some(from) if from <= to => Ok(Item::Range(from, to)),
        Some(from) => Err(format!("the range `{from}-{to}` ends before it begins")),
        None => Ok(Item::Range(to, to)),
    }
}

fn literal(rest: &mut Chars<'_>) -> Result<char, String> {
    match rest.next().ok_or(UNCLOSED)? {
        '\\' => literal_after_backslash(rest),
        other => Ok(other),
    }
}

fn literal_after_backslash(rest: &mut Chars<'_>) -> Result<char, String> {
    rest.next().ok_or_else(|| UNCLOSED.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> Result<Class, String> {
        let mut rest = text.chars();
        rest.next();
        let class = Class::parse(&mut rest);
        assert!(class.is_err() || rest.as_str().is_empty(), "{text} is read to its end");
        class
    }

    /// Which printable characters of ASCII are in it.
    fn members(text: &str) -> String {
        let class = class(text).unwrap();
        (' '..='~').filter(|c| class.matches(*c)).collect()
    }

    #[test]
    fn brackets_hold_characters_ranges_and_named_classes() {
        let cases = [
            ("[abc]", "abc"),
            ("[a-c]", "abc"),
            ("[c-]", "-c"),
            ("[-c]", "-c"),
            ("[]a]", "]a"),
            ("[a-c-e]", "-abce"),
            ("[\\]\\-a]", "-]a"),
            ("[\\a-c]", "abc"),
            ("[a/]", "a"),
            ("[[:digit:]x]", "0123456789x"),
            ("[[:xdigit:]]", "0123456789ABCDEFabcdef"),
            ("[[:foo]", ":[fo"),
            ("[[:]", ":["),
            ("[[-]", "-["),
        ];
        for (text, expected) in cases {
            let mut expected: Vec<char> = expected.chars().collect();
            expected.sort_unstable();
            assert_eq!(members(text), expected.into_iter().collect::<String>(), "{text}");
        }
        assert_eq!(members("[[:upper:]]").len(), 26);
        assert_eq!(members("[^[:alnum:]]"), members("[[:punct:] /]"));
        assert_eq!(members("[!!-.0-~]"), " ");
        assert!(!class("[!a]").unwrap().matches('/'));
        assert!(class("[à-ü]").unwrap().matches('é'));
    }

    #[test]
    fn brackets_that_hold_nothing_are_refused() {
        for text in
            ["[", "[]", "[a", "[!", "[!]", "[a-", "[a\\", "[z-a]", "[[:foo:]]", "[[::]]", "[/]", "[[:up"]
        {
            assert!(class(text).is_err(), "{text}");
        }
    }
}

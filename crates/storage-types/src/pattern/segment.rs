//! What one segment of a pattern matches: one name.

use super::class::Class;

/// A piece of a segment.
#[derive(Debug, Clone)]
pub(super) enum Token {
    /// These characters.
    Text(String),
    /// `?`: any one.
    One,
    /// `[...]`: one of these.
    Class(Class),
    /// `*`, or several of them.
    Many,
}

/// One segment; the first three are what most of them are.
#[derive(Debug, Clone)]
pub(super) enum Segment {
    /// Any name.
    Any,
    /// This name.
    Literal(Box<str>),
    /// `*` and this end.
    Suffix(Box<str>),
    Tokens(Box<[Token]>),
}

impl Segment {
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        match &tokens[..] {
            [Token::Many] => Self::Any,
            [Token::Text(text)] => Self::Literal(text.as_str().into()),
            [Token::Many, Token::Text(text)] => Self::Suffix(text.as_str().into()),
            _ => Self::Tokens(tokens.into()),
        }
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(text) => **text == *name,
            Self::Suffix(text) => name.ends_with(&**text),
            Self::Tokens(tokens) => match_tokens(tokens, name),
        }
    }
}

/// A star takes as little as it can, and only the last one that was met ever takes more: what the earlier ones took has
/// matched, and nothing behind could gain from their taking another share. So the time is at most the product of both
/// lengths.
fn match_tokens(tokens: &[Token], name: &str) -> bool {
    let (mut at, mut rest) = (0, name);
    let mut star: Option<(usize, &str)> = None;
    loop {
        let after = match tokens.get(at) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Token::Many) => {
                star = Some((at + 1, rest));
                Some(rest)
            }
            Some(token) => token.strip(rest),
        };
        if let Some(after) = after {
            (at, rest) = (at + 1, after);
            continue;
        }
        let Some((behind, from)) = star else { return false };
        let mut from = from.chars();
        if from.next().is_none() {
            return false;
        }
        star = Some((behind, from.as_str()));
        (at, rest) = (behind, from.as_str());
    }
}

impl Token {
    /// What is left of a name that begins with what this matches.
    fn strip<'n>(&self, name: &'n str) -> Option<&'n str> {
        let mut rest = name.chars();
        match self {
            Self::Text(text) => return name.strip_prefix(text.as_str()),
            Self::Many => return Some(name),
            Self::One => rest.next()?,
            Self::Class(class) => rest.next().filter(|c| class.matches(*c))?,
        };
        Some(rest.as_str())
    }
}

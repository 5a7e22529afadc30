//! Checks that take what a call gave, so that a line of a behaviour reads like a sentence.

use std::fmt;

use storage::types::{Error, ErrorKind};

/// Both are equal.
#[expect(clippy::needless_pass_by_value, reason = "what a call gave goes in as it is")]
#[track_caller]
pub fn equal<A, B>(actual: A, expected: B)
where
    A: PartialEq<B> + fmt::Debug,
    B: fmt::Debug,
{
    assert!(actual == expected, "expected {}\n     got {}", shown(&expected), shown(&actual));
}

/// Both are different.
#[expect(clippy::needless_pass_by_value, reason = "what a call gave goes in as it is")]
#[track_caller]
pub fn different<A, B>(one: A, other: B)
where
    A: PartialEq<B> + fmt::Debug,
    B: fmt::Debug,
{
    assert!(one != other, "both are {}", shown(&one));
}

/// It is true.
#[track_caller]
pub fn yes(answer: bool) {
    assert!(answer, "the answer is no");
}

/// It is false.
#[track_caller]
pub fn no(answer: bool) {
    assert!(!answer, "the answer is yes");
}

/// The call was refused with this kind of error, which is given back for a closer look.
#[track_caller]
pub fn refused<T: fmt::Debug>(result: Result<T, Error>, kind: ErrorKind) -> Error {
    match result {
        Ok(given) => panic!("expected {kind:?}, but it gave {}", shown(&given)),
        Err(error) => {
            assert!(error.kind() == kind, "expected {kind:?}, got {:?}: {error}", error.kind());
            error
        }
    }
}

/// The call was refused with one of these kinds of error.
#[track_caller]
pub fn refused_as_one_of<T: fmt::Debug>(result: Result<T, Error>, kinds: &[ErrorKind]) -> Error {
    match result {
        Ok(given) => panic!("expected one of {kinds:?}, but it gave {}", shown(&given)),
        Err(error) => {
            assert!(
                kinds.contains(&error.kind()),
                "expected one of {kinds:?}, got {:?}: {error}",
                error.kind()
            );
            error
        }
    }
}

/// The text holds every one of these parts.
#[track_caller]
pub fn mentions(text: impl fmt::Display, parts: &[&str]) {
    let text = text.to_string();
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

/// There is something, and this is it.
#[track_caller]
pub fn some<T>(value: Option<T>) -> T {
    match value {
        Some(value) => value,
        None => panic!("there is nothing"),
    }
}

/// Debug output, cut where it gets long: a megabyte of content helps nobody.
fn shown(value: &dyn fmt::Debug) -> String {
    const SHOWN: usize = 600;
    let mut text = format!("{value:?}");
    if text.len() > SHOWN {
        let end = text.floor_char_boundary(SHOWN);
        text.truncate(end);
        text.push_str(" ... (cut)");
    }
    text
}

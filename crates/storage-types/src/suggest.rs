//! The nearest spelling, and how words typed by a user stand in messages.

/// Longer words than this are never compared: nobody mistypes a name that long, and comparing is quadratic.
const LONGEST: usize = 64;

/// The candidate that `word` is most likely a misspelling of; `None` when none is near.
///
/// Case does not count, nor does `-` instead of `_`. Up to a third of the characters may be wrong, at least one;
/// two that changed places are one mistake. Of equally near candidates the first wins.
///
/// ```
/// use storage_types::suggest::nearest;
///
/// assert_eq!(nearest("pth", ["name", "path"]), Some("path"));
/// assert_eq!(nearest("Read-Only", ["readonly", "readwrite"]), Some("readonly"));
/// assert_eq!(nearest("bucket", ["name", "path"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length == 0 || length > LONGEST {
        return None;
    }
    let word = folded(word);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::osa_distance(&word, &folded(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= allowed(length, candidate.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A hint: ``did you mean `path`?`` with the nearest candidate, and `rest` as a sentence behind it; only `rest` where none is
/// near.
#[must_use]
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, rest: &str) -> String {
    let Some(near) = nearest(word, candidates) else { return rest.to_owned() };
    let near = quoted(near);
    let mut letters = rest.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    format!("did you mean {near}? {}{}", first.map(String::from).unwrap_or_default(), letters.as_str())
}

/// The candidates in backticks, separated by commas: `` `a`, `b`, `c` ``.
#[must_use]
pub fn list<'a>(candidates: impl IntoIterator<Item = &'a str>) -> String {
    candidates.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// A word from outside in backticks, on one line and of bounded length, so that no input can spoil a message.
#[must_use]
pub fn quoted(word: &str) -> String {
    let mut out = String::from("`");
    for (at, c) in word.chars().enumerate() {
        if at == LONGEST {
            out.push('…');
            break;
        }
        // U+2028 and U+2029 break lines too, though they are no control characters.
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out.push('`');
    out
}

fn folded(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

fn allowed(word: usize, candidate: usize) -> usize {
    // Of two letters one wrong is half of the word: only the case may differ there.
    match word.min(candidate) {
        0..=2 => 0,
        shorter => (shorter / 3).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slips_of_the_finger_are_found() {
        let fields = ["path", "create", "permissions", "base_url"];
        for (word, meant) in [
            ("pth", "path"),
            ("paht", "path"),
            ("PATH", "path"),
            ("crate", "create"),
            ("permission", "permissions"),
            ("base-url", "base_url"),
            ("baseUrl", "base_url"),
        ] {
            assert_eq!(nearest(word, fields), Some(meant), "{word}");
        }
    }

    #[test]
    fn other_words_are_not_found() {
        assert_eq!(nearest("bucket", ["path", "create"]), None);
        assert_eq!(nearest("", ["a"]), None);
        assert_eq!(nearest("s4", ["s3"]), None);
        assert_eq!(nearest("S3", ["s3"]), Some("s3"));
        assert_eq!(nearest(&"a".repeat(100_000), ["a"]), None);
    }

    #[test]
    fn the_first_of_equals_wins() {
        assert_eq!(nearest("pat", ["path", "pats"]), Some("path"));
    }

    #[test]
    fn lists_and_quotes_stay_on_one_line() {
        assert_eq!(list(["a", "b", "c"]), "`a`, `b`, `c`");
        assert_eq!(list([]), "");
        assert_eq!(quoted("a\nb"), "`a\\nb`");
        assert_eq!(quoted(&"x".repeat(80)).chars().count(), 67);
        assert_eq!(did_you_mean("pth", ["path"], "it is one word"), "did you mean `path`? It is one word");
        assert_eq!(did_you_mean("zzz", ["path"], "it is one word"), "it is one word");
    }

    proptest! {
        #[test]
        fn a_candidate_is_nearest_to_itself(word in "[a-z_]{1,20}") {
            prop_assert_eq!(nearest(&word, [word.as_str()]), Some(word.as_str()));
        }

        #[test]
        fn quoted_text_never_breaks_the_line(word in any::<String>()) {
            let broken = quoted(&word).contains(['\n', '\r', '\u{2028}']);
            prop_assert!(!broken);
        }
    }
}

//! `{a,b}`: one pattern that stands for several.

/// More than anybody writes by hand; each is a pattern that every name is compared with.
const MOST: usize = 1_000;

/// The patterns that `text` stands for, itself where it has no braces.
pub(super) fn expand(text: &str) -> Result<Vec<String>, String> {
    let mut done = Vec::new();
    let mut open = vec![text.to_owned()];
    while let Some(text) = open.pop() {
        match first_group(&text)? {
            None => done.push(text),
            Some(group) => {
                let (before, after) = (&text[..group.start], &text[group.end..]);
                // The first is taken first, so that they come in the order in which they are written.
                open.extend(group.choices.iter().rev().map(|choice| format!("{before}{choice}{after}")));
            }
        }
        if done.len() + open.len() > MOST {
            return Err(format!("its braces stand for more than {MOST} patterns"));
        }
    }
    Ok(done)
}

struct Group<'t> {
    /// Where the `{` is.
    start: usize,
    /// Behind the `}`.
    end: usize,
    choices: Vec<&'t str>,
}

/// The first outermost pair of braces. Those behind a backslash and those in brackets are characters.
fn first_group(text: &str) -> Result<Option<Group<'_>>, String> {
    let mut choices = Vec::new();
    let (mut start, mut from, mut depth) = (0, 0, 0_usize);
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '\\' => at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8) - 1,
            '[' => at = behind_brackets(text, at) - 1,
            '{' => {
                if depth == 0 {
                    (start, from) = (at, at + 1);
                }
                depth += 1;
            }
            '}' if depth == 0 => return Err("a `}` closes nothing; write `\\}` for the character".to_owned()),
            ',' if depth == 1 => {
                choices.push(&text[from..at]);
                from = at + 1;
            }
            '}' if depth == 1 => {
                choices.push(&text[from..at]);
                return Ok(Some(Group { start, end: at + 1, choices }));
            }
            '}' => depth -= 1,
            _ => at += c.len_utf8() - 1,
        }
        at += 1;
    }
    if depth > 0 {
        return Err("a `{` is never closed; write `\\{` for the character".to_owned());
    }
    Ok(None)
}

/// Where the bracket expression ends that begins at `start`; behind its `[` where it never does, which is refused later.
fn behind_brackets(text: &str, start: usize) -> usize {
    let mut rest = text[start + 1..].chars();
    match super::class::Class::parse(&mut rest) {
        Ok(_) => text.len() - rest.as_str().len(),
        Err(_) => start + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn braces_stand_for_several_patterns() {
        let cases: [(&str, &[&str]); 10] = [
            ("a", &["a"]),
            ("{a}", &["a"]),
            ("*.{c,h}", &["*.c", "*.h"]),
            ("{a,b}/{c,d}", &["a/c", "a/d", "b/c", "b/d"]),
            ("x{,y{1,2}}", &["x", "xy1", "xy2"]),
            ("a,b", &["a,b"]),
            ("\\{a,b\\}", &["\\{a,b\\}"]),
            ("{a\\,b,é}ü", &["a\\,bü", "éü"]),
            ("[{,]{a,b}", &["[{,]a", "[{,]b"]),
            ("\\", &["\\"]),
        ];
        for (text, expected) in cases {
            assert_eq!(expand(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn braces_that_do_not_pair_and_those_without_end_are_refused() {
        for text in ["{", "{a", "a}", "{a,{b}", "}{"] {
            assert!(expand(text).is_err(), "{text}");
        }
        assert!(expand(&"{a,b}".repeat(40)).unwrap_err().contains("1000"));
    }
}

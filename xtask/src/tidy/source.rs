//! Tells code from comments and literals, as far as a search for names needs it.

/// The source with comments and the contents of literals blanked; lines stay where they are.
pub(crate) fn code_only(source: &str) -> String {
    let mut scanner = Scanner { rest: source, out: String::with_capacity(source.len()) };
    while !scanner.rest.is_empty() {
        scanner.step();
    }
    scanner.out
}

/// The numbers of the lines that hold `word`, not as a part of a longer name.
pub(crate) fn word_lines<'c>(code: &'c str, word: &'c str) -> impl Iterator<Item = usize> + 'c {
    code.lines().enumerate().filter(move |(_, line)| has_word(line, word)).map(|(index, _)| index + 1)
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(start, found)| {
        let before = line[..start].chars().next_back();
        let after = line[start + found.len()..].chars().next();
        !before.is_some_and(is_name) && (word.ends_with('!') || !after.is_some_and(is_name))
    })
}

fn is_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

struct Scanner<'s> {
    rest: &'s str,
    out: String,
}

impl Scanner<'_> {
    /// Takes one comment, one literal or one character of code.
    fn step(&mut self) {
        if self.rest.starts_with("//") {
            self.blank(self.rest.find('\n').unwrap_or(self.rest.len()));
        } else if self.rest.starts_with("/*") {
            self.blank(block_comment(self.rest));
        } else if let Some(length) = raw_string(self.rest).filter(|_| !self.follows_name()) {
            self.blank(length);
        } else if self.rest.starts_with('"') {
            self.blank(quoted(self.rest, '"'));
        } else if is_char_literal(self.rest) {
            self.blank(quoted(self.rest, '\''));
        } else {
            self.keep();
        }
    }

    fn follows_name(&self) -> bool {
        self.out.chars().next_back().is_some_and(is_name)
    }

    fn keep(&mut self) {
        let mut chars = self.rest.chars();
        self.out.extend(chars.next());
        self.rest = chars.as_str();
    }

    fn blank(&mut self, length: usize) {
        let (gone, rest) = self.rest.split_at(length);
        self.out.extend(gone.chars().map(|char| if char == '\n' { '\n' } else { ' ' }));
        self.rest = rest;
    }
}

/// The length of a block comment, which may hold others.
fn block_comment(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(found) = text[at..].find(['/', '*']) {
        at += found;
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth = depth.saturating_sub(1);
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// The length of a literal that starts with `quote`, in which a backslash escapes.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, char) in text.char_indices().skip(1) {
        if char == quote && !escaped {
            return index + char.len_utf8();
        }
        escaped = char == '\\' && !escaped;
    }
    text.len()
}

/// The length of a raw string, if the text starts with one: `r"..."`, `br#"..."#`, ...
fn raw_string(text: &str) -> Option<usize> {
    let after =
        text.strip_prefix("br").or_else(|| text.strip_prefix("cr")).or_else(|| text.strip_prefix('r'))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after.trim_start_matches('#').strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let before = text.len() - body.len();
    Some(body.find(&end).map_or(text.len(), |at| before + at + end.len()))
}

/// A quote starts a character unless it starts a lifetime: `'a'`, `'\n'`, but `'a`.
fn is_char_literal(text: &str) -> bool {
    let mut chars = text.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('\''), Some('\\'), _) => true,
        (first, _, third) => first == Some('\'') && third == first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked() {
        let source =
            "a(\"tokio // \\\" \"); // tokio\n/* tokio /* tokio */ tokio */ b(r#\"tokio \" \"#); '\"'; c";
        let code = code_only(source);
        assert_eq!(word_lines(&code, "tokio").count(), 0);
        let words: Vec<_> = code.split_whitespace().collect();
        assert_eq!(words, ["a(", ");", "b(", ");", ";", "c"]);
    }

    #[test]
    fn code_keeps_its_lines() {
        let code = code_only("/* one\ntwo */\nfn f<'a>(x: &'a str) { tokio::spawn(x) }\n");
        assert_eq!(word_lines(&code, "tokio").collect::<Vec<_>>(), [3]);
        assert!(code.contains("&'a str"));
    }

    #[test]
    fn a_word_is_not_a_part_of_another() {
        assert_eq!(word_lines("tokio_like; my_tokio; tokio2", "tokio").count(), 0);
        assert_eq!(word_lines("use std::thread::spawn;", "std::thread").count(), 1);
        assert_eq!(word_lines("eprintln!(x)", "println!").count(), 0);
        assert_eq!(word_lines("println!(x)", "println!").count(), 1);
    }
}

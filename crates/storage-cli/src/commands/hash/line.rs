//! Lines of lists of checksums, as coreutils writes and reads them (`cksum` in its manual; `src/digest.c`).

use std::borrow::Cow;

use storage::types::HashAlgorithm;

/// How lines look.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Style {
    /// `SHA256 (NAME) = DIGITS`.
    pub(crate) tag: bool,
    /// Lines end with NUL, and nothing is escaped.
    pub(crate) zero: bool,
}

impl Style {
    /// A whole line, its end included. A backslash in front says that the name is escaped.
    pub(crate) fn line(self, algorithm: &str, digits: &str, name: &str) -> String {
        let special = !self.zero && is_special(name);
        let mark = if special { "\\" } else { "" };
        let name = if special { escaped(name) } else { Cow::Borrowed(name) };
        let end = if self.zero { '\0' } else { '\n' };
        if self.tag {
            let tag = algorithm.to_ascii_uppercase();
            format!("{mark}{tag} ({name}) = {digits}{end}")
        } else {
            format!("{mark}{digits}  {name}{end}")
        }
    }
}

/// Whether a name has to be escaped to stand in a line.
pub(crate) fn is_special(name: &str) -> bool {
    name.contains(['\\', '\n', '\r'])
}

/// A name as it stands behind a backslash.
pub(crate) fn escaped(name: &str) -> Cow<'_, str> {
    if !is_special(name) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r"))
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) algorithm: HashAlgorithm,
    /// In lower case.
    pub(crate) digits: String,
    pub(crate) name: Vec<u8>,
}

/// Reads the lines of one list.
#[derive(Debug)]
pub(crate) struct Parser {
    /// The only algorithm that is expected.
    algorithm: Option<HashAlgorithm>,
    /// Whether there is but one blank before the names, as some systems of the BSD family write it. Both in one list are
    /// refused: a name that begins with a blank could be taken for another one.
    one_blank: Option<bool>,
}

impl Parser {
    pub(crate) fn new(algorithm: Option<HashAlgorithm>) -> Self {
        Self { algorithm, one_blank: None }
    }

    /// What a line without its end says; `None` when it is no line of a list.
    pub(crate) fn entry(&mut self, line: &[u8]) -> Option<Entry> {
        let line = line.trim_ascii_start_blanks();
        let (escaped, line) = match line {
            [b'\\', rest @ ..] => (true, rest),
            _ => (false, line),
        };
        let mut entry = match self.tagged(line) {
            Some(tagged) => tagged?,
            None => self.plain(line)?,
        };
        if escaped {
            entry.name = unescaped(&entry.name)?;
        }
        (!entry.name.is_empty()).then_some(entry)
    }

    /// `SHA256 (NAME) = DIGITS`; outer `None` when it is not of this kind.
    fn tagged(&self, line: &[u8]) -> Option<Option<Entry>> {
        let (algorithm, rest) = self.expected().find_map(|algorithm| {
            let tag = algorithm.name().to_ascii_uppercase();
            let rest = line.strip_prefix(tag.as_bytes())?;
            let rest = rest.strip_prefix(b" ").unwrap_or(rest);
            Some((algorithm, rest.strip_prefix(b"(")?))
        })?;
        Some(Self::behind_tag(algorithm, rest))
    }

    fn behind_tag(algorithm: HashAlgorithm, rest: &[u8]) -> Option<Entry> {
        let end = rest.iter().rposition(|byte| *byte == b')')?;
        let (name, rest) = (&rest[..end], &rest[end + 1..]);
        let rest = rest.trim_ascii_start_blanks().strip_prefix(b"=")?.trim_ascii_start_blanks();
        let digits = digits(rest, algorithm)?;
        Some(Entry { algorithm, digits, name: name.to_vec() })
    }

    /// `DIGITS  NAME`, `DIGITS *NAME`, `DIGITS NAME`.
    fn plain(&mut self, line: &[u8]) -> Option<Entry> {
        let length = line.iter().position(|byte| is_blank(*byte))?;
        let algorithm = self.expected().find(|algorithm| algorithm.digits() == length)?;
        let digits = digits(&line[..length], algorithm)?;
        let rest = &line[length + 1..];
        let one_blank = rest.len() == 1 || !matches!(rest.first(), Some(b' ' | b'*'));
        let name = match (one_blank, self.one_blank) {
            (true, Some(false)) => return None,
            (true, _) => {
                self.one_blank = Some(true);
                rest
            }
            (false, Some(true)) => rest,
            (false, _) => {
                self.one_blank = Some(false);
                &rest[1..]
            }
        };
        Some(Entry { algorithm, digits, name: name.to_vec() })
    }

    fn expected(&self) -> impl Iterator<Item = HashAlgorithm> {
        let only = self.algorithm;
        HashAlgorithm::ALL.into_iter().filter(move |algorithm| only.is_none_or(|only| only == *algorithm))
    }
}

fn digits(text: &[u8], algorithm: HashAlgorithm) -> Option<String> {
    let right = text.len() == algorithm.digits() && text.iter().all(u8::is_ascii_hexdigit);
    let text = right.then(|| String::from_utf8(text.to_ascii_lowercase()).ok());
    text.flatten()
}

fn unescaped(name: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(name.len());
    let mut bytes = name.iter();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next()? {
                b'n' => b'\n',
                b'r' => b'\r',
                b'\\' => b'\\',
                _ => return None,
            },
            0 => return None,
            byte => *byte,
        });
    }
    Some(plain)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

trait TrimBlanks {
    fn trim_ascii_start_blanks(&self) -> &[u8];
}

impl TrimBlanks for [u8] {
    fn trim_ascii_start_blanks(&self) -> &[u8] {
        let start = self.iter().position(|byte| !is_blank(*byte)).unwrap_or(self.len());
        &self[start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

    fn parse(line: &str) -> Option<(String, String)> {
        let entry = Parser::new(None).entry(line.as_bytes())?;
        Some((entry.digits, String::from_utf8(entry.name).unwrap()))
    }

    #[test]
    fn every_name_comes_back() {
        for algorithm in HashAlgorithm::ALL {
            let digits = "a7".repeat(algorithm.digits() / 2);
            for name in ["a", " a", "a b", "*a", "a\\b", "a\nb", "\r", "a) = (b", "é", "\\n"] {
                for style in [Style::default(), Style { tag: true, zero: false }] {
                    let line = style.line(algorithm.name(), &digits, name);
                    let line = line.strip_suffix('\n').unwrap();
                    assert_eq!(parse(line), Some((digits.clone(), name.to_owned())), "{line:?}");
                }
            }
        }
    }

    #[test]
    fn lines_are_those_of_coreutils() {
        let zeros = "0".repeat(32);
        let line = |tag, zero, name| Style { tag, zero }.line("md5", &zeros, name);
        assert_eq!(line(false, false, "a b"), format!("{zeros}  a b\n"));
        assert_eq!(line(false, false, "a\\b\nc"), format!("\\{zeros}  a\\\\b\\nc\n"));
        assert_eq!(line(true, false, "a\nb"), format!("\\MD5 (a\\nb) = {zeros}\n"));
        assert_eq!(line(false, true, "a\nb"), format!("{zeros}  a\nb\0"));
        assert_eq!(line(true, true, "a"), format!("MD5 (a) = {zeros}\0"));
    }

    #[test]
    fn what_others_write_is_understood() {
        let found = |name: &str| Some((MD5.to_owned(), name.to_owned()));
        assert_eq!(parse(&format!("{MD5} *a")), found("a"));
        assert_eq!(parse(&format!("  {MD5}  a ")), found("a "));
        assert_eq!(parse(&format!("{}  a", MD5.to_uppercase())), found("a"));
        assert_eq!(parse(&format!("{MD5} a")), found("a"));
        assert_eq!(parse(&format!("{MD5} *")), found("*"));
        assert_eq!(parse(&format!("MD5(a)= {MD5}")), found("a"));
        for line in ["", "x", MD5, &format!("{MD5} "), &format!("{MD5}0  a"), &format!("\\{MD5}  a\\x")] {
            assert_eq!(parse(line), None, "{line:?}");
        }
        assert_eq!(parse(&format!("MD5 (a) {MD5}")), None);
        assert_eq!(parse(&format!("SHA256 (a) = {MD5}")), None);
        assert_eq!(parse(&format!("\\{MD5}  a\\")), None);
    }

    #[test]
    fn one_blank_and_two_are_not_mixed() {
        let mut parser = Parser::new(Some(HashAlgorithm::Md5));
        assert!(parser.entry(format!("{MD5}  a").as_bytes()).is_some());
        assert!(parser.entry(format!("{MD5} a").as_bytes()).is_none());
        let mut parser = Parser::new(Some(HashAlgorithm::Md5));
        assert!(parser.entry(format!("{MD5} a").as_bytes()).is_some());
        assert_eq!(parser.entry(format!("{MD5}  a").as_bytes()).unwrap().name, b" a");
    }

    #[test]
    fn another_algorithm_than_the_one_asked_for_is_no_line() {
        let mut parser = Parser::new(Some(HashAlgorithm::Sha256));
        assert!(parser.entry(format!("{MD5}  a").as_bytes()).is_none());
        assert!(parser.entry(format!("MD5 (a) = {MD5}").as_bytes()).is_none());
    }
}

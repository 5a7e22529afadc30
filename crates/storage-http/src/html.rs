//! The links of a page. Tolerant as browsers are, and in one pass.

/// The values of `href` of all `<a>` elements, in order, their entities resolved.
pub(crate) fn links(page: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = behind(comment, "-->");
            continue;
        }
        let name_end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (name, behind_name) = rest.split_at(name_end);
        if name.is_empty() {
            continue;
        }
        let mut attributes = Attributes(behind_name);
        let href = attributes.find(|(attribute, _)| attribute.eq_ignore_ascii_case("href"));
        attributes.by_ref().for_each(drop);
        rest = attributes.0;
        if name.eq_ignore_ascii_case("a") {
            links.extend(href.map(|(_, value)| resolved(value.trim())));
        } else if name.eq_ignore_ascii_case("script") || name.eq_ignore_ascii_case("style") {
            rest = behind_raw_text(rest, name);
        }
    }
    links
}

/// Whether a page goes up to the end of its root.
pub(crate) fn is_whole(page: &[u8]) -> bool {
    page.windows(6).any(|end| end.eq_ignore_ascii_case(b"</html"))
}

fn behind<'a>(text: &'a str, end: &str) -> &'a str {
    text.find(end).map_or("", |at| &text[at + end.len()..])
}

/// What is in scripts and styles is no markup.
fn behind_raw_text<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        if rest.get(..name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name)) {
            return rest;
        }
    }
    ""
}

/// The attributes of a tag, up to and with its `>`.
struct Attributes<'a>(&'a str);

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.0.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if text.is_empty() || text.starts_with('>') {
            self.0 = text;
            return None;
        }
        // The first character belongs to the name whatever it is, so that every step goes on.
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/');
        let name_end = text.char_indices().skip(1).find(|(_, c)| ends(*c)).map_or(text.len(), |(at, _)| at);
        let (name, rest) = text.split_at(name_end);
        let Some(value) = rest.trim_ascii_start().strip_prefix('=') else {
            self.0 = rest;
            return Some((name, ""));
        };
        let (value, rest) = value_of(value.trim_ascii_start());
        self.0 = rest;
        Some((name, value))
    }
}

fn value_of(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    text.split_at(text.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(text.len()))
}

/// The text with its entities resolved. Unknown ones stay as they are: an ampersand may stand for itself.
fn resolved(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match entity(rest) {
            Some((character, length)) => {
                out.push(character);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The character that an entity stands for, and the entity's length.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((character, end + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::children;

    proptest! {
        #[test]
        fn every_page_has_an_end(page in "(<|>|a |href|=|\"|'|&|;|#x|!--|/|script|é|[ -~]|\\PC){0,40}") {
            let url = "http://h/d/".parse().unwrap();
            for href in links(&page) {
                prop_assert!(href.len() <= page.len());
                if let children::Link::Child { name, .. } = children::link(&url, &href) {
                    prop_assert!(!name.is_empty());
                }
            }
        }
    }

    #[test]
    fn links_of_all_spellings() {
        let page = r#"<a href="a">x</a> <A class='c' HREF='b c' >y</A><a href=d>z</a><a
            title="&gt; a > b" href = "e&amp;f&#39;&#x3b;&unknown;&"/> <a name="no"> <area href="g"> <abbr href=h>"#;
        assert_eq!(links(page), ["a", "b c", "d", "e&f';&unknown;&"]);
    }

    #[test]
    fn comments_scripts_and_styles_are_no_markup() {
        let page = "<!-- <a href=1> --><script>'<a href=2>'</b></script><STYLE><a href=3></style><a href=4>";
        assert_eq!(links(page), ["4"]);
    }

    #[test]
    fn broken_pages_end() {
        for page in [
            "<",
            "<a",
            "<a href",
            "<a href=",
            "<a href='x",
            "<!--",
            "<script>",
            "<a é",
            "< a href=x>",
            "<a =>",
            "&",
            "<a é=ü>é",
        ] {
            links(page);
        }
        assert_eq!(links("<a href='x"), ["x"]);
    }
}

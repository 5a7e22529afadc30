//! Answers in XML, read without a tree.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use storage_types::{Error, ErrorKind, Result};

/// Hears about the elements of a document. Names are local ones, without a namespace's prefix.
pub trait Visit {
    /// An element begins.
    fn open(&mut self, name: &str) {
        let _ = name;
    }

    /// The element that has just begun has an attribute.
    fn attribute(&mut self, name: &str, value: &str) {
        let _ = (name, value);
    }

    /// An element ends; `text` is what stood directly in it.
    fn close(&mut self, name: &str, text: &str);
}

/// How deep elements lie in one another at most. Answers of stores have ten levels.
const DEPTH: usize = 64;

/// How many elements a document has at most. A page of five thousand objects has 150,000.
const ELEMENTS: usize = 1 << 20;

/// Tells `visitor` about every element of `document`.
///
/// # Errors
///
/// `Unexpected` when it is no well-formed XML: some middlebox answered, or the answer was cut off. The same when it is deeper or has
/// more elements than any answer of a store.
pub fn read(document: &[u8], visitor: &mut impl Visit) -> Result<()> {
    read_as(document, &[], visitor)
}

/// As [`read`], for documents whose outermost element has one of these names.
///
/// # Errors
///
/// As [`read`]; `Unexpected` when the outermost element has another name, such as that of a page for people.
pub fn read_as(document: &[u8], roots: &[&str], visitor: &mut impl Visit) -> Result<()> {
    let mut reader = Reader::from_reader(document);
    // One text for each open element.
    let mut texts: Vec<String> = Vec::new();
    let mut buffer = Vec::new();
    let mut elements = 0_usize;
    loop {
        let event = reader.read_event_into(&mut buffer).map_err(|error| malformed(error.to_string()))?;
        if let Event::Start(start) | Event::Empty(start) = &event {
            let name = start.local_name();
            let name = utf8(name.as_ref())?;
            if elements == 0 && !(roots.is_empty() || roots.contains(&name)) {
                return Err(another(roots, document));
            }
            elements += 1;
            if elements > ELEMENTS || texts.len() >= DEPTH {
                return Err(malformed("it has too many elements"));
            }
            visitor.open(name);
            attributes(start, visitor)?;
        }
        match event {
            Event::Start(_) => texts.push(String::new()),
            Event::Empty(empty) => visitor.close(utf8(empty.local_name().as_ref())?, ""),
            Event::End(end) => {
                let text = texts.pop().unwrap_or_default();
                visitor.close(utf8(end.local_name().as_ref())?, &text);
            }
            Event::Text(text) => push(&mut texts, utf8(&text)?),
            Event::CData(text) => push(&mut texts, utf8(&text)?),
            Event::GeneralRef(entity) => push(&mut texts, &resolved(utf8(&entity)?)?),
            Event::Eof if elements > 0 && texts.is_empty() => return Ok(()),
            Event::Eof => return Err(malformed("the document is cut off")),
            _ => {}
        }
        buffer.clear();
    }
}

fn another(roots: &[&str], document: &[u8]) -> Error {
    let words = crate::transport::first_words(document);
    Error::new(
        ErrorKind::Unexpected,
        format!("the server's answer is no `{}`; it begins with `{words}`", roots.join("` or `")),
    )
    .with_hint("check that the endpoint is the store itself, and no proxy or web page in front of it")
}

fn attributes(start: &BytesStart<'_>, visitor: &mut impl Visit) -> Result<()> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| malformed(error.to_string()))?;
        visitor.attribute(utf8(attribute.key.local_name().as_ref())?, utf8(&attribute.value)?);
    }
    Ok(())
}

fn push(texts: &mut [String], text: &str) {
    if let Some(open) = texts.last_mut() {
        open.push_str(text);
    }
}

fn resolved(entity: &str) -> Result<String> {
    let number = entity.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => number.parse().ok(),
    });
    let character = match (entity, number) {
        ("amp", _) => '&',
        ("lt", _) => '<',
        ("gt", _) => '>',
        ("quot", _) => '"',
        ("apos", _) => '\'',
        (_, Some(code)) => char::from_u32(code).ok_or_else(|| malformed("no such character"))?,
        _ => return Err(malformed("unknown entity")),
    };
    Ok(character.into())
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))
}

fn malformed(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Unexpected, format!("the server's answer is no well-formed XML: {why}"))
        .with_hint("check that the endpoint is the store itself, and no proxy or web page in front of it")
        .with_retryable(true)
}

/// The text for a document: `&`, `<`, `>` and quotes escaped.
#[must_use]
pub fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Seen(Vec<(String, String)>);

    impl Visit for Seen {
        fn close(&mut self, name: &str, text: &str) {
            self.0.push((name.to_owned(), text.to_owned()));
        }
    }

    fn seen(document: &str) -> Result<Vec<(String, String)>> {
        let mut seen = Seen::default();
        read(document.as_bytes(), &mut seen)?;
        Ok(seen.0)
    }

    #[test]
    fn elements_with_their_own_text() {
        let pairs =
            seen("<?xml version=\"1.0\"?><A><B>x &amp;&#233;&lt;<!-- c -->y</B><s:C/><D> <E>z</E></D></A>")
                .unwrap();
        let expected = [("B", "x &é<y"), ("C", ""), ("E", "z"), ("D", " "), ("A", "")];
        assert_eq!(pairs, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    #[test]
    fn a_document_of_another_kind_is_refused() {
        let mut seen = Seen::default();
        let page = b"<?xml version=\"1.0\"?><html><body>Log in</body></html>";
        let error = read_as(page, &["ListBucketResult"], &mut seen).unwrap_err();
        assert_eq!(error.message(), "the server's answer is no `ListBucketResult`; it begins with `Log in`");
        assert!(seen.0.is_empty());
        for root in ["<A/>", "<s:A xmlns:s='x'><B/></s:A>"] {
            assert!(read_as(root.as_bytes(), &["X", "A"], &mut seen).is_ok(), "{root}");
        }
        assert!(read_as(b"<B><A/></B>", &["A"], &mut seen).is_err());
    }

    #[test]
    fn depth_and_number_of_elements_are_bounded() {
        let deep = |depth: usize| "<A>".repeat(depth) + &"</A>".repeat(depth);
        assert!(seen(&deep(DEPTH)).is_ok());
        for document in [deep(DEPTH + 1), "<A>".repeat(1 << 20)] {
            assert_eq!(seen(&document).unwrap_err().kind(), ErrorKind::Unexpected);
        }
        let wide = |elements: usize| format!("<A>{}</A>", "<B/>".repeat(elements - 1));
        assert_eq!(seen(&wide(ELEMENTS)).unwrap().len(), ELEMENTS);
        assert!(seen(&wide(ELEMENTS + 1)).is_err());
    }

    #[test]
    fn what_is_cut_off_or_no_xml_is_refused() {
        for document in ["", "<A><B>x</B>", "<A>", "no xml", "<A>&nbsp;</A>", "<A></B>"] {
            assert!(seen(document).is_err(), "{document}");
        }
    }
}

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

/// Tells `visitor` about every element of `document`.
///
/// # Errors
///
/// `Unexpected` when it is no well-formed XML: some middlebox answered, or the answer was cut off.
pub fn read(document: &[u8], visitor: &mut impl Visit) -> Result<()> {
    let mut reader = Reader::from_reader(document);
    // One text for each open element.
    let mut texts: Vec<String> = Vec::new();
    let mut buffer = Vec::new();
    let mut elements = 0_usize;
    loop {
        match reader.read_event_into(&mut buffer).map_err(|error| malformed(error.to_string()))? {
            Event::Start(start) => {
                visitor.open(utf8(start.local_name().as_ref())?);
                attributes(&start, visitor)?;
                texts.push(String::new());
                elements += 1;
            }
            Event::Empty(empty) => {
                let name = empty.local_name();
                visitor.open(utf8(name.as_ref())?);
                attributes(&empty, visitor)?;
                visitor.close(utf8(name.as_ref())?, "");
                elements += 1;
            }
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
    fn what_is_cut_off_or_no_xml_is_refused() {
        for document in ["", "<A><B>x</B>", "<A>", "no xml", "<A>&nbsp;</A>", "<A></B>"] {
            assert!(seen(document).is_err(), "{document}");
        }
    }
}

//! Names of entries: from bytes to text, and which of them are dangerous.

use storage_types::{Result, StoragePath};

use super::records::Central;
use crate::dual::special::deflate::corrupted;
use crate::dual::special::zip::records::UTF8;

/// The upper half of code page 437, which names have without the flag for UTF-8 (APPNOTE.TXT, appendix D.1).
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// The name as text. Many programs write UTF-8 and do not say so, and hardly any other text is valid UTF-8.
pub(super) fn decoded(entry: &Central) -> Result<String> {
    match std::str::from_utf8(&entry.name) {
        Ok(name) => Ok(name.to_owned()),
        Err(_) if entry.flags & UTF8 != 0 => Err(corrupted("a name that is said to be UTF-8 is not")),
        Err(_) => Ok(entry.name.iter().map(|&byte| of_cp437(byte)).collect()),
    }
}

fn of_cp437(byte: u8) -> char {
    match byte {
        0..128 => char::from(byte),
        _ => CP437.chars().nth(usize::from(byte - 128)).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

/// The path below the destination, or what is wrong with the name.
///
/// Whoever made the archive chose its names. One that is absolute, goes up, names a drive or, from systems where a
/// backslash separates folders, holds one, could be meant to write somewhere else.
pub(super) fn safe(name: &str, from_dos: bool) -> std::result::Result<StoragePath, &'static str> {
    let bytes = name.as_bytes();
    if matches!(bytes, [b'/' | b'\\', ..]) {
        return Err("it is absolute");
    }
    if matches!(bytes, [letter, b':', rest @ ..]
        if letter.is_ascii_alphabetic() && (from_dos || matches!(rest, [b'/' | b'\\', ..])))
    {
        return Err("it names a drive");
    }
    if name.split(['/', '\\']).any(|segment| segment == "..") {
        return Err("it goes up with `..`");
    }
    if from_dos && name.contains('\\') {
        return Err("it has a backslash, which stands for a folder on some systems");
    }
    match StoragePath::parse(name) {
        Ok(path) if path.is_root() => Err("it is empty"),
        Ok(path) => Ok(path),
        Err(_) => Err("it holds a NUL"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_page_437_is_whole() {
        assert_eq!(CP437.chars().count(), 128);
        assert_eq!(
            (of_cp437(b'a'), of_cp437(0x81), of_cp437(0xe1), of_cp437(0xff)),
            ('a', 'ü', 'ß', '\u{a0}')
        );
    }

    #[test]
    fn names_that_lead_out_are_recognised() {
        let dangerous = [
            "/etc/passwd",
            "\\x",
            "..",
            "../x",
            "a/../../x",
            "..\\x",
            "a\\..\\x",
            "C:/x",
            "c:\\x",
            "a\0b",
            "",
            ".",
            "./",
        ];
        for name in dangerous {
            assert!(safe(name, false).is_err() && safe(name, true).is_err(), "{name:?}");
        }
        assert!(safe("a\\b", true).is_err() && safe("c:x", true).is_err());
    }

    #[test]
    fn ordinary_names_are_paths() {
        for (name, path) in [
            ("a/b.txt", "a/b.txt"),
            ("./a//b", "a/b"),
            ("...", "..."),
            ("a..b/c..", "a..b/c.."),
            ("a\\b", "a\\b"),
            ("folder/", "folder"),
            ("ab:c", "ab:c"),
        ] {
            assert_eq!(safe(name, false).map(|path| path.as_str().to_owned()), Ok(path.to_owned()));
        }
    }
}

//! Keys and values of user metadata. Azure wants keys that are identifiers of C#, sends them in any case, and takes values
//! of ASCII only. Keys are written as `XmlConvert.EncodeName` of .NET writes names (`reviewed-by` is
//! `reviewed_x002d_by`), values as encoded words (RFC 2047). What needs neither stays as it is.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use storage_types::{Error, Result};

const WORD: &str = "=?UTF-8?B?";

/// The name under which a key is stored.
pub(crate) fn encode_key(key: &str) -> Result<String> {
    if key.is_empty() {
        return Err(Error::invalid("a key of user metadata is empty"));
    }
    let mut name = String::with_capacity(key.len());
    for (at, letter) in key.char_indices() {
        let plain = letter.is_ascii_lowercase()
            || letter.is_ascii_digit() && at > 0
            || letter == '_' && escape(&key[at..]).is_none();
        if plain {
            name.push(letter);
        } else {
            let code = u32::from(letter);
            let width = if code > 0xFFFF { 8 } else { 4 };
            let _ = write!(name, "_x{code:0width$x}_");
        }
    }
    Ok(name)
}

/// The key that is stored under a name.
pub(crate) fn decode_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let (letter, length) = escape(rest).unwrap_or((first, first.len_utf8()));
        key.push(letter);
        rest = &rest[length..];
    }
    key
}

/// The letter that `_xHHHH_` or `_xHHHHHHHH_` at the beginning stands for, and the length of that.
fn escape(text: &str) -> Option<(char, usize)> {
    let inner = text.strip_prefix("_x")?;
    let digits = inner.split_once('_')?.0;
    if !matches!(digits.len(), 4 | 8) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let letter = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    Some((letter, digits.len() + 3))
}

/// A value as it is stored.
pub(crate) fn encode_value(value: &str) -> String {
    let plain = !value.is_empty()
        && value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && value.trim() == value
        && !value.starts_with("=?");
    if plain { value.to_owned() } else { format!("{WORD}{}?=", STANDARD.encode(value)) }
}

/// The value of what is stored.
pub(crate) fn decode_value(stored: &str) -> String {
    let word = stored
        .get(..WORD.len())
        .filter(|start| start.eq_ignore_ascii_case(WORD))
        .and_then(|_| stored[WORD.len()..].strip_suffix("?="));
    word.and_then(|word| String::from_utf8(STANDARD.decode(word).ok()?).ok())
        .unwrap_or_else(|| stored.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back() {
        for (key, name) in [
            ("owner", "owner"),
            ("a_b1", "a_b1"),
            ("reviewed-by", "reviewed_x002d_by"),
            ("1st", "_x0031_st"),
            ("_x002d_", "_x005f_x002d_"),
            ("Owner", "_x004f_wner"),
            ("é", "_x00e9_"),
            ("\u{1f980}", "_x0001f980_"),
        ] {
            assert_eq!(encode_key(key).unwrap(), name);
            assert_eq!(decode_key(name), key);
        }
        assert!(encode_key("").is_err());
        for foreign in ["_x_", "_xd800_", "_x12", "a__b_x1234"] {
            assert_eq!(decode_key(foreign), foreign);
        }
    }

    #[test]
    fn values_come_back() {
        for value in ["", "plain", "a=b;c,\"d\"", " x", "é € \u{1f980}", "=?UTF-8?B?aGk=?=", "a\nb"] {
            let stored = encode_value(value);
            assert!(stored.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{stored}");
            assert_eq!(decode_value(&stored), value);
        }
        assert_eq!(encode_value("plain text"), "plain text");
        assert_eq!(decode_value("=?utf-8?q?x?="), "=?utf-8?q?x?=");
    }
}

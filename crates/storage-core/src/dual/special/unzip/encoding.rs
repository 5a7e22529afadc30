//! Encodings of names that are not UTF-8.

use encoding_rs::Encoding;
use storage_types::{Error, Result};

use crate::dual::special::deflate::corrupted;

/// The upper half of code page 437, which names have without the flag for UTF-8 (APPNOTE.TXT, appendix D.1).
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// The upper half of code page 850: DOS and the Windows Explorer in Western Europe.
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// The upper half of code page 852: the same in Central Europe.
const CP852: &str = "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}";

/// How names that do not say that they are UTF-8 are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameEncoding {
    /// UTF-8 where it is valid, else code page 437. Many programs write UTF-8 and do not say so, and hardly any other
    /// text is valid UTF-8.
    Usual,
    /// A code page of DOS by its upper half.
    Dos(&'static str),
    /// An encoding that browsers know.
    Web(&'static Encoding),
}

impl NameEncoding {
    /// By its name: `cp437`, `cp850`, `cp852`, or one of the WHATWG Encoding Standard.
    pub(super) fn named(name: Option<&str>) -> Result<Self> {
        let Some(name) = name else { return Ok(Self::Usual) };
        let label = name.trim().to_ascii_lowercase();
        let page = label.trim_start_matches("ibm").trim_start_matches("cp").trim_start_matches('-');
        let web = match page {
            "437" => return Ok(Self::Dos(CP437)),
            "850" => return Ok(Self::Dos(CP850)),
            "852" => return Ok(Self::Dos(CP852)),
            "932" => "shift_jis",
            "936" => "gbk",
            "949" => "euc-kr",
            "950" => "big5",
            _ => &label,
        };
        // Of UTF-16 no archive has names.
        let found = Encoding::for_label(web.as_bytes()).filter(|found| found.output_encoding() == *found);
        found.map(Self::Web).ok_or_else(|| {
            Error::invalid(format!("`{}` is no encoding of names", name.escape_debug())).with_hint(
                "write `cp437`, `cp850`, `cp852`, `cp866`, `shift_jis`, `gbk`, `windows-1252`, ...",
            )
        })
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Result<String> {
        match self {
            Self::Usual => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(text.to_owned()),
                Err(_) => Ok(of_dos(bytes, CP437)),
            },
            Self::Dos(page) => Ok(of_dos(bytes, page)),
            Self::Web(encoding) => {
                let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
                text.map(std::borrow::Cow::into_owned)
                    .ok_or_else(|| corrupted(format!("a name in it is not in {}", encoding.name())))
            }
        }
    }
}

fn of_dos(bytes: &[u8], page: &str) -> String {
    let upper = |byte: u8| page.chars().nth(usize::from(byte) - 128).unwrap_or(char::REPLACEMENT_CHARACTER);
    bytes.iter().map(|&byte| if byte < 128 { char::from(byte) } else { upper(byte) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(name: &str, bytes: &[u8]) -> Option<String> {
        NameEncoding::named(Some(name)).ok()?.decode(bytes).ok()
    }

    #[test]
    fn code_pages_are_whole() {
        for page in [CP437, CP850, CP852] {
            assert_eq!(page.chars().count(), 128);
        }
        assert_eq!(of_dos(b"a\x81\xe1\xff", CP437), "aüß\u{a0}");
    }

    #[test]
    fn encodings_have_the_names_that_people_know() {
        assert_eq!(decoded("cp437", b"\x9b").as_deref(), Some("¢"));
        assert_eq!(decoded("IBM850", b"\x9b").as_deref(), Some("ø"));
        assert_eq!(decoded("852", b"\x9b").as_deref(), Some("Ť"));
        assert_eq!(decoded("cp866", b"\x8f\xa0").as_deref(), Some("Па"));
        for name in ["shift_jis", "sjis", "cp932", "Shift-JIS"] {
            assert_eq!(decoded(name, b"\x93\xfa\x96{").as_deref(), Some("日本"), "{name}");
        }
        assert_eq!(decoded("gbk", b"\xd6\xd0").as_deref(), Some("中"));
        assert_eq!(decoded("latin1", b"\xe9").as_deref(), Some("é"));
        for name in ["utf-16le", "", "klingon", "cp1"] {
            assert!(NameEncoding::named(Some(name)).is_err(), "{name}");
        }
    }

    #[test]
    fn what_is_not_in_the_encoding_is_refused() {
        assert_eq!(decoded("utf-8", b"\xff"), None);
        assert_eq!(NameEncoding::Usual.decode(b"\xff").ok().as_deref(), Some("\u{a0}"));
        assert_eq!(NameEncoding::Usual.decode("é".as_bytes()).ok().as_deref(), Some("é"));
    }
}

//! From bytes to text, as Python reads source files (PEP 263, PEP 3120).

use super::decoders::{self, Decoder};
use super::methods;

/// The text of a source file.
pub(super) struct Text {
    pub(super) text: String,
    /// The declared encoding makes the file read differently from how it looks.
    pub(super) disguised: Option<String>,
}

/// Decodes a source file. Whatever is wrong, something searchable comes out.
pub(super) fn decode(bytes: &[u8]) -> Text {
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let cookie = cookie(body);
    let codec = cookie.as_deref().unwrap_or("utf-8");
    let normal: String = codec
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase();
    if let Some(text) = disguise(&normal, body) {
        return Text {
            text,
            disguised: Some(codec.to_owned()),
        };
    }
    match std::str::from_utf8(body) {
        Ok(text) => Text {
            text: text.to_owned(),
            disguised: None,
        },
        Err(_) => Text {
            text: utf16(bytes)
                .unwrap_or_else(|| body.iter().map(|byte| char::from(*byte)).collect()),
            disguised: None,
        },
    }
}

/// The encoding that the first two lines declare.
fn cookie(bytes: &[u8]) -> Option<String> {
    for line in bytes.split(|byte| *byte == b'\n' || *byte == b'\r').take(3) {
        let line = String::from_utf8_lossy(&line[..line.len().min(400)]).into_owned();
        let trimmed = line.trim_start_matches([' ', '\t', '\u{c}']);
        if trimmed.is_empty() {
            continue;
        }
        let comment = trimmed.strip_prefix('#')?;
        let Some(at) = comment.find("coding") else {
            continue;
        };
        let rest = &comment[at + "coding".len()..];
        let Some(rest) = rest.strip_prefix([':', '=']) else {
            continue;
        };
        let name = rest.trim_start_matches([' ', '\t']);
        let end = name.find(|letter: char| !(letter.is_alphanumeric() || "-_.".contains(letter)));
        let name = &name[..end.unwrap_or(name.len())];
        if !name.is_empty() {
            return Some(name.to_owned());
        }
    }
    None
}

/// What codecs give that nobody needs for source code.
fn disguise(codec: &str, bytes: &[u8]) -> Option<String> {
    let decoder = match codec {
        "utf7" | "u7" | "unicode11utf7" => return Some(utf7(bytes)),
        "unicodeescape" | "rawunicodeescape" => {
            let value = methods::decode_text(bytes, "unicode_escape")?;
            return value.as_str().map(str::to_owned);
        }
        "rot13" => Decoder::Rot13,
        "hex" | "hexcodec" => Decoder::Base16,
        "base64" | "base64codec" => Decoder::Base64,
        "uu" | "uucodec" => Decoder::Uu,
        "zlib" | "zlibcodec" | "zip" => Decoder::Zlib,
        "bz2" | "bz2codec" => Decoder::Bzip2,
        "quopri" | "quopricodec" | "quotedprintable" => Decoder::QuotedPrintable,
        codec if !KNOWN.contains(&codec) && !is_numbered(codec) => {
            return Some(bytes.iter().map(|byte| char::from(*byte)).collect());
        }
        "punycode" | "idna" | "mbcs" | "oem" | "undefined" | "charmap" => {
            return Some(bytes.iter().map(|byte| char::from(*byte)).collect());
        }
        _ => return None,
    };
    let decoded = decoders::decode(decoder, bytes);
    Some(String::from_utf8_lossy(&decoded.unwrap_or_else(|| bytes.to_vec())).into_owned())
}

/// Encodings that Python knows, without what separates their parts.
const KNOWN: &[&str] = &[
    "utf8",
    "u8",
    "utf",
    "utf8sig",
    "utf8mac",
    "utf8unix",
    "utf8dos",
    "utf16",
    "utf16le",
    "utf16be",
    "utf32",
    "utf32le",
    "utf32be",
    "ascii",
    "usascii",
    "us",
    "latin",
    "latin1",
    "l1",
    "latin9",
    "latin2",
    "iso88591",
    "iso885915",
    "big5",
    "big5hkscs",
    "gbk",
    "gb2312",
    "gb18030",
    "euccn",
    "euckr",
    "eucjp",
    "ujis",
    "shiftjis",
    "sjis",
    "mskanji",
    "johab",
    "hz",
    "koi8r",
    "koi8u",
    "koi8t",
    "kz1048",
    "ptcp154",
    "macroman",
    "maccyrillic",
    "macgreek",
    "maclatin2",
    "macturkish",
    "maciceland",
    "tis620",
    "hebrew",
    "greek",
    "cyrillic",
    "arabic",
    "thai",
    "windows1252",
    "windows1251",
    "utf8bom",
    "emacsmule",
    "unicode",
    "none",
    "binary",
    "rawtext",
    "nocoding",
    "punycode",
    "idna",
    "mbcs",
    "oem",
    "undefined",
    "charmap",
    "ansi",
    "dbcs",
];

/// Families of encodings that go by a number.
fn is_numbered(codec: &str) -> bool {
    let families = [
        "cp", "iso8859", "windows", "ibm", "iso2022", "eucj", "shiftj", "sjis", "mac",
    ];
    families.iter().any(|family| codec.starts_with(family)) || codec.is_empty()
}

/// UTF-7 (RFC 2152), leniently.
fn utf7(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find('+') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end =
            rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || "+/".contains(letter)));
        let coded = &rest[..end.unwrap_or(rest.len())];
        rest = &rest[coded.len()..];
        if coded.is_empty() {
            out.push('+');
        } else if let Some(units) = decoders::decode(Decoder::Base64, coded.as_bytes()) {
            let units = units
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            out.extend(char::decode_utf16(units).map(|letter| letter.unwrap_or('\u{fffd}')));
        }
        rest = rest.strip_prefix('-').unwrap_or(rest);
    }
    out.push_str(rest);
    out
}

fn utf16(bytes: &[u8]) -> Option<String> {
    let (body, big) = match bytes {
        [0xff, 0xfe, body @ ..] => (body, false),
        [0xfe, 0xff, body @ ..] => (body, true),
        _ => return None,
    };
    let unit = |pair: &[u8]| {
        if big {
            u16::from_be_bytes([pair[0], pair[1]])
        } else {
            u16::from_le_bytes([pair[0], pair[1]])
        }
    };
    let units = body.chunks_exact(2).map(unit);
    Some(
        char::decode_utf16(units)
            .map(|letter| letter.unwrap_or('\u{fffd}'))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_declared_codec_hides() {
        for (source, expected) in [
            (&b"# coding: utf-7\n+AGkAbQBwAG8AcgB0- os"[..], "import os"),
            (b"# -*- coding: rot13 -*-\nvzcbeg bf", "import os"),
            (b"#coding=unicode_escape\n\\x69mport os", "import os"),
        ] {
            let text = decode(source);
            assert!(text.text.contains(expected), "{}", text.text);
            assert!(text.disguised.is_some());
        }
    }

    #[test]
    fn leaves_ordinary_declarations_alone() {
        for source in [
            &b"# -*- coding: utf-8 -*-\nx"[..],
            b"# coding: latin-1\n\xe9",
            b"x = 'coding: utf-7'",
        ] {
            assert!(decode(source).disguised.is_none());
        }
    }
}

//! From bytes to text, as Python reads source files (PEP 263, PEP 3120).

use std::sync::OnceLock;

use regex::bytes::Regex;

use super::charsets::{self, Charset};
use super::decoders::{self, Decoder};
use super::methods;

/// The text of a source file.
pub(super) struct Text {
    pub(super) text: String,
    /// The declared encoding makes the file read differently from how it looks.
    pub(super) disguised: Option<String>,
    /// What Python reads may still be something else.
    pub(super) unsure: bool,
}

/// Decodes a source file. Whatever is wrong, something searchable comes out.
pub(super) fn decode(bytes: &[u8]) -> Text {
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Some(codec) = cookie(body) else {
        return plain(bytes, body);
    };
    let normal: String = codec
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase();
    if let Some(text) = disguise(&normal, body) {
        return Text {
            text,
            disguised: Some(codec),
            unsure: false,
        };
    }
    let read = match charsets::of(&codec) {
        Charset::Plain => None,
        Charset::Pairs { katakana } => charsets::pairs(body, katakana),
        Charset::Shifted => charsets::shifted(body),
        Charset::Unknown => Some(plain(bytes, body).text),
    };
    match read {
        Some(text) => Text {
            text,
            disguised: Some(codec),
            unsure: true,
        },
        None => plain(bytes, body),
    }
}

/// The text in an encoding that holds ASCII.
fn plain(bytes: &[u8], body: &[u8]) -> Text {
    let text = match std::str::from_utf8(body) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            utf16(bytes).unwrap_or_else(|| body.iter().map(|byte| char::from(*byte)).collect())
        }
    };
    Text {
        text,
        disguised: None,
        unsure: false,
    }
}

/// The encoding that the first two lines declare; the second counts only below a line without
/// code. A line ends as Python's own reader ends it.
fn cookie(bytes: &[u8]) -> Option<String> {
    static COOKIE: OnceLock<Regex> = OnceLock::new();
    let pattern = COOKIE.get_or_init(|| {
        Regex::new(r"(?-u)^[ \t\x0c]*#.*?coding[:=][ \t]*([-_.A-Za-z0-9]+)")
            .expect("the pattern is well-formed")
    });
    let mut rest = bytes;
    for _ in 0..2 {
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        if let Some(name) = pattern.captures(line).and_then(|found| found.get(1)) {
            return Some(String::from_utf8_lossy(name.as_bytes()).into_owned());
        }
        let first = line.iter().find(|byte| !b" \t\x0c".contains(byte));
        if first.is_some_and(|first| *first != b'#') {
            return None;
        }
        rest = after
            .strip_prefix(b"\r\n")
            .or_else(|| after.get(1..))
            .unwrap_or_default();
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
        _ => return None,
    };
    let decoded = decoders::decode(decoder, bytes);
    Some(String::from_utf8_lossy(&decoded.unwrap_or_else(|| bytes.to_vec())).into_owned())
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
            b"\n\n# coding: utf-7\n",
            b"x = 1\n# coding: utf-7\n",
            b"# decoding a coding = gbk",
            b"# coding: big5\nx = 'ascii'",
        ] {
            assert!(decode(source).disguised.is_none());
        }
    }

    #[test]
    fn declarations_are_found_where_python_finds_them() {
        let long = format!("#{}coding: utf-7", " ".repeat(500));
        for source in [
            &b"# the coding, coding: utf-7"[..],
            b"# coding coding=\tutf-7 ",
            b"\x0c \r\n#coding:utf-7",
            b"#!x\r#coding:utf-7",
            long.as_bytes(),
        ] {
            assert_eq!(decode(source).disguised.as_deref(), Some("utf-7"));
        }
    }

    #[test]
    fn what_hides_in_characters_of_two_bytes_is_read() {
        for source in [
            &b"# coding: shift_jis\na = '\x81\\'; import os #'"[..],
            b"# coding: gbk\na = '\x81\\'; import os #'",
            b"# coding: iso2022_jp\na = \"\x1b$B\"!\x1b(B\"; import os #\"",
        ] {
            let text = decode(source);
            assert!(text.text.contains("'; import") || text.text.contains("\"; import"));
            assert!(text.disguised.is_some() && text.unsure);
        }
        assert!(decode(b"# coding: utf-16-le\n").unsure);
    }
}

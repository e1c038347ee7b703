//! Text and bytes into each other, by the codecs that Python has.

use super::decoders::{self, Decoder};
use super::fold::LONGEST;
use super::value::Value;
use spip_core::Taints;

use super::methods::assembled;

/// Text to bytes, or by one of the codecs that turn text into text.
pub(super) fn encode<'a>(text: &str, codec: &str) -> Option<Value<'a>> {
    Some(match normal(codec).as_str() {
        "utf8" | "ascii" | "utf8sig" | "rawunicodeescape" => Value::bytes(text.as_bytes()),
        "latin1" | "iso88591" | "cp1252" | "charmap" => {
            let bytes: Option<Vec<u8>> = text
                .chars()
                .map(|letter| u8::try_from(u32::from(letter)).ok())
                .collect();
            Value::bytes(bytes?)
        }
        "rot13" => by(Decoder::Rot13, text.as_bytes(), true)?,
        "utf16le" | "utf16" => {
            if text.len() > LONGEST / 2 {
                return None;
            }
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            Value::bytes(units.collect::<Vec<u8>>())
        }
        _ => return None,
    })
}

/// Bytes to text, or by one of the codecs that undo an encoding.
pub(super) fn decode_text<'a>(bytes: &[u8], codec: &str) -> Option<Value<'a>> {
    Some(match normal(codec).as_str() {
        "utf8" | "ascii" | "utf8sig" | "rawunicodeescape" | "unicodeescape" | "cp1252"
        | "latin1" | "iso88591" | "charmap" => {
            let codec = normal(codec);
            if codec == "unicodeescape" {
                return Some(
                    Value::string(unescape(&String::from_utf8_lossy(bytes)))
                        .tainted(Taints::DECODED),
                );
            }
            if bytes.len() > LONGEST / 2 {
                return None;
            }
            let text = match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
            };
            assembled(text)
        }
        "utf16" | "utf16le" => {
            let units = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            assembled(
                char::decode_utf16(units)
                    .map(|letter| letter.unwrap_or('\u{fffd}'))
                    .collect(),
            )
        }
        "rot13" => by(Decoder::Rot13, bytes, true)?,
        "hex" | "hexcodec" => by(Decoder::Base16, bytes, false)?,
        "base64" | "base64codec" => by(Decoder::Base64, bytes, false)?,
        "zlib" | "zip" | "zlibcodec" => by(Decoder::Zlib, bytes, false)?,
        "bz2" | "bz2codec" => by(Decoder::Bzip2, bytes, false)?,
        "uu" | "uucodec" => by(Decoder::Uu, bytes, false)?,
        "quopri" | "quotedprintable" | "quopricodec" => by(Decoder::QuotedPrintable, bytes, false)?,
        _ => return None,
    })
}

pub(super) fn normal(codec: &str) -> String {
    let letters = codec.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// What a decoder gives; text where the result must be text.
pub(super) fn by<'a>(decoder: Decoder, bytes: &[u8], text: bool) -> Option<Value<'a>> {
    let decoded = decoders::decode(decoder, bytes)?;
    let value = if text {
        Value::string(String::from_utf8_lossy(&decoded).into_owned())
    } else {
        Value::bytes(decoded)
    };
    Some(value.tainted(Taints::DECODED))
}

/// Undoes `\x41`, `\u0041` and octal escapes.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(kind) = rest.chars().next() else {
            break;
        };
        let (digits, radix, skip) = match kind {
            'x' => (2, 16, 1),
            'u' => (4, 16, 1),
            'U' => (8, 16, 1),
            '0'..='7' => (rest.len().min(3), 8, 0),
            _ => (0, 10, 0),
        };
        let mut end = skip + digits;
        if radix == 8 {
            end = rest
                .find(|letter: char| !('0'..='7').contains(&letter))
                .unwrap_or(rest.len())
                .min(3);
        }
        let code = rest
            .get(skip..end)
            .and_then(|digits| u32::from_str_radix(digits, radix).ok());
        match (digits, code.and_then(char::from_u32)) {
            (1.., Some(letter)) => {
                out.push(letter);
                rest = &rest[end..];
            }
            _ => {
                out.push(match kind {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    other => other,
                });
                rest = &rest[kind.len_utf8()..];
            }
        }
    }
    out.push_str(rest);
    out
}

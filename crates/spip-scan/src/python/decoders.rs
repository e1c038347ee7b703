//! Decoders: what common encodings hide, within bounds.

use std::io::Read;

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, HEXLOWER_PERMISSIVE};

/// The most that one decoded text may hold.
pub(super) const LARGEST: u64 = 4 << 20;

/// An encoding that code can undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decoder {
    Base16,
    Base32,
    Base64,
    Base64Url,
    Base85,
    Ascii85,
    Zlib,
    Gzip,
    Bzip2,
    Lzma,
    Rot13,
    QuotedPrintable,
    Uu,
}

/// Decodes, as leniently as Python does. `None`: it is not of that encoding, or too large.
pub(super) fn decode(decoder: Decoder, bytes: &[u8]) -> Option<Vec<u8>> {
    match decoder {
        Decoder::Base16 => HEXLOWER_PERMISSIVE
            .decode(&without(bytes, |byte| byte == b' '))
            .ok(),
        Decoder::Base32 => {
            let clean = without(bytes, |byte| byte == b'=' || byte.is_ascii_whitespace());
            BASE32_NOPAD.decode(&clean.to_ascii_uppercase()).ok()
        }
        Decoder::Base64 => base64(bytes),
        Decoder::Base64Url => {
            let swapped = bytes.iter().map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                other => *other,
            });
            base64(&swapped.collect::<Vec<u8>>())
        }
        Decoder::Base85 => base85(bytes),
        Decoder::Ascii85 => ascii85(bytes),
        Decoder::Zlib => bounded(flate2::read::ZlibDecoder::new(bytes))
            .or_else(|| bounded(flate2::read::DeflateDecoder::new(bytes))),
        Decoder::Gzip => bounded(flate2::read::MultiGzDecoder::new(bytes)),
        Decoder::Bzip2 => bounded(bzip2::read::MultiBzDecoder::new(bytes)),
        Decoder::Lzma => lzma(bytes),
        Decoder::Rot13 => Some(bytes.iter().map(|byte| rot13(*byte)).collect()),
        Decoder::QuotedPrintable => Some(quoted_printable(bytes)),
        Decoder::Uu => uu(bytes),
    }
}

fn without(bytes: &[u8], dropped: impl Fn(u8) -> bool) -> Vec<u8> {
    bytes
        .iter()
        .copied()
        .filter(|byte| !dropped(*byte))
        .collect()
}

/// Python's `b64decode` drops what is not of the alphabet.
fn base64(bytes: &[u8]) -> Option<Vec<u8>> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    let mut clean = without(bytes, |byte| !known(byte));
    if clean.len() % 4 == 1 {
        clean.pop();
    }
    let mut lenient = BASE64_NOPAD.specification();
    lenient.check_trailing_bits = false;
    lenient.encoding().ok()?.decode(&clean).ok()
}

fn bounded(from: impl Read) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut out).ok()?;
    (out.len() as u64 <= LARGEST).then_some(out)
}

fn lzma(bytes: &[u8]) -> Option<Vec<u8>> {
    const MEMORY_KIB: u32 = 64 << 10;
    if bytes.starts_with(b"\xfd7zXZ") {
        return bounded(lzma_rust2::XzReader::new_mem_limit(bytes, true, MEMORY_KIB));
    }
    bounded(lzma_rust2::LzmaReader::new_mem_limit(bytes, MEMORY_KIB, None).ok()?)
}

fn rot13(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
        b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
        other => other,
    }
}

fn base85(bytes: &[u8]) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 85] =
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    let digits: Option<Vec<u32>> = bytes
        .iter()
        .map(|byte| ALPHABET.iter().position(|known| known == byte))
        .map(|place| u32::try_from(place?).ok())
        .collect();
    groups85(&digits?)
}

fn ascii85(bytes: &[u8]) -> Option<Vec<u8>> {
    let trimmed = bytes.strip_prefix(b"<~").unwrap_or(bytes);
    let trimmed = trimmed.strip_suffix(b"~>").unwrap_or(trimmed);
    let mut digits = Vec::with_capacity(trimmed.len());
    for byte in trimmed {
        match byte {
            b'!'..=b'u' => digits.push(u32::from(byte - b'!')),
            b'z' => digits.extend([0; 5]),
            b'y' => digits.extend([36, 9, 17, 39, 10]),
            _ if byte.is_ascii_whitespace() => {}
            _ => return None,
        }
    }
    groups85(&digits)
}

fn groups85(digits: &[u32]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(digits.len() / 5 * 4);
    for group in digits.chunks(5) {
        let mut word: u32 = 0;
        for place in 0..5 {
            let digit = group.get(place).copied().unwrap_or(84);
            word = word.checked_mul(85)?.checked_add(digit)?;
        }
        let keep = group.len() - 1;
        out.extend_from_slice(&word.to_be_bytes()[..keep]);
    }
    Some(out)
}

fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let code = tail.get(..2).filter(|_| *first == b'=');
        match code.and_then(|code| HEXLOWER_PERMISSIVE.decode(code).ok()) {
            Some(decoded) => {
                out.extend(decoded);
                rest = &tail[2..];
            }
            None if *first == b'=' && tail.first() == Some(&b'\n') => rest = &tail[1..],
            None => out.push(*first),
        }
    }
    out
}

fn uu(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let lines = bytes.split(|byte| *byte == b'\n');
    for line in
        lines.filter(|line| !line.is_empty() && !line.starts_with(b"begin ") && *line != b"end")
    {
        let length = usize::from(line[0].wrapping_sub(32) & 63);
        let mut decoded = Vec::new();
        for group in line[1..].chunks(4) {
            let digit = |place: usize| {
                let byte = group.get(place).copied().unwrap_or(32);
                u32::from(byte.wrapping_sub(32) & 63)
            };
            let word = digit(0) << 18 | digit(1) << 12 | digit(2) << 6 | digit(3);
            decoded.extend_from_slice(&word.to_be_bytes()[1..]);
        }
        out.extend_from_slice(decoded.get(..length)?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_each_text_encoding_of_the_standard_library() {
        let cases: [(Decoder, &[u8]); 9] = [
            (Decoder::Base16, b"7072696e74283129"),
            (Decoder::Base32, b"OBZGS3TUFAYSS==="),
            (Decoder::Base64, b"cHJp\nbnQoMSk="),
            (Decoder::Base64Url, b"cHJpbnQoMSk"),
            (Decoder::Base85, b"aB^vGbSN<?"),
            (Decoder::Ascii85, b"E,oZ1F=8jm"),
            (Decoder::Rot13, b"cevag(1)"),
            (Decoder::QuotedPrintable, b"print=281)"),
            (Decoder::Uu, b"(<')I;G0H,2D \n"),
        ];
        for (decoder, text) in cases {
            let decoded = decode(decoder, text);
            assert_eq!(
                decoded.as_deref(),
                Some(b"print(1)".as_slice()),
                "{decoder:?}"
            );
        }
    }

    #[test]
    fn refuses_what_is_larger_than_the_bound() {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::copy(&mut std::io::repeat(0).take(LARGEST + 1), &mut packed).unwrap();
        assert_eq!(decode(Decoder::Zlib, &packed.finish().unwrap()), None);
    }
}

//! The encodings in which code hides, written out so that the cases need no other crate for them.

use std::io::Write;

use flate2::Compression;

/// Base64, with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    groups(bytes, 3, 6, alphabet)
}

/// Base64 without padding and with `-` and `_`, as RECORD and web addresses have it.
pub(crate) fn base64_url(bytes: &[u8]) -> String {
    let text = base64(bytes).replace('+', "-").replace('/', "_");
    text.trim_end_matches('=').to_owned()
}

/// Base32, with padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    groups(bytes, 5, 5, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What `base64.b85encode` makes.
pub(crate) fn base85(bytes: &[u8]) -> String {
    let alphabet =
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    fives(bytes, |digit| alphabet[digit as usize])
}

/// What `base64.a85encode` makes, never with its abbreviation `z`.
pub(crate) fn ascii85(bytes: &[u8]) -> String {
    fives(bytes, |digit| b'!' + digit)
}

/// Each letter thirteen on.
pub(crate) fn rot13(bytes: &[u8]) -> Vec<u8> {
    let turn = |byte: u8| match byte {
        b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
        b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
        other => other,
    };
    bytes.iter().copied().map(turn).collect()
}

/// Exclusive or with a repeated key.
pub(crate) fn xor(bytes: &[u8], key: &[u8]) -> Vec<u8> {
    let bytes = bytes.iter().zip(key.iter().cycle());
    bytes.map(|(byte, key)| byte ^ key).collect()
}

/// A zlib stream.
pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes every write");
    encoder.finish().expect("memory takes the end")
}

/// A gzip file without a time.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes every write");
    encoder.finish().expect("memory takes the end")
}

/// A bare deflate stream.
pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes every write");
    encoder.finish().expect("memory takes the end")
}

/// A bzip2 file.
pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(bytes).expect("memory takes every write");
    encoder.finish().expect("memory takes the end")
}

/// An xz file, which is what `lzma.compress` makes.
pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(6);
    let mut writer =
        lzma_rust2::XzWriter::new(Vec::new(), options).expect("the preset is a valid one");
    writer.write_all(bytes).expect("memory takes every write");
    writer.finish().expect("memory takes the end")
}

/// Packs groups of bytes into digits of as many bits.
fn groups(bytes: &[u8], size: usize, bits: usize, alphabet: &[u8]) -> String {
    let digits = size * 8 / bits;
    let mut text = String::new();
    for chunk in bytes.chunks(size) {
        let value = (0..size).fold(0_u64, |value, index| {
            value << 8 | u64::from(chunk.get(index).copied().unwrap_or(0))
        });
        let used = (chunk.len() * 8).div_ceil(bits);
        for index in 0..digits {
            let digit = value >> ((digits - 1 - index) * bits) & ((1 << bits) - 1);
            let place = usize::try_from(digit).expect("a digit is small");
            text.push(if index < used {
                alphabet[place].into()
            } else {
                '='
            });
        }
    }
    text
}

/// Packs groups of four bytes into five digits of base 85.
fn fives(bytes: &[u8], digit: impl Fn(u8) -> u8) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(4) {
        let mut four = [0; 4];
        four[..chunk.len()].copy_from_slice(chunk);
        let value = u32::from_be_bytes(four);
        for place in (0..5).rev().take(chunk.len() + 1) {
            let value = value / 85_u32.pow(place) % 85;
            text.push(digit(u8::try_from(value).expect("it is below 85")).into());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_as_python_does() {
        assert_eq!(base64(b"inert!!"), "aW5lcnQhIQ==");
        assert_eq!(base32(b"inert!!"), "NFXGK4TUEEQQ====");
        assert_eq!(base85(b"inert!!"), "X>Mh5bRi)");
        assert_eq!(ascii85(b"inert!!"), "Bl7L&F<Me");
        assert_eq!(hex(b"in"), "696e");
        assert_eq!(rot13(b"Exec"), b"Rkrp");
        assert_eq!(xor(b"ab", &[1, 3]), b"`a");
    }
}

//! Images and documents: where they end, and what was put behind.

/// What lies behind the end of an image or document, if it is anything that does not belong there.
pub(crate) fn appended(bytes: &[u8]) -> Option<String> {
    let end = end(bytes)?;
    let rest = bytes.get(end..)?;
    let kind = suspicious(rest)?;
    Some(format!("{} bytes behind the end: {kind}", rest.len()))
}

/// Whether a file begins like one of the formats that are known here.
pub(crate) fn is_known(head: &[u8]) -> bool {
    head.starts_with(b"\x89PNG\r\n\x1a\n")
        || head.starts_with(b"GIF8")
        || head.starts_with(&[0xff, 0xd8, 0xff])
        || head.starts_with(b"%PDF-")
        || (head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"))
}

/// Where the format says that the file ends; `None`: it does not, or the file is cut off.
fn end(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => png(bytes),
        [b'G', b'I', b'F', b'8', ..] => gif(bytes),
        [0xff, 0xd8, 0xff, ..] => jpeg(bytes),
        [b'%', b'P', b'D', b'F', ..] => pdf(bytes),
        [b'R', b'I', b'F', b'F', ..] => {
            let size = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
            usize::try_from(size).ok()?.checked_add(8)
        }
        _ => None,
    }
}

fn png(bytes: &[u8]) -> Option<usize> {
    let mut at = 8_usize;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
        let kind = bytes.get(at + 4..at + 8)?;
        at = at
            .checked_add(usize::try_from(length).ok()?)?
            .checked_add(12)?;
        if kind == b"IEND" {
            return Some(at);
        }
    }
}

fn gif(bytes: &[u8]) -> Option<usize> {
    let colours = |flags: u8| {
        if flags & 0x80 == 0 {
            0
        } else {
            6 << (flags & 7)
        }
    };
    let mut at = 13 + colours(*bytes.get(10)?);
    loop {
        match *bytes.get(at)? {
            0x3b => return Some(at + 1),
            0x21 => at = blocks(bytes, at + 2)?,
            0x2c => at = blocks(bytes, at + 11 + colours(*bytes.get(at + 9)?))?,
            _ => return None,
        }
    }
}

/// Skips the data blocks of a GIF: each begins with its length, the last is empty.
fn blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

fn jpeg(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            0xd9 => return Some(at + 2),
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            _ => {
                let length = u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]);
                at += 2 + usize::from(length);
                if marker == 0xda {
                    at = scan(bytes, at)?;
                }
            }
        }
    }
}

/// Skips the packed pixels of a JPEG up to the next marker.
fn scan(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        match *bytes.get(at + 1)? {
            0 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            _ => return Some(at),
        }
    }
}

fn pdf(bytes: &[u8]) -> Option<usize> {
    let mark = b"%%EOF";
    let at = bytes.windows(mark.len()).rposition(|part| part == mark)?;
    Some(at + mark.len())
}

/// What a tail is, unless cameras and editors leave such things.
fn suspicious(rest: &[u8]) -> Option<&'static str> {
    let blank = |byte: &u8| matches!(*byte, 0 | b' ' | b'\r' | b'\n' | b'\t');
    let text = rest.iter().position(|byte| !blank(byte))?;
    let rest = &rest[text..];
    let magics: &[(&[u8], &str)] = &[
        (b"\x7fELF", "a program"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x1f\x8b\x08", "a gzip archive"),
        (b"7z\xbc\xaf", "an archive"),
        (b"Rar!", "an archive"),
        (b"\xfd7zXZ", "an archive"),
        (b"#!", "a script"),
        (b"\x80\x04\x95", "a pickle"),
    ];
    if let Some((_, kind)) = magics.iter().find(|(magic, _)| rest.starts_with(magic)) {
        return Some(kind);
    }
    if super::native::sniff(rest.get(..4096).unwrap_or(rest), "").is_some() {
        return Some("a program");
    }
    if is_code(rest) {
        return Some("program text");
    }
    // Cameras put a second, smaller picture there.
    let picture = rest.starts_with(&[0xff, 0xd8]) || rest.starts_with(b"\x89PNG");
    (rest.len() > 1024 && !picture && entropy(rest) > 7.5).then_some("packed or encrypted data")
}

/// Whether a tail reads like a program.
fn is_code(rest: &[u8]) -> bool {
    const SIGNS: &[&str] = &[
        "import os",
        "import sys",
        "import base64",
        "import socket",
        "import subprocess",
        "exec(",
        "eval(",
        "__import__(",
        "<?php",
        "<script",
        "powershell",
        "Invoke-",
        "CreateObject(",
        "base64 -d",
        "curl ",
        "wget ",
    ];
    let part = rest.get(..1 << 16).unwrap_or(rest);
    let text = String::from_utf8_lossy(part);
    SIGNS.iter().any(|sign| text.contains(sign))
}

/// Bits per byte.
pub(crate) fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    let part = bytes.get(..1 << 16).unwrap_or(bytes);
    for byte in part {
        counts[usize::from(*byte)] += 1;
    }
    let total = f64::from(u32::try_from(part.len()).unwrap_or(u32::MAX).max(1));
    let share = |count: &u32| f64::from(*count) / total;
    let shares = counts.iter().filter(|count| **count > 0).map(share);
    shares.map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png_file() -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        file.extend(b"\0\0\0\x02IDATxxCRC0");
        file.extend(b"\0\0\0\0IENDCRC0");
        file
    }

    fn gif_file() -> Vec<u8> {
        let mut file = b"GIF89a\x01\0\x01\0\x80\0\0".to_vec();
        file.extend([0; 6]);
        file.extend(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b");
        file
    }

    fn jpeg_file() -> Vec<u8> {
        let mut file = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 0xff, 0xd9];
        file.extend([0xff, 0xda, 0, 2, 1, 2, 0xff, 0, 3, 0xff, 0xd9]);
        file
    }

    #[test]
    fn whole_images_end_where_they_end() {
        for file in [
            png_file(),
            gif_file(),
            jpeg_file(),
            b"%PDF-1.4 x %%EOF\n".to_vec(),
        ] {
            assert!(is_known(&file));
            assert_eq!(appended(&file), None);
        }
    }

    #[test]
    fn programs_archives_and_scripts_behind_an_image_are_named() {
        for file in [
            png_file(),
            gif_file(),
            jpeg_file(),
            b"%PDF-1.4 x %%EOF\n".to_vec(),
        ] {
            for tail in [
                &b"\x7fELF..."[..],
                b"PK\x03\x04",
                b"\n#!/bin/sh",
                b"x;exec(y)",
            ] {
                let whole = [&file[..], tail].concat();
                assert!(appended(&whole).is_some(), "{tail:?}");
            }
        }
    }

    #[test]
    fn what_cameras_and_editors_leave_behind_an_image_is_nothing() {
        for tail in [
            &b"\0\0\0\0"[..],
            b"\r\n",
            b"Created with an editor",
            &[0xff, 0xd8, 0xff, 1],
        ] {
            let whole = [&jpeg_file()[..], tail].concat();
            assert_eq!(appended(&whole), None, "{tail:?}");
        }
    }

    #[test]
    fn images_cut_off_anywhere_do_no_harm() {
        for file in [png_file(), gif_file(), jpeg_file()] {
            for length in 0..file.len() {
                assert_eq!(appended(&file[..length]), None);
            }
        }
    }
}

//! Which addresses and answers are those of archives.

use http::HeaderMap;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use percent_encoding::percent_decode_str;
use spip_core::Quoted;
use url::Url;

use crate::pages::essence;

/// How names of archives end that some tool unpacks or installs.
const ENDINGS: [&str; 24] = [
    ".whl",
    ".tar.gz",
    ".zip",
    ".tar.bz2",
    ".tar.xz",
    ".tgz",
    ".egg",
    ".conda",
    ".tar",
    ".tbz",
    ".tbz2",
    ".txz",
    ".tlz",
    ".tar.lz",
    ".tar.lzma",
    ".tar.z",
    ".tar.zst",
    ".tzst",
    ".pyz",
    ".pex",
    ".gz",
    ".bz2",
    ".xz",
    ".zst",
];
/// How many bytes [`is_archive`] looks at.
pub(crate) const HEAD: usize = 512;

/// Whether a name is that of an archive.
pub(crate) fn names_archive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether this address is that of an archive, by its path.
pub(crate) fn is_archive_address(url: &Url) -> bool {
    let path = percent_decode_str(url.path()).decode_utf8_lossy();
    names_archive(path.trim_end_matches('/'))
}

/// The file that this metadata address belongs to (PEP 658).
pub(crate) fn file_of_metadata(url: &Url) -> Option<Url> {
    let path = url.path().strip_suffix(".metadata")?;
    let mut file = url.clone();
    file.set_path(path);
    is_archive_address(&file).then_some(file)
}

/// The file name that an answer states.
pub(crate) fn stated_name(headers: &HeaderMap) -> Option<Quoted> {
    let value = headers.get(CONTENT_DISPOSITION)?.as_bytes();
    let text = String::from_utf8_lossy(value);
    let names = text.split(';').skip(1).filter_map(|parameter| {
        let (key, name) = parameter.split_once('=')?;
        let is_name = ["filename", "filename*"]
            .iter()
            .any(|known| key.trim().eq_ignore_ascii_case(known));
        let name = name.trim().trim_matches('"');
        let plain = name.rsplit("''").next().unwrap_or(name);
        let decoded = percent_decode_str(plain).decode_utf8_lossy();
        is_name.then(|| Quoted::from(decoded.into_owned()))
    });
    let names: Vec<Quoted> = names.collect();
    let archive = names.iter().find(|name| names_archive(name.raw()));
    archive.or(names.first()).cloned()
}

/// Whether the head of an answer says that its body is an archive.
pub(crate) fn says_archive(headers: &HeaderMap) -> bool {
    if stated_name(headers).is_some_and(|name| names_archive(name.raw())) {
        return true;
    }
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let kind = essence(&String::from_utf8_lossy(value.unwrap_or_default()));
    let Some(kind) = kind.strip_prefix("application/") else {
        return false;
    };
    matches!(
        kind.trim_start_matches("x-"),
        "zip"
            | "zip-compressed"
            | "gzip"
            | "gtar"
            | "tar"
            | "tar+gzip"
            | "gtar-compressed"
            | "compressed-tar"
            | "bzip"
            | "bzip2"
            | "xz"
            | "lzma"
            | "lzip"
            | "zstd"
            | "wheel+zip"
    )
}

/// Whether a body that begins like this is an archive.
pub(crate) fn is_archive(head: &[u8]) -> bool {
    const MAGIC: [&[u8]; 8] = [
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\x1f\x8b",
        b"BZh",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
        b"LZIP",
        b"\x5d\0\0",
    ];
    MAGIC.iter().any(|magic| head.starts_with(magic)) || is_tar(head)
}

/// A header of a tar archive, of any flavour, holds the sum of its own bytes.
fn is_tar(head: &[u8]) -> bool {
    let (Some(header), Some(stated)) = (head.get(..HEAD), head.get(148..156)) else {
        return false;
    };
    let digits = stated.iter().skip_while(|byte| **byte == b' ');
    let digits = digits.take_while(|byte| (b'0'..=b'7').contains(byte));
    let stated = digits.fold(None, |sum: Option<u64>, digit| {
        Some(sum.unwrap_or(0) * 8 + u64::from(digit - b'0'))
    });
    let sum = header.iter().enumerate().map(|(at, byte)| match at {
        148..156 => u64::from(b' '),
        _ => u64::from(*byte),
    });
    stated == Some(sum.sum()) && header[0] != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_are_read_as_tools_read_them() {
        for yes in [
            "a-1.whl",
            "A-1.WHL?x=1#y",
            "a-1%2Ewhl",
            "a.tar.gz",
            "a.tar.gz/",
            "d/a.zip",
        ] {
            assert!(
                is_archive_address(&url(&format!("https://h.invalid/{yes}"))),
                "{yes}"
            );
        }
        for no in ["", "simple/demo/", "a.whl.metadata", "a?b.whl", "whl"] {
            assert!(
                !is_archive_address(&url(&format!("https://h.invalid/{no}"))),
                "{no}"
            );
        }
        let metadata = url("https://h.invalid/a-1.whl.metadata?x");
        let file = file_of_metadata(&metadata).unwrap();
        assert_eq!(file.as_str(), "https://h.invalid/a-1.whl?x");
    }

    #[test]
    fn heads_of_answers_name_archives() {
        let says = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            says_archive(&headers)
        };
        assert!(says(
            "content-disposition",
            "attachment; filename=\"demo-1.whl\""
        ));
        assert!(says(
            "content-disposition",
            "attachment; filename=a.txt; filename*=UTF-8''demo%2Etar.gz"
        ));
        assert!(!says("content-disposition", "inline; filename=page.html"));
        assert!(says("content-type", "application/x-tar; x=y"));
        assert!(says("content-type", "Application/ZIP"));
        assert!(!says("content-type", "text/html"));
        assert!(!says("content-type", "application/octet-stream"));
    }

    #[test]
    fn bodies_show_what_they_are() {
        for head in [
            &b"PK\x03\x04x"[..],
            b"\x1f\x8b\x08",
            b"BZh9",
            b"\xfd7zXZ\0",
            b"\x28\xb5\x2f\xfd",
        ] {
            assert!(is_archive(head));
        }
        assert!(!is_archive(b"<!DOCTYPE html>"));
        assert!(!is_archive(b""));
        assert!(!is_archive(&[0; 1024]));
        let mut header = [0_u8; 512];
        header[..8].copy_from_slice(b"setup.py");
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum::<u64>() + 8 * 32;
        header[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
        assert!(is_archive(&header), "a tar without any magic");
        header[0] = b'S';
        assert!(!is_archive(&header));
    }
}

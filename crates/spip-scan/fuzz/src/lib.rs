//! What the fuzz targets share: ways to hand bytes to the scanner, and what no answer may be.

mod archive;

use std::io::Write as _;

use spip_core::{Cause, Contents};
use spip_scan::{Input, Limits, TreeEntry, TreeWhat, scan};

pub use crate::archive::{tar, zip};

const DIST_INFO: &str = "demo-1.0.dist-info";
const METADATA: &[u8] = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n";
const WHEEL: &[u8] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n";

/// Any answer will do but that the scanner itself failed.
///
/// # Panics
///
/// If the scanner caught an error of its own.
pub fn judge(contents: &Contents) {
    for unread in &contents.unread {
        assert!(unread.cause != Cause::Internal, "{unread:?}");
    }
}

/// Scans what is, or is not, a wheel.
pub fn wheel_bytes(bytes: &[u8]) {
    let input = Input::Wheel {
        filename: "demo-1.0-py3-none-any.whl",
        bytes: &bytes,
    };
    judge(&scan(input, &Limits::default(), &|| false));
}

/// Scans a wheel with these files and the metadata that it needs, unless they are among them.
pub fn wheel(files: &[(&str, &[u8])]) {
    let mut all = files.to_vec();
    let wanted = [("METADATA", METADATA), ("WHEEL", WHEEL), ("RECORD", b"")];
    let names = wanted.map(|(name, data)| (format!("{DIST_INFO}/{name}"), data));
    for (name, data) in &names {
        if !files.iter().any(|(known, _)| known == name) {
            all.push((name, data));
        }
    }
    wheel_bytes(&zip(&all));
}

/// Scans a wheel with one file in its `.dist-info`.
pub fn dist_info(name: &str, bytes: &[u8]) {
    wheel(&[
        ("demo/__init__.py", b"x = 1\n"),
        (&format!("{DIST_INFO}/{name}"), bytes),
    ]);
}

/// Scans one file by itself.
pub fn module(path: &str, bytes: &[u8]) {
    judge(&scan(
        Input::Module { path, bytes },
        &Limits::default(),
        &|| false,
    ));
}

/// Scans a source tree.
pub fn tree(files: &[(&str, &[u8])]) {
    let entries = files.iter().map(|(path, bytes)| TreeEntry {
        path: (*path).to_owned(),
        what: TreeWhat::File {
            bytes: bytes.to_vec(),
            executable: false,
        },
    });
    let mut entries = entries.collect::<Vec<_>>().into_iter();
    let input = Input::Tree {
        files: &mut entries,
    };
    judge(&scan(input, &Limits::default(), &|| false));
}

/// Scans what is, or is not, a source archive.
pub fn sdist_bytes(filename: &str, bytes: &[u8]) {
    let input = Input::Sdist {
        filename,
        bytes: &bytes,
    };
    judge(&scan(input, &Limits::default(), &|| false));
}

/// Scans bytes as an archive of a format that the first byte picks; the odd ones are packed first, so
/// that what is inside can be reached.
pub fn sdist(bytes: &[u8]) {
    let Some((pick, bytes)) = bytes.split_first() else {
        return;
    };
    match pick % 8 {
        0 => sdist_bytes("demo-1.0.tar", bytes),
        1 => sdist_bytes("demo-1.0.tar.gz", bytes),
        2 => sdist_bytes("demo-1.0.tar.bz2", bytes),
        3 => sdist_bytes("demo-1.0.tar.xz", bytes),
        4 => sdist_bytes("demo-1.0.zip", bytes),
        5 => sdist_bytes("demo-1.0.tar.gz", &gzipped(bytes)),
        6 => sdist_bytes("demo-1.0.tar.bz2", &bzipped(bytes)),
        _ => sdist_bytes("demo-1.0.tar.xz", &xz(bytes)),
    }
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("memory takes everything");
    packer.finish().expect("memory takes everything")
}

fn bzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    packer.write_all(bytes).expect("memory takes everything");
    packer.finish().expect("memory takes everything")
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(0);
    let mut packer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("a preset is valid");
    packer.write_all(bytes).expect("memory takes everything");
    packer.finish().expect("memory takes everything")
}

/// Splits bytes at a separator that ordinary files do not hold.
pub fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(4).position(|four| four == b"\n%%\n") {
        parts.push(&rest[..at]);
        rest = &rest[at + 4..];
    }
    parts.push(rest);
    parts
}

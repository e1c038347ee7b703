//! Writes and reads the two archive formats of Python packages.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Cursor, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

/// Paths inside an archive and what they hold.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// A zip with these members.
pub(crate) fn zip(files: &Files) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .unix_permissions(0o644);
    for (path, content) in files {
        archive
            .start_file(path, options)
            .and_then(|()| archive.write_all(content).map_err(Into::into))
            .expect("memory takes every member");
    }
    let cursor = archive.finish().expect("memory takes the directory");
    cursor.into_inner()
}

/// A gzipped tar with these members below one top directory.
pub(crate) fn tar_gz(top: &str, files: &Files) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1_600_000_000);
        archive
            .append_data(&mut header, format!("{top}/{path}"), content.as_slice())
            .expect("memory takes every member");
    }
    let encoder = archive.into_inner().expect("memory takes the end");
    encoder.finish().expect("memory takes the checksum")
}

/// Unpacks a zip that is known to be harmless.
pub(crate) fn unzip(archive: &Path, into: &Path) -> Result<(), String> {
    let text = |error: &dyn std::fmt::Display| format!("{}: {error}", archive.display());
    let file = File::open(archive).map_err(|error| text(&error))?;
    let mut zip = zip::ZipArchive::new(file).map_err(|error| text(&error))?;
    zip.extract(into).map_err(|error| text(&error))
}

/// One member of a zip that is known to have it.
pub(crate) fn member(archive: &[u8], path: &str) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).expect("it is a zip");
    let mut member = zip.by_name(path).expect("the member is there");
    let mut content = Vec::new();
    member.read_to_end(&mut content).expect("the zip is whole");
    content
}

/// Writes the files below a directory.
pub(crate) fn lay_out(files: &Files, directory: &Path) {
    for (path, content) in files {
        let path = directory.join(path);
        let parent = path.parent().expect("a member has a directory");
        fs::create_dir_all(parent).expect("a temporary directory is writable");
        fs::write(path, content).expect("a temporary directory is writable");
    }
}

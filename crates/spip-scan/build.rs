//! Gives what this crate reads out of files a version: a digest of everything that has a say in it.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads files and speaks to cargo"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The code that reads, and beside it in the workspace the types that it fills and the versions of
/// what it is built with. Outside the workspace those do not change without this crate's version.
const SOURCES: [&str; 3] = ["src", "../spip-core/src", "../../Cargo.lock"];

fn main() -> io::Result<()> {
    let mut digest = Sha256::new();
    for source in SOURCES.map(Path::new) {
        if source.exists() {
            println!("cargo::rerun-if-changed={}", source.display());
            add(source, &mut digest)?;
        }
    }
    let rules = data_encoding::HEXLOWER.encode(&digest.finalize()[..16]);
    println!("cargo::rustc-env=SPIP_SCAN_RULES={rules}");
    Ok(())
}

/// Adds a file, or everything below a folder in the order of names.
fn add(path: &Path, digest: &mut Sha256) -> io::Result<()> {
    if path.is_dir() {
        let entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path()));
        let mut below: Vec<PathBuf> = entries.collect::<io::Result<_>>()?;
        below.sort();
        return below.iter().try_for_each(|each| add(each, digest));
    }
    let content = fs::read(path)?;
    let name = path.to_string_lossy();
    digest.update(name.len().to_le_bytes());
    digest.update(name.as_bytes());
    digest.update(content.len().to_le_bytes());
    digest.update(&content);
    Ok(())
}

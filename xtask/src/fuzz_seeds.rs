//! `cargo xtask fuzz-seeds DIR`: writes seeds for the fuzz targets, made of the labelled cases.

use std::fs;
use std::io::{Cursor, Read as _};
use std::path::Path;

use anyhow::Context;
use sha2::{Digest as _, Sha256};

/// Larger files make the targets slow.
const LARGEST: u64 = 20_000;

/// Between the files that one input holds.
const BETWEEN: &[u8] = b"\n%%\n";

/// Writes a folder of seeds for each target.
pub(crate) fn run(folder: &Path) -> anyhow::Result<()> {
    let mut seeds = Seeds { folder, count: 0 };
    for case in spip_cases::all() {
        for (path, bytes) in &case.files {
            seeds.file(path, bytes)?;
        }
    }
    crate::note(format_args!(
        "{} seeds in {}",
        seeds.count,
        folder.display()
    ))
}

struct Seeds<'a> {
    folder: &'a Path,
    count: usize,
}

impl Seeds<'_> {
    /// An archive and what it holds, or a file by itself.
    fn file(&mut self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        if path
            .rsplit_once('.')
            .is_some_and(|(_, ending)| ending == "whl")
        {
            self.put("wheel", bytes)?;
            return self.members_of_zip(bytes);
        }
        if !path.ends_with(".tar.gz") {
            return self.member(path, bytes);
        }
        self.put("sdist", &[b"\x01", bytes].concat())?;
        let mut plain = Vec::new();
        // What is cut off or broken on purpose has done its work above.
        if flate2::read::GzDecoder::new(bytes)
            .read_to_end(&mut plain)
            .is_err()
        {
            return Ok(());
        }
        for format in [0, 5, 6, 7] {
            self.put("sdist", &[&[format], &plain[..]].concat())?;
        }
        self.members_of_tar(&plain)
    }

    fn members_of_zip(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else {
            return Ok(());
        };
        for index in 0..archive.len() {
            let Ok(member) = archive.by_index(index) else {
                continue;
            };
            let path = String::from_utf8_lossy(member.name_raw()).into_owned();
            let mut data = Vec::new();
            if member.take(LARGEST).read_to_end(&mut data).is_ok() {
                self.member(&path, &data)?;
            }
        }
        Ok(())
    }

    fn members_of_tar(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let mut archive = tar::Archive::new(bytes);
        let Ok(members) = archive.entries() else {
            return Ok(());
        };
        for member in members.map_while(Result::ok) {
            let path = String::from_utf8_lossy(&member.path_bytes()).into_owned();
            let mut data = Vec::new();
            if member.take(LARGEST).read_to_end(&mut data).is_ok() {
                self.member(&path, &data)?;
            }
        }
        Ok(())
    }

    /// A file goes to the target of its kind.
    fn member(&mut self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit('.').next().unwrap_or(name);
        let rest = b"[options]\n\n%%\nName: demo\n";
        match (name, ending) {
            ("METADATA", _) => self.put("metadata", bytes),
            ("RECORD", _) => self.put("record", bytes),
            ("entry_points.txt", _) => self.put("entry_points", bytes),
            ("pyproject.toml", _) => self.put("config", &[bytes, BETWEEN, rest].concat()),
            ("setup.cfg", _) => self.put("config", &[BETWEEN, bytes].concat()),
            ("PKG-INFO", _) => self.put("config", &[BETWEEN, BETWEEN, bytes].concat()),
            (_, "sh") => self.put("config", &[BETWEEN, BETWEEN, BETWEEN, bytes].concat()),
            (_, "py") => {
                self.put("python", bytes)?;
                self.put("tree", &[bytes, BETWEEN, b"from . import a"].concat())
            }
            (_, "pth" | "start") => self.put("pth", bytes),
            (_, "pkl" | "pickle" | "pt" | "bin" | "npy") => self.put("pickle", bytes),
            (_, "pyc") => self.put("bytecode", bytes),
            (_, "so" | "dll" | "exe" | "pyd" | "png") => self.put("native", bytes),
            _ => Ok(()),
        }
    }

    /// Seeds are named by what they hold, so that none is there twice.
    fn put(&mut self, target: &str, bytes: &[u8]) -> anyhow::Result<()> {
        if bytes.len() as u64 > LARGEST {
            return Ok(());
        }
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
        let digest = Sha256::digest(bytes);
        let name = data_encoding::HEXLOWER.encode(&digest[..8]);
        let path = folder.join(name);
        fs::write(&path, bytes).with_context(|| format!("{}", path.display()))?;
        self.count += 1;
        Ok(())
    }
}

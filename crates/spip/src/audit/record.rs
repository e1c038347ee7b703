//! RECORD of what is installed (PEP 376, PEP 627): which files are a package's, and in what state.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use sha2::{Sha256, Sha384, Sha512};
use spip_core::{Cause, Odd, Oddity, Site, Trigger, Unread};

use super::files::source_of;
use crate::tree::{Links, open_file};

/// A RECORD is not longer than this.
const LONGEST: u64 = 64 << 20;

/// Files that are not read: no package holds a larger one.
const LARGEST_FILE: u64 = 8 << 30;

/// Compared in pieces of this size.
const PIECE: usize = 256 << 10;

/// One line: a file of the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// As it stands there: relative to the directory of modules, or absolute.
    pub(crate) path: String,
    digest: String,
    size: Option<u64>,
}

/// How the files of one package compare with its RECORD.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// What differs.
    pub(crate) oddities: Vec<Oddity>,
    /// What could not be compared.
    pub(crate) unread: Vec<Unread>,
    /// Every file that the package says is its own, without `..`.
    pub(crate) owned: BTreeSet<PathBuf>,
}

/// Reads a RECORD; `None`: there is none.
pub(crate) fn read(information: &Path) -> io::Result<Option<Vec<Line>>> {
    let file = match open_file(&information.join("RECORD"), Links::Refuse) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        return Err(io::Error::other("it is no file, or too long"));
    }
    let mut lines = Vec::new();
    let text = file.take(LONGEST);
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).flexible(true).from_reader(text);
    for record in reader.records() {
        let record = record.map_err(io::Error::other)?;
        let Some(path) = record.get(0).filter(|path| !path.is_empty()) else {
            continue;
        };
        lines.push(Line {
            path: path.to_owned(),
            digest: record.get(1).unwrap_or_default().to_owned(),
            size: record.get(2).and_then(|size| size.parse().ok()),
        });
    }
    Ok(Some(lines))
}

/// Compares every file with its line.
pub(crate) fn compare(site: &Path, information: &Path, lines: &[Line]) -> Compared {
    let mut compared = Compared::default();
    for line in lines {
        let path = place(site, &line.path);
        match line.look(&path, information) {
            Ok(None) => {}
            Ok(Some((what, detail))) => compared.oddities.push(Oddity {
                what,
                trigger: Trigger::Import,
                detail,
                site: Site::member(&line.path),
            }),
            Err(error) => compared.unread.push(Unread {
                member: line.path.clone(),
                cause: Cause::Unreadable,
                detail: error.to_string(),
            }),
        }
        compared.owned.insert(path);
    }
    compared
}

/// Where a line leads, without looking at the disk.
pub(crate) fn place(site: &Path, path: &str) -> PathBuf {
    let mut place = site.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::RootDir => place = PathBuf::from("/"),
            Component::ParentDir => {
                place.pop();
            }
            Component::Normal(name) => place.push(name),
            Component::CurDir | Component::Prefix(_) => {}
        }
    }
    place
}

impl Line {
    /// In what the file differs; `None`: in nothing that can be told.
    fn look(&self, path: &Path, information: &Path) -> io::Result<Option<(Odd, String)>> {
        let mut file = match open_file(path, Links::Follow) {
            Ok(file) => file,
            // Python removes and writes byte code as it likes.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let gone = "RECORD mentions it, it is gone".to_owned();
                return Ok((!self.is_unsigned()).then_some((Odd::RecordedButMissing, gone)));
            }
            Err(error) => return Err(error),
        };
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            let detail = "RECORD says that it is a file, it is none".to_owned();
            return Ok(Some((Odd::RecordMismatch, detail)));
        }
        if self.is_unsigned() {
            let is_own = path.parent() == Some(information);
            // Where Python keeps byte code it writes it as it likes.
            let needs_none = is_own || source_of(path).is_some();
            let detail = "RECORD has no digest of it".to_owned();
            return Ok((!needs_none).then_some((Odd::RecordMismatch, detail)));
        }
        if let Some(size) = self.size.filter(|size| *size != metadata.len()) {
            let detail = format!("it has {} bytes, RECORD says {size}", metadata.len());
            return Ok(Some((Odd::RecordMismatch, detail)));
        }
        if metadata.len() > LARGEST_FILE {
            return Err(io::Error::other("it is larger than 8 GiB"));
        }
        let (algorithm, promised) = self.digest.split_once('=').unwrap_or_default();
        let promised = promised.trim_end_matches('=');
        let found = match algorithm {
            "sha256" => digest::<Sha256>(&mut file)?,
            "sha384" => digest::<Sha384>(&mut file)?,
            "sha512" => digest::<Sha512>(&mut file)?,
            _ => {
                let detail = "RECORD has no strong digest of it".to_owned();
                return Ok(Some((Odd::RecordMismatch, detail)));
            }
        };
        let differs = || {
            let detail = "its digest is not the one in RECORD".to_owned();
            (Odd::RecordMismatch, detail)
        };
        Ok((found != promised).then(differs))
    }

    fn is_unsigned(&self) -> bool {
        self.digest.is_empty()
    }
}

fn digest<D: sha2::Digest>(file: &mut File) -> io::Result<String> {
    let mut hasher = D::new();
    let mut piece = vec![0; PIECE];
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            return Ok(BASE64URL_NOPAD.encode(&hasher.finalize()));
        }
        hasher.update(&piece[..count]);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What comparing says of `demo/x.py` with this content and this line.
    fn said(content: Option<&str>, line: &str) -> Vec<String> {
        let site = tempfile::tempdir().unwrap();
        let information = site.path().join("demo-1.0.dist-info");
        fs::create_dir(&information).unwrap();
        fs::create_dir(site.path().join("demo")).unwrap();
        if let Some(content) = content {
            fs::write(site.path().join("demo/x.py"), content).unwrap();
        }
        fs::write(information.join("RECORD"), line).unwrap();
        let lines = read(&information).unwrap().unwrap();
        let compared = compare(site.path(), &information, &lines);
        assert!(compared.unread.is_empty());
        let said = compared.oddities.into_iter();
        said.map(|oddity| format!("{}: {}", oddity.site.member, oddity.detail))
            .collect()
    }

    const RIGHT: &str = "demo/x.py,sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,3\n";

    #[test]
    fn files_as_they_were_installed_say_nothing() {
        assert_eq!(said(Some("abc"), RIGHT), [""; 0]);
        let own = "demo-1.0.dist-info/RECORD,,\n\"demo/x.py\",sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,\n";
        assert_eq!(said(Some("abc"), own), [""; 0]);
    }

    #[test]
    fn every_other_state_is_told() {
        for (content, line, expected) in [
            (Some("abd"), RIGHT, "its digest is not the one in RECORD"),
            (Some("abcd"), RIGHT, "it has 4 bytes, RECORD says 3"),
            (None, RIGHT, "RECORD mentions it, it is gone"),
            (Some("abc"), "demo/x.py,,3\n", "RECORD has no digest of it"),
            (
                Some("abc"),
                "demo/x.py,md5=x,3\n",
                "RECORD has no strong digest of it",
            ),
        ] {
            assert_eq!(said(content, line), [format!("demo/x.py: {expected}")]);
        }
    }

    #[test]
    fn byte_code_needs_no_digest_where_python_writes_it_and_one_elsewhere() {
        let site = tempfile::tempdir().unwrap();
        let information = site.path().join("demo-1.0.dist-info");
        let compared = |path: &str| {
            let file = site.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
            let line = Line {
                path: path.to_owned(),
                digest: String::new(),
                size: None,
            };
            compare(site.path(), &information, &[line]).oddities.len()
        };
        assert_eq!(compared("demo/__pycache__/x.cpython-311.pyc"), 0);
        assert_eq!(compared("demo/x.pyc"), 1);
    }

    #[test]
    fn lines_lead_where_installers_put_files() {
        let site = Path::new("/e/lib/python3.11/site-packages");
        for (path, expected) in [
            ("demo/x.py", "/e/lib/python3.11/site-packages/demo/x.py"),
            ("../../../bin/demo", "/e/bin/demo"),
            ("/etc/demo", "/etc/demo"),
        ] {
            assert_eq!(place(site, path), Path::new(expected));
        }
    }
}

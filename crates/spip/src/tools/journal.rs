//! Files of the project as they were before the run, so that a refusal leaves no trace in them.
//!
//! The copies lie in a directory of their own as long as the run is undecided. A run that was killed
//! leaves its directory behind, unlocked; the next run puts the files back.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use tempfile::{NamedTempFile, TempDir};

/// Files larger than this are no project files, and are not copied.
const LARGEST: u64 = 256 << 20;

/// What is put back unless the run is approved.
#[derive(Debug)]
pub(super) struct Journal {
    directory: TempDir,
    entries: Vec<Entry>,
    _lock: File,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    /// The file's path, as bytes in hexadecimal: paths need not be text.
    path: String,
    /// The copy's name; `None`: there was no file.
    copy: Option<String>,
}

impl Entry {
    fn path(&self) -> Option<PathBuf> {
        let bytes = HEXLOWER.decode(self.path.as_bytes()).ok()?;
        Some(std::ffi::OsString::from_vec(bytes).into())
    }
}

impl Journal {
    /// Copies these files to below `root`.
    pub(super) fn begin(root: &Path, files: &[PathBuf]) -> io::Result<Self> {
        let journals = root.join("journal");
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(&journals)?;
        let directory = tempfile::Builder::new()
            .prefix("run-")
            .tempdir_in(journals)?;
        let lock = File::create(directory.path().join("lock"))?;
        lock.lock()?;
        let mut entries = Vec::new();
        for (number, path) in files.iter().enumerate() {
            let path = std::path::absolute(path)?;
            let copy = copy(&path, &directory.path().join(number.to_string()))?;
            entries.push(Entry {
                path: HEXLOWER.encode(path.as_os_str().as_bytes()),
                copy: copy.then(|| number.to_string()),
            });
        }
        // Only a complete list is one.
        let mut list = NamedTempFile::new_in(directory.path())?;
        serde_json::to_writer(&mut list, &entries)?;
        list.as_file().sync_all()?;
        list.persist(directory.path().join("list"))
            .map_err(|error| error.error)?;
        Ok(Self {
            directory,
            entries,
            _lock: lock,
        })
    }

    /// Puts back what differs, and says what that was.
    pub(super) fn restore(&self) -> io::Result<Vec<PathBuf>> {
        put_back(self.directory.path(), &self.entries, None)
    }
}

/// Puts back what runs left changed that were killed. What stood there is kept beside it: somebody
/// may have worked on it since.
pub(super) fn repair(root: &Path) -> Vec<PathBuf> {
    let Ok(journals) = fs::read_dir(root.join("journal")) else {
        return Vec::new();
    };
    let mut restored = Vec::new();
    for journal in journals.flatten() {
        let directory = journal.path();
        let Ok(lock) = File::open(directory.join("lock")) else {
            continue;
        };
        if lock.try_lock().is_err() {
            continue;
        }
        let list = fs::read(directory.join("list")).ok();
        let list = list.and_then(|list| serde_json::from_slice::<Vec<Entry>>(&list).ok());
        match put_back(&directory, &list.unwrap_or_default(), Some(".spip-saved")) {
            Ok(files) => {
                restored.extend(files);
                let _next_time = fs::remove_dir_all(&directory);
            }
            Err(error) => tracing::warn!(%error, "a journal could not be used"),
        }
    }
    restored
}

fn put_back(directory: &Path, entries: &[Entry], keep: Option<&str>) -> io::Result<Vec<PathBuf>> {
    let mut restored = Vec::new();
    for entry in entries {
        let Some(path) = entry.path() else { continue };
        let before = match &entry.copy {
            Some(copy) => Some(fs::read(directory.join(copy))?),
            None => None,
        };
        let now = match fs::read(&path) {
            Ok(now) => Some(now),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if now == before {
            continue;
        }
        if let (Some(suffix), true) = (keep, now.is_some()) {
            let mut aside = path.clone().into_os_string();
            aside.push(suffix);
            fs::copy(&path, aside)?;
        }
        match before {
            // Written in place: the file keeps its owner, its mode and its links.
            Some(before) => File::create(&path)?.write_all(&before)?,
            None => fs::remove_file(&path)?,
        }
        restored.push(path);
    }
    Ok(restored)
}

/// Whether there was a file to copy.
fn copy(path: &Path, to: &Path) -> io::Result<bool> {
    let data = match fs::metadata(path) {
        Ok(data) if data.is_file() => data,
        Ok(_) => return Err(io::Error::other(format!("{} is no file", path.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if data.len() > LARGEST {
        let why = format!("{} is larger than {LARGEST} bytes", path.display());
        return Err(io::Error::other(why));
    }
    fs::copy(path, to).map(|_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_put_back_and_what_appeared_goes() {
        let root = tempfile::tempdir().unwrap();
        let file = |name: &str| root.path().join(name);
        fs::write(file("same"), "1").unwrap();
        fs::write(file("other"), "1").unwrap();
        let files = ["same", "other", "new"].map(file);
        let journal = Journal::begin(root.path(), &files).unwrap();
        fs::write(file("other"), "2").unwrap();
        fs::write(file("new"), "2").unwrap();
        assert_eq!(journal.restore().unwrap(), [file("other"), file("new")]);
        assert_eq!(fs::read_to_string(file("other")).unwrap(), "1");
        assert!(!file("new").exists());
        drop(journal);
        assert_eq!(
            fs::read_dir(root.path().join("journal")).unwrap().count(),
            0
        );
    }

    #[test]
    fn a_killed_run_is_repaired_and_nothing_is_lost() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("uv.lock");
        fs::write(&file, "before").unwrap();
        let journal = Journal::begin(root.path(), std::slice::from_ref(&file)).unwrap();
        fs::write(&file, "half").unwrap();
        assert!(repair(root.path()).is_empty(), "the run still goes on");
        // A killed process drops nothing, but its locks go.
        let Journal {
            directory,
            _lock: lock,
            ..
        } = journal;
        let _left = directory.keep();
        drop(lock);
        assert_eq!(repair(root.path()), std::slice::from_ref(&file));
        assert_eq!(fs::read_to_string(&file).unwrap(), "before");
        let saved = root.path().join("uv.lock.spip-saved");
        assert_eq!(fs::read_to_string(saved).unwrap(), "half");
        assert!(repair(root.path()).is_empty());
    }
}

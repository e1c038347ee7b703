//! What was judged and lies in the tool caches that the guard owns.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use spip_core::{PackageName, Sha256, Version};

/// The largest ledger that is read, in bytes, and its longest line.
const LARGEST: u64 = 64 << 20;
const LONGEST: u64 = 4 << 10;

/// A file of judged digests: one line of JSON each, only ever added to, safe with many processes.
/// It says what a cache may hand out without the network; so a line that cannot be read counts for
/// nothing, and the latest line about a digest counts alone.
#[derive(Clone, Debug)]
pub struct Ledger {
    path: PathBuf,
}

/// One judged file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The digest of its bytes.
    pub sha256: Sha256,
    /// The project.
    pub name: PackageName,
    /// The version.
    pub version: Version,
    /// What was decided.
    pub standing: Standing,
    /// The version of the rules that it was judged under; it fits into a line.
    pub rules: String,
}

/// What was decided of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It was handed out.
    Allowed,
    /// It was refused.
    Refused,
}

/// A ledger as it was at one moment.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    entries: HashMap<Sha256, Entry>,
    damaged: usize,
}

/// Why a ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It cannot be read or written.
    #[error("use the ledger {}: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// Somebody else could have written it.
    #[error("trust the ledger {}: others could write to it", .0.display())]
    NotOwn(PathBuf),
    /// It has grown beyond what is read; the cache that it stands for must go.
    #[error("read the ledger {}: it is larger than {LARGEST} bytes", .0.display())]
    TooLarge(PathBuf),
    /// The entry is too long for a line.
    #[error("note {0}: the entry is too long")]
    TooLong(Sha256),
}

#[derive(Serialize, Deserialize)]
struct Line {
    sha256: String,
    name: String,
    version: String,
    verdict: Standing,
    rules: String,
}

impl Ledger {
    /// Uses this file. Nothing is read or created yet.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Adds entries, all or none of them.
    pub fn record(&self, entries: &[Entry]) -> Result<(), LedgerError> {
        let mut text = Vec::new();
        for entry in entries {
            let start = text.len();
            let line = serde_json::to_writer(&mut text, &Line::from(entry));
            line.map_err(|error| self.failed(error.into()))?;
            text.push(b'\n');
            if (text.len() - start) as u64 > LONGEST {
                return Err(LedgerError::TooLong(entry.sha256));
            }
        }
        if let Some(parent) = self.path.parent() {
            create_private(parent).map_err(|error| self.failed(error))?;
        }
        let file = open(&self.path, true).map_err(|error| self.failed(error))?;
        self.check(&file)?;
        file.lock().map_err(|error| self.failed(error))?;
        append(&file, &text).map_err(|error| self.failed(error))
    }

    /// Everything that is in it now. A file that is not there is an empty ledger.
    pub fn read(&self) -> Result<Reading, LedgerError> {
        let file = match open(&self.path, false) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Reading::default()),
            Err(error) => return Err(self.failed(error)),
        };
        self.check(&file)?;
        file.lock_shared().map_err(|error| self.failed(error))?;
        let size = file.metadata().map_err(|error| self.failed(error))?.len();
        if size > LARGEST {
            return Err(LedgerError::TooLarge(self.path.clone()));
        }
        read(&file).map_err(|error| self.failed(error))
    }

    fn check(&self, file: &File) -> Result<(), LedgerError> {
        match is_own(file) {
            Ok(true) => Ok(()),
            Ok(false) => Err(LedgerError::NotOwn(self.path.clone())),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn failed(&self, error: io::Error) -> LedgerError {
        let path = self.path.clone();
        LedgerError::Io { path, error }
    }
}

impl Reading {
    /// The latest entry about these bytes.
    pub fn get(&self, sha256: &Sha256) -> Option<&Entry> {
        self.entries.get(sha256)
    }

    /// Whether these bytes were allowed under these very rules.
    pub fn allows(&self, sha256: &Sha256, rules: &str) -> bool {
        self.get(sha256)
            .is_some_and(|entry| entry.standing == Standing::Allowed && entry.rules == rules)
    }

    /// What must be judged again, or leave the caches, because the rules are others now: sorted by
    /// name and version.
    pub fn outdated(&self, rules: &str) -> Vec<&Entry> {
        let old = |entry: &&Entry| entry.standing == Standing::Allowed && entry.rules != rules;
        let mut entries: Vec<_> = self.entries.values().filter(old).collect();
        entries.sort_by(|a, b| {
            let key = |entry: &Entry| (entry.name.as_str().to_owned(), entry.sha256);
            key(a).cmp(&key(b))
        });
        entries
    }

    /// How many digests it knows.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many lines could not be read.
    pub fn damaged(&self) -> usize {
        self.damaged
    }
}

impl From<&Entry> for Line {
    fn from(entry: &Entry) -> Self {
        Self {
            sha256: entry.sha256.to_string(),
            name: entry.name.as_str().to_owned(),
            version: entry.version.to_string(),
            verdict: entry.standing,
            rules: entry.rules.clone(),
        }
    }
}

impl Line {
    fn entry(self) -> Option<Entry> {
        Some(Entry {
            sha256: self.sha256.parse().ok()?,
            name: self.name.parse().ok()?,
            version: self.version.parse().ok()?,
            standing: self.verdict,
            rules: self.rules,
        })
    }
}

/// One write for everything, behind a line that somebody may have left unfinished.
fn append(mut file: &File, text: &[u8]) -> io::Result<()> {
    let end = file.seek(SeekFrom::End(0))?;
    let mut whole = Vec::with_capacity(text.len() + 1);
    if end > 0 {
        let mut last = [0];
        file.seek(SeekFrom::Start(end - 1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            whole.push(b'\n');
        }
    }
    whole.extend_from_slice(text);
    file.write_all(&whole)
}

fn read(file: &File) -> io::Result<Reading> {
    let mut reading = Reading::default();
    let mut lines = BufReader::new(file.take(LARGEST));
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = (&mut lines).take(LONGEST).read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(reading);
        }
        let parsed = match line.last() {
            Some(b'\n') => serde_json::from_slice::<Line>(&line).ok(),
            _ => None,
        };
        match parsed.and_then(Line::entry) {
            Some(entry) => drop(reading.entries.insert(entry.sha256, entry)),
            None => reading.damaged += 1,
        }
    }
}

#[cfg(unix)]
fn create_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(directory)
}

#[cfg(unix)]
fn open(path: &Path, for_writing: bool) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let flags = rustix::fs::OFlags::NOFOLLOW.bits();
    let mut options = File::options();
    options.read(true).append(for_writing).create(for_writing);
    options
        .mode(0o600)
        .custom_flags(flags.cast_signed())
        .open(path)
}

#[cfg(unix)]
fn is_own(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let metadata = file.metadata()?;
    let own = metadata.uid() == rustix::process::geteuid().as_raw();
    Ok(metadata.is_file() && own && metadata.mode() & 0o022 == 0)
}

#[cfg(not(unix))]
fn create_private(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

#[cfg(not(unix))]
fn open(path: &Path, for_writing: bool) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).append(for_writing).create(for_writing);
    options.open(path)
}

#[cfg(not(unix))]
fn is_own(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.is_file())
}

//! Facts on disk: one file for each record, whole or absent, safe with many processes at once.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// The first bytes of each file; the number changes with the form of the records.
const MAGIC: &[u8] = b"spip-pypi 1\n";
const DIGEST: usize = 32;
const KEY: usize = 32;
const HEADER: usize = MAGIC.len() + DIGEST + KEY + 8;

const MAX_AGE: Duration = Duration::from_hours(30 * 24);
const PRUNED_AT_ONCE: usize = 10_000;

/// A directory of records. They are only ever replaced as a whole, and each carries a digest of
/// itself: a truncated or altered one counts as absent. Where the directory cannot be written, or
/// others could write to it, everything works without a cache.
#[derive(Clone, Debug)]
pub struct Cache(Arc<Store>);

/// One kind of records, with a directory of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// The directory's name.
    pub name: &'static str,
    /// The largest record, in bytes; a larger one is not stored.
    pub largest: u64,
    /// How much the whole directory may hold before the oldest records go, in bytes.
    pub total: u64,
}

impl Shelf {
    /// What indexes say.
    const PYPI: Self = Self {
        name: "pypi",
        largest: 128 << 20,
        total: 2 << 30,
    };
}

#[derive(Debug)]
struct Store {
    directory: PathBuf,
    shelf: Shelf,
    complained: AtomicBool,
}

/// Names one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key([u8; KEY]);

impl Key {
    /// The key made of these parts; no two lists of parts share one.
    pub fn new(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl Cache {
    /// Uses this directory for what indexes say. Nothing is read or created yet.
    pub fn open(directory: impl Into<PathBuf>) -> Self {
        Self::open_shelf(directory, Shelf::PYPI)
    }

    /// Uses this directory for records of another kind.
    pub fn open_shelf(directory: impl Into<PathBuf>, shelf: Shelf) -> Self {
        Self(Arc::new(Store {
            directory: directory.into().join(shelf.name).join("v1"),
            shelf,
            complained: AtomicBool::new(false),
        }))
    }

    /// `$SPIP_CACHE_DIR`, else `spip` in the platform's cache directory: `$XDG_CACHE_HOME` or
    /// `~/.cache`, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows.
    pub fn default_directory(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
        let set = |name: &str| {
            variable(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        if let Some(chosen) = set("SPIP_CACHE_DIR") {
            return Some(chosen);
        }
        let platform = if cfg!(windows) {
            set("LOCALAPPDATA")?
        } else if cfg!(target_os = "macos") {
            set("HOME")?.join("Library/Caches")
        } else {
            // The specification wants relative paths ignored.
            let chosen = set("XDG_CACHE_HOME").filter(|path| path.is_absolute());
            chosen.or_else(|| Some(set("HOME")?.join(".cache")))?
        };
        Some(platform.join("spip"))
    }

    /// The record, if it is whole and at most `lifetime` old. One from the future is as good as
    /// expired: some clock was wrong.
    pub fn read(&self, key: Key, lifetime: SignedDuration, now: Timestamp) -> Option<Vec<u8>> {
        let path = self.path(key);
        match self.read_record(&path, key, lifetime, now) {
            Ok(record) => record,
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                self.complain(&error);
                None
            }
        }
    }

    fn read_record(
        &self,
        path: &Path,
        key: Key,
        lifetime: SignedDuration,
        now: Timestamp,
    ) -> io::Result<Option<Vec<u8>>> {
        check_private(&self.0.directory)?;
        let file = File::open(path)?;
        check_own(&file)?;
        let longest = self.0.shelf.largest.saturating_add(HEADER as u64);
        let mut bytes = Vec::new();
        file.take(longest).read_to_end(&mut bytes)?;
        let Some(stored) = verify(&bytes, key) else {
            return Ok(None);
        };
        let age = now.duration_since(stored);
        if age.is_negative() || age > lifetime {
            return Ok(None);
        }
        bytes.drain(..HEADER);
        Ok(Some(bytes))
    }

    /// Stores the record, unless it is too large. Failing to is no failure.
    pub fn write(&self, key: Key, record: &[u8], now: Timestamp) {
        if record.len() as u64 > self.0.shelf.largest {
            return;
        }
        let mut sealed = Vec::with_capacity(HEADER - DIGEST + record.len());
        sealed.extend(key.0);
        sealed.extend(now.as_second().to_le_bytes());
        sealed.extend(record);
        let digest: [u8; DIGEST] = Sha256::digest(&sealed).into();
        if let Err(error) = self.replace(key, &digest, &sealed) {
            self.complain(&error);
            return;
        }
        // As good as a die: the digest covers the time.
        if digest[0].is_multiple_of(64) {
            self.prune();
        }
    }

    fn replace(&self, key: Key, digest: &[u8], sealed: &[u8]) -> io::Result<()> {
        let directory = &self.0.directory;
        create_private(directory)?;
        check_private(directory)?;
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(directory)?;
        file.write_all(MAGIC)?;
        file.write_all(digest)?;
        file.write_all(sealed)?;
        file.persist(self.path(key)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Deletes files that nobody replaced for 30 days, and of the others the oldest until a
    /// quarter of the space is free again, all among the first 10,000.
    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.0.directory) else {
            return;
        };
        let known = entries.take(PRUNED_AT_ONCE).flatten().filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            Some((metadata.modified().ok()?, metadata.len(), entry.path()))
        });
        let mut known: Vec<(SystemTime, u64, PathBuf)> = known.collect();
        known.sort_unstable();
        let held: u64 = known.iter().map(|(_, length, _)| length).sum();
        let total = self.0.shelf.total;
        let mut excess = if held > total {
            held - total / 4 * 3
        } else {
            0
        };
        let oldest = SystemTime::now().checked_sub(MAX_AGE);
        for (modified, length, path) in known {
            if excess > 0 || Some(modified) < oldest {
                // Another process may have been faster.
                let _gone_either_way = fs::remove_file(path);
                excess = excess.saturating_sub(length);
            }
        }
    }

    fn path(&self, key: Key) -> PathBuf {
        let name = spip_core::Sha256::from_bytes(key.0).to_string();
        self.0.directory.join(name)
    }

    fn complain(&self, error: &io::Error) {
        if !self.0.complained.swap(true, Ordering::Relaxed) {
            let directory = self.0.directory.display();
            tracing::debug!(%directory, %error, "working without a cache");
        }
    }
}

/// The time at which the record was stored, if it is whole and belongs to this key.
fn verify(bytes: &[u8], key: Key) -> Option<Timestamp> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (digest, sealed) = rest.split_first_chunk::<DIGEST>()?;
    if *digest != <[u8; DIGEST]>::from(Sha256::digest(sealed)) {
        return None;
    }
    let stored = sealed.strip_prefix(&key.0)?.first_chunk()?;
    Timestamp::from_second(i64::from_le_bytes(*stored)).ok()
}

#[cfg(unix)]
fn create_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}

#[cfg(not(unix))]
fn create_private(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

/// Facts decide what gets installed, so nobody else may have written them.
#[cfg(unix)]
fn check_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::symlink_metadata(directory)?;
    let own = metadata.uid() == rustix::process::geteuid().as_raw();
    if metadata.is_dir() && own && metadata.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(io::Error::other(
        "the directory belongs to, or can be written by, somebody else",
    ))
}

/// The same for one file.
#[cfg(unix)]
fn check_own(file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata()?;
    if metadata.is_file() && metadata.uid() == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    Err(io::Error::other("a record belongs to somebody else"))
}

#[cfg(not(unix))]
fn check_own(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn check_private(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn key(name: &str) -> Key {
        Key::new(&[name.as_bytes()])
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn cache() -> (tempfile::TempDir, Cache) {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::open(directory.path().join("spip"));
        (directory, cache)
    }

    #[test]
    fn gives_back_what_was_stored_until_it_expires() {
        let (_directory, cache) = cache();
        assert_eq!(cache.read(key("a"), HOUR, at(0)), None);
        cache.write(key("a"), b"one", at(1000));
        cache.write(key("a"), b"two", at(2000));
        for (now, expected) in [
            (1999, None),
            (2000, Some(b"two".to_vec())),
            (5600, Some(b"two".to_vec())),
            (5601, None),
        ] {
            assert_eq!(cache.read(key("a"), HOUR, at(now)), expected, "{now}");
        }
        assert_eq!(cache.read(key("b"), HOUR, at(2000)), None);
        let complained = cache.0.complained.load(Ordering::Relaxed);
        assert!(!complained, "absence is no fault of the directory");
    }

    #[test]
    fn keys_do_not_run_into_each_other() {
        assert_ne!(Key::new(&[b"ab", b"c"]), Key::new(&[b"a", b"bc"]));
        assert_ne!(Key::new(&[b"a", b""]), Key::new(&[b"a"]));
    }

    #[test]
    fn any_change_to_a_file_makes_it_absent() {
        let (_directory, cache) = cache();
        cache.write(key("a"), b"record", at(0));
        let path = cache.path(key("a"));
        let whole = fs::read(&path).unwrap();
        let read = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            cache.read(key("a"), HOUR, at(0))
        };
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length]), None, "cut to {length} bytes");
        }
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert_eq!(read(&flipped), None, "flipped a bit of byte {at}");
        }
        assert_eq!(read(&[&whole[..], b"x"].concat()), None);
        assert_eq!(read(&[b'x'; 10_000]), None);
        assert!(read(&whole).is_some());
        fs::rename(&path, cache.path(key("b"))).unwrap();
        assert_eq!(
            cache.read(key("b"), HOUR, at(0)),
            None,
            "another record's file"
        );
    }

    #[test]
    fn eight_writers_at_once_never_show_half_a_record() {
        let (directory, _) = cache();
        std::thread::scope(|scope| {
            for writer in 0..8_u8 {
                // Each has its own handle, as processes would.
                let cache = Cache::open(directory.path());
                scope.spawn(move || {
                    let mut seen = 0;
                    for round in 0..100_u32 {
                        let record = vec![writer; 20_000 + round as usize];
                        cache.write(key("shared"), &record, at(0));
                        let read = cache.read(key("shared"), HOUR, at(0)).unwrap();
                        assert!(read.len() >= 20_000 && read.iter().all(|byte| *byte == read[0]));
                        seen += 1;
                    }
                    assert_eq!(seen, 100);
                });
            }
        });
        let left = fs::read_dir(directory.path().join("pypi/v1"))
            .unwrap()
            .count();
        assert_eq!(left, 1, "no temporary file stays");
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_no_failure() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let cache = Cache::open(file.path());
        cache.write(key("a"), b"record", at(0));
        assert_eq!(cache.read(key("a"), HOUR, at(0)), None);
        assert!(cache.0.complained.load(Ordering::Relaxed));
    }

    #[test]
    fn pruning_deletes_only_what_is_older_than_30_days() {
        let (_directory, cache) = cache();
        cache.write(key("old"), b"record", at(0));
        cache.write(key("new"), b"record", at(0));
        let old = File::options()
            .write(true)
            .open(cache.path(key("old")))
            .unwrap();
        old.set_modified(SystemTime::now() - MAX_AGE - Duration::from_mins(1))
            .unwrap();
        cache.prune();
        assert_eq!(cache.read(key("old"), HOUR, at(0)), None);
        assert!(cache.read(key("new"), HOUR, at(0)).is_some());
    }

    const SMALL: Shelf = Shelf {
        name: "small",
        largest: 1000,
        total: 10_000,
    };

    #[test]
    fn pruning_deletes_the_oldest_of_too_much_until_a_quarter_is_free() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::open_shelf(directory.path(), SMALL);
        let now = SystemTime::now();
        for round in 0..20_u32 {
            let key = key(&round.to_string());
            cache.write(key, &[7; 1000 - HEADER], at(0));
            let file = File::options().write(true).open(cache.path(key)).unwrap();
            let age = Duration::from_secs(u64::from(100 - round));
            file.set_modified(now - age).unwrap();
        }
        cache.prune();
        for round in 0..20 {
            let there = cache.read(key(&round.to_string()), HOUR, at(0)).is_some();
            assert_eq!(there, round >= 13, "{round}");
        }
    }

    #[test]
    fn a_record_that_is_too_large_is_not_stored() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::open_shelf(directory.path(), SMALL);
        cache.write(key("fits"), &[7; 1000], at(0));
        cache.write(key("does not"), &[7; 1001], at(0));
        assert!(cache.read(key("fits"), HOUR, at(0)).is_some());
        assert!(!cache.path(key("does not")).exists());
    }

    #[test]
    fn some_write_in_a_few_hundred_prunes() {
        let (_directory, cache) = cache();
        cache.write(key("old"), b"record", at(0));
        let old = File::options()
            .write(true)
            .open(cache.path(key("old")))
            .unwrap();
        old.set_modified(SystemTime::now() - MAX_AGE - Duration::from_mins(1))
            .unwrap();
        for round in 0..1000 {
            cache.write(key("new"), b"record", at(round));
        }
        assert!(!cache.path(key("old")).exists());
    }

    #[cfg(unix)]
    #[test]
    fn files_and_directories_are_private() {
        use std::os::unix::fs::PermissionsExt;
        let (directory, cache) = cache();
        cache.write(key("a"), b"record", at(0));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&cache.path(key("a"))), 0o600);
        for part in ["spip", "spip/pypi", "spip/pypi/v1"] {
            assert_eq!(mode(&directory.path().join(part)), 0o700, "{part}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_can_write_is_not_believed() {
        use std::os::unix::fs::PermissionsExt;
        let (_directory, cache) = cache();
        cache.write(key("a"), b"record", at(0));
        fs::set_permissions(&cache.0.directory, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(cache.read(key("a"), HOUR, at(0)), None);
    }

    #[test]
    fn the_variable_wins_over_the_platform() {
        let directory = |pairs: &[(&str, &str)]| {
            Cache::default_directory(|name| {
                let found = pairs.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| value.into())
            })
        };
        let all = [
            ("SPIP_CACHE_DIR", "/c"),
            ("HOME", "/home/u"),
            ("LOCALAPPDATA", "/l"),
        ];
        assert_eq!(directory(&all), Some("/c".into()));
        assert_eq!(directory(&[]), None);
        if cfg!(all(unix, not(target_os = "macos"))) {
            assert_eq!(directory(&all[1..]), Some("/home/u/.cache/spip".into()));
            let relative = [("XDG_CACHE_HOME", "x"), ("HOME", "/home/u")];
            assert_eq!(directory(&relative), Some("/home/u/.cache/spip".into()));
            assert_eq!(
                directory(&[("XDG_CACHE_HOME", "/x")]),
                Some("/x/spip".into())
            );
        }
    }
}

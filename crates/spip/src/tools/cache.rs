//! The caches that tools use under guard: nothing gets into them but what was judged.
//!
//! A tool installs from its cache without asking anybody, so a cache may only be used again by runs
//! that would have come to the same verdicts: it belongs to one version of the rules and one
//! sensitivity, and what was allowed by an exception or a person makes it last no longer than the run.
//! What an index says may change after the verdict, so no cache lasts longer than a week.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use spip_core::Sensitivity;
use tempfile::TempDir;

/// Letters of the rules' digest that name a cache.
const LETTERS: usize = 16;

/// How long a cache is used. A release that is yanked meanwhile is installed from it no longer than
/// that, and findings that do not refuse are seen again.
const LIFETIME: Duration = Duration::from_hours(7 * 24);

/// A cache that one run may use.
#[derive(Debug)]
pub(crate) struct ToolCache {
    path: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// Kept for later runs; the lock is shared by all that use it.
    Kept(File),
    /// Gone with the run.
    Passing(TempDir),
}

impl ToolCache {
    /// The cache of these rules and this sensitivity below `root`. Caches of other rules go, as far
    /// as nobody uses them.
    pub(super) fn open(root: &Path, rules: &str, sensitivity: Sensitivity) -> io::Result<Self> {
        let tools = root.join("tools");
        private(&tools)?;
        let rules = &rules[..rules.floor_char_boundary(LETTERS)];
        evict(&tools, rules);
        let path = tools.join(format!("{rules}-{}", name_of(sensitivity)));
        private(&path)?;
        let lock = File::create(path.join("lock"))?;
        if is_old(&path) {
            File::create(path.join("tainted"))?;
        }
        if is_tainted(&path) {
            match lock.try_lock() {
                Ok(()) => empty(&path)?,
                Err(TryLockError::WouldBlock) => return Self::passing(&tools),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            lock.unlock()?;
        }
        begin(&path)?;
        match lock.try_lock_shared() {
            Ok(()) if !is_tainted(&path) => {}
            // Somebody has tainted it meanwhile.
            Ok(()) | Err(TryLockError::WouldBlock) => return Self::passing(&tools),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let place = Place::Kept(lock);
        Ok(Self { path, place })
    }

    fn passing(tools: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("once-").tempdir_in(tools)?;
        Ok(Self {
            path: folder.path().to_owned(),
            place: Place::Passing(folder),
        })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Something is about to get in that not every run would have allowed: nobody else uses the
    /// cache from now on, and it is emptied before its next use. An error if somebody uses it now.
    pub(crate) fn taint(&self) -> io::Result<()> {
        let Place::Kept(lock) = &self.place else {
            return Ok(());
        };
        File::create(self.path.join("tainted"))?;
        match lock.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => {
                // Trying has given up the share, without which the cache could be emptied.
                lock.lock_shared()?;
                Err(io::Error::other(
                    "another run uses the same cache and would install this unasked; \
                     wait for it to end, and try again",
                ))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Keeps it until the process ends, for a program that takes this one's place.
    pub(super) fn hand_over(self) {
        match self.place {
            // The lock goes with this process; the file stays open for the one that follows it.
            Place::Kept(lock) => {
                let _kept = rustix::io::fcntl_setfd(&lock, rustix::io::FdFlags::empty());
                std::mem::forget(lock);
            }
            // Somebody has to remove it: the next run that opens the cache does.
            Place::Passing(folder) => drop(folder.keep()),
        }
    }
}

fn name_of(sensitivity: Sensitivity) -> &'static str {
    match sensitivity {
        Sensitivity::Low => "low",
        Sensitivity::Medium => "medium",
        Sensitivity::High => "high",
    }
}

fn is_tainted(path: &Path) -> bool {
    !matches!(fs::symlink_metadata(path.join("tainted")),
        Err(error) if error.kind() == io::ErrorKind::NotFound)
}

/// The file whose age is the cache's.
fn since(path: &Path) -> PathBuf {
    path.join("since")
}

fn begin(path: &Path) -> io::Result<()> {
    match File::create_new(since(path)) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Whether its time is over; one from the future has no age that could be trusted.
fn is_old(path: &Path) -> bool {
    let begun = fs::metadata(since(path)).and_then(|data| data.modified());
    begun.is_ok_and(|begun| begun.elapsed().is_ok_and(|age| age > LIFETIME) || is_ahead(begun))
}

/// Clocks are set back by moments all the time.
fn is_ahead(time: SystemTime) -> bool {
    const MOMENT: Duration = Duration::from_hours(1);
    let ahead = time.duration_since(SystemTime::now());
    ahead.is_ok_and(|ahead| ahead > MOMENT)
}

/// Removes what lies in a cache, the mark last.
fn empty(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "lock" || name == "tainted" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_file(path.join("tainted"))
}

/// Removes caches that no run with these rules will use. What cannot be removed now is next time.
fn evict(tools: &Path, rules: &str) {
    let Ok(entries) = fs::read_dir(tools) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_current = name.to_string_lossy().starts_with(rules);
        if !is_current && !is_used(&entry.path()) {
            let _next_time = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_used(path: &Path) -> bool {
    match File::open(path.join("lock")) {
        Ok(lock) => lock.try_lock().is_err(),
        // One for a single run: it may still go on for a day.
        Err(_) => {
            let modified = fs::metadata(path).and_then(|data| data.modified());
            let age = modified.ok().and_then(|time| time.elapsed().ok());
            age.is_none_or(|age| age < Duration::from_hours(24))
        }
    }
}

fn private(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(root: &Path, rules: &str) -> ToolCache {
        ToolCache::open(root, rules, Sensitivity::Low).unwrap()
    }

    #[test]
    fn a_tainted_cache_is_used_by_nobody_else_and_emptied_before_its_next_use() {
        let root = tempfile::tempdir().unwrap();
        let first = open(root.path(), "one");
        let second = open(root.path(), "one");
        assert_eq!(first.path(), second.path());
        fs::write(first.path().join("wheel"), "bytes").unwrap();
        assert!(first.taint().is_err(), "the second one would install it");
        drop(second);
        first.taint().unwrap();
        let third = open(root.path(), "one");
        assert_ne!(third.path(), first.path());
        assert!(!third.path().join("wheel").exists());
        let path = first.path().to_owned();
        drop(first);
        let fourth = open(root.path(), "one");
        assert_eq!(fourth.path(), path);
        assert!(!path.join("wheel").exists());
    }

    #[test]
    fn a_cache_lasts_a_week_and_is_empty_then() {
        let root = tempfile::tempdir().unwrap();
        let path = open(root.path(), "one").path().to_owned();
        let aged = |days: i64| {
            fs::write(path.join("wheel"), "bytes").unwrap();
            let hours = Duration::from_hours(24 * days.unsigned_abs());
            let now = SystemTime::now();
            let time = if days < 0 { now + hours } else { now - hours };
            let since = File::options().append(true).open(since(&path)).unwrap();
            since.set_modified(time).unwrap();
            assert_eq!(open(root.path(), "one").path(), path);
            !path.join("wheel").exists()
        };
        assert!(!aged(6));
        assert!(aged(8));
        assert!(!aged(0), "it began anew");
        assert!(aged(-1));
        let user = open(root.path(), "one");
        fs::write(path.join("wheel"), "bytes").unwrap();
        File::options()
            .append(true)
            .open(since(&path))
            .unwrap()
            .set_modified(SystemTime::now() - 2 * LIFETIME)
            .unwrap();
        let other = open(root.path(), "one");
        assert_ne!(other.path(), path, "somebody still uses the old one");
        assert!(path.join("wheel").exists());
        drop(user);
    }

    #[test]
    fn other_rules_use_another_cache_and_the_old_one_goes_once_nobody_uses_it() {
        let root = tempfile::tempdir().unwrap();
        let old = open(root.path(), "one");
        let path = old.path().to_owned();
        let new = open(root.path(), "two");
        assert_ne!(new.path(), path);
        assert!(path.exists());
        drop(old);
        open(root.path(), "two");
        assert!(!path.exists());
        let strict = ToolCache::open(root.path(), "two", Sensitivity::High).unwrap();
        assert_ne!(strict.path(), new.path());
    }
}

//! A file per project: the releases of it that were installed here, as they were.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use spip_core::{Cause, Gap, PackageName, ReleaseProfile, Remembered};
use tempfile::NamedTempFile;

use crate::private;

/// What a file of this form may hold at most.
const LARGEST: u64 = 16 << 20;
const FORM: u32 = 1;

/// What is remembered, in one directory. Nothing is made before something is learned.
#[derive(Clone, Debug)]
pub struct Store(PathBuf);

/// What became of learning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// A file that could not be read, and where it lies now.
    pub kept_aside: Option<PathBuf>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    version: u32,
    project: String,
    releases: Vec<ReleaseProfile>,
}

impl Store {
    /// The store in this directory.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }

    /// What is remembered of a project. `None`: it was never seen.
    pub fn recall(&self, name: &PackageName) -> Result<Option<Remembered>, Gap> {
        let path = self.file_of(name);
        read(&path, name).map_err(|error| {
            let path = path.display();
            Gap::new(Cause::Forgotten, format!("{path} cannot be read: {error}"))
        })
    }

    /// Adds what releases are like. Waits for other processes that learn about the same project;
    /// readers see the file as it was or as it will be.
    pub fn learn(&self, name: &PackageName, seen: &[ReleaseProfile]) -> io::Result<Learned> {
        let path = self.file_of(name);
        let folder = path.parent().unwrap_or(&self.0);
        private::directory(folder)?;
        // The file itself is replaced, so the lock is on another one that stays.
        let lock = private::appended(&self.0.join("lock"))?;
        lock.lock()?;
        let mut learned = Learned::default();
        let mut remembered = match read(&path, name) {
            Ok(known) => known.unwrap_or_default(),
            Err(_) => {
                learned.kept_aside = Some(set_aside(&path)?);
                Remembered::default()
            }
        };
        let before = remembered.clone();
        for release in seen {
            remembered.learn(release.clone());
        }
        if remembered != before {
            write(&path, name, remembered)?;
        }
        Ok(learned)
    }

    fn file_of(&self, name: &PackageName) -> PathBuf {
        self.0.join("projects").join(format!("{name}.json"))
    }
}

fn read(path: &Path, name: &PackageName) -> io::Result<Option<Remembered>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than anything written here"));
    }
    let form: Form = serde_json::from_slice(&bytes)?;
    if form.version != FORM || form.project != name.as_str() {
        return Err(io::Error::other("it is of another form or project"));
    }
    Ok(Some(Remembered {
        releases: form.releases,
    }))
}

fn write(path: &Path, name: &PackageName, remembered: Remembered) -> io::Result<()> {
    let form = Form {
        version: FORM,
        project: name.to_string(),
        releases: remembered.releases,
    };
    // A temporary file is readable for its user alone.
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(&serde_json::to_vec(&form)?)?;
    file.as_file().sync_data()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Moves a file that cannot be read out of the way; it may still be of use to somebody.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let now = Timestamp::now().as_nanosecond();
    let aside = path.with_extension(format!("json.damaged-{now}"));
    fs::rename(path, &aside)?;
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Barrier;

    fn demo() -> PackageName {
        "demo".parse().unwrap()
    }

    fn release(version: &str) -> ReleaseProfile {
        ReleaseProfile {
            version: version.to_owned(),
            ..ReleaseProfile::default()
        }
    }

    #[test]
    fn remembers_what_it_learned_and_nothing_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().join("deep/memory"));
        assert_eq!(store.recall(&demo()), Ok(None));
        store.learn(&demo(), &[release("1.0")]).unwrap();
        store.learn(&demo(), &[release("1.1")]).unwrap();
        let known = store.recall(&demo()).unwrap().unwrap();
        assert_eq!(known.releases, [release("1.0"), release("1.1")]);
        assert_eq!(store.recall(&"other".parse().unwrap()), Ok(None));
        let mode = fs::metadata(store.file_of(&demo())).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }

    #[test]
    fn many_writers_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let barrier = Barrier::new(8);
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let store = Store::at(folder.path());
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    let seen = release(&format!("1.{writer}"));
                    store.learn(&demo(), &[seen]).unwrap();
                });
            }
        });
        let known = Store::at(folder.path()).recall(&demo()).unwrap().unwrap();
        assert_eq!(known.releases.len(), 8);
    }

    #[test]
    fn a_damaged_file_is_a_gap_and_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        store.learn(&demo(), &[release("1.0")]).unwrap();
        for damage in [
            "",
            "{",
            "{\"version\":2,\"project\":\"demo\",\"releases\":[]}",
        ] {
            fs::write(store.file_of(&demo()), damage).unwrap();
            let gap = store.recall(&demo()).unwrap_err();
            assert_eq!(gap.cause, Cause::Forgotten, "{gap}");
            let learned = store.learn(&demo(), &[release("1.1")]).unwrap();
            let aside = learned.kept_aside.unwrap();
            assert_eq!(fs::read_to_string(aside).unwrap(), damage);
            let known = store.recall(&demo()).unwrap().unwrap();
            assert_eq!(known.releases, [release("1.1")]);
        }
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let store = Store::at(&file);
        assert!(store.learn(&demo(), &[release("1.0")]).is_err());
        assert!(store.recall(&demo()).is_err());
    }
}

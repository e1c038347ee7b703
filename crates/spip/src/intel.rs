//! What the lists of known-bad releases say: the database on this machine and the index's own list.

mod command;
mod lists;
mod update;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use futures_util::FutureExt;
use spip_core::{Advisories, Answer, Cause, Fact, Gap, Location, Measured, Package, Project};
use spip_intel::{Database, DatabaseError, Subject, collapse};

pub(crate) use self::command::{IntelError, run};
pub(crate) use self::lists::Lists;
use crate::examining::Pending;

/// The lists, for one run. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Intel(Arc<Inner>);

struct Inner {
    path: Option<PathBuf>,
    database: OnceLock<Pending<Loaded>>,
}

/// `Ok(None)`: no database was ever made.
type Loaded = Result<Option<Arc<Database>>, Gap>;

/// Where the database lies in the directory of caches.
fn path_in(caches: &Path) -> PathBuf {
    caches.join("intel").join("advisories")
}

impl Intel {
    /// Nothing is read yet. `caches`: where this program keeps what it can fetch again.
    pub(crate) fn new(caches: Option<&Path>) -> Self {
        Self(Arc::new(Inner {
            path: caches.map(path_in),
            database: OnceLock::new(),
        }))
    }

    /// Reads the database in the background, so that it is there when it is wanted.
    pub(crate) fn begin(&self) {
        tokio::spawn(self.database());
    }

    /// Everything that the lists say of one package. `project`: the index's record.
    pub(crate) async fn about(
        &self,
        package: &Package,
        measured: Option<&Measured>,
        project: &Answer<Project>,
    ) -> Answer<Advisories> {
        if package.artifact.file().is_none() {
            return Ok(None);
        }
        let subject = Subject {
            name: &package.name,
            version: package.version.as_ref(),
            sha256: measured.map(|measured| measured.sha256),
        };
        let mut told = Advisories::default();
        tell(&mut told, self.database().await, subject);
        // Where the record is out of reach, the checks that need it say so.
        if let Ok(Some(project)) = project
            && let Some((newest, listed)) = &project.advisories
            && subject.version == Some(newest)
        {
            told.asked_for_vulnerabilities = true;
            told.found.extend(listed.iter().cloned());
        }
        told.found = collapse(told.found);
        let is_told = told.asked_for_malicious
            || told.asked_for_vulnerabilities
            || !told.gaps.is_empty()
            || !told.found.is_empty();
        Ok(is_told.then(|| Arc::new(told)))
    }

    fn database(&self) -> Pending<Loaded> {
        let begin = || {
            let path = self.0.path.clone();
            let read = async move {
                let read = tokio::task::spawn_blocking(move || load(path.as_deref()));
                let failed = |error: tokio::task::JoinError| {
                    Err(Gap::new(Cause::Internal, error.to_string()))
                };
                read.await.unwrap_or_else(failed)
            };
            read.boxed().shared()
        };
        self.0.database.get_or_init(begin).clone()
    }
}

/// What the database says.
fn tell(told: &mut Advisories, database: Loaded, subject: Subject<'_>) {
    let database = match database {
        Ok(Some(database)) => database,
        Ok(None) => return,
        Err(gap) => {
            told.gaps.push(gap);
            return;
        }
    };
    match database.advisories(subject) {
        Ok(found) => told.found.extend(found),
        Err(error) => {
            told.gaps
                .push(unusable(&database.place().to_string(), &error));
            return;
        }
    }
    told.asked_for_malicious = true;
    told.asked_for_vulnerabilities = true;
    let summary = database.summary();
    let read_at = Location::File {
        path: database.path().to_owned(),
    };
    told.as_of = Some(Fact::new(summary.as_of(), read_at));
}

fn load(path: Option<&Path>) -> Loaded {
    let Some(path) = path else {
        return Ok(None);
    };
    match open(path) {
        Ok(database) => Ok(database.map(Arc::new)),
        Err(error) => Err(unusable(&path.display().to_string(), &error)),
    }
}

/// Reads a database that nobody else could have written. `None`: there is none.
fn open(path: &Path) -> Result<Option<Database>, DatabaseError> {
    let folder = path.parent().unwrap_or(path);
    for place in [folder, path] {
        match is_own(place) {
            Ok(true) => {}
            Ok(false) => {
                let why = "it belongs to, or can be written by, somebody else";
                return Err(DatabaseError::Read(io::Error::other(why)));
            }
            // Where no folder can be, none is.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Database::open(path)
}

/// Whether only this user, or the system's administrator, can change it.
fn is_own(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path)?;
    let owner = metadata.uid();
    let is_trusted = owner == 0 || owner == rustix::process::geteuid().as_raw();
    Ok(is_trusted && metadata.mode() & 0o022 == 0)
}

fn unusable(place: &str, error: &DatabaseError) -> Gap {
    let cause = match error {
        DatabaseError::Read(_) => Cause::Unreadable,
        DatabaseError::TooLarge => Cause::TooLarge,
        DatabaseError::Foreign | DatabaseError::Damaged => Cause::Malformed,
    };
    let detail =
        format!("the database of advisories {place} {error}; `spip intel update` makes a new one");
    Gap::new(cause, detail)
}

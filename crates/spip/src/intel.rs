//! What the lists of known-bad releases say: the database on this machine, the index's own list, and
//! the service that the environment names, if it names one.

mod command;
mod lists;
mod service;
mod update;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures_util::FutureExt;
use spip_core::{Advisories, Answer, Cause, Fact, Gap, Location, Measured, Package, Project};
use spip_intel::service::Release;
use spip_intel::{Database, DatabaseError, Subject, collapse, historic};
use spip_policy::Effective;

pub(crate) use self::command::{IntelError, run};
pub(crate) use self::lists::Lists;
use self::service::{Service, Told};
use crate::examining::Pending;
use crate::tree::is_absent;

/// The lists, for one run. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Intel(Arc<Inner>);

struct Inner {
    path: Option<PathBuf>,
    database: OnceLock<Pending<Loaded>>,
    /// Not set: nothing but the environment has had a say yet.
    service: OnceLock<Option<Result<Service, Gap>>>,
    asked: Mutex<HashMap<Release, Pending<Told>>>,
}

/// `Ok(None)`: no database was ever made.
type Loaded = Result<Option<Arc<Database>>, Gap>;

/// Where the database lies in the directory of caches.
fn path_in(caches: &Path) -> PathBuf {
    caches.join("intel").join("advisories")
}

/// What tells one database from another, without reading it; empty if there is none.
pub(crate) fn identity(caches: &Path) -> Vec<u8> {
    let mut start = Vec::new();
    let read = File::open(path_in(caches))
        .and_then(|file| file.take(Database::IDENTITY).read_to_end(&mut start));
    // One that cannot be read is a gap later on.
    read.map_or_else(|_| Vec::new(), |_| start)
}

/// The address of the service that the environment names.
pub(crate) fn service_variable() -> Option<String> {
    let address = std::env::var_os(service::VARIABLE);
    let address = address.filter(|address| !address.is_empty());
    address.map(|address| address.to_string_lossy().into_owned())
}

fn named() -> Option<Result<Service, Gap>> {
    service_variable().map(|address| Service::named(&address))
}

impl Intel {
    /// Nothing is read yet. `caches`: where this program keeps what it can fetch again.
    pub(crate) fn new(caches: Option<&Path>) -> Self {
        Self(Arc::new(Inner {
            path: caches.map(path_in),
            database: OnceLock::new(),
            service: OnceLock::new(),
            asked: Mutex::new(HashMap::new()),
        }))
    }

    /// The same without the service, for runs that must ask nobody.
    pub(crate) fn offline(&self) -> Self {
        Self(Arc::new(Inner {
            path: self.0.path.clone(),
            database: OnceLock::new(),
            service: OnceLock::from(None),
            asked: Mutex::new(HashMap::new()),
        }))
    }

    /// The service of the policy is asked, unless the environment names another one.
    pub(crate) fn heed(&self, policy: &Effective) {
        let of_policy = || policy.service.clone().map(Service::at);
        self.0.service.get_or_init(|| named().or_else(of_policy));
    }

    fn service(&self) -> Option<&Result<Service, Gap>> {
        self.0.service.get_or_init(named).as_ref()
    }

    /// Reads the database in the background, so that it is there when it is wanted.
    pub(crate) fn begin(&self) {
        tokio::spawn(self.database());
    }

    /// Asks the service about all of these at once that it has not been asked about yet.
    pub(crate) fn ask<'p>(&self, packages: impl IntoIterator<Item = &'p Package>) {
        self.ask_about(packages.into_iter().filter_map(release_of));
    }

    /// The same, of releases.
    pub(crate) fn ask_about(&self, releases: impl IntoIterator<Item = Release>) {
        let Some(Ok(service)) = self.service() else {
            return;
        };
        let mut asked = self.0.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let releases = releases.into_iter();
        let new: HashSet<_> = releases.filter(|it| !asked.contains_key(it)).collect();
        if new.is_empty() {
            return;
        }
        let releases: Vec<_> = new.into_iter().collect();
        let told = service.clone().ask(releases.clone()).boxed().shared();
        tokio::spawn(told.clone());
        asked.extend(releases.into_iter().map(|it| (it, told.clone())));
    }

    /// What the service says, in place of what an old database does not know yet.
    async fn hear(&self, told: &mut Advisories, package: &Package, subject: Subject<'_>) {
        let Some(service) = self.service() else {
            return;
        };
        if let Err(gap) = service {
            told.gaps.push(gap.clone());
            return;
        }
        self.ask([package]);
        let Some(release) = release_of(package) else {
            return;
        };
        let Some(pending) = self.answer_to(&release) else {
            return;
        };
        let (found, missing) = match pending.await {
            Ok(answers) => answers.about(&release, subject),
            Err(gap) => (Vec::new(), Some(gap)),
        };
        told.found.extend(found);
        match missing {
            Some(gap) => told.gaps.push(gap),
            None => {
                told.asked_for_malicious = true;
                told.asked_for_vulnerabilities = true;
                told.as_of = None;
            }
        }
    }

    fn answer_to(&self, release: &Release) -> Option<Pending<Told>> {
        let asked = self.0.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.get(release).cloned()
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
        told.found.extend(historic(subject));
        tell(&mut told, self.database().await, subject);
        self.hear(&mut told, package, subject).await;
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

/// What the service can be asked about: files that are a release of something.
fn release_of(package: &Package) -> Option<Release> {
    package.artifact.file()?;
    Some((package.name.clone(), package.version.clone()?))
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
            Err(error) if is_absent(&error) => return Ok(None),
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

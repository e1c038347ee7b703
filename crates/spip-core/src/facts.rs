//! What checks may ask, and how answers and the lack of them look.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    Advisories, Advisory, Contents, Digest, Fact, Gap, Location, Package, PackageName, Previous,
    Quoted, Remembered, SafeUrl, Sha256, Version,
};

/// `Ok(None)` is an answer: the source said "no such thing". `Err` is the lack of one.
pub type Answer<T> = Result<Option<Arc<T>>, Gap>;

/// Where checks get their facts. Everything is there already; nothing blocks.
pub trait Facts: Sync {
    /// The page of the index that offered this package's file (PEP 691, PEP 503).
    /// `None`: the file did not come from an index.
    fn listing(&self, package: &Package) -> Answer<Listing>;

    /// The pages that *other* configured indexes have under the same name. Empty: they have none.
    /// `None`: one index is configured.
    fn other_listings(&self, package: &Package) -> Answer<Vec<Listing>>;

    /// The JSON API's record of the project, from the same index as the file.
    /// `None`: that index has no JSON API, or the file did not come from an index.
    fn project(&self, package: &Package) -> Answer<Project>;

    /// The core metadata of the judged artifact. `None`: it is not known before a build.
    fn metadata(&self, package: &Package) -> Answer<Metadata>;

    /// The digests of the bytes on this machine.
    /// `None`: there is no single file, or the tool did not fetch it.
    fn measured(&self, package: &Package) -> Answer<Measured>;

    /// What the files of the artifact hold.
    /// `None`: the tool did not fetch it.
    fn contents(&self, package: &Package) -> Answer<Contents>;

    /// What the lists of known-bad releases say of the package.
    /// `None`: there is no list, and it is not among the few releases that everybody knows of.
    fn advisories(&self, package: &Package) -> Answer<Advisories>;

    /// What its project was like when releases of it were installed on this machine.
    /// `None`: none was, or nobody looked.
    fn remembered(&self, package: &Package) -> Answer<Remembered>;

    /// The release that the package takes the place of.
    /// `None`: there is none, nobody says where it lies, or [`Facts::remembered`] tells as much of it.
    fn previous(&self, package: &Package) -> Answer<Previous>;
}

/// One project's page on one index.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// The address of the page.
    pub page: SafeUrl,
    /// Every file on it.
    pub files: Vec<ListedFile>,
    /// What the index says of the project as a whole (PEP 792). `None`: nothing, so it is active.
    pub status: Option<ProjectStatus>,
}

/// A project's status marker (PEP 792).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectStatus {
    /// `archived`, `quarantined`, `deprecated`, or what later specifications add.
    pub marker: Quoted,
    /// Why.
    pub reason: Option<Quoted>,
    /// Its place on the page: RFC 6901, empty for HTML.
    pub pointer: &'static str,
}

/// One file of a [`Listing`].
#[derive(Clone, Debug, PartialEq)]
pub struct ListedFile {
    /// The file's name.
    pub filename: String,
    /// The version in the file's name; `None` where the name does not tell.
    pub version: Option<Version>,
    /// When it was uploaded (PEP 700); `None`: the page does not say.
    pub uploaded: Option<Timestamp>,
    /// Whether it was yanked (PEP 592), with the reason given (often empty).
    pub yanked: Option<Quoted>,
    /// Its digests.
    pub digests: Vec<Digest>,
    /// Whether the page names a provenance of it (PEP 740); `None`: the page does not say.
    pub provenance: Option<bool>,
    /// Its place on the page: RFC 6901, empty for HTML.
    pub pointer: String,
}

impl Listing {
    /// The entry with this exact file name.
    pub fn file(&self, filename: &str) -> Option<&ListedFile> {
        self.files.iter().find(|file| file.filename == filename)
    }

    /// The entries of one version.
    pub fn of_version<'a>(&'a self, version: &'a Version) -> impl Iterator<Item = &'a ListedFile> {
        self.files
            .iter()
            .filter(move |file| file.version.as_ref() == Some(version))
    }

    /// A value read from one entry.
    pub fn fact<T>(&self, file: &ListedFile, field: &str, value: T) -> Fact<T> {
        Fact::new(value, self.location(&format!("{}/{field}", file.pointer)))
    }

    /// The status of the project, where the page states one.
    pub fn status_fact(&self) -> Option<Fact<&ProjectStatus>> {
        let status = self.status.as_ref()?;
        Some(Fact::new(status, self.location(status.pointer)))
    }

    /// A value that the page as a whole tells.
    pub fn page_fact<T>(&self, value: T) -> Fact<T> {
        Fact::new(value, self.location(""))
    }

    fn location(&self, pointer: &str) -> Location {
        Location::Record {
            url: self.page.clone(),
            pointer: pointer.to_owned(),
        }
    }
}

/// What the JSON API says of a project (`/pypi/NAME/json`).
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// The address of the record.
    pub record: SafeUrl,
    /// Its files, of all releases.
    pub files: Vec<ProjectFile>,
    /// Who may publish it, as that index tells: users, and `organization NAME`. `None`: it does not.
    pub owners: Option<BTreeSet<String>>,
    /// The advisories that the record lists, and the one version that they are about: the newest.
    /// `None`: the record does not list any, not even that there are none.
    pub advisories: Option<(Version, Vec<Advisory>)>,
}

/// One file of a [`Project`].
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectFile {
    /// The file's name.
    pub filename: String,
    /// The release it belongs to, as the record spells it.
    pub version: Option<Version>,
    /// When it was uploaded.
    pub uploaded: Option<Timestamp>,
    /// SHA-256, if stated.
    pub sha256: Option<Sha256>,
    /// Whether it was yanked, with the reason.
    pub yanked: Option<Quoted>,
    /// Its place in the record: RFC 6901.
    pub pointer: String,
}

impl Project {
    /// The entry with this exact file name.
    pub fn file(&self, filename: &str) -> Option<&ProjectFile> {
        self.files.iter().find(|file| file.filename == filename)
    }

    /// A value that tells who owns the project.
    pub fn owners_fact<T>(&self, value: T) -> Fact<T> {
        let url = self.record.clone();
        let pointer = "/ownership".to_owned();
        Fact::new(value, Location::Record { url, pointer })
    }

    /// A value read from one entry.
    pub fn fact<T>(&self, file: &ProjectFile, field: &str, value: T) -> Fact<T> {
        let pointer = format!("{}/{field}", file.pointer);
        Fact::new(
            value,
            Location::Record {
                url: self.record.clone(),
                pointer,
            },
        )
    }
}

/// Core metadata (PEP 566, 643, 753) of one artifact. Text is as the publisher wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    /// Where it was read.
    pub read_at: Location,
    /// `Name`.
    pub name: PackageName,
    /// `Version`.
    pub version: Version,
    /// `Summary`.
    pub summary: Option<String>,
    /// `Description`, cut to what a check needs.
    pub description: Option<String>,
    /// `Home-page`, `Download-URL` and `Project-URL`, in that order.
    pub urls: Vec<ProjectUrl>,
    /// `Author-email`, as written: often a list with names.
    pub author_email: Option<String>,
    /// `Maintainer-email`, likewise.
    pub maintainer_email: Option<String>,
    /// `Requires-Dist`, each as written.
    pub requires_dist: Vec<String>,
}

/// One URL of the metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectUrl {
    /// The label as written; `Home-page` and `Download-URL` for the old fields.
    pub label: String,
    /// The address as written.
    pub url: String,
    /// Its place, relative to [`Metadata::read_at`].
    pub field: String,
}

impl Metadata {
    /// A value read from one field.
    pub fn fact<T>(&self, field: &str, value: T) -> Fact<T> {
        let read_at = match &self.read_at {
            Location::Plan { pointer } => Location::Plan {
                pointer: format!("{pointer}/{field}"),
            },
            Location::Record { url, pointer } => Location::Record {
                url: url.clone(),
                pointer: format!("{pointer}/{field}"),
            },
            other => other.clone(),
        };
        Fact::new(value, read_at)
    }
}

/// What was measured on the bytes that would be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Where they lie.
    pub read_at: Location,
    /// Always there.
    pub sha256: Sha256,
    /// SHA-256 and every other strong algorithm that a promise or a requirement asked for.
    pub digests: Vec<Digest>,
    /// Length in bytes.
    pub size: u64,
}

//! Which lists of known-bad releases there are, for people and for machines (`spip-intel/1`).

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use spip_core::{AdvisoryAge, Quoted};
use spip_intel::{Database, DatabaseError, Source, Summary};
use spip_pypi::Cache;

use super::{open, path_in};
use crate::exit::Exit;
use crate::policy;

/// Which lists there are.
pub(crate) struct Lists {
    path: PathBuf,
    database: Result<Option<Summary>, DatabaseError>,
    limit: AdvisoryAge,
    now: Timestamp,
}

#[derive(Serialize)]
pub(super) struct Record {
    schema: &'static str,
    path: String,
    state: &'static str,
    error: Option<String>,
    database: Option<DatabaseRecord>,
}

#[derive(Serialize)]
struct DatabaseRecord {
    built: String,
    newest_record: String,
    age_days: i64,
    malicious: u32,
    vulnerabilities: u32,
    withdrawn: u32,
    projects: u32,
    file_digests: u32,
    bytes: u64,
    sha256: String,
    sources: Vec<SourceRecord>,
}

#[derive(Serialize)]
struct SourceRecord {
    name: String,
    sha256: Option<String>,
    records: u32,
    unusable: u32,
}

impl Lists {
    /// Those of this user.
    pub(crate) fn here() -> Self {
        let caches = Cache::default_directory(|name| std::env::var_os(name));
        Self::of(&path_in(&caches.unwrap_or_default()), Timestamp::now())
    }

    /// Those whose database lies at this path.
    pub(crate) fn of(path: &Path, now: Timestamp) -> Self {
        Self {
            path: path.to_owned(),
            database: open(path).map(|found| found.as_ref().map(Database::summary)),
            limit: policy::advisory_age(),
            now,
        }
    }

    fn is_stale(&self, summary: &Summary) -> bool {
        let limit = self.limit.stale_after;
        let age = std::time::Duration::try_from(summary.age(self.now));
        age.unwrap_or_default() > limit
    }

    /// How a run ends that only tells about them.
    pub(super) fn exit(&self) -> Exit {
        match &self.database {
            Ok(None) => Exit::Tool(0),
            Ok(Some(summary)) if !self.is_stale(summary) => Exit::Tool(0),
            _ => Exit::Unchecked,
        }
    }

    /// Their state in a word.
    pub(crate) fn word(&self) -> &'static str {
        match &self.database {
            Ok(None) => "none",
            Ok(Some(summary)) if self.is_stale(summary) => "stale",
            Ok(Some(_)) => "usable",
            Err(_) => "unusable",
        }
    }

    /// Everything about them, for people.
    pub(super) fn tell(&self, output: &mut impl Write) -> io::Result<()> {
        match &self.database {
            Ok(Some(summary)) => self.tell_summary(output, summary),
            _ => writeln!(output, "{self}"),
        }
    }

    fn tell_summary(&self, output: &mut impl Write, summary: &Summary) -> io::Result<()> {
        let path = Quoted::from(self.path.display().to_string());
        let (malicious, vulnerabilities) = (summary.malicious, summary.vulnerabilities);
        writeln!(output, "database  {path}")?;
        writeln!(
            output,
            "          {malicious} malicious, {vulnerabilities} vulnerabilities, {} taken back; {} \
             projects, {} digests of files",
            summary.withdrawn, summary.names, summary.digests
        )?;
        let days = summary.age(self.now).as_hours() / 24;
        let stale = if self.is_stale(summary) {
            ": too old, `spip intel update` renews it"
        } else {
            ""
        };
        writeln!(
            output,
            "age       {days} days{stale} (newest record {}, made {})",
            summary.newest, summary.built
        )?;
        writeln!(
            output,
            "sha256    {} ({} bytes)",
            summary.sha256, summary.size
        )?;
        for source in &summary.sources {
            tell_source(output, source)?;
        }
        Ok(())
    }

    /// The same for machines.
    pub(super) fn record(&self) -> Record {
        let database = self.database.as_ref().ok().and_then(Option::as_ref);
        Record {
            schema: "spip-intel/1",
            path: Quoted::from(self.path.display().to_string()).to_string(),
            state: self.word(),
            error: self.database.as_ref().err().map(ToString::to_string),
            database: database.map(|summary| DatabaseRecord {
                built: summary.built.to_string(),
                newest_record: summary.newest.to_string(),
                age_days: summary.age(self.now).as_hours() / 24,
                malicious: summary.malicious,
                vulnerabilities: summary.vulnerabilities,
                withdrawn: summary.withdrawn,
                projects: summary.names,
                file_digests: summary.digests,
                bytes: summary.size,
                sha256: summary.sha256.to_string(),
                sources: summary.sources.iter().map(source_record).collect(),
            }),
        }
    }
}

/// In one line.
impl fmt::Display for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = Quoted::from(self.path.display().to_string());
        match &self.database {
            Ok(None) => write!(f, "no database; `spip intel update` makes one ({path})"),
            Err(error) => write!(
                f,
                "the database {path} {error}; `spip intel update` makes a new one"
            ),
            Ok(Some(summary)) => {
                let records = summary.malicious + summary.vulnerabilities;
                let days = summary.age(self.now).as_hours() / 24;
                let stale = if self.is_stale(summary) {
                    "; too old: `spip intel update` renews it"
                } else {
                    ""
                };
                write!(f, "{records} records, {days} days old{stale}")
            }
        }
    }
}

fn source_record(source: &Source) -> SourceRecord {
    SourceRecord {
        name: Quoted::new(&source.name).to_string(),
        sha256: source.sha256.clone(),
        records: source.records,
        unusable: source.unusable,
    }
}

fn tell_source(output: &mut impl Write, source: &Source) -> io::Result<()> {
    let name = Quoted::new(&source.name);
    let (records, unusable) = (source.records, source.unusable);
    let digest = source.sha256.as_deref().unwrap_or("none: a folder");
    writeln!(
        output,
        "source    {name}: {records} records, {unusable} unusable; sha256 {}",
        Quoted::new(digest)
    )
}

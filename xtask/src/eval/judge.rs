//! Judges one artifact in this process, by what its files hold and nothing else.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use spip_core::{
    Advisories, Answer, Artifact, CheckId, Contents, Facts, Listing, Location, Measured, Metadata,
    Origin, Package, PackageId, Plan, Previous, Project, Remembered, RemoteFile, Report, SafeUrl,
    Settings, Severity, Tool, Transport, Why,
};
use spip_scan::{Input, Limits};
#[cfg(test)]
use spip_scan::{TreeEntry, TreeWhat};

/// What was said of an artifact.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// Check, severity and title of each finding.
    pub(crate) findings: Vec<(CheckId, Severity, String)>,
    /// The worst that is said of each member, by its path.
    pub(crate) told_of: BTreeMap<String, Severity>,
    /// What could not be read, or not be checked.
    pub(crate) unknown: Vec<String>,
}

impl Said {
    /// The worst severity.
    pub(crate) fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|(_, severity, _)| *severity).max()
    }

    /// Whether it would be refused.
    pub(crate) fn is_refused(&self) -> bool {
        self.worst() >= Some(Severity::High)
    }

    /// Whether a person would be asked.
    pub(crate) fn is_asked(&self) -> bool {
        self.worst() == Some(Severity::Medium)
    }
}

/// Scans a wheel, an sdist or a module, as its file name says, and judges it.
pub(crate) fn file(filename: &str, bytes: Vec<u8>) -> Result<Said> {
    let (artifact, contents) = read(filename, bytes)?;
    examine(filename, artifact, contents, None)
}

/// Judges an archive as one that takes the place of another one.
pub(crate) fn upgrade(old: (&str, Vec<u8>), new: (&str, Vec<u8>)) -> Result<Said> {
    let (artifact, contents) = read(old.0, old.1)?;
    let (_, version) = told_by_name(old.0, &artifact);
    let previous = Previous {
        version: version.parse().ok(),
        kind: artifact.kind(),
        contents,
        read_at: Location::File { path: old.0.into() },
    };
    let (artifact, contents) = read(new.0, new.1)?;
    examine(new.0, artifact, contents, Some(Arc::new(previous)))
}

fn read(filename: &str, bytes: Vec<u8>) -> Result<(Artifact, Contents)> {
    let is_wheel = has_extension(filename, "whl");
    let input = if is_wheel {
        Input::Wheel {
            filename,
            bytes: &bytes,
        }
    } else if is_module(filename) {
        Input::Module {
            path: filename,
            bytes: &bytes,
        }
    } else {
        Input::Sdist {
            filename,
            bytes: &bytes,
        }
    };
    let contents = spip_scan::scan(input, &Limits::default(), &|| false);
    let artifact = if is_wheel {
        Artifact::Wheel(local(filename)?)
    } else if is_module(filename) {
        Artifact::Module {
            path: filename.into(),
        }
    } else {
        Artifact::Sdist(local(filename)?)
    };
    drop(bytes);
    Ok((artifact, contents))
}

/// Scans a source tree of these files and judges it.
#[cfg(test)]
pub(crate) fn tree(name: &str, files: &[(String, Vec<u8>)]) -> Result<Said> {
    let mut entries = files.iter().map(|(path, bytes)| TreeEntry {
        path: path.clone(),
        what: TreeWhat::File {
            bytes: bytes.clone(),
            executable: false,
        },
    });
    let input = Input::Tree {
        files: &mut entries,
    };
    let contents = spip_scan::scan(input, &Limits::default(), &|| false);
    let artifact = Artifact::Directory {
        path: name.into(),
        editable: false,
    };
    examine(name, artifact, contents, None)
}

fn is_module(filename: &str) -> bool {
    has_extension(filename, "py") || has_extension(filename, "pth")
}

fn has_extension(filename: &str, extension: &str) -> bool {
    let found = Path::new(filename).extension();
    found.is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

fn local(filename: &str) -> Result<RemoteFile> {
    let url: SafeUrl = format!("file:///judged/{filename}").parse()?;
    Ok(RemoteFile {
        filename: filename.to_owned(),
        url,
        origin: Origin::Requested,
        transport: Transport::Verified,
        path: Some(Path::new("/judged").join(filename)),
        promised: Vec::new(),
        required: Vec::new(),
        built_here: false,
        built_from: None,
    })
}

/// The project and the version in a file's name.
fn told_by_name<'a>(filename: &'a str, artifact: &Artifact) -> (&'a str, &'a str) {
    let stem = filename.trim_end_matches(".tar.gz");
    // Names of sdists may hold dashes; those of wheels have none.
    if let Artifact::Sdist(_) = artifact {
        return stem.rsplit_once('-').unwrap_or((stem, ""));
    }
    let mut parts = stem.split('-');
    let name = parts.next().unwrap_or_default().trim_end_matches(".py");
    (name, parts.next().unwrap_or_default())
}

fn examine(
    filename: &str,
    artifact: Artifact,
    contents: Contents,
    previous: Option<Arc<Previous>>,
) -> Result<Said> {
    let mut unknown: Vec<_> = contents
        .unread
        .iter()
        .map(|unread| format!("{}: {}", unread.member, unread.detail))
        .collect();
    let (name, version) = told_by_name(filename, &artifact);
    let package = Package {
        id: PackageId(0),
        name: name
            .parse()
            .with_context(|| format!("the name of {filename}"))?,
        version: version.parse().ok(),
        why: Why::Requested,
        artifact,
    };
    let plan = Plan {
        tool: Tool::Scan,
        packages: vec![package],
        gaps: Vec::new(),
    };
    let facts = Only {
        contents: Arc::new(contents),
        previous,
    };
    let report = Report::examine(
        &plan,
        spip_checks::ALL,
        &facts,
        &Settings::default(),
        Timestamp::now(),
    );
    let mut findings = Vec::new();
    let mut told_of = BTreeMap::new();
    for assessment in report
        .packages()
        .iter()
        .flat_map(|package| &package.assessments)
    {
        findings.extend(
            assessment
                .findings
                .iter()
                .map(|finding| (assessment.check.id, finding.severity, finding.title.clone())),
        );
        for finding in &assessment.findings {
            let places = [&finding.primary].into_iter().chain(&finding.related);
            for place in places {
                if let Location::Member { path, .. } = place.at() {
                    let worst = told_of.entry(path.clone()).or_insert(finding.severity);
                    *worst = finding.severity.max(*worst);
                }
            }
        }
        if unknown.is_empty()
            && let spip_core::Outcome::Incomplete(gap) = &assessment.outcome
        {
            unknown.push(format!("{}: {gap}", assessment.check.id));
        }
    }
    Ok(Said {
        findings,
        told_of,
        unknown,
    })
}

/// Nothing is known but what the files hold.
struct Only {
    contents: Arc<Contents>,
    previous: Option<Arc<Previous>>,
}

impl Facts for Only {
    fn listing(&self, _: &Package) -> Answer<Listing> {
        Ok(None)
    }

    fn other_listings(&self, _: &Package) -> Answer<Vec<Listing>> {
        Ok(None)
    }

    fn project(&self, _: &Package) -> Answer<Project> {
        Ok(None)
    }

    fn metadata(&self, _: &Package) -> Answer<Metadata> {
        Ok(None)
    }

    fn measured(&self, _: &Package) -> Answer<Measured> {
        Ok(None)
    }

    fn contents(&self, _: &Package) -> Answer<Contents> {
        Ok(Some(Arc::clone(&self.contents)))
    }

    fn advisories(&self, _: &Package) -> Answer<Advisories> {
        Ok(None)
    }
    fn remembered(&self, _: &Package) -> Answer<Remembered> {
        Ok(None)
    }
    fn previous(&self, _: &Package) -> Answer<Previous> {
        Ok(self.previous.clone())
    }
}

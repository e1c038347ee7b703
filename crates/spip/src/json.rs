//! The report for machines: `spip-report/1`. Its shape never follows the inner types by accident.

mod advisories;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use spip_core::{
    Artifact, Assessment, Decision, Evidence, Examined, Excerpt, Finding, Gap, Outcome, Package,
    PackageId, Quoted, Report, Tool, Verdict,
};
use tempfile::NamedTempFile;

use self::advisories::AdvisoryRecord;
use crate::exit::Exit;
use crate::gathered::Gathered;

/// Everything that was judged in one run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Record {
    schema: &'static str,
    tool: &'static str,
    verdict: &'static str,
    packages: Vec<PackageRecord>,
    #[serde(skip)]
    worst: Option<(Decision, bool)>,
}

#[derive(Clone, Debug, Serialize)]
struct PackageRecord {
    #[serde(skip)]
    id: PackageId,
    name: String,
    version: Option<String>,
    artifact: ArtifactRecord,
    why: String,
    findings: Vec<FindingRecord>,
    findings_omitted: usize,
    gaps: Vec<GapRecord>,
    advisories: Vec<AdvisoryRecord>,
}

#[derive(Clone, Debug, Serialize)]
struct ArtifactRecord {
    kind: &'static str,
    url: Option<String>,
    path: Option<String>,
    sha256: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct FindingRecord {
    check: &'static str,
    severity: String,
    confidence: String,
    title: String,
    evidence: Vec<EvidenceRecord>,
    help: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct EvidenceRecord {
    at: String,
    shows: String,
    excerpt: Option<ExcerptRecord>,
}

/// One line of what was judged, in three parts of escaped text.
#[derive(Clone, Debug, Serialize)]
struct ExcerptRecord {
    before: String,
    marked: String,
    after: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct GapRecord {
    check: &'static str,
    cause: &'static str,
    detail: String,
}

impl Record {
    /// Nothing judged yet.
    pub(crate) fn new(tool: Tool) -> Self {
        Self {
            schema: "spip-report/1",
            tool: tool.as_str(),
            verdict: "allow",
            packages: Vec::new(),
            worst: None,
        }
    }

    /// The report as text.
    pub(crate) fn to_json(&self) -> io::Result<String> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// How a run ends that only judges.
    pub(crate) fn exit(&self) -> Exit {
        match self.worst {
            None | Some((Decision::Allow, _)) => Exit::Tool(0),
            Some((_, true)) => Exit::Refused,
            Some((_, false)) => Exit::Unchecked,
        }
    }

    /// Adds one judgement; a package that was judged before is replaced.
    pub(crate) fn add(&mut self, report: &Report, facts: &Gathered, verdict: &Verdict<'_>) {
        let decision = verdict.decision();
        let mut reasons = verdict
            .reasons()
            .iter()
            .filter(|(weight, _)| *weight == decision);
        let only_gaps = reasons.all(|(_, reason)| reason.is_gap());
        self.worst = self.worst.max(Some((decision, !only_gaps)));
        self.verdict = match self.worst {
            None | Some((Decision::Allow, _)) => "allow",
            Some((_, false)) => "incomplete",
            Some((Decision::Ask, true)) => "ask",
            Some((Decision::Block, true)) => "block",
        };
        for examined in report.packages() {
            let record = PackageRecord::of(examined, facts);
            // A wheel that was built from an artifact is a second artifact of the same package.
            let same = |known: &&mut PackageRecord| {
                known.id == record.id && known.artifact.kind == record.artifact.kind
            };
            match self.packages.iter_mut().find(same) {
                Some(known) => *known = record,
                None => self.packages.push(record),
            }
        }
    }
}

/// Where the report will go. Made before the tool starts, so that a place that cannot be written
/// stops the run rather than its end.
pub(crate) struct Destination {
    file: NamedTempFile,
    path: PathBuf,
}

impl Destination {
    /// The same, if a report is wanted at all.
    pub(crate) fn wanted(path: Option<&Path>) -> io::Result<Option<Self>> {
        path.map(Self::prepare).transpose()
    }

    /// Makes sure that the report can be written.
    fn prepare(path: &Path) -> io::Result<Self> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        Ok(Self {
            file,
            path: path.to_owned(),
        })
    }

    /// Writes the report; readers never see half of it.
    pub(crate) fn write(mut self, record: &Record) -> io::Result<()> {
        writeln!(self.file, "{}", record.to_json()?)?;
        self.file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl PackageRecord {
    fn of(examined: &Examined, facts: &Gathered) -> Self {
        let package = &examined.package;
        let findings = examined.assessments.iter().flat_map(|assessment| {
            assessment
                .findings
                .iter()
                .map(|finding| FindingRecord::of(assessment, finding))
        });
        let gaps = examined
            .assessments
            .iter()
            .filter_map(|assessment| match &assessment.outcome {
                Outcome::Incomplete(gap) => Some(GapRecord::of(assessment, gap)),
                _ => None,
            });
        Self {
            id: package.id,
            name: package.name.to_string(),
            version: package.version.as_ref().map(ToString::to_string),
            artifact: ArtifactRecord::of(package, facts),
            why: package.why.to_string(),
            findings: findings.collect(),
            findings_omitted: examined.assessments.iter().map(|it| it.omitted).sum(),
            gaps: gaps.collect(),
            advisories: advisories::of(package, facts),
        }
    }
}

impl ArtifactRecord {
    fn of(package: &Package, facts: &Gathered) -> Self {
        let sha256 = facts.sha256(package).map(|sha256| sha256.to_string());
        if let Some(given) = facts.given(package) {
            return Self {
                kind: package.artifact.kind(),
                url: None,
                path: Some(given.to_owned()),
                sha256,
            };
        }
        let url = match &package.artifact {
            Artifact::Wheel(file) | Artifact::Sdist(file) => Some(file.url.to_string()),
            Artifact::Checkout { url, .. } => Some(url.to_string()),
            Artifact::Directory { .. } | Artifact::Module { .. } => None,
        };
        let path = match &package.artifact {
            Artifact::Directory { path, .. } | Artifact::Module { path } => {
                Some(path.display().to_string())
            }
            _ => None,
        };
        Self {
            kind: package.artifact.kind(),
            url,
            path,
            sha256,
        }
    }
}

impl GapRecord {
    /// What one check could not learn.
    pub(crate) fn of(assessment: &Assessment, gap: &Gap) -> Self {
        Self {
            check: assessment.check.id.as_str(),
            ..Self::plain(gap)
        }
    }

    /// What nobody could learn.
    pub(crate) fn plain(gap: &Gap) -> Self {
        Self {
            check: "every-check",
            cause: gap.cause.as_str(),
            detail: gap.detail.to_string(),
        }
    }
}

impl FindingRecord {
    pub(crate) fn of(assessment: &Assessment, finding: &Finding) -> Self {
        let evidence = std::iter::once(&finding.primary).chain(&finding.related);
        Self {
            check: assessment.check.id.as_str(),
            severity: finding.severity.to_string(),
            confidence: finding.confidence.to_string(),
            title: finding.title.clone(),
            evidence: evidence.map(EvidenceRecord::of).collect(),
            help: finding.help.clone(),
        }
    }
}

impl EvidenceRecord {
    pub(crate) fn of(evidence: &Evidence) -> Self {
        Self {
            at: evidence.at().to_string(),
            shows: evidence.text().to_string(),
            excerpt: evidence.excerpt().map(ExcerptRecord::of),
        }
    }
}

impl ExcerptRecord {
    fn of(excerpt: &Excerpt) -> Self {
        let (line, mark) = (excerpt.line(), excerpt.mark());
        let part = |part: &str| Quoted::new(part).to_string();
        Self {
            before: part(&line[..mark.start]),
            marked: part(&line[mark.clone()]),
            after: part(&line[mark.end..]),
        }
    }
}

//! One record of the OSV schema, read with bounds and reduced to what matching needs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use spip_core::{AdvisoryKind, PackageName, Quoted, Sha256};

use crate::cvss::Kept;
use crate::scope::{Range, Scope, ScopeError, Turn};

/// What one record says: only its parts about `PyPI`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub(crate) id: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) malicious: bool,
    pub(crate) summary: String,
    pub(crate) rating: Option<Kept>,
    pub(crate) withdrawn: bool,
    pub(crate) modified: i64,
    pub(crate) affected: Vec<Affected>,
}

/// One package that a record is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Affected {
    pub(crate) name: String,
    pub(crate) scope: Scope,
    pub(crate) digests: Vec<[u8; 32]>,
}

/// Why a record cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RecordError {
    /// Longer than [`Record::MAX_LENGTH`].
    #[error("{0} bytes are too many for one record")]
    TooLarge(u64),
    /// No JSON, or not of the schema's shape.
    #[error("not an OSV record: {0}")]
    Malformed(Quoted),
    /// More versions, events, aliases or packages than any record has.
    #[error("{0}: more versions or packages than a record may have")]
    TooMany(Quoted),
    /// A version in a range that PEP 440 does not know.
    #[error("{id}: \"{version}\" is not a version")]
    Version {
        /// The record.
        id: Quoted,
        /// What stands in place of a version.
        version: Quoted,
    },
}

const MOST_AFFECTED: usize = 2_000;
const MOST_ALIASES: usize = 64;
const MOST_DIGESTS: usize = 2_000;
const LONGEST_ID: usize = 128;
const LONGEST_SUMMARY: usize = 200;

#[derive(Deserialize)]
struct Raw {
    id: String,
    #[serde(default)]
    modified: Option<String>,
    #[serde(default)]
    withdrawn: Option<Value>,
    #[serde(default)]
    aliases: Option<Vec<String>>,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    details: Option<String>,
    #[serde(default)]
    severity: Option<Vec<RawSeverity>>,
    #[serde(default)]
    affected: Option<Vec<RawAffected>>,
    #[serde(default)]
    database_specific: Option<Value>,
}

#[derive(Deserialize)]
struct RawSeverity {
    #[serde(default)]
    score: String,
}

#[derive(Deserialize)]
struct RawAffected {
    #[serde(default)]
    package: Option<RawPackage>,
    #[serde(default)]
    severity: Option<Vec<RawSeverity>>,
    #[serde(default)]
    ranges: Option<Vec<RawRange>>,
    #[serde(default)]
    versions: Option<Vec<String>>,
    #[serde(default)]
    database_specific: Option<Value>,
}

#[derive(Deserialize)]
struct RawPackage {
    ecosystem: String,
    name: String,
}

#[derive(Deserialize)]
struct RawRange {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    events: Vec<RawEvent>,
}

#[derive(Deserialize)]
struct RawEvent {
    #[serde(default)]
    introduced: Option<String>,
    #[serde(default)]
    fixed: Option<String>,
    #[serde(default)]
    last_affected: Option<String>,
    #[serde(default)]
    limit: Option<String>,
}

impl Record {
    /// The longest record that is read, in bytes.
    pub const MAX_LENGTH: u64 = 4 << 20;

    /// Reads a record. One that is about nothing on `PyPI` comes out with nothing affected.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let length = bytes.len() as u64;
        if length > Self::MAX_LENGTH {
            return Err(RecordError::TooLarge(length));
        }
        let malformed = |why: &str| RecordError::Malformed(why.into());
        let raw: Raw =
            serde_json::from_slice(bytes).map_err(|error| malformed(&error.to_string()))?;
        if raw.id.is_empty() || raw.id.len() > LONGEST_ID {
            return Err(malformed("the id is missing or endless"));
        }
        let aliases = raw.aliases.unwrap_or_default();
        let affected = raw.affected.unwrap_or_default();
        if aliases.len() > MOST_ALIASES || affected.len() > MOST_AFFECTED {
            return Err(RecordError::TooMany(raw.id.as_str().into()));
        }
        let of_pypi = |affected: &RawAffected| {
            let package = affected.package.as_ref();
            package.is_some_and(|package| is_pypi(&package.ecosystem))
        };
        let specific = raw.database_specific.unwrap_or_default();
        let malicious = is_malware_id(&raw.id) || names_malware(&specific);
        let severities = raw.severity.iter().flatten().chain(
            affected
                .iter()
                .filter(|one| of_pypi(one))
                .flat_map(|one| one.severity.iter().flatten()),
        );
        let stated = specific.get("severity").and_then(Value::as_str);
        let rating = best_rating(severities.map(|severity| severity.score.as_str()))
            .or_else(|| stated.map(Kept::of_word));
        let summary = raw.summary.filter(|text| !text.trim().is_empty());
        let summary = summary.or(raw.details).unwrap_or_default();
        let id = raw.id;
        let affected = affected.into_iter().filter(|one| of_pypi(one));
        Ok(Self {
            affected: affected
                .map(|affected| affected.reduce(&id))
                .collect::<Result<_, _>>()?,
            aliases: aliases
                .into_iter()
                .filter(|alias| alias.len() <= LONGEST_ID)
                .collect(),
            malicious,
            summary: first_line(&summary),
            rating,
            withdrawn: raw.withdrawn.is_some_and(|withdrawn| !withdrawn.is_null()),
            modified: raw.modified.as_deref().map_or(0, seconds),
            id,
        })
    }

    /// The record's name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it warns of, going by what it says of itself.
    pub fn kind(&self) -> AdvisoryKind {
        if self.malicious {
            AdvisoryKind::Malicious
        } else {
            AdvisoryKind::Vulnerability
        }
    }

    /// Whether its author took it back.
    pub fn is_withdrawn(&self) -> bool {
        self.withdrawn
    }

    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        let affected = self.affected.iter();
        let affected: usize = affected
            .map(|one| one.name.len() + one.scope.weight() + 32 * one.digests.len() + 100)
            .sum();
        let aliases: usize = self.aliases.iter().map(|alias| alias.len() + 24).sum();
        affected + aliases + self.summary.len() + 300
    }
}

impl RawAffected {
    fn reduce(self, id: &str) -> Result<Affected, RecordError> {
        let written = self.package.map(|package| package.name).unwrap_or_default();
        let name: PackageName = written
            .parse()
            .map_err(|error| RecordError::Malformed(format!("{id}: {error}").into()))?;
        let scope_error = |error| match error {
            ScopeError::TooMany => RecordError::TooMany(id.into()),
            ScopeError::Version(version) => RecordError::Version {
                id: id.into(),
                version: version.into(),
            },
        };
        let ranges = self.ranges.unwrap_or_default().into_iter();
        let ranges = ranges
            .filter(|range| range.kind == "ECOSYSTEM" || range.kind == "SEMVER")
            .map(RawRange::reduce)
            .collect::<Result<_, _>>()
            .map_err(scope_error)?;
        let versions = self.versions.unwrap_or_default();
        Ok(Affected {
            name: name.as_str().to_owned(),
            scope: Scope::new(ranges, versions).map_err(scope_error)?,
            digests: digests(self.database_specific.as_ref()),
        })
    }
}

impl RawRange {
    fn reduce(self) -> Result<Range, ScopeError> {
        let (mut turns, mut limits) = (Vec::new(), Vec::new());
        for event in self.events {
            turns.extend(event.introduced.map(|at| (Turn::Introduced, at)));
            turns.extend(event.fixed.map(|at| (Turn::Fixed, at)));
            turns.extend(event.last_affected.map(|at| (Turn::LastAffected, at)));
            limits.extend(event.limit);
        }
        Range::new(turns, limits)
    }
}

/// Whether an id is one of the malicious-packages project.
pub(crate) fn is_malware_id(id: &str) -> bool {
    id.starts_with("MAL-")
}

/// `PyPI`, or a part of it such as `PyPI:https://index.example`.
fn is_pypi(ecosystem: &str) -> bool {
    ecosystem.split(':').next() == Some("PyPI")
}

/// Not every record of malware is called `MAL-…`; CWE-506 is "embedded malicious code".
fn names_malware(specific: &Value) -> bool {
    let weaknesses = specific.get("cwe_ids").and_then(Value::as_array);
    let mut weaknesses = weaknesses.into_iter().flatten();
    weaknesses.any(|weakness| weakness.as_str() == Some("CWE-506"))
}

/// `indicators.package_integrity[].hashes.sha256`: the files that the author looked at. The digests
/// under `malicious-packages-origins` are those of reports.
fn digests(specific: Option<&Value>) -> Vec<[u8; 32]> {
    let files = specific.and_then(|specific| specific.pointer("/indicators/package_integrity"));
    let files = files.and_then(Value::as_array).into_iter().flatten();
    let hashes = files.filter_map(|file| file.pointer("/hashes/sha256")?.as_str());
    hashes
        .filter_map(|hex| Some(bytes_of(hex.parse().ok()?)))
        .take(MOST_DIGESTS)
        .collect()
}

pub(crate) fn bytes_of(digest: Sha256) -> [u8; 32] {
    *digest.as_bytes()
}

/// The highest rating of several vectors.
fn best_rating<'a>(vectors: impl Iterator<Item = &'a str>) -> Option<Kept> {
    let vectors = vectors.filter(|vector| vector.len() < 400);
    vectors.filter_map(Kept::of_vector).max()
}

fn first_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim);
    bounded(
        lines.find(|line| !line.is_empty()).unwrap_or_default(),
        LONGEST_SUMMARY,
    )
}

fn bounded(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn seconds(text: &str) -> i64 {
    text.parse::<Timestamp>().map_or(0, Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: &Value) -> Result<Record, RecordError> {
        Record::parse(value.to_string().as_bytes())
    }

    fn malware() -> Value {
        json!({
            "schema_version": "1.7.4", "id": "MAL-2026-1", "modified": "2026-05-01T10:00:00.5Z",
            "summary": "Malicious code in demo\u{1b}[2K (PyPI)", "details": "long",
            "aliases": ["GHSA-xxxx"],
            "affected": [
                {"package": {"ecosystem": "PyPI", "name": "De.Mo"}, "versions": ["1.0.1"],
                 "database_specific": {"cwes": [{"cweId": "CWE-506"}], "indicators": {"package_integrity": [
                    {"filename": "demo-1.0.1.tar.gz", "hashes": {"sha256": "AB".repeat(32), "md5": "00"}},
                    {"filename": "demo-1.0.1.zip", "hashes": {"sha256": "nonsense"}}]}}},
                {"package": {"ecosystem": "npm", "name": "@demo/x"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "not a version"}]}]}],
            "database_specific": {"malicious-packages-origins": [{"sha256": "cd".repeat(32)}]}
        })
    }

    #[test]
    fn keeps_what_is_about_pypi_with_the_digests_of_files() {
        let record = parse(&malware()).unwrap();
        assert_eq!(
            (record.id(), record.kind()),
            ("MAL-2026-1", AdvisoryKind::Malicious)
        );
        assert_eq!(record.affected.len(), 1);
        assert_eq!(record.affected[0].name, "de-mo");
        assert_eq!(record.affected[0].digests, [[0xab; 32]]);
        assert!(record.modified > 0 && !record.is_withdrawn());
    }

    #[test]
    fn malware_is_told_by_its_id_or_by_its_weakness() {
        let mut value = malware();
        value["id"] = json!("GHSA-1");
        assert_eq!(parse(&value).unwrap().kind(), AdvisoryKind::Vulnerability);
        value["database_specific"] = json!({"cwe_ids": ["CWE-506"], "severity": "HIGH"});
        let record = parse(&value).unwrap();
        assert_eq!(record.kind(), AdvisoryKind::Malicious);
        assert_eq!(record.rating, Some(Kept::of_word("HIGH")));
    }

    #[test]
    fn the_worst_rating_counts() {
        let mut value = malware();
        value["severity"] = json!([
            {"type": "CVSS_V3", "score": "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"},
            {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
            {"type": "Ubuntu", "score": "low"}]);
        assert_eq!(
            parse(&value).unwrap().rating.unwrap().told().to_string(),
            "CVSS 9.8, critical"
        );
    }

    #[test]
    fn what_was_taken_back_says_so() {
        let mut value = malware();
        value["withdrawn"] = json!("2026-05-26T00:00:00Z");
        assert!(parse(&value).unwrap().is_withdrawn());
        value["withdrawn"] = Value::Null;
        assert!(!parse(&value).unwrap().is_withdrawn());
    }

    #[test]
    fn refuses_what_it_cannot_use_and_says_why() {
        let mut value = malware();
        value["affected"][0]["ranges"] =
            json!([{"type": "ECOSYSTEM", "events": [{"introduced": "1.x?"}]}]);
        let error = parse(&value).unwrap_err().to_string();
        assert_eq!(error, "MAL-2026-1: \"1.x?\" is not a version");
        let mut value = malware();
        value["affected"][0]["package"]["name"] = json!("../x");
        assert!(matches!(parse(&value), Err(RecordError::Malformed(_))));
        value["aliases"] = json!(vec!["x"; MOST_ALIASES + 1]);
        assert!(matches!(parse(&value), Err(RecordError::TooMany(_))));
        for bytes in [&b"[]"[..], b"{}", b"{\"id\": \"\"}", b"\xff", b""] {
            assert!(matches!(
                Record::parse(bytes),
                Err(RecordError::Malformed(_))
            ));
        }
        let large = vec![b' '; usize::try_from(Record::MAX_LENGTH).unwrap() + 1];
        assert!(matches!(
            Record::parse(&large),
            Err(RecordError::TooLarge(_))
        ));
    }

    #[test]
    fn texts_are_cut_to_one_line() {
        let mut value = malware();
        value["summary"] = json!("");
        value["details"] = json!(format!("\n\n{}\nmore", "é".repeat(1000)));
        let summary = parse(&value).unwrap().summary;
        assert_eq!(summary.chars().count(), LONGEST_SUMMARY + 1);
    }
}

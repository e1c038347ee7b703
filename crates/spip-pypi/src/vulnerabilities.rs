//! The advisories that a project's record lists: those of its newest version.
//!
//! `/pypi/NAME/json` says of the version in `info` alone what is known against it. An empty list is
//! an answer about that version, and none about any other.

use serde::Deserialize;
use spip_core::{Advisory, AdvisoryKind, Location, MatchedBy, Quoted, SafeUrl, Version};

use crate::json::Refusal;

/// More than any version has.
const MOST: usize = 2_000;
const MOST_NAMES: usize = 64;

/// One entry of the list; what indexes do not state is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Vulnerability {
    pub(crate) id: String,
    pub(crate) aliases: Option<Vec<String>>,
    pub(crate) summary: Option<String>,
    pub(crate) details: Option<String>,
    pub(crate) fixed_in: Option<Vec<String>>,
    pub(crate) link: Option<String>,
    pub(crate) withdrawn: Option<String>,
}

/// The list, and the version that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vulnerabilities {
    newest: Version,
    told: Vec<Vulnerability>,
}

impl Vulnerabilities {
    pub(crate) fn new(newest: Version, told: Vec<Vulnerability>) -> Result<Self, Refusal> {
        let names = |entry: &Vulnerability| {
            let aliases = entry.aliases.as_ref().map_or(0, Vec::len);
            aliases.max(entry.fixed_in.as_ref().map_or(0, Vec::len))
        };
        if told.len() > MOST || told.iter().any(|entry| names(entry) > MOST_NAMES) {
            let why = "it lists more vulnerabilities than a version can have";
            return Err(Refusal::Malformed(why.to_owned()));
        }
        Ok(Self { newest, told })
    }

    /// The same for the checks.
    pub(crate) fn into_advisories(self, record: &SafeUrl) -> (Version, Vec<Advisory>) {
        let told = self.told.iter().enumerate();
        let advisories = told.map(|(place, entry)| entry.advisory(place, record));
        (self.newest, advisories.collect())
    }
}

impl Vulnerability {
    fn advisory(&self, place: usize, record: &SafeUrl) -> Advisory {
        let quoted = |texts: &Option<Vec<String>>| {
            let texts = texts.iter().flatten();
            texts.map(|text| Quoted::new(text)).collect()
        };
        let summary = self.summary.as_deref().unwrap_or_default().trim();
        let details = self.details.as_deref().unwrap_or_default().trim();
        let text = if summary.is_empty() { details } else { summary };
        Advisory {
            id: Quoted::new(&self.id),
            aliases: quoted(&self.aliases),
            kind: kind_of(&self.id),
            summary: Quoted::new(text.lines().next().unwrap_or_default()),
            rating: None,
            matched_by: MatchedBy::Version,
            fixed_in: quoted(&self.fixed_in),
            withdrawn: self.withdrawn.is_some(),
            read_at: Location::Record {
                url: record.clone(),
                pointer: pointer(place),
            },
            reference: self.link.as_deref().map(Quoted::new),
        }
    }
}

/// Where an entry stands (RFC 6901).
pub(crate) fn pointer(place: usize) -> String {
    format!("/vulnerabilities/{place}")
}

/// Going by its name alone; the list states nothing else.
pub(crate) fn kind_of(id: &str) -> AdvisoryKind {
    if id.starts_with("MAL-") {
        AdvisoryKind::Malicious
    } else {
        AdvisoryKind::Vulnerability
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use spip_core::Gap;

    use crate::project;

    fn parse(vulnerabilities: &serde_json::Value) -> Result<spip_core::Project, Gap> {
        let url = "https://index.invalid/pypi/demo/json".parse().unwrap();
        let body = json!({"info": {"version": "1.4", "summary": null}, "releases": {},
                          "vulnerabilities": vulnerabilities});
        project::parse(&url, "application/json", body.to_string().as_bytes())
    }

    #[test]
    fn the_list_is_about_the_newest_version_alone() {
        let told = json!([
            {"id": "PYSEC-2026-1", "aliases": ["CVE-1"], "details": "first\nsecond", "summary": null,
             "fixed_in": ["1.5"], "link": "https://osv.dev/PYSEC-2026-1", "source": "osv", "withdrawn": null},
            {"id": "MAL-1", "withdrawn": "2026-01-01T00:00:00Z"}]);
        let (version, advisories) = parse(&told).unwrap().advisories.unwrap();
        assert_eq!(version, "1.4.0".parse().unwrap());
        let shown = advisories.iter().map(|advisory| {
            let (id, kind, withdrawn) = (&advisory.id, advisory.kind, advisory.withdrawn);
            format!(
                "{id} {kind:?} {withdrawn} {:?} {}",
                advisory.fixed_in, advisory.summary
            )
        });
        let expected = [
            "PYSEC-2026-1 Vulnerability false [\"1.5\"] first",
            "MAL-1 Malicious true [] ",
        ];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_empty_list_is_an_answer_and_none_is_not() {
        assert_eq!(
            parse(&json!([])).unwrap().advisories.map(|told| told.1),
            Some(vec![])
        );
        assert_eq!(parse(&json!(null)).unwrap().advisories, None);
    }

    #[test]
    fn an_endless_list_is_refused() {
        let many = vec![json!({"id": "x"}); super::MOST + 1];
        assert!(parse(&json!(many)).is_err());
        assert!(parse(&json!([{"id": "x", "aliases": vec!["y"; 100]}])).is_err());
        assert!(parse(&json!([{"summary": "no id"}])).is_err());
    }
}

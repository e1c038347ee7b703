//! A few well-known compromised releases of honest projects: known without any list.
//!
//! Each row names what says so. A release whose number an honest file had too is left out.

use spip_core::{Advisory, AdvisoryKind, Location, MatchedBy, Quoted, Version};

use crate::matching::Subject;

/// Some releases of one project that one attack poisoned.
struct Row {
    name: &'static str,
    versions: &'static [&'static str],
    /// The day on which it began.
    day: &'static str,
    what: &'static str,
    /// Its name in the malicious-packages project, where it has one.
    id: Option<&'static str>,
    /// Who says so: an address, or the name of a catalogue and the entry in it.
    source: &'static str,
}

const fn row(
    name: &'static str,
    versions: &'static [&'static str],
    day: &'static str,
    what: &'static str,
    id: Option<&'static str>,
    source: &'static str,
) -> Row {
    Row {
        name,
        versions,
        day,
        what,
        id,
        source,
    }
}

/// By day.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("ssh-decorate", &["0.28", "0.29", "0.30", "0.31"], "2018-05",
        "the account was taken over; sends SSH credentials away",
        None, "https://github.com/IQTLabs/software-supply-chain-compromises"),
    row("ctx", &["0.2.2", "0.2.6"], "2022-05",
        "the maintainer's domain had expired and was taken over; sends the environment away",
        None, "CNCF catalog of supply chain compromises, 2022/ctx-and-phpass"),
    row("aiocpa", &["0.1.13", "0.1.14"], "2024-11-20",
        "its author turned: hidden code that the repository does not have",
        None, "https://blog.pypi.org/posts/2024-11-25-aiocpa-attack-analysis/"),
    row("ultralytics", &["8.3.41", "8.3.42", "8.3.45", "8.3.46"], "2024-12-04",
        "the build was poisoned through its cache, then a left-over token was used",
        None, "https://blog.pypi.org/posts/2024-12-11-ultralytics-attack-analysis/"),
    row("num2words", &["0.5.15", "0.5.16"], "2025-07-28",
        "the maintainer's token was phished",
        Some("MAL-2025-6794"), "https://osv.dev/vulnerability/MAL-2025-6794"),
    row("litellm", &["1.82.7", "1.82.8"], "2026-03-24",
        "a stolen token; the second release runs at every start of Python (`litellm_init.pth`)",
        Some("MAL-2026-2144"), "https://github.com/BerriAI/litellm/issues/24521"),
    row("telnyx", &["4.87.1", "4.87.2"], "2026-03-27",
        "the same attackers; fetches its payload when it is imported",
        Some("MAL-2026-2254"), "https://osv.dev/vulnerability/MAL-2026-2254"),
    row("xinference", &["2.6.0", "2.6.1", "2.6.2"], "2026-04-22",
        "a token stolen from its build; steals when it is imported",
        Some("MAL-2026-3000"), "https://osv.dev/vulnerability/MAL-2026-3000"),
    row("elementary-data", &["0.23.3"], "2026-04-24",
        "a forged release; runs at every start of Python (a `.pth` file)",
        None, "kam193's campaigns, 2026-04-compr-elementary-data"),
    row("lightning", &["2.6.2", "2.6.3"], "2026-04-30",
        "fetches a runtime when it is imported and runs hidden JavaScript",
        Some("MAL-2026-3201"), "https://osv.dev/vulnerability/MAL-2026-3201"),
    row("guardrails-ai", &["0.10.1"], "2026-05-12",
        "a worm that steals credentials",
        Some("MAL-2026-3607"), "https://osv.dev/vulnerability/MAL-2026-3607"),
    row("mistralai", &["2.4.6"], "2026-05-12",
        "a worm that steals credentials",
        Some("MAL-2026-3608"), "https://osv.dev/vulnerability/MAL-2026-3608"),
    row("durabletask", &["1.4.1", "1.4.2", "1.4.3"], "2026-05-19",
        "fetches an archive when it is imported and runs it",
        Some("MAL-2026-4174"), "https://osv.dev/vulnerability/MAL-2026-4174"),
];

/// What the table says of the subject.
pub fn historic(subject: Subject<'_>) -> Option<Advisory> {
    let version = subject.version?;
    let is_listed = |row: &&Row| {
        let mut versions = row.versions.iter();
        row.name == subject.name.as_str()
            && versions.any(|listed| listed.parse::<Version>().is_ok_and(|it| it == *version))
    };
    ROWS.iter().find(is_listed).map(Row::advisory)
}

impl Row {
    fn advisory(&self) -> Advisory {
        let own_name = || Quoted::from(format!("{} of {}", self.name, self.day));
        Advisory {
            id: self.id.map_or_else(own_name, Quoted::new),
            aliases: Vec::new(),
            kind: AdvisoryKind::Malicious,
            summary: Quoted::from(format!("{}: {}", self.day, self.what)),
            rating: None,
            matched_by: MatchedBy::Version,
            fixed_in: Vec::new(),
            withdrawn: false,
            read_at: Location::Builtin {
                name: "well-known compromised releases",
            },
            reference: Some(Quoted::new(self.source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use spip_core::PackageName;

    use super::*;

    fn told(name: &str, version: &str) -> Option<String> {
        let (name, version): (PackageName, Version) =
            (name.parse().unwrap(), version.parse().unwrap());
        let subject = Subject {
            name: &name,
            version: Some(&version),
            sha256: None,
        };
        historic(subject).map(|advisory| advisory.id.to_string())
    }

    #[test]
    fn knows_the_poisoned_release_and_not_the_one_before() {
        assert_eq!(told("LiteLLM", "1.82.8").as_deref(), Some("MAL-2026-2144"));
        assert_eq!(told("litellm", "1.82.6"), None);
        assert_eq!(told("ctx", "0.2.6").as_deref(), Some("ctx of 2022-05"));
        assert_eq!(told("ctx", "0.1.2"), None, "an honest file had that number");
        assert_eq!(told("demo", "1.82.8"), None);
    }

    #[test]
    fn every_row_can_be_found_and_names_its_source() {
        let mut days: Vec<&str> = Vec::new();
        for row in ROWS {
            for version in row.versions {
                assert!(told(row.name, version).is_some(), "{} {version}", row.name);
            }
            assert!(!row.source.is_empty() && !row.what.is_empty());
            assert!(row.id.is_none_or(|id| id.starts_with("MAL-")));
            days.push(row.day);
        }
        assert!(days.is_sorted());
    }
}

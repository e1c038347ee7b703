//! What records say of one package, with the names of one thing brought together.

use spip_core::{
    Advisory, AdvisoryKind, Location, MatchedBy, PackageName, Quoted, Sha256, Version,
};

use crate::cvss::Kept;
use crate::form::Stored;
use crate::osv::{Record, bytes_of, is_malware_id};

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The package.
    pub name: &'a PackageName,
    /// Its version, where it is known.
    pub version: Option<&'a Version>,
    /// The digest of its file, where there is one.
    pub sha256: Option<Sha256>,
}

const MOST_FIXES: usize = 8;

impl Stored {
    /// What it says of the subject. `None`: nothing.
    pub(crate) fn about(&self, subject: Subject<'_>, read_at: &Location) -> Option<Advisory> {
        let affected = &self.affected;
        let by_digest = subject
            .sha256
            .is_some_and(|digest| affected.digests.contains(&bytes_of(digest)));
        let matched_by = if by_digest {
            MatchedBy::Digest
        } else if affected.name == subject.name.as_str() {
            affected.scope.matches(subject.version)?
        } else {
            return None;
        };
        let kind = if self.malicious {
            AdvisoryKind::Malicious
        } else {
            AdvisoryKind::Vulnerability
        };
        Some(Advisory {
            id: Quoted::new(&self.id),
            aliases: self
                .aliases
                .iter()
                .map(|alias| Quoted::new(alias))
                .collect(),
            kind,
            summary: Quoted::new(&self.summary),
            rating: self.rating.as_ref().map(Kept::told),
            matched_by,
            fixed_in: affected
                .scope
                .fixes()
                .take(MOST_FIXES)
                .map(Quoted::new)
                .collect(),
            withdrawn: self.withdrawn,
            read_at: read_at.clone(),
            reference: Some(Quoted::from(format!(
                "https://osv.dev/vulnerability/{}",
                self.id
            ))),
        })
    }
}

impl Record {
    /// What the record says of the subject.
    pub fn about(&self, subject: Subject<'_>, read_at: &Location) -> Vec<Advisory> {
        let parts = self.parts();
        parts
            .filter_map(|part| part.about(subject, read_at))
            .collect()
    }

    /// One part for each package that it is about.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Stored> {
        self.affected.iter().map(|affected| Stored {
            id: self.id.clone(),
            aliases: self.aliases.clone(),
            malicious: self.malicious,
            withdrawn: self.withdrawn,
            summary: self.summary.clone(),
            rating: self.rating.clone(),
            affected: affected.clone(),
        })
    }
}

/// Brings together what several lists call by several names. Of each thing the advisory that says
/// most stays, and one id that was taken back anywhere is taken back. A record whose only sign of
/// malice is the name of another record loses that sign when the other one was taken back.
pub fn collapse(advisories: Vec<Advisory>) -> Vec<Advisory> {
    let mut groups: Vec<Vec<Advisory>> = Vec::new();
    for advisory in advisories {
        let (same, other): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .partition(|group| group.iter().any(|known| share_a_name(known, &advisory)));
        groups = other;
        let mut group: Vec<_> = same.into_iter().flatten().collect();
        group.push(advisory);
        groups.push(group);
    }
    let mut kept: Vec<Advisory> = groups.into_iter().map(one_of).collect();
    kept.sort_by(|one, other| {
        let rank = |advisory: &Advisory| (!advisory.withdrawn, advisory.kind, advisory.matched_by);
        rank(other)
            .cmp(&rank(one))
            .then_with(|| one.id.cmp(&other.id))
    });
    kept
}

fn share_a_name(one: &Advisory, other: &Advisory) -> bool {
    let names = |advisory: &Advisory| {
        let names = std::iter::once(&advisory.id).chain(&advisory.aliases);
        names.cloned().collect::<Vec<_>>()
    };
    let others = names(other);
    names(one).iter().any(|name| others.contains(name))
}

/// What stays of several advisories about one thing.
fn one_of(mut group: Vec<Advisory>) -> Advisory {
    let taken_back: Vec<Quoted> = group
        .iter()
        .filter(|advisory| advisory.withdrawn)
        .map(|advisory| advisory.id.clone())
        .collect();
    for advisory in &mut group {
        advisory.withdrawn |= taken_back.contains(&advisory.id);
        let standing = advisory
            .aliases
            .iter()
            .any(|alias| is_malware_id(alias.raw()) && !taken_back.contains(alias));
        if standing {
            advisory.kind = AdvisoryKind::Malicious;
        }
    }
    let names: Vec<Quoted> = group
        .iter()
        .flat_map(|advisory| std::iter::once(&advisory.id).chain(&advisory.aliases))
        .cloned()
        .collect();
    let rank = |advisory: &Advisory| {
        let is_own = is_malware_id(advisory.id.raw());
        (
            !advisory.withdrawn,
            advisory.kind,
            advisory.matched_by,
            is_own,
        )
    };
    group.sort_by_key(|advisory| std::cmp::Reverse(rank(advisory)));
    let others = group.split_off(1);
    let mut kept = group.remove(0);
    for other in others {
        if kept.rating.is_none() {
            kept.rating = other.rating;
        }
        if kept.fixed_in.is_empty() {
            kept.fixed_in = other.fixed_in;
        }
    }
    let mut aliases: Vec<_> = names.into_iter().filter(|name| *name != kept.id).collect();
    aliases.sort();
    aliases.dedup();
    kept.aliases = aliases;
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advisory(id: &str, aliases: &[&str]) -> Advisory {
        Advisory {
            id: id.into(),
            aliases: aliases.iter().map(|alias| Quoted::new(alias)).collect(),
            kind: if is_malware_id(id) {
                AdvisoryKind::Malicious
            } else {
                AdvisoryKind::Vulnerability
            },
            summary: Quoted::default(),
            rating: None,
            matched_by: MatchedBy::Version,
            fixed_in: Vec::new(),
            withdrawn: false,
            read_at: Location::Builtin { name: "a test" },
            reference: None,
        }
    }

    fn shown(advisories: Vec<Advisory>) -> Vec<String> {
        let shown = collapse(advisories).into_iter().map(|advisory| {
            let withdrawn = if advisory.withdrawn { " withdrawn" } else { "" };
            format!("{:?} {:?}{withdrawn}", advisory.kind, advisory.id)
        });
        shown.collect()
    }

    #[test]
    fn several_names_of_one_thing_are_one_advisory() {
        let same = vec![
            advisory("PYSEC-1", &["MAL-1"]),
            advisory("GHSA-2", &[]),
            advisory("MAL-1", &["GHSA-1"]),
            advisory("GHSA-1", &[]),
        ];
        let kept = collapse(same);
        assert_eq!(kept.len(), 2);
        assert_eq!(kept[0].id, Quoted::from("MAL-1"));
        assert_eq!(kept[0].aliases, ["GHSA-1".into(), "PYSEC-1".into()]);
        assert_eq!(kept[1].id, Quoted::from("GHSA-2"));
    }

    #[test]
    fn an_alias_makes_malware_of_a_record_whose_other_name_is_not_in_the_list() {
        assert_eq!(
            shown(vec![advisory("PYSEC-1", &["MAL-1"])]),
            ["Malicious \"PYSEC-1\""]
        );
    }

    #[test]
    fn what_one_list_took_back_is_taken_back() {
        let mut withdrawn = advisory("MAL-1", &[]);
        withdrawn.withdrawn = true;
        let twice = vec![advisory("MAL-1", &[]), withdrawn.clone()];
        assert_eq!(shown(twice), ["Malicious \"MAL-1\" withdrawn"]);
        let alias = vec![advisory("PYSEC-1", &["MAL-1"]), withdrawn];
        assert_eq!(shown(alias), ["Vulnerability \"PYSEC-1\""]);
    }
}

//! Which versions an OSV record is about: ranges of PEP 440 versions, and lists of versions.

use pep440_rs::Version as Pep440;
use serde::{Deserialize, Serialize};
use spip_core::{MatchedBy, Version};

/// More than any project has.
const MOST_VERSIONS: usize = 50_000;
/// More than any record has.
const MOST_EVENTS: usize = 2_000;

/// The versions that one record is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scope {
    ranges: Vec<Range>,
    versions: Vec<String>,
}

/// One range, as its events in the order of their versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Range {
    events: Vec<(Turn, Point)>,
    limits: Vec<String>,
}

/// What happens at a version. The order is that in which events of one version count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Turn {
    Introduced,
    Fixed,
    LastAffected,
}

/// A version, or OSV's `0`: before every version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Point {
    Start,
    At(String),
}

/// A version of a record that PEP 440 does not know, or too many of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ScopeError {
    Version(String),
    TooMany,
}

impl Point {
    fn parse(text: &str) -> Result<Self, ScopeError> {
        if text == "0" {
            return Ok(Self::Start);
        }
        match text.parse::<Pep440>() {
            Ok(_) => Ok(Self::At(text.to_owned())),
            Err(_) => Err(ScopeError::Version(text.to_owned())),
        }
    }

    /// `None`: before every version.
    fn version(&self) -> Option<Pep440> {
        match self {
            Self::Start => None,
            Self::At(text) => text.parse().ok(),
        }
    }
}

impl Range {
    /// A range of events in any order.
    pub(crate) fn new(
        events: impl IntoIterator<Item = (Turn, String)>,
        limits: Vec<String>,
    ) -> Result<Self, ScopeError> {
        let mut parsed = Vec::new();
        for (turn, text) in events {
            if parsed.len() == MOST_EVENTS {
                return Err(ScopeError::TooMany);
            }
            parsed.push((turn, Point::parse(&text)?));
        }
        parsed.sort_by_cached_key(|(turn, point)| (point.version(), *turn));
        // `*` is no limit at all.
        let limits: Vec<_> = limits.into_iter().filter(|limit| limit != "*").collect();
        for limit in &limits {
            Point::parse(limit)?;
        }
        Ok(Self {
            events: parsed,
            limits,
        })
    }

    /// The evaluation of the OSV schema.
    fn holds(&self, version: &Pep440) -> bool {
        let below = |limit: &String| limit.parse::<Pep440>().is_ok_and(|limit| *version < limit);
        if !self.limits.is_empty() && !self.limits.iter().any(below) {
            return false;
        }
        let mut affected = false;
        for (turn, point) in &self.events {
            let at = point.version();
            let reached = at.as_ref().is_none_or(|at| version >= at);
            let passed = at.as_ref().is_none_or(|at| version > at);
            match turn {
                Turn::Introduced if reached => affected = true,
                Turn::Fixed if reached => affected = false,
                Turn::LastAffected if passed => affected = false,
                _ => {}
            }
        }
        affected
    }

    fn is_everything(&self) -> bool {
        self.limits.is_empty() && matches!(self.events[..], [(Turn::Introduced, Point::Start)])
    }

    fn fixes(&self) -> impl Iterator<Item = &str> {
        self.events.iter().filter_map(|event| match event {
            (Turn::Fixed, Point::At(text)) => Some(text.as_str()),
            _ => None,
        })
    }
}

impl Scope {
    /// Ranges and a list of versions. Versions that a range holds are not kept.
    pub(crate) fn new(ranges: Vec<Range>, versions: Vec<String>) -> Result<Self, ScopeError> {
        if versions.len() > MOST_VERSIONS {
            return Err(ScopeError::TooMany);
        }
        let held = |text: &String| {
            text.parse::<Pep440>()
                .is_ok_and(|version| ranges.iter().any(|range| range.holds(&version)))
        };
        let versions = versions.into_iter().filter(|text| !held(text)).collect();
        Ok(Self { ranges, versions })
    }

    /// How a version comes under it. `None`: it does not. Every version of a project that is bad as
    /// a whole does so because of that: lists of versions are often filled in by machines.
    pub(crate) fn matches(&self, version: Option<&Version>) -> Option<MatchedBy> {
        if self.ranges.iter().any(Range::is_everything) {
            return Some(MatchedBy::WholeProject);
        }
        let version = version?;
        let named = self.versions.iter().any(|text| {
            text.parse::<Version>()
                .is_ok_and(|listed| listed == *version)
        });
        let held = version
            .pep440()
            .is_some_and(|version| self.ranges.iter().any(|range| range.holds(version)));
        (named || held).then_some(MatchedBy::Version)
    }

    /// The versions in which it is mended.
    pub(crate) fn fixes(&self) -> impl Iterator<Item = &str> {
        self.ranges.iter().flat_map(Range::fixes)
    }

    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        let listed: usize = self.versions.iter().map(|text| text.len() + 24).sum();
        let events: usize = self
            .ranges
            .iter()
            .map(|range| range.events.len() * 48)
            .sum();
        listed + events
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Turn::{Fixed, Introduced, LastAffected};

    fn range(events: &[(Turn, &str)]) -> Range {
        let events = events
            .iter()
            .map(|(turn, text)| (*turn, (*text).to_owned()));
        Range::new(events, vec![]).unwrap()
    }

    fn held(scope: &Scope, versions: &[&str]) -> Vec<String> {
        let held = versions.iter().filter(|text| {
            let version = text.parse().unwrap();
            scope.matches(Some(&version)).is_some()
        });
        held.map(|text| (*text).to_owned()).collect()
    }

    fn scope(ranges: Vec<Range>, versions: &[&str]) -> Scope {
        let versions = versions.iter().map(|text| (*text).to_owned()).collect();
        Scope::new(ranges, versions).unwrap()
    }

    #[test]
    fn a_fixed_version_is_mended_and_the_last_affected_one_is_not() {
        let all = [
            "0.9", "1.0a1", "1.0", "1.5", "1.9.9", "2.0rc1", "2.0", "3.0", "3.1", "4",
        ];
        let until = scope(vec![range(&[(Introduced, "1.0"), (Fixed, "2.0")])], &[]);
        assert_eq!(held(&until, &all), ["1.0", "1.5", "1.9.9", "2.0rc1"]);
        let through = scope(
            vec![range(&[(LastAffected, "2.0"), (Introduced, "0")])],
            &[],
        );
        assert_eq!(
            held(&through, &all),
            ["0.9", "1.0a1", "1.0", "1.5", "1.9.9", "2.0rc1", "2.0"]
        );
    }

    #[test]
    fn events_count_in_the_order_of_versions_however_they_are_written() {
        let two = range(&[
            (Fixed, "4"),
            (Introduced, "3"),
            (Fixed, "2"),
            (Introduced, "0"),
        ]);
        let scope = scope(vec![two], &[]);
        assert_eq!(
            held(&scope, &["1", "2", "2.5", "3", "3.9", "4", "10"]),
            ["1", "3", "3.9"]
        );
    }

    #[test]
    fn versions_compare_as_pep_440_says() {
        let scope = scope(
            vec![range(&[(Introduced, "1.9"), (Fixed, "1.10")])],
            &["2.0"],
        );
        let all = [
            "1.9",
            "1.9.0+cpu",
            "1.9.post1",
            "1.10",
            "1.10.dev1",
            "2",
            "2.0.0",
            "2.0+x",
        ];
        let expected = ["1.9", "1.9.0+cpu", "1.9.post1", "1.10.dev1", "2", "2.0.0"];
        assert_eq!(held(&scope, &all), expected);
    }

    #[test]
    fn a_project_that_is_bad_as_a_whole_is_told_apart_from_listed_versions() {
        let everything = scope(vec![range(&[(Introduced, "0")])], &["1.0"]);
        let version = "1.0".parse().unwrap();
        assert_eq!(
            everything.matches(Some(&version)),
            Some(MatchedBy::WholeProject)
        );
        assert_eq!(everything.matches(None), Some(MatchedBy::WholeProject));
        let listed = scope(vec![], &["1.0"]);
        assert_eq!(listed.matches(Some(&version)), Some(MatchedBy::Version));
        assert_eq!(listed.matches(None), None);
        let since = scope(vec![range(&[(Introduced, "0.5")])], &[]);
        assert_eq!(since.matches(Some(&version)), Some(MatchedBy::Version));
    }

    #[test]
    fn limits_end_a_range() {
        let events = [(Introduced, "0".to_owned())];
        let limited = Range::new(events.clone(), vec!["2".to_owned()]).unwrap();
        assert_eq!(held(&scope(vec![limited], &[]), &["1", "2", "3"]), ["1"]);
        let unlimited = Range::new(events, vec!["*".to_owned()]).unwrap();
        assert!(unlimited.is_everything());
    }

    #[test]
    fn refuses_versions_that_do_not_compare() {
        let events = [(Introduced, "not a version".to_owned())];
        let error = Range::new(events, vec![]).unwrap_err();
        assert_eq!(error, ScopeError::Version("not a version".to_owned()));
        let many = vec!["1".to_owned(); MOST_VERSIONS + 1];
        assert_eq!(Scope::new(vec![], many), Err(ScopeError::TooMany));
    }
}

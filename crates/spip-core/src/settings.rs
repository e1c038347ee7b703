//! What checks can be told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::{PackageName, SafeUrl, Severity};

const HOUR: u64 = 3600;

/// Settings of the checks.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Settings {
    /// How young is too young.
    pub release_age: ReleaseAge,
    /// How old a list of known-bad releases may be.
    pub advisory_age: AdvisoryAge,
    /// What findings of a check weigh, by the check's id, instead of what the check says.
    pub levels: BTreeMap<String, Level>,
    /// Which indexes packages may come from.
    pub indexes: IndexRules,
    /// Every file must match a digest that requirements or a lock file state.
    pub require_hashes: bool,
    /// Nothing may be built from source.
    pub only_wheels: bool,
    /// Projects of one's own, whose names resemble whatever they like.
    pub private_names: BTreeSet<PackageName>,
}

/// What findings of one check weigh. CRITICAL ones are never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    Off,
    /// This.
    Weighs(Severity),
}

/// Which indexes packages may come from.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct IndexRules {
    /// Only from below these addresses; `None`: from anywhere.
    pub allowed: Option<Vec<SafeUrl>>,
    /// Packages that fit a pattern come from below this address only.
    pub pinned: Vec<(NamePattern, SafeUrl)>,
}

impl IndexRules {
    /// The rule for a project: of several patterns that fit, the narrowest decides.
    pub fn pin(&self, name: &PackageName) -> Option<&(NamePattern, SafeUrl)> {
        self.narrowest(|pattern| pattern.fits(name))
    }

    /// The rule for every name that fits a pattern, where there is one for all of them.
    pub fn pin_of(&self, names: &NamePattern) -> Option<&(NamePattern, SafeUrl)> {
        self.narrowest(|pattern| pattern.covers(names))
    }

    fn narrowest(&self, fits: impl Fn(&NamePattern) -> bool) -> Option<&(NamePattern, SafeUrl)> {
        let fitting = self.pinned.iter().filter(|(pattern, _)| fits(pattern));
        fitting.max_by_key(|(pattern, _)| pattern.narrowness())
    }
}

/// A project's name; a `*` at its end stands for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern(String);

impl NamePattern {
    /// Reads a pattern; `None`: no name fits it.
    pub fn parse(text: &str) -> Option<Self> {
        let (stem, star) = match text.strip_suffix('*') {
            Some(stem) => (stem, "*"),
            None => (text, ""),
        };
        // `internal-` alone is no name, with something behind it it is one.
        let whole: PackageName = format!("{stem}x").parse().ok()?;
        let stem = whole.as_str().strip_suffix('x')?;
        (!stem.is_empty() || !star.is_empty()).then(|| Self(format!("{stem}{star}")))
    }

    /// Whether a project's name fits.
    pub fn fits(&self, name: &PackageName) -> bool {
        match self.0.strip_suffix('*') {
            Some(stem) => name.as_str().starts_with(stem),
            None => name.as_str() == self.0,
        }
    }

    /// Whether every name that fits the other one fits this one.
    pub fn covers(&self, other: &Self) -> bool {
        match self.0.strip_suffix('*') {
            Some(stem) => other.0.trim_end_matches('*').starts_with(stem),
            None => self == other,
        }
    }

    /// A name is narrower than any pattern, and a long beginning than a short one.
    fn narrowness(&self) -> (bool, usize) {
        (!self.0.ends_with('*'), self.0.len())
    }
}

impl std::fmt::Display for NamePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// How old a list of known-bad releases may be; one exactly at the limit may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvisoryAge {
    /// An older one leaves a gap.
    pub stale_after: Duration,
}

impl Default for AdvisoryAge {
    fn default() -> Self {
        Self {
            stale_after: Duration::from_secs(14 * 24 * HOUR),
        }
    }
}

/// Limits of `release-age`; a file exactly at a limit has passed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseAge {
    /// Younger than this asks.
    pub ask_under: Duration,
    /// Younger than this warns.
    pub warn_under: Duration,
    /// For some projects other limits count.
    pub packages: BTreeMap<PackageName, AgeLimits>,
    /// For other projects from below these addresses other limits count; the narrowest decides.
    pub indexes: Vec<(SafeUrl, AgeLimits)>,
}

/// How old the files of one project must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgeLimits {
    /// Younger than this asks.
    pub ask_under: Duration,
    /// Younger than this warns.
    pub warn_under: Duration,
}

impl AgeLimits {
    /// These limits with another one for asking. A lower one is meant to be heard of less, so it
    /// takes the warning with it; a higher one leaves it where it is.
    #[must_use]
    pub fn asking_under(self, limit: Duration) -> Self {
        let warn_under = if limit < self.ask_under {
            limit
        } else {
            self.warn_under.max(limit)
        };
        Self {
            ask_under: limit,
            warn_under,
        }
    }
}

impl Default for ReleaseAge {
    fn default() -> Self {
        Self {
            ask_under: Duration::from_secs(8 * HOUR),
            warn_under: Duration::from_secs(48 * HOUR),
            packages: BTreeMap::new(),
            indexes: Vec::new(),
        }
    }
}

impl ReleaseAge {
    /// How bad this age is for a file of this project. `source`: where it comes from.
    pub fn severity_at(
        &self,
        project: &PackageName,
        source: &SafeUrl,
        age: Duration,
    ) -> Option<Severity> {
        let limits = self.limits(project, source);
        if age < limits.ask_under {
            Some(Severity::Medium)
        } else if age < limits.warn_under {
            Some(Severity::Low)
        } else {
            None
        }
    }

    /// The limits for files of this project from there.
    pub fn limits(&self, project: &PackageName, source: &SafeUrl) -> AgeLimits {
        let own = self.packages.get(project).copied();
        own.unwrap_or_else(|| self.limits_of_index(source))
    }

    /// The limits for files from there of projects that have none of their own.
    pub fn limits_of_index(&self, source: &SafeUrl) -> AgeLimits {
        let above = self
            .indexes
            .iter()
            .filter(|(index, _)| source.is_below(index));
        let narrowest = above.max_by_key(|(index, _)| {
            let path = index.secret().path();
            path.trim_end_matches('/').len()
        });
        narrowest.map_or(self.general(), |(_, limits)| *limits)
    }

    /// The strictest limits that any file of this project meets, wherever it comes from.
    pub fn strictest(&self, project: &PackageName) -> AgeLimits {
        let own = self.packages.get(project).copied();
        own.unwrap_or_else(|| {
            let indexes = self.indexes.iter().map(|(_, limits)| *limits);
            indexes.fold(self.general(), |one, other| AgeLimits {
                ask_under: one.ask_under.max(other.ask_under),
                warn_under: one.warn_under.max(other.warn_under),
            })
        })
    }

    fn general(&self) -> AgeLimits {
        AgeLimits {
            ask_under: self.ask_under,
            warn_under: self.warn_under,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_behind_a_name() {
        let fits = |pattern: &str, name: &str| {
            let pattern = NamePattern::parse(pattern).unwrap();
            pattern.fits(&name.parse().unwrap())
        };
        assert!(fits("Internal_*", "internal-tool"));
        assert!(!fits("internal-*", "internal"));
        assert!(fits("*", "anything"));
        assert!(fits("Demo.x", "demo-x"));
        assert!(!fits("demo", "demo-x"));
        for text in ["", "a b", "-*"] {
            assert_eq!(NamePattern::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_pattern_covers_narrower_ones() {
        let covers = |one: &str, other: &str| {
            let pattern = |text| NamePattern::parse(text).unwrap();
            pattern(one).covers(&pattern(other))
        };
        assert!(covers("in-*", "in-x") && covers("in-*", "in-x*") && covers("*", "in-*"));
        assert!(covers("in-x", "in-x"));
        assert!(!covers("in-x", "in-x*") && !covers("in-x*", "in-*") && !covers("in", "in-x"));
    }

    #[test]
    fn a_project_s_own_limit_counts_instead() {
        let demo: PackageName = "demo".parse().unwrap();
        let other = "other".parse().unwrap();
        let from: SafeUrl = "https://a.invalid/simple/demo/".parse().unwrap();
        let hours = |hours| Duration::from_secs(hours * HOUR);
        let mut limits = ReleaseAge::default();
        let medium = Some(Severity::Medium);
        assert_eq!(limits.severity_at(&demo, &from, hours(2)), medium);
        let lower = limits.limits(&demo, &from).asking_under(hours(1));
        limits.packages.insert(demo.clone(), lower);
        assert_eq!(limits.severity_at(&demo, &from, hours(2)), None);
        assert_eq!(limits.severity_at(&other, &from, hours(2)), medium);
    }

    #[test]
    fn the_narrowest_index_counts_for_projects_without_a_limit_of_their_own() {
        let url = |text: &str| text.parse::<SafeUrl>().unwrap();
        let hours = |hours| Duration::from_secs(hours * HOUR);
        let demo: PackageName = "demo".parse().unwrap();
        let mut limits = ReleaseAge::default();
        let at = |limits: &ReleaseAge, place: &str| limits.limits(&demo, &url(place)).ask_under;
        for (place, time) in [("https://a.invalid/", 1), ("https://a.invalid/in/", 3)] {
            let new = limits.general().asking_under(hours(time));
            limits.indexes.push((url(place), new));
        }
        assert_eq!(at(&limits, "https://a.invalid/in/demo/"), hours(3));
        assert_eq!(at(&limits, "https://a.invalid/inner/demo/"), hours(1));
        assert_eq!(at(&limits, "http://a.invalid/in/demo/"), hours(8));
        assert_eq!(limits.strictest(&demo).ask_under, hours(8));
        let own = limits.general().asking_under(hours(2));
        limits.packages.insert(demo.clone(), own);
        assert_eq!(at(&limits, "https://a.invalid/in/demo/"), hours(2));
        assert_eq!(limits.strictest(&demo).ask_under, hours(2));
    }
}

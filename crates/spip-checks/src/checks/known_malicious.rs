//! Refuses releases that are known to have been made to do harm.

use spip_core::{
    Advisories, Advisory, AdvisoryKind, Check, Confidence, Context, Finding, MatchedBy, Package,
    Severity, Stop,
};

use crate::advisories::{evidence, last_words};
use crate::names::Names;

describe! {
    /// ## What it asks
    ///
    /// Does a list of malicious releases name the digest of the very file that would be installed,
    /// or its version (CRITICAL)? Does one name the whole project, every version there is or will be?
    /// That is CRITICAL too, unless the project is widely used: then it is MEDIUM, because it may be
    /// a mistake in the list.
    ///
    /// The lists are a table of well-known compromised releases that ships with `spip`, the database
    /// that `spip intel update` makes of OSV records, and the service that `SPIP_OSV_URL` names, if
    /// it names one. Records that their authors took back never count. Without a database and a
    /// service the check does not apply to what the table does not name. A database older than 14
    /// days is used, and its age is told as a gap that weighs LOW.
    ///
    /// ## Why it matters
    ///
    /// Indexes remove malware within hours or days of a report. Mirrors, caches and lock files keep
    /// offering it.
    ///
    /// ## What to do
    ///
    /// Take another release. If the file has been installed anywhere, treat that machine as
    /// compromised: the advisory says what the release does. A package of your own that happens to
    /// have the name of a malicious one can be allowed with
    /// `--spip-allow known-malicious:PACKAGE==VERSION`.
    pub(super) struct KnownMalicious {
        id: "known-malicious",
        summary: "a list of malicious releases names it",
        worst: Critical,
        needs: Artifact,
    }
}

impl Check for KnownMalicious {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        if package.artifact.file().is_none() {
            return Err(Stop::NotApplicable("not a single file"));
        }
        let Some(advisories) = cx.facts.advisories(package)? else {
            return Err(Stop::NotApplicable(NO_LIST));
        };

        let mut standing: Vec<_> = advisories.standing(AdvisoryKind::Malicious).collect();
        standing.sort_by_key(|advisory| std::cmp::Reverse(advisory.matched_by));
        if let Some((first, others)) = standing.split_first() {
            found.push(finding(package, first, others));
        }
        ending(&advisories, cx, !found.is_empty())
    }
}

const NO_LIST: &str = "no list of malicious releases is there; `spip intel update` makes one";

/// What is known of the famous few says nothing of all others.
fn ending(advisories: &Advisories, cx: &Context<'_>, found: bool) -> Result<(), Stop> {
    last_words(advisories, cx)?;
    if found || advisories.asked_for_malicious {
        return Ok(());
    }
    Err(Stop::NotApplicable(NO_LIST))
}

fn finding(package: &Package, first: &Advisory, others: &[&Advisory]) -> Finding {
    let popular = Names::popular().rank(package.name.as_str());
    let (severity, confidence, title, help) = match (first.matched_by, popular) {
        (MatchedBy::Digest, _) => (
            Severity::Critical,
            Confidence::High,
            format!("this very file is known to be malicious ({})", first.id),
            TAKE_ANOTHER,
        ),
        (MatchedBy::Version, _) => (
            Severity::Critical,
            Confidence::High,
            format!("this release is known to be malicious ({})", first.id),
            TAKE_ANOTHER,
        ),
        (MatchedBy::WholeProject, None) => (
            Severity::Critical,
            Confidence::High,
            format!("the whole project is known to be malicious ({})", first.id),
            TAKE_ANOTHER,
        ),
        (MatchedBy::WholeProject, Some(rank)) => (
            Severity::Medium,
            Confidence::Low,
            format!(
                "a list calls every version of it malicious ({}), but the project is widely used \
                 (rank {rank}): possibly a mistake in the list",
                first.id
            ),
            "read the advisory; a mistake is usually taken back within days",
        ),
    };
    Finding {
        severity,
        confidence,
        title,
        primary: evidence(first),
        related: others.iter().map(|advisory| evidence(advisory)).collect(),
        help: Some(help.to_owned()),
    }
}

const TAKE_ANOTHER: &str = "take another release, and see whether this one is installed anywhere";

#[cfg(test)]
mod tests {
    use spip_core::{AdvisoryKind, Cause, Gap, MatchedBy};

    use super::KnownMalicious;
    use crate::testing::{World, advisory, assert_shows, demo, now};

    fn listed(matched_by: MatchedBy) -> World {
        demo().told(advisory("MAL-2026-1", AdvisoryKind::Malicious, matched_by))
    }

    #[test]
    fn flags_the_very_file() {
        let expected = "critical: this very file is known to be malicious (MAL-2026-1)";
        assert_shows(&KnownMalicious, listed(MatchedBy::Digest), expected);
    }

    #[test]
    fn flags_the_release() {
        let expected = "critical: this release is known to be malicious (MAL-2026-1)";
        assert_shows(&KnownMalicious, listed(MatchedBy::Version), expected);
    }

    #[test]
    fn flags_a_whole_project_that_hardly_anybody_uses() {
        let expected = "critical: the whole project is known to be malicious (MAL-2026-1)";
        assert_shows(&KnownMalicious, listed(MatchedBy::WholeProject), expected);
    }

    #[test]
    fn flags_a_whole_project_that_everybody_uses_as_possibly_a_mistake() {
        let world = World::new("requests", "2.0");
        let told = advisory("MAL-1", AdvisoryKind::Malicious, MatchedBy::WholeProject);
        let (found, _) = world.told(told).run(&KnownMalicious);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, spip_core::Severity::Medium);
        assert!(
            found[0].title.contains("possibly a mistake"),
            "{}",
            found[0].title
        );
    }

    #[test]
    fn one_exact_record_outweighs_a_sweeping_one() {
        let whole = advisory("MAL-1", AdvisoryKind::Malicious, MatchedBy::WholeProject);
        let exact = advisory("MAL-2", AdvisoryKind::Malicious, MatchedBy::Version);
        let world = World::new("requests", "2.0").told(whole).told(exact);
        let expected = "critical: this release is known to be malicious (MAL-2)";
        assert_shows(&KnownMalicious, world, expected);
    }

    #[test]
    fn accepts_what_was_taken_back() {
        let mut withdrawn = advisory("MAL-1", AdvisoryKind::Malicious, MatchedBy::Digest);
        withdrawn.withdrawn = true;
        assert_shows(&KnownMalicious, demo().told(withdrawn), "complete");
    }

    #[test]
    fn accepts_what_is_only_vulnerable_and_what_no_list_names() {
        let told = advisory("PYSEC-1", AdvisoryKind::Vulnerability, MatchedBy::Version);
        assert_shows(&KnownMalicious, demo().told(told), "complete");
        assert_shows(&KnownMalicious, demo(), "complete");
    }

    #[test]
    fn does_not_apply_without_a_list_but_knows_the_famous_few() {
        let expected =
            "not applicable: no list of malicious releases is there; `spip intel update` makes one";
        let mut world = demo();
        world.advisories = None;
        assert_shows(&KnownMalicious, world, expected);
        let mut world = demo();
        world.advisories_mut().asked_for_malicious = false;
        assert_shows(&KnownMalicious, world, expected);
        let mut world = listed(MatchedBy::Version);
        world.advisories_mut().asked_for_malicious = false;
        let expected = "critical: this release is known to be malicious (MAL-2026-1)";
        assert_shows(&KnownMalicious, world, expected);
        assert_shows(
            &KnownMalicious,
            demo().directory(),
            "not applicable: not a single file",
        );
    }

    #[test]
    fn leaves_a_gap_when_a_list_does_not_answer_and_keeps_what_the_others_said() {
        let gap = Gap::new(Cause::Unreachable, "nobody answers");
        let mut world = demo();
        world.advisories_mut().gaps.push(gap.clone());
        assert_shows(&KnownMalicious, world, "incomplete: unreachable");
        let mut world = listed(MatchedBy::Version);
        world.advisories_mut().gaps.push(gap);
        let expected =
            "critical: this release is known to be malicious (MAL-2026-1)\nincomplete: unreachable";
        assert_shows(&KnownMalicious, world, expected);
        assert_shows(&KnownMalicious, demo().offline(), "incomplete: offline");
    }

    #[test]
    fn leaves_a_gap_when_the_database_is_older_than_it_may_be() {
        let days = |days: i64| jiff::SignedDuration::from_hours(24 * days);
        let world = demo().told_as_of(now() - days(14));
        assert_shows(&KnownMalicious, world, "complete");
        let world = demo().told_as_of(now() - days(15));
        assert_shows(&KnownMalicious, world, "incomplete: stale");
    }
}

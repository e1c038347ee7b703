//! Notices releases that came out one right after the other.

use jiff::SignedDuration;
use spip_core::{Check, Confidence, Context, Finding, Package, Severity, Stop, Version};

use crate::timeline::Timeline;

/// Within so long.
const WINDOW: SignedDuration = SignedDuration::from_mins(60);

/// So many releases.
const MANY: usize = 3;

/// After so long the world has had time to look.
const RECENT: SignedDuration = SignedDuration::from_hours(7 * 24);

describe! {
    /// ## What it asks
    ///
    /// Did three or more releases of the same series (`2.1.x`) come out within an hour, this one among
    /// them, during the last seven days? LOW. Releases of several series at once are what
    /// security fixes look like, and are not counted together.
    ///
    /// ## Why it matters
    ///
    /// Whoever publishes with a stolen token tries until the payload works, and has little time.
    /// Honest projects do it too when a release was broken.
    ///
    /// ## What to do
    ///
    /// Wait a few days, or pin the last release before.
    pub(super) struct ReleaseBurst {
        id: "release-burst",
        summary: "several releases of one series within an hour",
        worst: Low,
        needs: Artifact,
    }
}

impl Check for ReleaseBurst {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let timeline = Timeline::of(package, cx)?;
        let Some(version) = &package.version else {
            return Err(Stop::NotApplicable("its version is not known"));
        };
        let Some(this) = timeline.recent(Some(version), cx, RECENT)? else {
            return Ok(());
        };
        let mut series = timeline.releases();
        series.retain(|release| series_of(release.version) == series_of(version));
        // The longest run of releases that fits into one window and holds this one.
        let runs = (0..series.len()).map(|first| {
            let begin = series[first].uploaded;
            let fits = series[first..]
                .iter()
                .take_while(|release| release.uploaded.duration_since(begin) <= WINDOW);
            &series[first..first + fits.count()]
        });
        let run = runs
            .filter(|run| run.iter().any(|release| release.version == version))
            .max_by_key(|run| run.len());
        let Some([first, .., last]) = run.filter(|run| run.len() >= MANY) else {
            return Ok(());
        };
        let minutes = last
            .uploaded
            .duration_since(first.uploaded)
            .as_mins()
            .max(1);
        let count = run.map_or(0, <[_]>::len);
        found.push(Finding {
            severity: Severity::Low,
            confidence: Confidence::Medium,
            title: format!("is one of {count} releases within {}", spoken(minutes)),
            primary: timeline
                .fact(this)
                .shows(format!("uploaded at {}", this.uploaded)),
            related: [first, last]
                .into_iter()
                .filter(|release| release.version != version)
                .map(|release| {
                    let uploaded = timeline.fact(*release);
                    uploaded.shows(format!("{} at {}", release.filename, release.uploaded))
                })
                .collect(),
            help: Some("wait a few days, or pin the release before".to_owned()),
        });
        Ok(())
    }
}

fn spoken(minutes: i64) -> String {
    match minutes {
        1 => "a minute".to_owned(),
        _ => format!("{minutes} minutes"),
    }
}

/// The first two numbers of a version.
fn series_of(version: &Version) -> Option<(u64, u64)> {
    let version = version.pep440()?;
    let release = version.release();
    Some((*release.first()?, release.get(1).copied().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::ReleaseBurst;
    use crate::testing::{World, assert_shows, demo, listed, now};

    /// 1.4 of a project whose other releases came out so many minutes before.
    fn beside(hours_ago: i64, others: &[(&str, i64)]) -> World {
        let mut world = demo();
        let uploaded = now() - SignedDuration::from_hours(hours_ago);
        let listing = world.listing_mut();
        listing.files[0].uploaded = Some(uploaded);
        for (version, minutes) in others {
            let mut other = listed(&format!("demo-{version}.tar.gz"), version, 7);
            other.uploaded = Some(uploaded - SignedDuration::from_mins(*minutes));
            listing.files.push(other);
        }
        world
    }

    #[test]
    fn flags_three_releases_within_an_hour() {
        let expected = "low: is one of 3 releases within 35 minutes";
        assert_shows(
            &ReleaseBurst,
            beside(
                50,
                &[
                    ("1.4.1", 20),
                    ("1.4.2", 35),
                    ("1.3", 40),
                    ("1.4.0.post1", 90),
                ],
            ),
            expected,
        );
        assert_shows(
            &ReleaseBurst,
            beside(50, &[("1.4.1", -5), ("1.4.2", -30)]),
            "low: is one of 3 releases within 30 minutes",
        );
    }

    #[test]
    fn accepts_fixes_of_several_series_and_what_is_old() {
        let series = [("1.3.9", 1), ("1.2.9", 2), ("2.0", 3), ("1.4.1", 20)];
        assert_shows(&ReleaseBurst, beside(50, &series), "complete");
        let burst = [("1.4.1", 20), ("1.4.2", 35)];
        assert_shows(&ReleaseBurst, beside(200, &burst), "complete");
        assert_shows(
            &ReleaseBurst,
            beside(50, &[("1.4.1", 50), ("1.4.2", 100)]),
            "complete",
        );
    }

    #[test]
    fn leaves_a_gap_when_the_index_cannot_be_read() {
        assert_shows(&ReleaseBurst, demo().offline(), "incomplete: offline");
    }
}

//! Notices projects that wake up after years.

use jiff::SignedDuration;
use spip_core::{Check, Confidence, Context, Finding, Package, Severity, Stop};

use crate::timeline::Timeline;

/// Two years in which nothing was uploaded.
const SILENCE: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);

/// For so long a release counts as the one that broke the silence.
const RECENT: SignedDuration = SignedDuration::from_hours(30 * 24);

describe! {
    /// ## What it asks
    ///
    /// Was the release uploaded within the last 30 days, after two years or more in which the project
    /// uploaded nothing? LOW.
    ///
    /// ## Why it matters
    ///
    /// Who takes over a forgotten account or a lapsed mail domain publishes where nobody looks any
    /// more. Honest maintainers come back too; the other checks tell the difference.
    ///
    /// ## What to do
    ///
    /// See whether the project's repository shows the same release. Until then pin the one before.
    pub(super) struct DormantProject {
        id: "dormant-project",
        summary: "the first release after years of silence",
        worst: Low,
        needs: Artifact,
    }
}

impl Check for DormantProject {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let timeline = Timeline::of(package, cx)?;
        let Some(this) = timeline.recent(package.version.as_ref(), cx, RECENT)? else {
            return Ok(());
        };
        let before = timeline.files().into_iter();
        let before = before
            .filter(|file| file.uploaded < this.uploaded && file.version != this.version)
            .max_by_key(|file| file.uploaded);
        let Some(before) = before else {
            return Ok(());
        };
        let silence = this.uploaded.duration_since(before.uploaded);
        if silence < SILENCE {
            return Ok(());
        }
        let years = silence.as_hours() / (365 * 24);
        found.push(Finding {
            severity: Severity::Low,
            confidence: Confidence::Medium,
            title: format!("is the first release after {years} years"),
            primary: timeline
                .fact(this)
                .shows(format!("uploaded at {}", this.uploaded)),
            related: vec![timeline.fact(before).shows(format!(
                "{}, the last file before, at {}",
                before.filename, before.uploaded
            ))],
            help: Some("see whether its repository shows this release too".to_owned()),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::DormantProject;
    use crate::testing::{World, assert_shows, demo, listed, now};

    /// A release that came out so many days ago, after another one so many days before it.
    fn after(age: i64, silence: i64) -> World {
        let days = |days: i64| SignedDuration::from_hours(days * 24);
        let mut world = demo();
        let listing = world.listing_mut();
        listing.files[0].uploaded = Some(now() - days(age));
        let mut older = listed("demo-0.1.tar.gz", "0.1", 7);
        older.uploaded = Some(now() - days(age + silence));
        listing.files.push(older);
        world
    }

    #[test]
    fn flags_the_first_release_after_years() {
        let expected = "low: is the first release after 3 years";
        assert_shows(&DormantProject, after(3, 3 * 365 + 10), expected);
    }

    #[test]
    fn accepts_projects_that_are_alive_and_releases_that_are_old() {
        assert_shows(&DormantProject, after(3, 300), "complete");
        assert_shows(&DormantProject, after(40, 1000), "complete");
        assert_shows(&DormantProject, demo(), "complete");
    }

    #[test]
    fn does_not_apply_without_times() {
        let mut world = demo().page_without_upload_times();
        world.project_mut().files.clear();
        let expected = "not applicable: the index dates no file of the release";
        assert_shows(&DormantProject, world, expected);
    }

    #[test]
    fn leaves_a_gap_when_the_index_cannot_be_read() {
        assert_shows(&DormantProject, demo().offline(), "incomplete: offline");
    }
}

//! Asks about files that joined a release long after it came out.

use jiff::{SignedDuration, Timestamp};
use spip_core::{Check, Confidence, Context, Fact, Finding, Package, Severity, Stop, Version};

/// The main index refuses later additions since July 2026; others do not.
const GRACE: SignedDuration = SignedDuration::from_hours(14 * 24);
const FRESH: SignedDuration = SignedDuration::from_hours(30 * 24);
const SEASONED: SignedDuration = SignedDuration::from_hours(90 * 24);

describe! {
    /// ## What it asks
    ///
    /// Was the file that would be installed uploaded more than 14 days after the first file of its
    /// version? If so: MEDIUM while it has been public for less than 30 days, LOW while for less
    /// than 90 days. Older additions are left alone: many honest projects added wheels for a new
    /// Python to an old release, and by then others have had time to look.
    ///
    /// ## Why it matters
    ///
    /// Who takes over an account can slip a new wheel into a release that everybody pins and trusts.
    /// pip prefers a wheel that fits better, even where the version is pinned.
    ///
    /// ## What to do
    ///
    /// Ask the project whether it added the file, or require the hash of a file that was there from
    /// the start.
    pub(super) struct LateFile {
        id: "late-file",
        summary: "the file was added long after its release",
        worst: Medium,
        needs: Artifact,
    }
}

impl Check for LateFile {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let Some(Uploads { this, first }) = uploads(package, cx)? else {
            return Err(Stop::NotApplicable(
                "no index states when the file was uploaded",
            ));
        };
        let delay = this.value.duration_since(first.value);
        let age = cx.now.duration_since(this.value);
        if delay <= GRACE || age >= SEASONED {
            return Ok(());
        }

        found.push(Finding {
            severity: if age < FRESH {
                Severity::Medium
            } else {
                Severity::Low
            },
            confidence: Confidence::Medium,
            title: format!("added to its release {} days late", delay.as_hours() / 24),
            primary: this.shows(format!("uploaded at {}", this.value)),
            related: vec![first.shows(format!("first file of the version at {}", first.value))],
            help: Some("ask the project whether it added the file".to_owned()),
        });
        Ok(())
    }
}

/// When this file and when the first file of its version were uploaded.
struct Uploads {
    this: Fact<Timestamp>,
    first: Fact<Timestamp>,
}

/// From the index's page, else from its JSON API; never half from each, for their clocks may differ.
fn uploads(package: &Package, cx: &Context<'_>) -> Result<Option<Uploads>, Stop> {
    let Some(file) = package.artifact.file() else {
        return Ok(None);
    };
    let same_version = |version: &Option<Version>| version.is_some() && *version == package.version;
    let listing = cx.facts.listing(package);
    if let Ok(Some(listing)) = &listing
        && let Some(entry) = listing.file(&file.filename)
    {
        let siblings = listing.files.iter();
        let times = siblings
            .filter(|file| same_version(&file.version))
            .filter_map(|file| {
                let uploaded = file.uploaded?;
                Some(listing.fact(file, "upload-time", uploaded))
            });
        if let Some(uploaded) = entry.uploaded {
            let this = listing.fact(entry, "upload-time", uploaded);
            return Ok(Some(with_first(this, times)));
        }
    }
    if let Some(project) = cx.facts.project(package)?
        && let Some(entry) = project.file(&file.filename)
    {
        let siblings = project.files.iter();
        let times = siblings
            .filter(|file| same_version(&file.version))
            .filter_map(|file| {
                let uploaded = file.uploaded?;
                Some(project.fact(file, "upload_time_iso_8601", uploaded))
            });
        if let Some(uploaded) = entry.uploaded {
            let this = project.fact(entry, "upload_time_iso_8601", uploaded);
            return Ok(Some(with_first(this, times)));
        }
    }
    listing?;
    Ok(None)
}

fn with_first(this: Fact<Timestamp>, times: impl Iterator<Item = Fact<Timestamp>>) -> Uploads {
    let first = times
        .min_by_key(|time| time.value)
        .unwrap_or_else(|| this.clone());
    Uploads { this, first }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use spip_core::Origin;

    use super::LateFile;
    use crate::testing::{World, assert_shows, demo, listed, now};

    /// The file was uploaded `age` days ago, `delay` days after the source archive.
    fn late(age: i64, delay: i64) -> World {
        let mut world = demo().uploaded_hours_ago(age * 24);
        let mut first = listed("demo-1.4.0.tar.gz", "1.4.0", 1);
        first.uploaded = Some(now() - SignedDuration::from_hours((age + delay) * 24));
        world.listing_mut().files.push(first);
        world
    }

    #[test]
    fn flags_a_fresh_addition_to_an_old_release() {
        let expected = "medium: added to its release 400 days late";
        assert_shows(&LateFile, late(2, 400), expected);
        assert_shows(&LateFile, late(-1, 400), expected);
    }

    #[test]
    fn flags_an_addition_of_last_season_as_low() {
        let expected = "low: added to its release 400 days late";
        assert_shows(&LateFile, late(30, 400), expected);
        assert_shows(&LateFile, late(89, 400), expected);
    }

    #[test]
    fn accepts_an_addition_that_has_been_public_for_ninety_days() {
        assert_shows(&LateFile, late(90, 400), "complete");
    }

    #[test]
    fn accepts_a_file_exactly_fourteen_days_after_the_first() {
        assert_shows(&LateFile, late(2, 14), "complete");
        assert_shows(
            &LateFile,
            late(2, 15),
            "medium: added to its release 15 days late",
        );
    }

    #[test]
    fn accepts_a_file_that_is_alone_or_beside_other_versions() {
        assert_shows(&LateFile, demo(), "complete");
        let mut world = late(2, 400);
        world.listing_mut().files[1].version = Some("1.3.0".parse().unwrap());
        assert_shows(&LateFile, world, "complete");
    }

    #[test]
    fn asks_the_json_api_where_the_page_is_silent() {
        let mut world = late(2, 0).page_without_upload_times();
        let mut first = world.project_mut().files[0].clone();
        first.filename = "demo-1.4.0.tar.gz".to_owned();
        first.uploaded = Some(now() - SignedDuration::from_hours(402 * 24));
        world.project_mut().files.push(first);
        assert_shows(
            &LateFile,
            world,
            "medium: added to its release 400 days late",
        );
    }

    #[test]
    fn does_not_apply_to_what_no_index_lists() {
        let expected = "not applicable: no index states when the file was uploaded";
        assert_shows(&LateFile, demo().from(Origin::Requested), expected);
    }

    #[test]
    fn leaves_a_gap_when_the_index_is_out_of_reach() {
        assert_shows(&LateFile, demo().offline(), "incomplete: offline");
    }

    #[test]
    fn leaves_a_gap_when_the_page_is_out_of_reach_and_the_json_api_knows_nothing() {
        assert_shows(&LateFile, demo().page_out_of_reach(), "complete");
        let mut world = demo().page_out_of_reach();
        world.project_mut().files.clear();
        assert_shows(&LateFile, world, "incomplete: unreachable");
    }
}

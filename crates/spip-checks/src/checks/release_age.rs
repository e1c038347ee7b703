//! Holds back releases that the world has not had time to look at.

use jiff::Timestamp;
use spip_core::{
    Cause, Check, Confidence, Context, Fact, Finding, Gap, Listing, Package, RemoteFile, Stop,
};

describe! {
    /// ## What it asks
    ///
    /// Was the very file that would be installed uploaded less than 8 hours ago (MEDIUM), or less
    /// than 48 hours ago (LOW)? A file exactly at a limit has passed it.
    ///
    /// ## Why it matters
    ///
    /// Hijacked releases tend to be noticed and removed within hours or days. Waiting costs little.
    ///
    /// ## What to do
    ///
    /// Pin the previous release, wait, or allow this check for the package with
    /// `--spip-allow release-age:PACKAGE`.
    pub(super) struct ReleaseAge {
        id: "release-age",
        summary: "the file was uploaded only hours ago",
        worst: Medium,
        needs: Artifact,
    }
}

impl Check for ReleaseAge {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let Some(uploaded) = upload_time(package, cx)? else {
            return Err(Stop::NotApplicable(
                "no index states when the file was uploaded",
            ));
        };

        if uploaded.value < Timestamp::UNIX_EPOCH {
            let detail = format!("an upload time of {} cannot be true", uploaded.value);
            return Err(Gap::new(Cause::Unprovable, detail).into());
        }

        // A time in the future means a wrong clock somewhere; count it as age zero.
        let age = cx.now.duration_since(uploaded.value);
        let age = age.try_into().unwrap_or_default();
        let limits = &cx.settings.release_age;
        let source = package.artifact.file().map(RemoteFile::source);
        let severity = source.and_then(|it| limits.severity_at(&package.name, it, age));
        if let Some(severity) = severity {
            found.push(Finding {
                severity,
                confidence: Confidence::High,
                title: format!("uploaded {}", spoken(age)),
                primary: uploaded.shows(format!("uploaded at {}", uploaded.value)),
                related: Vec::new(),
                help: Some("wait, or pin an older release".to_owned()),
            });
        }
        Ok(())
    }
}

/// The upload time of the very file: from the index's page, else from its JSON API.
fn upload_time(package: &Package, cx: &Context<'_>) -> Result<Option<Fact<Timestamp>>, Stop> {
    let Some(file) = package.artifact.file() else {
        return Ok(None);
    };
    let listing = cx.facts.listing(package);
    if let Ok(Some(listing)) = &listing
        && let Some(entry) = listing.file(&file.filename)
        && let Some(uploaded) = entry.uploaded
    {
        return Ok(Some(listing.fact(entry, "upload-time", uploaded)));
    }
    let project = cx.facts.project(package)?;
    if let Some(project) = &project
        && let Some(entry) = project.file(&file.filename)
        && let Some(uploaded) = entry.uploaded
    {
        return Ok(Some(project.fact(entry, "upload_time_iso_8601", uploaded)));
    }
    let listing = listing?;
    let withheld = listing.is_some_and(|listing| withholds_time(&listing, &file.filename));
    if withheld || project.is_some() {
        return Err(Gap::new(Cause::Unprovable, "the index dates files, but not this one").into());
    }
    Ok(None)
}

/// Whether a page states when other files were uploaded, but not this one.
fn withholds_time(listing: &Listing, filename: &str) -> bool {
    listing.file(filename).is_some() && listing.files.iter().any(|file| file.uploaded.is_some())
}

/// `5 hours ago`, `12 minutes ago`.
fn spoken(age: std::time::Duration) -> String {
    let minutes = age.as_secs() / 60;
    match minutes {
        0 => "less than a minute ago".to_owned(),
        1 => "1 minute ago".to_owned(),
        2..120 => format!("{minutes} minutes ago"),
        _ => format!("{} hours ago", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use spip_core::ListedFile;

    use super::ReleaseAge;
    use crate::testing::{assert_shows, demo};

    #[test]
    fn flags_a_file_from_this_morning() {
        let world = demo().uploaded_hours_ago(5);
        assert_shows(&ReleaseAge, world, "medium: uploaded 5 hours ago");
    }

    #[test]
    fn flags_a_file_from_yesterday_as_low() {
        let world = demo().uploaded_hours_ago(30);
        assert_shows(&ReleaseAge, world, "low: uploaded 30 hours ago");
    }

    #[test]
    fn accepts_a_file_exactly_at_the_limit() {
        assert_shows(&ReleaseAge, demo().uploaded_hours_ago(48), "complete");
        let world = demo().uploaded_hours_ago(8);
        assert_shows(&ReleaseAge, world, "low: uploaded 8 hours ago");
    }

    #[test]
    fn counts_a_future_upload_time_as_age_zero() {
        let world = demo().uploaded_hours_ago(-3);
        assert_shows(
            &ReleaseAge,
            world,
            "medium: uploaded less than a minute ago",
        );
    }

    #[test]
    fn asks_the_json_api_where_the_page_is_silent() {
        let world = demo().uploaded_hours_ago(5).page_without_upload_times();
        assert_shows(&ReleaseAge, world, "medium: uploaded 5 hours ago");
    }

    #[test]
    fn leaves_a_gap_when_the_index_dates_other_files_only() {
        let mut world = demo();
        let files = &mut world.listing.as_mut().unwrap().files;
        let other = ListedFile {
            filename: "other.whl".to_owned(),
            ..files[0].clone()
        };
        files[0].uploaded = None;
        files.push(other);
        world.project = None;
        assert_shows(&ReleaseAge, world, "incomplete: unprovable");

        let mut world = demo().page_without_upload_times();
        world.project.as_mut().unwrap().files.clear();
        assert_shows(&ReleaseAge, world, "incomplete: unprovable");
    }

    #[test]
    fn leaves_a_gap_when_the_upload_time_cannot_be_true() {
        assert_shows(
            &ReleaseAge,
            demo().uploaded_hours_ago(600_000),
            "incomplete: unprovable",
        );
    }

    #[test]
    fn does_not_apply_where_nothing_is_dated() {
        let mut world = demo().page_without_upload_times();
        world.project = None;
        let expected = "not applicable: no index states when the file was uploaded";
        assert_shows(&ReleaseAge, world, expected);
    }

    #[test]
    fn leaves_a_gap_when_the_index_is_out_of_reach() {
        assert_shows(&ReleaseAge, demo().offline(), "incomplete: offline");
    }
}

//! Notices releases whose files no longer say where they were built.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use spip_core::{
    Check, Confidence, Context, Finding, ListedFile, Listing, Package, Severity, Stop, Version,
};

/// So many releases tell what was normal.
const COMPARED: usize = 3;

/// What came out right before says nothing: whoever publishes one bad release can publish four.
const SETTLED: SignedDuration = SignedDuration::from_hours(3 * 24);

describe! {
    /// ## What it asks
    ///
    /// Did the releases before this one have a provenance (PEP 740) on the index's page, and has
    /// this file none? All of the last three had: MEDIUM. Two of them had, or the other wheels (or
    /// source archives) of the same release have and no earlier release was that way: LOW.
    ///
    /// Releases count by version, if they came out at least three days earlier, were not yanked and
    /// have files of the kind in question: who attests wheels only is measured by wheels. A release
    /// all of whose files lack it is compared as a whole.
    ///
    /// An index that names no provenance of any file of the project loses none. Whether a
    /// provenance is genuine, and whose it is, is not asked: that would need another request for
    /// each file, and means to verify it.
    ///
    /// ## Why it matters
    ///
    /// A provenance shows that the project's own workflow built and published the file. Who has only
    /// stolen a token publishes from elsewhere, and cannot make one.
    ///
    /// ## What to do
    ///
    /// See whether the project's repository has a tag and a workflow run for this release, and whether
    /// it says that it publishes in another way now. Until then pin the release before.
    pub(super) struct ProvenanceLost {
        id: "provenance-lost",
        summary: "earlier releases had a provenance, this file has none",
        worst: Medium,
        needs: Artifact,
    }
}

impl Check for ProvenanceLost {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let Some(listing) = cx.facts.listing(package)? else {
            return Err(Stop::NotApplicable("no index lists the file"));
        };
        if !listing.files.iter().any(has_provenance) {
            return Err(Stop::NotApplicable(
                "the index names no provenance of any file",
            ));
        }
        let name = package.artifact.file().map(|file| file.filename.as_str());
        let (Some(entry), Some(version)) =
            (name.and_then(|name| listing.file(name)), &package.version)
        else {
            return Err(Stop::NotApplicable(
                "not listed; `version-vanished` reports that",
            ));
        };
        if has_provenance(entry) {
            return Ok(());
        }
        let is_whole = !listing.of_version(version).any(has_provenance);
        let before = before(&listing, entry, version, is_whole);
        let had: Vec<&Release<'_>> = before.iter().filter(|it| it.had(is_whole)).collect();
        let (severity, title) = match had.len() {
            COMPARED => (
                Severity::Medium,
                "has no provenance, but the last three releases have",
            ),
            2 => (
                Severity::Low,
                "has no provenance, but two of the last releases have",
            ),
            _ if is_the_odd_one(&listing, entry, version)
                && !before.iter().any(Release::is_mixed) =>
            {
                (
                    Severity::Low,
                    "has no provenance, but the other files of its release have",
                )
            }
            _ => return Ok(()),
        };
        let shown = had.iter().filter_map(|release| release.example());
        found.push(Finding {
            severity,
            confidence: Confidence::Medium,
            title: title.to_owned(),
            primary: listing
                .fact(entry, "provenance", ())
                .shows("no provenance of this file"),
            related: shown
                .map(|file| {
                    let provenance = listing.fact(file, "provenance", ());
                    provenance.shows(format!("{} has one", file.filename))
                })
                .collect(),
            help: Some(
                "see whether its repository has a tag and a workflow run for this release"
                    .to_owned(),
            ),
        });
        Ok(())
    }
}

fn has_provenance(file: &ListedFile) -> bool {
    file.provenance == Some(true)
}

/// The files of one release that are compared.
#[derive(Default)]
struct Release<'l>(Vec<&'l ListedFile>);

impl<'l> Release<'l> {
    /// As a whole one file is enough; otherwise every one of the kind must have it.
    fn had(&self, is_whole: bool) -> bool {
        let mut files = self.0.iter().copied();
        if is_whole {
            files.any(has_provenance)
        } else {
            files.all(has_provenance)
        }
    }

    fn is_mixed(&self) -> bool {
        self.had(true) && !self.had(false)
    }

    fn example(&self) -> Option<&'l ListedFile> {
        self.0.iter().copied().find(|file| has_provenance(file))
    }
}

/// The releases right before this one, the newest first.
fn before<'l>(
    listing: &'l Listing,
    entry: &ListedFile,
    version: &Version,
    is_whole: bool,
) -> Vec<Release<'l>> {
    let mut releases: BTreeMap<_, Release<'l>> = BTreeMap::new();
    let is_compared = |file: &&ListedFile| {
        // An older branch may even have come to have one after this file was published.
        let is_late = match (file.uploaded, entry.uploaded) {
            (Some(theirs), Some(ours)) => ours.duration_since(theirs) < SETTLED,
            _ => false,
        };
        file.yanked.is_none() && !is_late && (is_whole || is_wheel(file) == is_wheel(entry))
    };
    for file in listing.files.iter().filter(is_compared) {
        let theirs = file.version.as_ref().and_then(Version::pep440);
        if let (Some(theirs), Some(ours)) = (theirs, version.pep440())
            && theirs < ours
        {
            releases.entry(theirs).or_default().0.push(file);
        }
    }
    releases.into_values().rev().take(COMPARED).collect()
}

/// Whether all others of its kind in its release have one.
fn is_the_odd_one(listing: &Listing, entry: &ListedFile, version: &Version) -> bool {
    let others = listing
        .of_version(version)
        .filter(|file| is_wheel(file) == is_wheel(entry) && file.filename != entry.filename);
    let mut others = others.peekable();
    others.peek().is_some() && others.all(has_provenance)
}

fn is_wheel(file: &ListedFile) -> bool {
    let name = file.filename.as_bytes();
    name.len() >= 4 && name[name.len() - 4..].eq_ignore_ascii_case(b".whl")
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use spip_core::Origin;

    use super::ProvenanceLost;
    use crate::testing::{World, assert_shows, demo, listed, now};

    const THREE: &str = "medium: has no provenance, but the last three releases have";
    const TWO: &str = "low: has no provenance, but two of the last releases have";
    const ODD: &str = "low: has no provenance, but the other files of its release have";

    /// The demo's page also has these files: what follows the name, the version, the provenance.
    fn with(files: &[(&str, &str, Option<bool>)]) -> World {
        let mut world = demo();
        let page = world.listing_mut();
        page.files[0].provenance = Some(false);
        for (rest, version, provenance) in files {
            let mut file = listed(&format!("demo-{version}{rest}"), version, 1);
            file.provenance = *provenance;
            page.files.push(file);
        }
        world
    }

    const WHEEL: &str = "-py3-none-any.whl";
    const OTHER: &str = "-cp312-cp312-win_amd64.whl";
    const SDIST: &str = ".tar.gz";
    const YES: Option<bool> = Some(true);
    const NO: Option<bool> = Some(false);

    #[test]
    fn flags_a_file_without_after_three_releases_with_one() {
        let releases = [
            (WHEEL, "1.3", YES),
            (WHEEL, "1.2", YES),
            (WHEEL, "1.10", YES),
        ];
        let mut world = with(&[
            (WHEEL, "1.1", YES),
            (SDIST, "1.2", YES),
            (WHEEL, "1.3", YES),
            (SDIST, "1.0", NO),
        ]);
        assert_shows(&ProvenanceLost, with(&releases[..2]), TWO);
        // 1.10 is newer than 1.4 and says nothing of it.
        assert_shows(&ProvenanceLost, with(&releases), TWO);
        world.listing_mut().files[0].provenance = None;
        assert_shows(&ProvenanceLost, world, THREE);
    }

    #[test]
    fn flags_a_file_without_where_two_of_three_had_one() {
        for lacking in 0..3 {
            let mut files = [
                (WHEEL, "1.3", YES),
                (WHEEL, "1.2", YES),
                (WHEEL, "1.1", YES),
            ];
            files[lacking].2 = NO;
            assert_shows(&ProvenanceLost, with(&files), TWO);
            files[(lacking + 1) % 3].2 = None;
            assert_shows(&ProvenanceLost, with(&files), "complete");
        }
        assert_shows(&ProvenanceLost, with(&[(WHEEL, "1.3", YES)]), "complete");
    }

    #[test]
    fn flags_the_one_wheel_of_a_release_that_has_none() {
        assert_shows(&ProvenanceLost, with(&[(OTHER, "1.4.0", YES)]), ODD);
        let before = [
            (WHEEL, "1.3", YES),
            (WHEEL, "1.2", YES),
            (WHEEL, "1.1", YES),
        ];
        let files = [&before[..], &[(OTHER, "1.4.0", YES)]].concat();
        assert_shows(&ProvenanceLost, with(&files), THREE);
    }

    #[test]
    fn accepts_projects_that_attest_some_kinds_or_platforms_only() {
        let sdists = [
            (SDIST, "1.4.0", YES),
            (SDIST, "1.3", YES),
            (WHEEL, "1.3", NO),
            (SDIST, "1.2", YES),
            (WHEEL, "1.2", NO),
            (SDIST, "1.1", YES),
        ];
        assert_shows(&ProvenanceLost, with(&sdists), "complete");
        let mixed = [
            (OTHER, "1.4.0", YES),
            (OTHER, "1.3", YES),
            (WHEEL, "1.3", NO),
            (OTHER, "1.2", YES),
            (WHEEL, "1.2", NO),
        ];
        assert_shows(&ProvenanceLost, with(&mixed), "complete");
    }

    #[test]
    fn accepts_a_file_with_one_and_the_first_releases() {
        let before = [
            (WHEEL, "1.3", YES),
            (WHEEL, "1.2", YES),
            (WHEEL, "1.1", YES),
        ];
        let mut world = with(&before);
        world.listing_mut().files[0].provenance = YES;
        assert_shows(&ProvenanceLost, world, "complete");
        assert_shows(&ProvenanceLost, with(&[(WHEEL, "1.5", YES)]), "complete");
    }

    #[test]
    fn accepts_an_old_release_of_a_project_that_began_later() {
        let mut world = with(&[
            (WHEEL, "1.3", YES),
            (WHEEL, "1.2", YES),
            (WHEEL, "1.1", YES),
        ]);
        for file in &mut world.listing_mut().files[1..] {
            file.uploaded = Some(now());
        }
        assert_shows(&ProvenanceLost, world, "complete");
    }

    #[test]
    fn releases_of_the_last_three_days_do_not_count() {
        let mut world = with(&[
            (WHEEL, "1.3.3", NO),
            (WHEEL, "1.3.2", NO),
            (WHEEL, "1.3.1", NO),
            (WHEEL, "1.3", YES),
            (WHEEL, "1.2", YES),
            (WHEEL, "1.1", YES),
        ]);
        let page = world.listing_mut();
        let uploaded = page.files[0].uploaded;
        for (place, hours) in [(1, 1), (2, 24), (3, 71)] {
            page.files[place].uploaded = uploaded.map(|at| at - SignedDuration::from_hours(hours));
        }
        assert_shows(&ProvenanceLost, world, THREE);
    }

    #[test]
    fn accepts_what_only_yanked_releases_would_tell() {
        let mut world = with(&[(WHEEL, "1.3", YES), (WHEEL, "1.2", YES), (WHEEL, "1.1", NO)]);
        world.listing_mut().files[1].yanked = Some("bad".into());
        assert_shows(&ProvenanceLost, world, "complete");
    }

    #[test]
    fn does_not_apply_where_the_index_names_none() {
        let expected = "not applicable: the index names no provenance of any file";
        assert_shows(&ProvenanceLost, demo(), expected);
        assert_shows(&ProvenanceLost, with(&[(WHEEL, "1.3", NO)]), expected);
        let world = demo().from(Origin::Requested);
        assert_shows(
            &ProvenanceLost,
            world,
            "not applicable: no index lists the file",
        );
        let mut world = with(&[(WHEEL, "1.3", YES)]);
        world.listing_mut().files.remove(0);
        let expected = "not applicable: not listed; `version-vanished` reports that";
        assert_shows(&ProvenanceLost, world, expected);
    }

    #[test]
    fn leaves_a_gap_when_the_index_is_out_of_reach() {
        assert_shows(&ProvenanceLost, demo().offline(), "incomplete: offline");
    }
}

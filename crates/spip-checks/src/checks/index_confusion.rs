//! Asks about names that more than one configured index offers.

use std::collections::HashMap;
use std::fmt;

use spip_core::{
    Algorithm, Check, Confidence, Context, Digest, Finding, ListedFile, Listing, Package, Severity,
    Stop, Version,
};

describe! {
    /// ## What it asks
    ///
    /// Where several indexes are configured: does another one have the name too, with files of its
    /// own? MEDIUM if the chosen version is newer than all that the other index has, which is how a
    /// stranger's 99.0 beats the private 1.2, or if both have a file of the same name with different
    /// bytes. LOW if the other index has this version as other files, or newer versions that a pin
    /// kept out. An index that has the very file, or shares most of its files, is a mirror and fine.
    ///
    /// ## Why it matters
    ///
    /// pip takes the highest version of all indexes, whoever runs them. Who registers the name of a
    /// private package on a public index gets installed in its place.
    ///
    /// ## What to do
    ///
    /// Use one index that serves both, or pin the version and its hash. If the chosen index is the
    /// right one, allow it with `--spip-allow index-confusion:PACKAGE`.
    pub(super) struct IndexConfusion {
        id: "index-confusion",
        summary: "another configured index has the same name",
        worst: Medium,
        needs: Artifact,
    }
}

impl Check for IndexConfusion {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let Some(file) = package.artifact.file() else {
            return Err(Stop::NotApplicable("not from an index"));
        };
        if !package.artifact.is_from_index() {
            return Err(Stop::NotApplicable("not from an index"));
        }
        let Some(others) = cx.facts.other_listings(package)? else {
            return Err(Stop::NotApplicable("only one index is configured"));
        };
        let Some(chosen) = cx.facts.listing(package)? else {
            return Err(Stop::NotApplicable("the index has no page for it"));
        };

        for other in others.iter().filter(|other| !other.files.is_empty()) {
            if mirrors(&chosen, other, &file.filename) {
                continue;
            }
            let rivalry = Rivalry::between(&chosen, other, package.version.as_ref());
            found.push(Finding {
                severity: rivalry.severity(),
                confidence: Confidence::Medium,
                title: rivalry.to_string(),
                primary: other
                    .page_fact(())
                    .shows(format!("{} files under the same name", other.files.len())),
                related: vec![chosen.page_fact(()).shows("the page that was chosen")],
                help: Some("use one index that serves both, or pin version and hash".to_owned()),
            });
        }
        Ok(())
    }
}

/// Whether two pages tell of one project: the other has the very file, or they share most files.
fn mirrors(chosen: &Listing, other: &Listing, filename: &str) -> bool {
    let (mut same, mut the_very_file) = (0, false);
    for (one, two) in shared(chosen, other) {
        match same_bytes(one, two) {
            Some(false) => return false,
            Some(true) => {
                same += 1;
                the_very_file |= one.filename == filename;
            }
            None => {}
        }
    }
    the_very_file || same * 2 > chosen.files.len().min(other.files.len())
}

/// The entries that both pages have under one file name.
fn shared<'a>(
    chosen: &'a Listing,
    other: &'a Listing,
) -> impl Iterator<Item = (&'a ListedFile, &'a ListedFile)> {
    // Both pages may be long: looked up by name rather than searched.
    let by_name = other
        .files
        .iter()
        .map(|file| (file.filename.as_str(), file));
    let others: HashMap<&str, &ListedFile> = by_name.collect();
    let pair = move |one: &'a ListedFile| Some((one, *others.get(one.filename.as_str())?));
    chosen.files.iter().filter_map(pair)
}

/// `None`: no strong digest that both state.
fn same_bytes(one: &ListedFile, two: &ListedFile) -> Option<bool> {
    let strong = |digest: &&Digest| digest.algorithm() != Algorithm::Weak;
    one.digests.iter().filter(strong).find_map(|digest| {
        let mut others = two.digests.iter();
        let other = others.find(|other| other.algorithm() == digest.algorithm())?;
        Some(other.hex() == digest.hex())
    })
}

/// How the chosen page and another one under the same name relate.
enum Rivalry {
    /// Both have a file of one name, with different bytes.
    OtherBytes,
    /// The chosen version is newer than all that the other page has.
    Won { highest: Version },
    /// The chosen version is on both, or the other page has a newer one.
    Kept,
    /// The versions do not compare.
    Unclear,
}

impl Rivalry {
    fn between(chosen: &Listing, other: &Listing, version: Option<&Version>) -> Self {
        if shared(chosen, other).any(|(one, two)| same_bytes(one, two) == Some(false)) {
            return Self::OtherBytes;
        }
        let versions = other.files.iter().filter_map(|file| file.version.as_ref());
        let highest = versions.max_by(|one, two| one.pep440().cmp(&two.pep440()));
        let (Some(version), Some(highest)) = (version, highest) else {
            return Self::Unclear;
        };
        // A local label (`2.3.0+cpu`) marks a rebuild of the same public version.
        let public = |version: &Version| version.pep440().map(|v| v.clone().without_local());
        match (public(version), public(highest)) {
            (Some(won), Some(lost)) if won > lost => Self::Won {
                highest: highest.clone(),
            },
            (Some(_), Some(_)) => Self::Kept,
            _ => Self::Unclear,
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::OtherBytes | Self::Won { .. } | Self::Unclear => Severity::Medium,
            Self::Kept => Severity::Low,
        }
    }
}

impl fmt::Display for Rivalry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherBytes => {
                f.write_str("another index has other bytes under the same file name")
            }
            Self::Won { highest } => {
                write!(f, "wins over another index, which has {highest} at most")
            }
            Self::Kept | Self::Unclear => f.write_str("another index has the same name"),
        }
    }
}

#[cfg(test)]
mod tests {
    use spip_core::Origin;

    use super::IndexConfusion;
    use crate::testing::{World, assert_shows, demo, listed};

    const WHEEL: &str = "demo-1.4.0-py3-none-any.whl";

    #[test]
    fn flags_a_version_that_beats_the_other_index() {
        let world = World::new("demo", "99.0").other_index(vec![
            listed("demo-1.2.tar.gz", "1.2", 1),
            listed("demo-1.1.tar.gz", "1.1", 2),
        ]);
        let expected = "medium: wins over another index, which has 1.2 at most";
        assert_shows(&IndexConfusion, world, expected);
    }

    #[test]
    fn flags_other_bytes_under_the_same_file_name() {
        let world = demo().other_index(vec![listed(WHEEL, "1.4.0", 9)]);
        let expected = "medium: another index has other bytes under the same file name";
        assert_shows(&IndexConfusion, world, expected);
    }

    #[test]
    fn flags_other_bytes_of_another_version() {
        let mut world = demo().other_index(vec![
            listed(WHEEL, "1.4.0", 7),
            listed("demo-1.3.0.tar.gz", "1.3.0", 1),
        ]);
        let older = listed("demo-1.3.0.tar.gz", "1.3.0", 2);
        world.listing_mut().files.push(older);
        let expected = "medium: another index has other bytes under the same file name";
        assert_shows(&IndexConfusion, world, expected);
    }

    #[test]
    fn flags_a_pinned_or_equal_version_as_low() {
        let expected = "low: another index has the same name";
        let world = demo().other_index(vec![listed("demo-99.0.tar.gz", "99.0", 1)]);
        assert_shows(&IndexConfusion, world, expected);
        let equal = vec![listed("demo-1.4.0.tar.gz", "1.4.0", 1)];
        assert_shows(&IndexConfusion, demo().other_index(equal.clone()), expected);
        let world = World::new("demo", "1.4.0+cpu").other_index(equal);
        assert_shows(&IndexConfusion, world, expected);
    }

    #[test]
    fn flags_versions_that_do_not_compare() {
        let world = World::new("demo", "final").other_index(vec![listed("demo-1.tar.gz", "1", 1)]);
        assert_shows(
            &IndexConfusion,
            world,
            "medium: another index has the same name",
        );
    }

    #[test]
    fn accepts_a_mirror() {
        let world = demo().other_index(vec![
            listed(WHEEL, "1.4.0", 7),
            listed("demo-2.0.tar.gz", "2.0", 1),
        ]);
        assert_shows(&IndexConfusion, world, "complete");
    }

    #[test]
    fn accepts_an_index_that_has_the_very_file() {
        let older = |version: &str| listed(&format!("demo-{version}.tar.gz"), version, 1);
        let mut world =
            demo().other_index(vec![listed(WHEEL, "1.4.0", 7), older("1.0"), older("1.1")]);
        world
            .listing_mut()
            .files
            .extend([older("1.2"), older("1.3")]);
        assert_shows(&IndexConfusion, world, "complete");
    }

    #[test]
    fn accepts_a_mirror_that_lags_behind() {
        let older = listed("demo-1.3.0.tar.gz", "1.3.0", 1);
        let mut world = demo().other_index(vec![older.clone()]);
        world.listing_mut().files.push(older);
        assert_shows(&IndexConfusion, world, "complete");
    }

    #[test]
    fn accepts_a_name_that_the_other_index_does_not_have() {
        let mut world = demo();
        world.other_listings = Some(Vec::new());
        assert_shows(&IndexConfusion, world, "complete");
        assert_shows(&IndexConfusion, demo().other_index(Vec::new()), "complete");
    }

    #[test]
    fn does_not_apply_to_one_index_or_to_find_links() {
        let expected = "not applicable: only one index is configured";
        assert_shows(&IndexConfusion, demo(), expected);
        let world = demo().other_index(vec![listed("demo-1.tar.gz", "1", 1)]);
        let world = world.from(Origin::FindLinks { page: None });
        assert_shows(&IndexConfusion, world, "not applicable: not from an index");
    }

    #[test]
    fn leaves_a_gap_when_an_index_is_out_of_reach() {
        assert_shows(&IndexConfusion, demo().offline(), "incomplete: offline");
    }
}

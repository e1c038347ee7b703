//! Asks before installing what the index no longer offers.

use spip_core::{Check, Confidence, Context, Finding, Package, Severity, Stop};

describe! {
    /// ## What it asks
    ///
    /// Does the index's page still list the file that would be installed, and the version it belongs
    /// to? The question arises for files that a lock file or a cache brings along. For a wheel that
    /// was built on this machine, the source archive it was built from counts.
    ///
    /// ## Why it matters
    ///
    /// When an index removes malware, the release disappears from its page. The file's own address,
    /// a local cache or a mirror may serve it for a long time after.
    ///
    /// ## What to do
    ///
    /// Find out why it is gone, then pin a release that is still offered and clear the cache.
    pub(super) struct VersionVanished {
        id: "version-vanished",
        summary: "the index no longer lists the file or its version",
        worst: Medium,
        needs: Artifact,
    }
}

impl Check for VersionVanished {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let Some(file) = package.artifact.file() else {
            return Err(Stop::NotApplicable("not a single file"));
        };
        let Some(listing) = cx.facts.listing(package)? else {
            return Err(Stop::NotApplicable("no index lists the file"));
        };
        if listing.file(&file.filename).is_some() {
            return Ok(());
        }

        let siblings = package
            .version
            .as_ref()
            .map_or(0, |version| listing.of_version(version).count());
        let title = match siblings {
            0 => "the index does not list this version any more",
            _ => "the index does not list this file any more, only others of its version",
        };
        let all = listing.files.len();
        found.push(Finding {
            severity: Severity::Medium,
            confidence: Confidence::High,
            title: title.to_owned(),
            primary: listing.page_fact(()).shows(format!(
                "{all} files, {siblings} of this version, none of this name"
            )),
            related: Vec::new(),
            help: Some("find out why it is gone, and pin a release that is offered".to_owned()),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use spip_core::Origin;

    use super::VersionVanished;
    use crate::testing::{assert_shows, demo, listed};

    const NO_VERSION: &str = "medium: the index does not list this version any more";

    #[test]
    fn flags_a_version_that_is_gone() {
        let mut world = demo();
        world.listing_mut().files = vec![listed("demo-1.3.0.tar.gz", "1.3.0", 1)];
        assert_shows(&VersionVanished, world, NO_VERSION);
        let mut world = demo();
        world.listing_mut().files.clear();
        assert_shows(&VersionVanished, world, NO_VERSION);
    }

    #[test]
    fn flags_a_file_that_is_gone_while_its_version_is_there() {
        let mut world = demo();
        // 1.4 and 1.4.0 are one version (PEP 440).
        world.listing_mut().files = vec![listed("demo-1.4.tar.gz", "1.4", 1)];
        let expected =
            "medium: the index does not list this file any more, only others of its version";
        assert_shows(&VersionVanished, world, expected);
    }

    #[test]
    fn flags_a_locked_address_whose_index_is_known() {
        let mut world = demo();
        world.file_mut().origin = Origin::Requested;
        world.listing_mut().files.clear();
        assert_shows(&VersionVanished, world, NO_VERSION);
    }

    #[test]
    fn accepts_a_listed_file() {
        assert_shows(&VersionVanished, demo(), "complete");
    }

    #[test]
    fn accepts_a_wheel_built_here_from_a_listed_source_archive() {
        let mut world = demo();
        world.listing_mut().files = vec![listed("demo-1.4.0.tar.gz", "1.4.0", 1)];
        let file = world.file_mut();
        file.built_here = true;
        file.filename = "demo-1.4.0.tar.gz".to_owned();
        assert_shows(&VersionVanished, world, "complete");
    }

    #[test]
    fn does_not_apply_without_an_index() {
        let world = demo().from(Origin::Requested);
        assert_shows(
            &VersionVanished,
            world,
            "not applicable: no index lists the file",
        );
        let world = demo().directory();
        assert_shows(&VersionVanished, world, "not applicable: not a single file");
    }

    #[test]
    fn leaves_a_gap_when_the_index_is_out_of_reach() {
        assert_shows(&VersionVanished, demo().offline(), "incomplete: offline");
    }
}

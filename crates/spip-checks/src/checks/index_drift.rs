//! Asks about a project that suddenly comes from an index that it never came from here.

use spip_core::{
    Check, Confidence, Context, Fact, Finding, Location, Origin, Package, Severity, Stop, index_of,
};

use crate::memory;

describe! {
    /// ## What it asks
    ///
    /// Has the project been installed on this machine before, and never from the index that offers it
    /// now (MEDIUM)? A file that was installed before, byte for byte, may come from anywhere. The
    /// first installation teaches and does not warn.
    ///
    /// If what was remembered cannot be read, that is told, and weighs LOW.
    ///
    /// ## Why it matters
    ///
    /// Somebody who registers the name of a private project on a public index is preferred by pip as soon
    /// as the version there is higher (dependency confusion).
    ///
    /// ## What to do
    ///
    /// If you moved to another index or mirror, say yes once: it is remembered with the installation.
    /// Otherwise name the one index that the project is to come from.
    pub(super) struct IndexDrift {
        id: "index-drift",
        summary: "it comes from another index than before",
        worst: Medium,
        needs: Artifact,
    }
}

impl Check for IndexDrift {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let remembered = memory::of(package, cx)?;
        let Some(Origin::Index { page }) = package.artifact.file().map(|file| &file.origin) else {
            return Err(Stop::NotApplicable(memory::NO_INDEX));
        };
        let index = index_of(page);
        let known: Vec<&str> = remembered
            .releases
            .iter()
            .filter_map(|release| release.index.as_deref())
            .collect();
        let Some(last) = known.last() else {
            return Err(Stop::NotApplicable(memory::NEVER_SEEN));
        };
        if known.contains(&index.as_str()) || memory::is_same_file(&remembered, package, cx)? {
            return Ok(());
        }
        let now = Location::Record {
            url: page.bare(),
            pointer: String::new(),
        };
        found.push(Finding {
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            title: "comes from another index than before".to_owned(),
            primary: Fact::new((), now).shows(format!("offered by {index}")),
            related: vec![memory::fact().shows(format!("always came from {last}"))],
            help: Some(
                "if you did not change the index, name the one it is to come from".to_owned(),
            ),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use spip_core::{Origin, ReleaseProfile};

    use super::IndexDrift;
    use crate::testing::{World, assert_shows, demo, demo_sha256};

    fn known_from(index: &str) -> World {
        demo().remembering(ReleaseProfile {
            version: "1.3.0".to_owned(),
            index: Some(index.to_owned()),
            ..ReleaseProfile::default()
        })
    }

    #[test]
    fn flags_a_name_that_came_from_elsewhere() {
        assert_shows(
            &IndexDrift,
            known_from("https://private.invalid/simple/"),
            "medium: comes from another index than before",
        );
    }

    #[test]
    fn accepts_the_same_index_and_any_that_was_installed_from() {
        assert_shows(
            &IndexDrift,
            known_from("https://index.invalid/simple/"),
            "complete",
        );
        let world = known_from("https://index.invalid/simple/").remembering(ReleaseProfile {
            version: "1.2.0".to_owned(),
            index: Some("https://private.invalid/simple/".to_owned()),
            ..ReleaseProfile::default()
        });
        assert_shows(&IndexDrift, world, "complete");
    }

    #[test]
    fn accepts_the_very_file_that_was_installed_before() {
        let world = demo().remembering(ReleaseProfile {
            version: "1.4.0".to_owned(),
            index: Some("https://private.invalid/simple/".to_owned()),
            files: [demo_sha256().to_string()].into(),
            ..ReleaseProfile::default()
        });
        assert_shows(&IndexDrift, world, "complete");
    }

    #[test]
    fn does_not_apply_at_first_sight_or_without_an_index() {
        let first = "not applicable: no release of it was installed here before";
        assert_shows(&IndexDrift, demo(), first);
        let world = known_from("https://private.invalid/simple/").from(Origin::Requested);
        assert_shows(&IndexDrift, world, "not applicable: no index offered it");
    }

    #[test]
    fn leaves_a_gap_when_the_memory_cannot_be_read() {
        assert_shows(&IndexDrift, demo().forgetful(), "incomplete: forgotten");
    }
}

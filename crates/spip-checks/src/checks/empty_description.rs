//! Points at packages that say nothing about themselves.

use spip_core::{Artifact, Check, Confidence, Context, Finding, Metadata, Package, Severity, Stop};

use super::UNBUILT;

describe! {
    /// ## What it asks
    ///
    /// Are both the summary and the description of this very file empty, or the `UNKNOWN` that old
    /// build tools wrote in their place? A directory on this machine is the user's own business.
    ///
    /// ## Why it matters
    ///
    /// People who want a package to be used describe it. Most packages made in bulk for an attack
    /// have no word of text.
    ///
    /// ## What to do
    ///
    /// Look at the project's page and make sure that this is the package you mean.
    pub(super) struct EmptyDescription {
        id: "empty-description",
        summary: "neither a summary nor a description",
        worst: Low,
        needs: Metadata,
    }
}

impl Check for EmptyDescription {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        if let Artifact::Directory { .. } = package.artifact {
            return Err(Stop::NotApplicable("a directory on this machine"));
        }
        let Some(metadata) = cx.facts.metadata(package)? else {
            return Err(Stop::NotApplicable(UNBUILT));
        };

        if says_nothing(&metadata) {
            found.push(Finding {
                severity: Severity::Low,
                confidence: Confidence::High,
                title: "does not describe itself".to_owned(),
                primary: metadata
                    .fact("summary", ())
                    .shows("neither a summary nor a description"),
                related: Vec::new(),
                help: Some("make sure that this is the package you mean".to_owned()),
            });
        }
        Ok(())
    }
}

fn says_nothing(metadata: &Metadata) -> bool {
    [&metadata.summary, &metadata.description]
        .into_iter()
        .flatten()
        .map(|text| text.trim())
        .all(|text| text.is_empty() || text.eq_ignore_ascii_case("unknown"))
}

#[cfg(test)]
mod tests {
    use super::EmptyDescription;
    use crate::testing::{World, assert_shows, demo};

    fn described(summary: Option<&str>, description: Option<&str>) -> World {
        let mut world = demo();
        world.metadata_mut().summary = summary.map(str::to_owned);
        world.metadata_mut().description = description.map(str::to_owned);
        world
    }

    #[test]
    fn flags_blank_missing_and_unknown_text() {
        let blanks = [
            None,
            Some(""),
            Some(" \n\t"),
            Some("UNKNOWN"),
            Some("unknown\n"),
        ];
        for summary in blanks {
            for description in blanks {
                let world = described(summary, description);
                assert_shows(&EmptyDescription, world, "low: does not describe itself");
            }
        }
    }

    #[test]
    fn accepts_one_of_the_two() {
        let world = described(Some("A demonstration"), None);
        assert_shows(&EmptyDescription, world, "complete");
        let world = described(Some("UNKNOWN"), Some("Unknown unknowns, counted."));
        assert_shows(&EmptyDescription, world, "complete");
    }

    #[test]
    fn leaves_the_users_own_directory_alone() {
        let world = described(None, None).directory();
        let expected = "not applicable: a directory on this machine";
        assert_shows(&EmptyDescription, world, expected);
    }

    #[test]
    fn does_not_apply_before_a_build() {
        let mut world = demo();
        world.metadata = None;
        let expected = "not applicable: its metadata is not known before a build";
        assert_shows(&EmptyDescription, world, expected);
    }

    #[test]
    fn leaves_a_gap_when_the_metadata_cannot_be_read() {
        assert_shows(&EmptyDescription, demo().offline(), "incomplete: offline");
    }
}

//! Refuses files that nobody has pinned by digest, where the policy wants that.

use spip_core::{Artifact, Check, Confidence, Context, Finding, Package, Severity, Stop, Why};

use crate::planned::planned;

describe! {
    /// ## What it asks
    ///
    /// Does the policy set `require-hashes`, and do neither requirements nor a lock file state a digest of the file?
    /// Build requirements count too.
    ///
    /// ## Why it matters
    ///
    /// With a digest beside each requirement nobody can put other bytes in the place of those that were reviewed:
    /// not the index, not whoever stands in between.
    ///
    /// ## What to do
    ///
    /// Install from a lock file, or let `pip-compile --generate-hashes`, `uv export` or `poetry export` write the digests.
    pub(super) struct MissingHash {
        id: "missing-hash",
        summary: "the policy wants a digest for every file, and this one has none",
        worst: High,
        needs: Artifact,
    }
}

impl Check for MissingHash {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        if !cx.settings.require_hashes {
            return Err(Stop::NotApplicable("the policy wants no digests"));
        }
        let is_pinned = match &package.artifact {
            Artifact::Wheel(file) | Artifact::Sdist(file) => !file.required.is_empty(),
            Artifact::Checkout { .. } => false,
            // The user's own tree is nobody else's to exchange.
            Artifact::Directory { .. } | Artifact::Module { .. } => package.why == Why::Requested,
        };
        if !is_pinned {
            found.push(Finding {
                severity: Severity::High,
                confidence: Confidence::High,
                title: "has no digest in requirements or a lock file".to_owned(),
                primary: planned(package, cx, "download_info", ())
                    .shows("the policy sets `require-hashes`"),
                related: Vec::new(),
                help: Some("write the digests into the requirements, or use a lock file".into()),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use spip_core::{Digest, Fact, Location};

    use super::MissingHash;
    use crate::testing::{World, assert_shows, demo};

    fn strict(mut world: World) -> World {
        world.settings.require_hashes = true;
        world
    }

    #[test]
    fn flags_a_file_without_a_digest() {
        let expected = "high: has no digest in requirements or a lock file";
        assert_shows(&MissingHash, strict(demo()), expected);
    }

    #[test]
    fn accepts_a_file_with_one() {
        let mut world = strict(demo());
        let digest = Digest::parse("sha256", &"0".repeat(64)).unwrap();
        let place = Location::Plan {
            pointer: "/x".to_owned(),
        };
        world.file_mut().required = vec![Fact::new(digest, place)];
        assert_shows(&MissingHash, world, "complete");
    }

    #[test]
    fn does_not_apply_unless_the_policy_wants_it() {
        let expected = "not applicable: the policy wants no digests";
        assert_shows(&MissingHash, demo(), expected);
    }
}

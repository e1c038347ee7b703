//! Refuses what would have to be built, where the policy wants wheels only.

use spip_core::{Artifact, Check, Confidence, Context, Finding, Package, Severity, Stop, Why};

use crate::planned::planned;

describe! {
    /// ## What it asks
    ///
    /// Does the policy set `only-wheels`, and is this a source archive, a checkout or somebody else's directory?
    /// Wheels that a tool built from such a thing before count as it does.
    ///
    /// ## Why it matters
    ///
    /// Building runs code of the package before anything is installed. A wheel is only unpacked.
    ///
    /// ## What to do
    ///
    /// Choose a release that has a wheel for this system, or build one where that does no harm.
    pub(super) struct UnapprovedSource {
        id: "unapproved-source",
        summary: "the policy wants wheels only, and this must be built",
        worst: High,
        needs: Artifact,
    }
}

impl Check for UnapprovedSource {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        if !cx.settings.only_wheels {
            return Err(Stop::NotApplicable("the policy allows builds"));
        }
        let is_wheel = match &package.artifact {
            Artifact::Wheel(file) => !file.built_here,
            Artifact::Directory { .. } | Artifact::Module { .. } => package.why == Why::Requested,
            Artifact::Sdist(_) | Artifact::Checkout { .. } => false,
        };
        if !is_wheel {
            found.push(Finding {
                severity: Severity::High,
                confidence: Confidence::High,
                title: format!("is a {} that must be built", package.artifact.kind()),
                primary: planned(package, cx, "download_info/url", ())
                    .shows("the policy sets `only-wheels`"),
                related: Vec::new(),
                help: Some("choose a release that has a wheel".into()),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::UnapprovedSource;
    use crate::testing::{World, assert_shows, demo};

    fn strict(mut world: World) -> World {
        world.settings.only_wheels = true;
        world
    }

    #[test]
    fn flags_a_source_archive_and_what_was_built_of_one() {
        let expected = "high: is a sdist that must be built";
        assert_shows(&UnapprovedSource, strict(demo().sdist()), expected);
        let mut world = strict(demo());
        world.file_mut().built_here = true;
        assert_shows(
            &UnapprovedSource,
            world,
            "high: is a wheel that must be built",
        );
    }

    #[test]
    fn accepts_wheels_and_the_user_s_own_directory() {
        assert_shows(&UnapprovedSource, strict(demo()), "complete");
        assert_shows(&UnapprovedSource, strict(demo().directory()), "complete");
    }

    #[test]
    fn does_not_apply_unless_the_policy_wants_it() {
        let expected = "not applicable: the policy allows builds";
        assert_shows(&UnapprovedSource, demo(), expected);
    }
}

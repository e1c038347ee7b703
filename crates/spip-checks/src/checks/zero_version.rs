//! Points at placeholder version numbers.

use spip_core::{Artifact, Check, Confidence, Context, Finding, Package, Severity, Stop};

use crate::planned::planned;

describe! {
    /// ## What it asks
    ///
    /// Is every number of the release zero: `0`, `0.0`, `0.0.0a1`, `0.0.0.dev3`? `0.0.1` is not.
    /// A directory on this machine is the user's own business.
    ///
    /// ## Why it matters
    ///
    /// Names that somebody only reserved, and packages thrown together for an attack, often keep
    /// the number that the tools fill in.
    ///
    /// ## What to do
    ///
    /// Make sure that this is the package you mean. A placeholder has nothing worth installing.
    pub(super) struct ZeroVersion {
        id: "zero-version",
        summary: "the version consists of zeros",
        worst: Low,
        needs: Artifact,
    }
}

impl Check for ZeroVersion {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        if let Artifact::Directory { .. } = package.artifact {
            return Err(Stop::NotApplicable("a directory on this machine"));
        }
        let Some(version) = &package.version else {
            return Err(Stop::NotApplicable(
                "its version is not known before a build",
            ));
        };
        let Some(parsed) = version.pep440() else {
            return Err(Stop::NotApplicable("its version is not of PEP 440"));
        };

        if parsed.release().iter().all(|number| *number == 0) {
            found.push(Finding {
                severity: Severity::Low,
                confidence: Confidence::High,
                title: "its version consists of zeros".to_owned(),
                primary: planned(package, cx, "metadata/version", version)
                    .shows(format!("version {version}")),
                related: Vec::new(),
                help: Some("make sure that this is the package you mean".to_owned()),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::ZeroVersion;
    use crate::testing::{World, assert_shows, demo};

    #[test]
    fn flags_every_spelling_of_zero() {
        for version in [
            "0",
            "0.0",
            "0.0.0",
            "0.0.0a1",
            "0.0.0.dev3",
            "0.0.post1",
            "0.0+x",
        ] {
            let world = World::new("demo", version);
            assert_shows(&ZeroVersion, world, "low: its version consists of zeros");
        }
    }

    #[test]
    fn accepts_a_version_with_any_other_number() {
        for version in ["0.0.1", "0.1", "1.0.0", "10.0", "0.0.1.dev0"] {
            assert_shows(&ZeroVersion, World::new("demo", version), "complete");
        }
    }

    #[test]
    fn leaves_the_users_own_directory_alone() {
        let world = World::new("demo", "0.0.0").directory();
        assert_shows(
            &ZeroVersion,
            world,
            "not applicable: a directory on this machine",
        );
    }

    #[test]
    fn does_not_apply_where_no_number_is_known() {
        let mut world = demo();
        world.package.version = None;
        let expected = "not applicable: its version is not known before a build";
        assert_shows(&ZeroVersion, world, expected);
        let world = World::new("demo", "zero-point-zero");
        assert_shows(
            &ZeroVersion,
            world,
            "not applicable: its version is not of PEP 440",
        );
    }
}

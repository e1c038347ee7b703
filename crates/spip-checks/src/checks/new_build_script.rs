//! Tells of build scripts in a project whose source archives had none.

use spip_core::{Artifact, Check, Confidence, Context, Finding, Package, Severity, Site, Stop};

use crate::contents;
use crate::upgrade::{HELP, Upgrade};

describe! {
    /// ## What it asks
    ///
    /// Does a source archive bring a `setup.py` that the older one did not have, in a patch release
    /// (MEDIUM) or in a minor one (LOW)? Source archives are compared with what was remembered of those
    /// that were installed on this machine; `spip diff` compares the two that it is given, and shows a
    /// `setup.py` and settings of the build that changed as well.
    ///
    /// ## Why it matters
    ///
    /// `setup.py` runs when the archive is built, with all rights of the user. A project that did
    /// without one seldom goes back to it.
    ///
    /// ## What to do
    ///
    /// Look at the script, or install the wheel.
    pub(super) struct NewBuildScript {
        id: "new-build-script",
        summary: "a source archive brings a build script that older ones did not have",
        worst: Medium,
        needs: Contents,
    }
}

const SCRIPT: &str = "setup.py";

impl Check for NewBuildScript {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        if !matches!(package.artifact, Artifact::Sdist(_)) {
            return Err(Stop::NotApplicable("not a source archive"));
        }
        let contents = contents::read(package, cx)?;
        let Some(upgrade) = Upgrade::of(package, cx)? else {
            return Ok(());
        };
        let known = &upgrade.makeup.build;
        let is_new = contents.makeup.build.contains_key(SCRIPT) && !known.contains_key(SCRIPT);
        // An archive without any build file was not read as one.
        if !is_new || known.is_empty() {
            return upgrade.concluded();
        }
        if let Some(severity) = upgrade.weigh(Severity::Medium) {
            found.push(Finding {
                severity,
                confidence: Confidence::High,
                title: format!("brings a {SCRIPT}, new in {}", upgrade.step.words()),
                primary: Site::member(SCRIPT).shows("runs when it is built"),
                related: vec![upgrade.lacks()],
                help: Some(HELP.to_owned()),
            });
        }
        upgrade.concluded()
    }
}

#[cfg(test)]
mod tests {
    use spip_core::{Makeup, ReleaseProfile};

    use super::NewBuildScript;
    use crate::testing::{World, assert_shows, demo};

    fn world(before: &[&str], version: &str) -> World {
        let build = |names: &[&str]| {
            let files = names
                .iter()
                .map(|name| ((*name).to_owned(), "00".to_owned()));
            files.collect()
        };
        let mut world = demo().sdist().remembering(ReleaseProfile {
            version: version.to_owned(),
            kind: "sdist".to_owned(),
            rules: "today's".to_owned(),
            makeup: Some(Makeup {
                build: build(before),
                ..Makeup::default()
            }),
            ..ReleaseProfile::default()
        });
        world.contents_mut().makeup.build = build(&["pyproject.toml", "setup.py"]);
        world
    }

    #[test]
    fn flags_a_script_that_older_archives_did_not_have() {
        let expected = "medium: brings a setup.py, new in a patch release";
        assert_shows(
            &NewBuildScript,
            world(&["pyproject.toml"], "1.4.0.dev1"),
            expected,
        );
        let expected = "low: brings a setup.py, new in a minor release";
        assert_shows(&NewBuildScript, world(&["pyproject.toml"], "1.3"), expected);
    }

    #[test]
    fn accepts_a_script_that_was_there_and_larger_steps() {
        assert_shows(&NewBuildScript, world(&["setup.py"], "1.3"), "complete");
        assert_shows(
            &NewBuildScript,
            world(&["pyproject.toml"], "0.9"),
            "complete",
        );
    }

    #[test]
    fn leaves_a_gap_when_the_older_one_cannot_be_read() {
        let world = demo().sdist().tampered();
        assert_shows(&NewBuildScript, world, "incomplete: uncompared");
    }
}

//! Tells of requirements that a repair of a project suddenly has.

use spip_core::{
    Changes, Check, Confidence, Contents, Context, Finding, Package, Part, Severity, Site, Stop,
};

use crate::contents;
use crate::upgrade::{HELP, Upgrade};

describe! {
    /// ## What it asks
    ///
    /// Does a patch release (`1.4.0` to `1.4.1`) require a project that the release whose place it
    /// takes did not (LOW)? What only an extra needs does not count, nor do other versions of what was
    /// required before. It is compared as for `new-capability`.
    ///
    /// ## Why it matters
    ///
    /// A payload may come as a dependency: the project itself then changes by one line. A
    /// repair seldom needs a new project.
    ///
    /// ## What to do
    ///
    /// Look who publishes the new requirement, and since when.
    pub(super) struct NewDependency {
        id: "new-dependency",
        summary: "a patch release requires a project that older ones did not",
        worst: Low,
        needs: Contents,
    }
}

impl Check for NewDependency {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let Some(upgrade) = Upgrade::of(package, cx)? else {
            return Ok(());
        };
        let Some(severity) = upgrade.weigh(Severity::Low) else {
            return upgrade.concluded();
        };
        let older = Contents {
            makeup: upgrade.makeup.clone(),
            ..Contents::default()
        };
        let changes = Changes::between(&older, &contents);
        for requirement in changes.came(Part::Requirement).filter(|it| !is_extra(it)) {
            found.push(Finding {
                severity,
                confidence: Confidence::High,
                title: format!("requires {}, as no older release did", short(requirement)),
                primary: Site::default().shows(requirement),
                related: vec![upgrade.lacks()],
                help: Some(HELP.to_owned()),
            });
        }
        upgrade.concluded()
    }
}

/// Whether only an extra of the project needs it.
fn is_extra(requirement: &str) -> bool {
    let marker = requirement.split_once(';').map_or("", |(_, marker)| marker);
    let is_asked = ["extra ==", "extra=="].iter().any(|it| marker.contains(it));
    // What also holds without the extra is always installed.
    is_asked && !marker.contains(" or ")
}

/// The project's name, without versions and markers.
fn short(requirement: &str) -> spip_core::Quoted {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let end = requirement.find(|letter| !is_part(letter));
    spip_core::Quoted::new(&requirement[..end.unwrap_or(requirement.len())])
}

#[cfg(test)]
mod tests {
    use super::NewDependency;
    use crate::testing::{World, assert_shows, demo};

    fn requiring(requirement: &str, installed: &str) -> World {
        let mut world = demo().replacing(installed, vec![]);
        let requires = &mut world.contents_mut().makeup.requires;
        requires.insert(requirement.to_owned());
        let before = &mut world.previous_mut().requires;
        before.insert("Other>=1".to_owned());
        world
    }

    #[test]
    fn flags_a_new_requirement_of_a_patch_release() {
        let expected = "low: requires fresh-one, as no older release did";
        let world = requiring("fresh-one>=2; python_version > '3'", "1.4.0.dev1");
        assert_shows(&NewDependency, world, expected);
    }

    #[test]
    fn accepts_larger_steps_extras_and_other_versions() {
        let quiet = |requirement: &str, installed: &str| {
            assert_shows(
                &NewDependency,
                requiring(requirement, installed),
                "complete",
            );
        };
        quiet("fresh", "1.3.0");
        quiet("fresh; extra == 'all'", "1.4.0.dev1");
        quiet("other<3", "1.4.0.dev1");
    }

    #[test]
    fn leaves_a_gap_when_what_is_installed_cannot_be_read() {
        assert_shows(&NewDependency, demo().tampered(), "incomplete: uncompared");
    }
}

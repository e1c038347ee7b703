//! Tells of names that a repair of a project suddenly imports by.

use spip_core::{Check, Confidence, Context, Finding, Package, Severity, Site, Stop};

use crate::contents;
use crate::upgrade::{HELP, Upgrade};

describe! {
    /// ## What it asks
    ///
    /// Does a patch release (`1.4.0` to `1.4.1`) bring a module or package beside those that the
    /// release whose place it takes had (LOW)? Modules of machine code with a digest in their name
    /// (mypyc) do not count. It is compared as for `new-capability`.
    ///
    /// ## Why it matters
    ///
    /// A module of another name may stand in the way of another project's, or hold what the known
    /// ones do not show.
    ///
    /// ## What to do
    ///
    /// Look at the module: `spip diff NAME OLD NEW` shows what else is new.
    pub(super) struct NewModule {
        id: "new-module",
        summary: "a patch release brings a module beside the known ones",
        worst: Low,
        needs: Contents,
    }
}

impl Check for NewModule {
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
        let known = &upgrade.makeup.modules;
        let (Some(severity), false) = (upgrade.weigh(Severity::Low), known.is_empty()) else {
            return upgrade.concluded();
        };
        for module in contents.makeup.modules.difference(known) {
            if is_of_a_build(module) {
                continue;
            }
            found.push(Finding {
                severity,
                confidence: Confidence::High,
                title: format!(
                    "brings the module {}, as no older release did",
                    spip_core::Quoted::new(module)
                ),
                primary: Site::member(module).shows("is imported by this name"),
                related: vec![upgrade.lacks()],
                help: Some(HELP.to_owned()),
            });
        }
        upgrade.concluded()
    }
}

/// Whether mypyc made the name, out of a digest.
fn is_of_a_build(module: &str) -> bool {
    let digest = module.strip_suffix("__mypyc");
    digest.is_some_and(|it| it.len() >= 16 && it.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::NewModule;
    use crate::testing::{World, assert_shows, demo};

    fn bringing(module: &str, installed: &str) -> World {
        let mut world = demo().replacing(installed, vec![]);
        let modules = &mut world.contents_mut().makeup.modules;
        modules.extend(["demo".to_owned(), module.to_owned()]);
        let before = &mut world.previous_mut().modules;
        before.insert("demo".to_owned());
        world
    }

    #[test]
    fn flags_a_module_that_a_patch_release_brings() {
        let expected = "low: brings the module helper, as no older release did";
        assert_shows(&NewModule, bringing("helper", "1.4.0.dev1"), expected);
    }

    #[test]
    fn accepts_larger_steps_known_names_and_names_of_builds() {
        for (module, installed) in [
            ("helper", "1.3.0"),
            ("demo", "1.4.0.dev1"),
            ("81d243bd2c585b0f4821__mypyc", "1.4.0.dev1"),
        ] {
            assert_shows(&NewModule, bringing(module, installed), "complete");
        }
    }

    #[test]
    fn leaves_a_gap_when_what_is_installed_cannot_be_read() {
        assert_shows(&NewModule, demo().tampered(), "incomplete: uncompared");
    }
}

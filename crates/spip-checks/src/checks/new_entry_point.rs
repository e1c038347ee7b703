//! Tells of commands and plug-ins that a small step of a project suddenly installs.

use spip_core::{
    Check, Confidence, Context, Finding, Package, PackageName, Quoted, Severity, Site, Stop,
};

use crate::contents;
use crate::names::Names;
use crate::upgrade::{HELP, Upgrade};

describe! {
    /// ## What it asks
    ///
    /// Does the release install a command that the release whose place it takes did not have? In a
    /// patch release (`1.4.0` to `1.4.1`) that is LOW, and MEDIUM if a widely used project has the
    /// command's name. Or does it bring a plug-in that another program loads without being told to
    /// (pytest, setuptools, pydantic and the like): MEDIUM. In a minor release everything weighs one
    /// less, in a major one and on the way back nothing. It is compared as for `new-capability`.
    ///
    /// Commands named after the project itself are left alone, and so are plug-ins that somebody has to
    /// choose. Names that everybody trusts (`python`, `sudo`) are for `shadowed-command`. The commands of
    /// a source archive are not known before a build.
    ///
    /// ## Why it matters
    ///
    /// A command of a known name runs in its place, a plug-in with every test run or build in
    /// the environment: nobody has to import the project for that.
    ///
    /// ## What to do
    ///
    /// Look at what it runs: `spip diff NAME OLD NEW` shows what else is new.
    pub(super) struct NewEntryPoint {
        id: "new-entry-point",
        summary: "a small step brings a command or a plug-in that loads by itself",
        worst: Medium,
        needs: Contents,
    }
}

/// Groups whose plug-ins run as soon as they are installed and the program is started, or a
/// package is built.
const LOADED: &[&str] = &[
    "distutils.commands",
    "distutils.setup_keywords",
    "egg_info.writers",
    "hatch",
    "hypothesis",
    "keyring.backends",
    "pdm",
    "poetry.application.plugin",
    "poetry.plugin",
    "pydantic",
    "pytest11",
    "setuptools.file_finders",
    "setuptools.finalize_distribution_options",
    "tox",
    "virtualenv.activate",
    "virtualenv.create",
    "virtualenv.discovery",
    "virtualenv.seed",
];

impl Check for NewEntryPoint {
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
        let (now, before) = (&contents.makeup, &upgrade.makeup);
        for command in now.commands.difference(&before.commands) {
            let command = command.strip_suffix(".py").unwrap_or(command);
            if is_own(command, &package.name) {
                continue;
            }
            let shown = Quoted::new(command);
            if is_famous(command) {
                let title =
                    format!("brings the command {shown}, the name of a widely used project");
                report(&upgrade, Severity::Medium, title, found);
            } else {
                let title = format!("brings the command {shown}, as no older release did");
                report(&upgrade, Severity::Low, title, found);
            }
        }
        for plugin in now.plugins.difference(&before.plugins) {
            let Some((group, name)) = plugin.split_once(": ") else {
                continue;
            };
            if LOADED.contains(&group) {
                let (group, name) = (Quoted::new(group), Quoted::new(name));
                let title = format!("brings the plug-in {name}, which loads by itself ({group})");
                report(&upgrade, Severity::Medium, title, found);
            }
        }
        upgrade.concluded()
    }
}

fn report(upgrade: &Upgrade, in_a_patch: Severity, title: String, found: &mut Vec<Finding>) {
    let Some(severity) = upgrade.weigh(in_a_patch) else {
        return;
    };
    found.push(Finding {
        severity,
        confidence: Confidence::High,
        title,
        primary: Site::member("entry_points.txt").shows("named here, or installed as a script"),
        related: vec![upgrade.lacks()],
        help: Some(HELP.to_owned()),
    });
}

/// `demo`, `demo-run` and `demo.run` are commands of `demo`.
fn is_own(command: &str, project: &PackageName) -> bool {
    let command: Result<PackageName, _> = command.parse();
    command.is_ok_and(|command| {
        let rest = command.as_str().strip_prefix(project.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

fn is_famous(command: &str) -> bool {
    let name: Result<PackageName, _> = command.parse();
    name.is_ok_and(|name| Names::popular().rank(name.as_str()).is_some())
}

#[cfg(test)]
mod tests {
    use super::NewEntryPoint;
    use crate::testing::{World, assert_shows, demo};

    const PATCH: &str = "1.4.0.dev1";

    fn command(name: &str, installed: &str) -> World {
        let mut world = demo().replacing(installed, vec![]);
        let commands = &mut world.contents_mut().makeup.commands;
        commands.extend(["old".to_owned(), name.to_owned()]);
        world.previous_mut().commands.insert("old".to_owned());
        world
    }

    fn plugin(plugin: &str, installed: &str) -> World {
        let mut world = demo().replacing(installed, vec![]);
        let plugins = &mut world.contents_mut().makeup.plugins;
        plugins.insert(plugin.to_owned());
        world
    }

    #[test]
    fn flags_a_command_that_a_patch_release_brings() {
        let expected = "low: brings the command helper-of-tests, as no older release did";
        assert_shows(&NewEntryPoint, command("helper-of-tests", PATCH), expected);
    }

    #[test]
    fn flags_a_command_named_after_a_widely_used_project() {
        let famous = "brings the command pytest, the name of a widely used project";
        assert_shows(
            &NewEntryPoint,
            command("pytest", PATCH),
            &format!("medium: {famous}"),
        );
        assert_shows(
            &NewEntryPoint,
            command("pytest", "1.3.0"),
            &format!("low: {famous}"),
        );
    }

    #[test]
    fn flags_a_plugin_that_loads_by_itself() {
        let expected = "medium: brings the plug-in demo, which loads by itself (pytest11)";
        assert_shows(&NewEntryPoint, plugin("pytest11: demo", PATCH), expected);
        let expected = "low: brings the plug-in demo, which loads by itself (pytest11)";
        assert_shows(&NewEntryPoint, plugin("pytest11: demo", "1.3.0"), expected);
    }

    #[test]
    fn accepts_known_ones_own_names_larger_steps_and_plugins_to_choose() {
        for (name, installed) in [
            ("old", PATCH),
            ("demo", PATCH),
            ("Demo.Run", PATCH),
            ("helper-of-tests", "1.3.0"),
            ("pytest", "0.9"),
            ("pytest", "1.5"),
        ] {
            assert_shows(&NewEntryPoint, command(name, installed), "complete");
        }
        for (name, installed) in [("babel.extractors: demo", PATCH), ("pytest11: demo", "0.9")] {
            assert_shows(&NewEntryPoint, plugin(name, installed), "complete");
        }
        let mut world = plugin("pytest11: demo", PATCH);
        world
            .previous_mut()
            .plugins
            .insert("pytest11: demo".to_owned());
        assert_shows(&NewEntryPoint, world, "complete");
    }

    #[test]
    fn does_not_apply_at_first_sight() {
        let expected = "not applicable: no other release of that kind is known here";
        assert_shows(&NewEntryPoint, demo(), expected);
    }

    #[test]
    fn leaves_a_gap_when_what_is_installed_cannot_be_read() {
        assert_shows(&NewEntryPoint, demo().tampered(), "incomplete: uncompared");
    }
}

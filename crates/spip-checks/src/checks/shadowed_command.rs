//! Points at commands that take the place of others.

use Severity::{High, Low};
use spip_core::{Check, Context, Finding, Odd, Oddity, Package, Severity, Stop};

use crate::contents::{self, Suspicions};

describe! {
    /// ## What it asks
    ///
    /// Would the artifact install a command under a name that people trust (`python`, `pip`, `sudo`,
    /// `git`), or an entry point whose name leaves the folder for commands or whose target is no object?
    ///
    /// A project that is named after its command may bring it.
    ///
    /// ## Why it matters
    ///
    /// The folder of an environment's commands comes first on the path. Whoever types the name runs the
    /// newcomer, with all rights of whoever typed it.
    ///
    /// ## What to do
    ///
    /// Do not install it into an environment that you work in.
    pub(super) struct ShadowedCommand {
        id: "shadowed-command",
        summary: "a command takes the place of another",
        worst: High,
        needs: Contents,
    }
}

impl Check for ShadowedCommand {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for oddity in contents.odd(|odd| odd == Odd::ShadowedCommand) {
            if !is_own(oddity, package.name.as_str()) {
                // `ping.py` is what nobody types who means `ping`.
                let is_script = oddity.site.member.to_ascii_lowercase().ends_with(".py");
                suspicions.oddity(
                    Some(if is_script { Low } else { High }),
                    "installs a command under a name that people trust",
                    oddity,
                );
            }
        }
        for oddity in contents.odd(|odd| odd == Odd::StrangeEntryPoint) {
            let severity = if leaves(&oddity.detail) { High } else { Low };
            suspicions.oddity(Some(severity), "has an entry point that is none", oddity);
        }
        suspicions.report_facts(
            "do not install it into an environment that you work in",
            found,
        );
        Ok(())
    }
}

/// Whether the project is named after the command: `pip` brings `pip3.12`, `uv` brings `uvx`.
fn is_own(oddity: &Oddity, project: &str) -> bool {
    let plain = |text: &str| -> String {
        let text = text.to_ascii_lowercase().replace(['_', '.'], "-");
        text.trim_end_matches(|it: char| it.is_ascii_digit() || it == '-')
            .to_owned()
    };
    let project = plain(project);
    let file = oddity.site.member.rsplit('/').next().unwrap_or_default();
    let words = oddity
        .detail
        .split(|it: char| !(it.is_alphanumeric() || matches!(it, '.' | '_' | '-')));
    let mut words = words.chain([file]).map(plain);
    !project.is_empty() && words.any(|word| word == project)
}

/// Whether a name leaves its folder.
fn leaves(detail: &str) -> bool {
    detail.contains(['/', '\\']) || detail.contains("..")
}

#[cfg(test)]
mod tests {
    use spip_core::{Odd, Trigger};

    use super::ShadowedCommand;
    use crate::testing::{World, assert_shows, demo};

    fn command(detail: &str) -> World {
        demo().odd(
            Odd::ShadowedCommand,
            Trigger::Call,
            "demo-1.4.0.data/scripts/pip",
            detail,
        )
    }

    #[test]
    fn flags_commands_of_others() {
        let expected = "high: installs a command under a name that people trust";
        assert_shows(&ShadowedCommand, command("the command pip"), expected);
    }

    #[test]
    fn flags_entry_points_that_leave_their_folder() {
        let strange = |detail: &str| {
            demo().odd(
                Odd::StrangeEntryPoint,
                Trigger::Call,
                "entry_points.txt",
                detail,
            )
        };
        assert_shows(
            &ShadowedCommand,
            strange("named ../../x"),
            "high: has an entry point that is none",
        );
        assert_shows(
            &ShadowedCommand,
            strange("target demo main"),
            "low: has an entry point that is none",
        );
    }

    #[test]
    fn accepts_a_command_of_the_projects_own_name() {
        let mut world = command("the command pip3.12");
        world.package.name = "pip".parse().unwrap();
        assert_shows(&ShadowedCommand, world, "complete");
        assert_shows(&ShadowedCommand, demo(), "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&ShadowedCommand, demo().offline(), "incomplete: offline");
    }
}

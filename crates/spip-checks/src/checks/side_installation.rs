//! Points at code that installs other packages behind the installer's back.

use Severity::{High, Low, Medium};
use spip_core::{Check, Context, Finding, Package, Severity, Stop, Trigger};

use crate::contents::{self, Command, HOLE, Install, NOTHING, Suspicions, commands, weigh};
use crate::names::Names;

describe! {
    /// ## What it asks
    ///
    /// Does the code call `pip`, `uv`, `npm` or another installer by itself: while it is built,
    /// at the start of the interpreter, when it is imported?
    ///
    /// A package that hardly anybody installs, or one from an address or index of its own, weighs most. A
    /// popular one, or a requirements file, is asked about.
    ///
    /// ## Why it matters
    ///
    /// What a package needs belongs into its metadata, where it is resolved and judged. An
    /// installation that code starts by itself passes every check and every lock file.
    ///
    /// ## What to do
    ///
    /// Install what it needs yourself, with the guard, and ask the project to declare it.
    pub(super) struct SideInstallation {
        id: "side-installation",
        summary: "code installs other packages by itself",
        worst: High,
        needs: Contents,
    }
}

impl Check for SideInstallation {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for command in commands(&contents) {
            for install in command.steps.iter().filter_map(contents::install) {
                let severity = severity(&command, &install);
                suspicions.command(severity, "installs other packages by itself", &command);
            }
        }
        suspicions.report(
            "let the installer install what it needs, so that it is judged",
            found,
        );
        Ok(())
    }
}

fn severity(command: &Command<'_>, install: &Install) -> Option<Severity> {
    let is_python = matches!(
        install.tool.as_str(),
        "pip" | "uv" | "pipx" | "uvx" | "easy_install"
    );
    if install.elsewhere {
        let severity = if is_python { High } else { Medium };
        return weigh(command.trigger, severity, Low);
    }
    // Front ends are built with `npm install`; its own lock file says what that is.
    if install.packages.is_empty() && !is_python {
        return weigh(command.trigger, Low, NOTHING);
    }
    let is_obscure = is_python && install.packages.iter().any(|it| is_obscure(it));
    if is_obscure {
        return weigh(command.trigger, High, Low);
    }
    match command.trigger {
        Trigger::Call => None,
        trigger => weigh(trigger, Medium, NOTHING),
    }
}

/// Whether this is the name of a package, and hardly anybody installs it.
fn is_obscure(requirement: &str) -> bool {
    let end = requirement.find(|it: char| !(it.is_alphanumeric() || matches!(it, '-' | '_' | '.')));
    let name = &requirement[..end.unwrap_or(requirement.len())];
    let is_path = requirement.contains(['/', '\\']) || name.is_empty() || name.starts_with('.');
    if is_path || requirement.starts_with(HOLE) {
        return false;
    }
    let name = name.to_ascii_lowercase().replace(['_', '.'], "-");
    Names::popular().rank(&name).is_none()
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Trigger};

    use super::SideInstallation;
    use crate::testing::{World, act, assert_shows, demo};

    fn running(text: &str, trigger: Trigger) -> World {
        demo().acting(
            act(Deed::Spawn, "subprocess.check_call")
                .texts(&[text])
                .when(trigger),
        )
    }

    #[test]
    fn flags_obscure_packages_and_other_indexes() {
        let expected = "high: installs other packages by itself, when it is built";
        for text in [
            "\u{fffc} -m pip install zz-obscure-demo",
            "pip3 install -q zz_obscure_demo==1.0",
            "pip install --extra-index-url http://h.invalid requests",
            "pip install git+https://h.invalid/x",
            "uv pip install zz-obscure-demo",
        ] {
            assert_shows(&SideInstallation, running(text, Trigger::Build), expected);
        }
    }

    #[test]
    fn flags_popular_packages_and_requirement_files_as_something_to_ask_about() {
        let expected = "medium: installs other packages by itself, when it is imported";
        for text in [
            "pip install numpy",
            "python -m pip install -r requirements.txt",
            "pip install \u{fffc}",
            "npm install left-pad",
        ] {
            assert_shows(&SideInstallation, running(text, Trigger::Import), expected);
        }
    }

    #[test]
    fn accepts_tools_that_install_when_told_to() {
        for text in [
            "pip install \u{fffc}",
            "pip install numpy",
            "pip wheel .",
            "npm install",
        ] {
            assert_shows(&SideInstallation, running(text, Trigger::Call), "complete");
        }
        assert_shows(
            &SideInstallation,
            running("python setup.py install", Trigger::Build),
            "complete",
        );
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&SideInstallation, demo().offline(), "incomplete: offline");
    }
}

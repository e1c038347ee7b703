//! Refuses what changes the environment beside the installation.

use Severity::{High, Medium};
use spip_core::{Check, Context, Finding, Odd, Oddity, Package, Severity, Stop, Trigger};

use crate::contents::{self, Suspicions};

describe! {
    /// ## What it asks
    ///
    /// Is every start-up file, module and command that came or changed during the run part of what was
    /// installed? Asked after the run, and after every run in which package code was allowed to build
    /// something.
    ///
    /// ## Why it matters
    ///
    /// A wheel is unpacked by the installer, file by file, as its RECORD says. Whatever else appears was put
    /// there by code that ran meanwhile: a build script that leaves a `.pth` file or changes another package's
    /// module stays in the environment when the build is long over.
    ///
    /// ## What to do
    ///
    /// Look at the file. A new one can be moved aside when `spip` asks; of a changed one install the package
    /// again that it belongs to.
    pub(super) struct UnrecordedChange {
        id: "unrecorded-change",
        summary: "a file came or changed that nothing installed accounts for",
        worst: High,
        needs: Contents,
    }
}

impl Check for UnrecordedChange {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for oddity in contents.odd(|odd| odd == Odd::Appeared) {
            let (severity, what) = judge(oddity);
            suspicions.oddity(Some(severity), what, oddity);
        }
        if contents.odd(|odd| odd == Odd::Appeared).next().is_none() {
            return Err(Stop::NotApplicable("asked of an environment, after a run"));
        }
        suspicions.report_facts("look at the file; install again what was changed", found);
        Ok(())
    }
}

fn judge(oddity: &Oddity) -> (Severity, &'static str) {
    if oddity.trigger == Trigger::Start {
        (High, "runs at every start of the interpreter from now on")
    } else {
        (Medium, "holds code that nothing installed accounts for")
    }
}

#[cfg(test)]
mod tests {
    use spip_core::{Odd, Trigger};

    use super::UnrecordedChange;
    use crate::testing::{assert_shows, demo};

    #[test]
    fn flags_start_up_files_and_code() {
        let start = demo().odd(Odd::Appeared, Trigger::Start, "helper.pth", "it is new");
        assert_shows(
            &UnrecordedChange,
            start,
            "high: runs at every start of the interpreter from now on",
        );
        let code = demo().odd(Odd::Appeared, Trigger::Import, "other/x.py", "it changed");
        assert_shows(
            &UnrecordedChange,
            code,
            "medium: holds code that nothing installed accounts for",
        );
    }

    #[test]
    fn accepts_what_is_there_without_having_changed() {
        let world = demo().odd(Odd::Unowned, Trigger::Import, "other/x.py", "");
        let expected = "not applicable: asked of an environment, after a run";
        assert_shows(&UnrecordedChange, world, expected);
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&UnrecordedChange, demo().offline(), "incomplete: offline");
    }
}

//! Refuses wheels whose RECORD does not describe what they hold.

use Severity::{High, Low, Medium};
use spip_core::{Check, Context, Finding, Odd, Oddity, Package, Severity, Stop};

use crate::contents::{self, Suspicions, runs_as_program};

describe! {
    /// ## What it asks
    ///
    /// Does every file of the wheel stand in its RECORD with its own digest (PEP 427), and do the name and
    /// version inside agree with the file name?
    ///
    /// ## Why it matters
    ///
    /// RECORD is what verifies and uninstalls a package. Files that were changed or added after the wheel
    /// was made show here, and the large indexes refuse such wheels by now.
    ///
    /// ## What to do
    ///
    /// Do not install it. Fetch the file again, from the index itself.
    pub(super) struct RecordMismatch {
        id: "record-mismatch",
        summary: "RECORD does not describe what the wheel holds",
        worst: High,
        needs: Artifact,
    }
}

impl Check for RecordMismatch {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for oddity in &contents.oddities {
            if let Some((severity, what)) = judge(oddity) {
                suspicions.oddity(Some(severity), what, oddity);
            }
        }
        suspicions.report_facts(
            "do not install it: fetch the file again, from the index itself",
            found,
        );
        Ok(())
    }
}

fn judge(oddity: &Oddity) -> Option<(Severity, &'static str)> {
    let file = oddity.site.member.rsplit('/').next().unwrap_or_default();
    let is_code = file.contains('.') && runs_as_program(file);
    Some(match oddity.what {
        Odd::RecordMismatch => (High, "has a file whose digest is not the one in RECORD"),
        Odd::NotRecorded if is_code => (High, "has code that RECORD does not mention"),
        Odd::NotRecorded => (Medium, "has a file that RECORD does not mention"),
        Odd::RecordedButMissing => (Low, "lacks a file that RECORD mentions"),
        Odd::NoRecord => (Medium, "has no RECORD"),
        // What it does is for the other checks to say, which read it as a whole.
        Odd::Unowned => (Low, "has code that no installed package mentions"),
        // Tools rename wheels without touching what is inside.
        Odd::NameMismatch if oddity.detail.starts_with("WHEEL is tagged") => {
            (Low, "is tagged for other systems than its file name says")
        }
        Odd::NameMismatch => (High, "is not the package that its file name says"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use spip_core::{Odd, Trigger};

    use super::RecordMismatch;
    use crate::testing::{assert_shows, demo};

    #[test]
    fn flags_every_disagreement() {
        for (what, member, expected) in [
            (
                Odd::RecordMismatch,
                "demo/x.py",
                "high: has a file whose digest is not the one in RECORD",
            ),
            (
                Odd::NotRecorded,
                "demo.pth",
                "high: has code that RECORD does not mention",
            ),
            (
                Odd::NotRecorded,
                "demo/data.json",
                "medium: has a file that RECORD does not mention",
            ),
            (
                Odd::RecordedButMissing,
                "demo/y.py",
                "low: lacks a file that RECORD mentions",
            ),
            (Odd::NoRecord, "", "medium: has no RECORD"),
            (
                Odd::NameMismatch,
                "demo-1.4.0.dist-info/METADATA",
                "high: is not the package that its file name says",
            ),
        ] {
            let world = demo().odd(what, Trigger::Never, member, "");
            assert_shows(&RecordMismatch, world, expected);
        }
    }

    #[test]
    fn accepts_wheels_that_are_as_recorded() {
        assert_shows(&RecordMismatch, demo(), "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&RecordMismatch, demo().offline(), "incomplete: offline");
    }
}

//! Refuses archives that two tools would read differently.

use Severity::{High, Low, Medium};
use spip_core::{Artifact, Check, Context, Finding, Odd, Package, Severity, Stop};

use crate::contents::{self, Suspicions};

describe! {
    /// ## What it asks
    ///
    /// Is the archive what its format asks for: every name once, the directory and the members' own
    /// headers in agreement, nothing before, between or after them, no path that leaves the
    /// archive, no device, nothing encrypted, one top directory?
    ///
    /// Links that stay inside a source archive are ordinary.
    ///
    /// ## Why it matters
    ///
    /// Where two readers disagree, one of them judges and the other installs. No packaging tool makes such
    /// archives by accident.
    ///
    /// ## What to do
    ///
    /// Do not install it. Tell the index.
    pub(super) struct MalformedArchive {
        id: "malformed-archive",
        summary: "the archive is not what its format asks for",
        worst: High,
        needs: Contents,
    }
}

impl Check for MalformedArchive {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        let is_wheel = matches!(package.artifact, Artifact::Wheel(_));
        for oddity in &contents.oddities {
            if let Some((severity, what)) = judge(oddity.what, is_wheel) {
                suspicions.oddity(Some(severity), what, oddity);
            }
        }
        suspicions.report_facts("do not install it, and tell the index", found);
        Ok(())
    }
}

fn judge(odd: Odd, is_wheel: bool) -> Option<(Severity, &'static str)> {
    // Source archives are packed by hand and by old tools.
    let strict = if is_wheel { High } else { Medium };
    Some(match odd {
        Odd::DuplicateName => (strict, "has two members of one name"),
        Odd::ConflictingName => (Medium, "has members whose names conflict"),
        Odd::HeaderMismatch => (High, "has members that its directory describes differently"),
        Odd::DataOutside => (strict, "holds data outside of its members"),
        Odd::UnsafePath => (High, "has a member whose path leaves the archive"),
        Odd::EscapingLink => (High, "has a link that leaves the archive"),
        Odd::Device => (High, "has a member that is no file"),
        Odd::Encrypted => (High, "has an encrypted member"),
        Odd::Malformed => (Medium, "is not what its format asks for"),
        Odd::SeveralTops => (strict, "has several top directories"),
        Odd::Link if is_wheel => (Medium, "has a link"),
        Odd::Link => (Low, "has links"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use spip_core::{Odd, Trigger};

    use super::MalformedArchive;
    use crate::testing::{World, assert_shows, demo};

    fn holding(what: Odd) -> World {
        demo().odd(what, Trigger::Never, "demo/x.py", "")
    }

    #[test]
    fn flags_what_readers_disagree_about() {
        for (what, words) in [
            (Odd::DuplicateName, "has two members of one name"),
            (
                Odd::HeaderMismatch,
                "has members that its directory describes differently",
            ),
            (Odd::DataOutside, "holds data outside of its members"),
            (
                Odd::UnsafePath,
                "has a member whose path leaves the archive",
            ),
            (Odd::EscapingLink, "has a link that leaves the archive"),
            (Odd::Device, "has a member that is no file"),
            (Odd::Encrypted, "has an encrypted member"),
            (Odd::SeveralTops, "has several top directories"),
        ] {
            assert_shows(&MalformedArchive, holding(what), &format!("high: {words}"));
        }
    }

    #[test]
    fn flags_less_in_source_archives() {
        let expected = "medium: has two members of one name";
        assert_shows(
            &MalformedArchive,
            holding(Odd::DuplicateName).sdist(),
            expected,
        );
        assert_shows(
            &MalformedArchive,
            holding(Odd::Link).sdist(),
            "low: has links",
        );
    }

    #[test]
    fn accepts_archives_that_are_in_order() {
        assert_shows(&MalformedArchive, demo(), "complete");
        assert_shows(&MalformedArchive, holding(Odd::Blob), "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&MalformedArchive, demo().offline(), "incomplete: offline");
    }
}

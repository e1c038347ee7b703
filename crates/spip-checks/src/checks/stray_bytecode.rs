//! Points at byte code that is not what its source says, or has none.

use Severity::{High, Low, Medium};
use spip_core::{
    Artifact, Check, Contents, Context, Deed, Finding, Odd, Oddity, Package, Severity, Stop,
    Taints, Trigger,
};

use crate::contents::{self, Suspicions, is_early};

describe! {
    /// ## What it asks
    ///
    /// Is there byte code (`.pyc`) without the source that it was made from, or byte code that
    /// its source does not compile to?
    ///
    /// It weighs most where code imports or loads it unasked, and where Python would run it
    /// without ever comparing it with the source.
    ///
    /// ## Why it matters
    ///
    /// Python runs byte code where it finds it. Reviews and scanners read the source.
    ///
    /// ## What to do
    ///
    /// Remove the byte code, or ask the project for its source.
    pub(super) struct StrayBytecode {
        id: "stray-bytecode",
        summary: "byte code without its source, or other than its source",
        worst: High,
        needs: Contents,
    }
}

impl Check for StrayBytecode {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        let is_wheel = matches!(package.artifact, Artifact::Wheel(_));
        for oddity in contents.odd(|odd| odd == Odd::SourcelessBytecode) {
            let severity = sourceless(&contents, oddity);
            suspicions.oddity(Some(severity), "has byte code without its source", oddity);
        }
        for oddity in contents.odd(|odd| odd == Odd::MismatchedBytecode) {
            let severity = match oddity.trigger {
                Trigger::Never => Low,
                _ if is_wheel
                    || is_unchecked(oddity)
                    || oddity.detail.contains(" its hash is ") =>
                {
                    High
                }
                // Archives of sources are often packed with what an older source left behind.
                _ => Medium,
            };
            suspicions.oddity(
                Some(severity),
                "has byte code that its source does not compile to",
                oddity,
            );
        }
        suspicions.report_facts("ask the project for the source", found);
        Ok(())
    }
}

fn sourceless(contents: &Contents, oddity: &Oddity) -> Severity {
    // Python does not import from its cache without the source.
    let is_cached = oddity.site.member.contains("__pycache__/");
    let loaders = contents.acts_of(Deed::Execute).filter(|act| {
        let takes_it = act
            .taints
            .any(Taints::UNMARSHALLED.with(Taints::PACKAGE_DATA))
            || act.callee.contains("Sourceless");
        takes_it || contents::mentions(act, &oddity.site.member)
    });
    let loaded = loaders.map(|act| act.trigger).max().unwrap_or_default();
    let imported = oddity.trigger;
    match imported {
        Trigger::Never => Low,
        _ if is_early(loaded) => High,
        Trigger::Build | Trigger::Start => High,
        Trigger::Import if is_dangerous(oddity) => High,
        _ if is_cached && loaded == Trigger::Never => Low,
        _ => Medium,
    }
}

/// Whether it names what code needs to do something dangerous.
fn is_dangerous(oddity: &Oddity) -> bool {
    oddity.detail.contains("with the names")
}

/// Whether Python runs it without comparing it with its source.
fn is_unchecked(oddity: &Oddity) -> bool {
    oddity.detail.starts_with("is never compared")
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Odd, Taints, Trigger};

    use super::StrayBytecode;
    use crate::testing::{World, act, assert_shows, demo};

    fn sourceless(member: &str) -> World {
        demo().odd(Odd::SourcelessBytecode, Trigger::Call, member, "no source")
    }

    #[test]
    fn flags_byte_code_without_source() {
        assert_shows(
            &StrayBytecode,
            sourceless("demo/full.pyc"),
            "medium: has byte code without its source",
        );
        let load = act(
            Deed::Execute,
            "importlib.machinery.SourcelessFileLoader().load_module",
        )
        .tainted(Taints::UNMARSHALLED);
        let world = sourceless("demo/full.pyc").acting(load);
        assert_shows(
            &StrayBytecode,
            world,
            "high: has byte code without its source",
        );
    }

    #[test]
    fn flags_byte_code_that_is_imported_or_loaded() {
        let imported = |trigger: Trigger, detail: &str| {
            demo().odd(Odd::SourcelessBytecode, trigger, "demo/full.pyc", detail)
        };
        let high = "high: has byte code without its source";
        assert_shows(&StrayBytecode, imported(Trigger::Build, "no source"), high);
        let named = "byte code without its source, with the names exec";
        assert_shows(&StrayBytecode, imported(Trigger::Import, named), high);
        let medium = "medium: has byte code without its source";
        assert_shows(
            &StrayBytecode,
            imported(Trigger::Import, "no source"),
            medium,
        );
        let load = act(
            Deed::Execute,
            "importlib.machinery.SourcelessFileLoader().load_module",
        )
        .when(Trigger::Call);
        let world = sourceless("demo/__pycache__/x.pyc").acting(load);
        assert_shows(&StrayBytecode, world, medium);
    }

    #[test]
    fn flags_byte_code_that_is_never_compared() {
        let detail = "is never compared with its source; its hash is not that of the source";
        let member = "demo/__pycache__/x.pyc";
        let world = demo().odd(Odd::MismatchedBytecode, Trigger::Import, member, detail);
        let expected = "high: has byte code that its source does not compile to";
        assert_shows(&StrayBytecode, world.sdist(), expected);
    }

    #[test]
    fn flags_byte_code_that_lies() {
        let world = || {
            demo().odd(
                Odd::MismatchedBytecode,
                Trigger::Import,
                "demo/__pycache__/x.pyc",
                "other constants",
            )
        };
        let expected = "high: has byte code that its source does not compile to";
        assert_shows(&StrayBytecode, world(), expected);
        let expected = "medium: has byte code that its source does not compile to";
        assert_shows(&StrayBytecode, world().sdist(), expected);
        let hashed = demo().sdist().odd(
            Odd::MismatchedBytecode,
            Trigger::Build,
            "demo/__pycache__/x.pyc",
            "is run whatever the time of its source, and its hash is that of the source",
        );
        let expected = "high: has byte code that its source does not compile to";
        assert_shows(&StrayBytecode, hashed, expected);
    }

    #[test]
    fn accepts_leftovers_with_a_word() {
        let expected = "low: has byte code without its source";
        assert_shows(
            &StrayBytecode,
            sourceless("demo/__pycache__/x.pyc"),
            expected,
        );
        assert_shows(&StrayBytecode, demo(), "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&StrayBytecode, demo().offline(), "incomplete: offline");
    }
}

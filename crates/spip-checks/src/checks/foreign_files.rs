//! Points at files that take the place of other projects' or of Python's own.

use Severity::{High, Low, Medium};
use spip_core::{Check, Context, Finding, Odd, Oddity, Package, Severity, Stop};

use crate::contents::{self, Suspicions};

describe! {
    /// ## What it asks
    ///
    /// Would the artifact put files into a package that belongs to another project, or a top-level
    /// module with the name of one of the standard library?
    ///
    /// Backports that are named after the module they bring, and packages that share a namespace,
    /// are left alone.
    ///
    /// ## Why it matters
    ///
    /// Whoever imports the other project runs these files, without ever having asked for them.
    ///
    /// ## What to do
    ///
    /// Install it into an environment of its own, or not at all.
    pub(super) struct ForeignFiles {
        id: "foreign-files",
        summary: "files take the place of another project's or of Python's own",
        worst: High,
        needs: Artifact,
    }
}

impl Check for ForeignFiles {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for oddity in contents.odd(|odd| odd == Odd::ShadowedStdlib) {
            let severity = shadowed(&oddity.site.member, package.name.as_str());
            suspicions.oddity(
                severity,
                "has a module with the name of one of Python's own",
                oddity,
            );
        }
        for oddity in contents.odd(|odd| odd == Odd::ForeignPackage) {
            suspicions.oddity(
                Some(foreign(oddity)),
                "puts files into another project's package",
                oddity,
            );
        }
        suspicions.report_facts(
            "install it into an environment of its own, or not at all",
            found,
        );
        Ok(())
    }
}

fn shadowed(member: &str, project: &str) -> Option<Severity> {
    let top = member.split('/').next().unwrap_or(member);
    let module = top.strip_suffix(".py").unwrap_or(top).to_ascii_lowercase();
    let plain = project.replace('-', "");
    let is_backport = plain.contains(&module.replace('_', ""));
    // Projects pack their tests by accident.
    let is_accident = matches!(module.as_str(), "test" | "tests");
    match () {
        () if is_backport => None,
        () if is_accident => Some(Low),
        () => Some(Medium),
    }
}

/// What installs packages, checks connections or runs at every start is nobody else's.
fn foreign(oddity: &Oddity) -> Severity {
    const GUARDED: [&str; 7] = [
        "pip",
        "setuptools",
        "_distutils_hack",
        "pkg_resources",
        "certifi",
        "wheel",
        "site",
    ];
    let top = oddity.site.member.split('/').next().unwrap_or_default();
    if GUARDED.contains(&top) { High } else { Medium }
}

#[cfg(test)]
mod tests {
    use spip_core::{Odd, Trigger};

    use super::ForeignFiles;
    use crate::testing::{World, assert_shows, demo};

    fn holding(what: Odd, member: &str) -> World {
        demo().odd(what, Trigger::Import, member, "")
    }

    #[test]
    fn flags_files_in_packages_of_others() {
        let expected = "medium: puts files into another project's package";
        assert_shows(
            &ForeignFiles,
            holding(Odd::ForeignPackage, "requests/helper.py"),
            expected,
        );
        let expected = "high: puts files into another project's package";
        assert_shows(
            &ForeignFiles,
            holding(Odd::ForeignPackage, "pip/_vendor/x.py"),
            expected,
        );
    }

    #[test]
    fn flags_modules_with_names_of_pythons_own() {
        let expected = "medium: has a module with the name of one of Python's own";
        assert_shows(
            &ForeignFiles,
            holding(Odd::ShadowedStdlib, "queue.py"),
            expected,
        );
        let expected = "low: has a module with the name of one of Python's own";
        assert_shows(
            &ForeignFiles,
            holding(Odd::ShadowedStdlib, "test/__init__.py"),
            expected,
        );
    }

    #[test]
    fn accepts_backports() {
        let mut world = holding(Odd::ShadowedStdlib, "asyncore/__init__.py");
        world.package.name = "pyasyncore".parse().unwrap();
        assert_shows(&ForeignFiles, world, "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&ForeignFiles, demo().offline(), "incomplete: offline");
    }
}

//! Points at files that take the place of other projects' or of Python's own.

use Severity::{High, Low, Medium};
use spip_core::{
    Act, Check, Contents, Context, Deed, Finding, Odd, Oddity, Package, Severity, Stop, Taints,
    Trigger,
};

use crate::contents::{self, Address, Suspicions, addresses, is_early, weigh};

describe! {
    /// ## What it asks
    ///
    /// Would the artifact put files into a package that belongs to another project, or a top-level
    /// module with the name of one of the standard library? Would it put files into Python's own
    /// library, or where the environment, shells, services or the settings of `pip` are kept?
    ///
    /// It weighs more where that code talks to another machine, starts programs or runs what it hides.
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
        needs: Contents,
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
            let severity = shadowed(&contents, &oddity.site.member, package.name.as_str());
            suspicions.oddity(
                severity,
                "has a module with the name of one of Python's own",
                oddity,
            );
        }
        for oddity in contents.odd(|odd| odd == Odd::ForeignPackage) {
            suspicions.oddity(
                Some(foreign(&contents, oddity)),
                "puts files into another project's package",
                oddity,
            );
        }
        for oddity in contents.odd(|odd| odd == Odd::SharedPlace) {
            suspicions.oddity(
                weigh(oddity.trigger, High, Medium),
                "puts files where Python, shells or services read what they run",
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

fn shadowed(contents: &Contents, member: &str, project: &str) -> Option<Severity> {
    let file = member.rsplit('/').next().unwrap_or(member);
    let package = member.rsplit('/').nth(1).unwrap_or(member);
    let top = if file.starts_with("__init__.") {
        package
    } else {
        file
    };
    let module = top.split('.').next().unwrap_or(top).to_ascii_lowercase();
    let plain = project.replace('-', "");
    let is_backport = plain.contains(&module.replace('_', ""));
    // Projects pack their tests by accident.
    let is_accident = matches!(module.as_str(), "test" | "tests");
    match () {
        () if is_backport => None,
        () if is_accident => Some(Low),
        () if attacks(contents, |act| act.site.member == member) => Some(High),
        () => Some(Medium),
    }
}

/// Whether some of these acts talk to another machine or start what nobody can read.
fn attacks(contents: &Contents, is_near: impl Fn(&Act) -> bool) -> bool {
    let near = contents
        .acts
        .iter()
        .filter(|act| is_near(act) && act.trigger != Trigger::Never);
    let hidden = Taints::HIDDEN.with(Taints::DOWNLOADED);
    near.into_iter().any(|act| match act.deed {
        Deed::Send | Deed::Connect => addresses(act).iter().any(Address::is_foreign),
        Deed::Execute | Deed::LoadNative => act.taints.any(hidden),
        Deed::Spawn => true,
        _ => false,
    })
}

/// What installs packages, checks connections or runs at every start is nobody else's.
fn foreign(contents: &Contents, oddity: &Oddity) -> Severity {
    const GUARDED: [&str; 6] = [
        "pip",
        "setuptools",
        "pkg_resources",
        "certifi",
        "wheel",
        "site",
    ];
    let top = oddity.site.member.split('/').next().unwrap_or_default();
    let is_there =
        |act: &Act| act.site.member.split('/').next() == Some(top) && is_early(act.trigger);
    if GUARDED.contains(&top) || attacks(contents, is_there) {
        High
    } else {
        Medium
    }
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Odd, Trigger};

    use super::ForeignFiles;
    use crate::testing::{World, act, assert_shows, demo};

    fn holding(what: Odd, member: &str) -> World {
        demo().odd(what, Trigger::Import, member, "")
    }

    #[test]
    fn flags_files_in_places_that_all_read() {
        let expected = "high: puts files where Python, shells or services read what they run";
        let world = demo().odd(Odd::SharedPlace, Trigger::Start, "d.data/data/pip.conf", "");
        assert_shows(&ForeignFiles, world, expected);
        let expected = "medium: puts files where Python, shells or services read what they run";
        let world = demo().odd(Odd::SharedPlace, Trigger::Call, "d.data/data/lib/x", "");
        assert_shows(&ForeignFiles, world, expected);
    }

    #[test]
    fn flags_files_in_packages_of_others() {
        let expected = "medium: puts files into another project's package";
        assert_shows(
            &ForeignFiles,
            holding(Odd::ForeignPackage, "requests/helper.py"),
            expected,
        );
        // A copy of setuptools' shim does what setuptools' own does; one that attacks is told below.
        assert_shows(
            &ForeignFiles,
            holding(Odd::ForeignPackage, "_distutils_hack/__init__.py"),
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
    fn what_the_file_does_weighs_too() {
        let send = act(Deed::Send, "socket.create_connection").texts(&["https://h.invalid"]);
        let world = holding(Odd::ShadowedStdlib, "demo-1.4.0/secrets.py");
        let talks = world.acting(
            send.clone()
                .at("demo-1.4.0/secrets.py", 3)
                .when(Trigger::Call),
        );
        let expected = "high: has a module with the name of one of Python's own";
        assert_shows(&ForeignFiles, talks, expected);
        let world = holding(Odd::ForeignPackage, "requests/helper.py");
        let talks = world.acting(send.clone().at("requests/other.py", 3));
        let expected = "high: puts files into another project's package";
        assert_shows(&ForeignFiles, talks, expected);
        let world = holding(Odd::ForeignPackage, "requests/helper.py");
        let expected = "medium: puts files into another project's package";
        assert_shows(
            &ForeignFiles,
            world.acting(send.at("demo/x.py", 3)),
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

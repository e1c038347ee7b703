//! Points at build requirements that are fetched from an address of their own.

use Severity::{High, Medium};
use spip_core::{Check, Context, Finding, Odd, Oddity, Package, Severity, Stop};

use crate::contents::{self, Suspicions, addresses_in};

describe! {
    /// ## What it asks
    ///
    /// Does `pyproject.toml` name a build requirement by address rather than by name?
    ///
    /// A well-known forge over an encrypted connection is asked about; everything else is refused.
    ///
    /// ## Why it matters
    ///
    /// A build requirement runs code before anything is built, and from there it can be changed at any time
    /// without a release.
    ///
    /// ## What to do
    ///
    /// Ask the project to require a release of it, or install a wheel.
    pub(super) struct BuildRequirementUrl {
        id: "build-requirement-url",
        summary: "a build requirement is named by address",
        worst: High,
        needs: Contents,
    }
}

const FORGES: &[&str] = &[
    "github.com",
    "gitlab.com",
    "codeberg.org",
    "bitbucket.org",
    "pypi.org",
    "files.pythonhosted.org",
    "codeload.github.com",
];

impl Check for BuildRequirementUrl {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for oddity in contents.odd(|odd| odd == Odd::BuildRequirementUrl) {
            suspicions.oddity(
                Some(severity(oddity)),
                "names a build requirement by address",
                oddity,
            );
        }
        suspicions.report_facts(
            "ask the project to require a release, or install a wheel",
            found,
        );
        Ok(())
    }
}

fn severity(oddity: &Oddity) -> Severity {
    let addresses = [&oddity.detail, &oddity.site.excerpt]
        .map(|text| addresses_in(text))
        .concat();
    let is_plain = |scheme: &str| matches!(scheme, "http" | "git" | "ftp" | "git+http" | "git+git");
    let is_known = !addresses.is_empty()
        && addresses.iter().all(|address| {
            !is_plain(&address.scheme) && FORGES.iter().any(|forge| address.is_of(forge))
        });
    // A path leads to the archive itself.
    let is_local = oddity.detail.contains("file:");
    if is_known || is_local { Medium } else { High }
}

#[cfg(test)]
mod tests {
    use spip_core::{Odd, Trigger};

    use super::BuildRequirementUrl;
    use crate::testing::{World, assert_shows, demo};

    fn requiring(detail: &str) -> World {
        demo()
            .odd(
                Odd::BuildRequirementUrl,
                Trigger::Build,
                "pyproject.toml",
                detail,
            )
            .sdist()
    }

    #[test]
    fn flags_addresses_by_who_stands_behind_them() {
        for (detail, expected) in [
            ("helper @ https://h.invalid/helper.whl", "high"),
            ("helper @ http://github.com/a/b.zip", "high"),
            ("helper", "high"),
            ("helper @ git+https://github.com/a/b@0123456", "medium"),
        ] {
            let expected = format!("{expected}: names a build requirement by address");
            assert_shows(&BuildRequirementUrl, requiring(detail), &expected);
        }
    }

    #[test]
    fn accepts_requirements_by_name() {
        assert_shows(&BuildRequirementUrl, demo().sdist(), "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(
            &BuildRequirementUrl,
            demo().offline(),
            "incomplete: offline",
        );
    }
}

//! Notices releases that name somebody else's repository than those before.

use std::collections::BTreeSet;

use spip_core::{Check, Confidence, Context, Finding, Package, ReleaseProfile, Severity, Stop};

use super::UNBUILT;
use crate::memory;

describe! {
    /// ## What it asks
    ///
    /// Do all repositories that the release names (on GitHub, GitLab, Codeberg or Bitbucket) belong to
    /// other accounts than those that the older releases named which were installed on this machine
    /// (LOW)? A release that was installed before is left alone, and so is one that names none.
    ///
    /// If what was remembered cannot be read, that is told, and weighs LOW.
    ///
    /// ## Why it matters
    ///
    /// A project that moved has new owners, or somebody publishes a copy of it under its name. Anybody
    /// can write any repository into the metadata, so the old one proves nothing.
    ///
    /// ## What to do
    ///
    /// Open the old repository: an honest move leaves a redirect or a notice.
    pub(super) struct RepositoryChanged {
        id: "repository-changed",
        summary: "it names a repository of another account than older releases",
        worst: Low,
        needs: Metadata,
    }
}

impl Check for RepositoryChanged {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let remembered = memory::of(package, cx)?;
        let Some(metadata) = cx.facts.metadata(package)? else {
            return Err(Stop::NotApplicable(UNBUILT));
        };
        let named = metadata.repositories();
        let Some(first) = named.first() else {
            return Err(Stop::NotApplicable("names no repository"));
        };
        let has_one = |release: &&ReleaseProfile| !release.repositories.is_empty();
        let older: Vec<_> = memory::older(&remembered, package)
            .filter(has_one)
            .collect();
        let Some(last) = older.last() else {
            return Err(Stop::NotApplicable(
                "no older release that named one was installed here before",
            ));
        };
        let known: BTreeSet<&str> = older
            .iter()
            .flat_map(|release| &release.repositories)
            .filter_map(|place| Some(place.rsplit_once('/')?.0))
            .collect();
        let accounts = named.iter().map(|repository| repository.value.account());
        if accounts.into_iter().any(|it| known.contains(it.as_str()))
            || memory::is_same_file(&remembered, package, cx)?
        {
            return Ok(());
        }
        let before: Vec<&str> = last.repositories.iter().map(String::as_str).collect();
        let before = before.join(", ");
        found.push(Finding {
            severity: Severity::Low,
            confidence: Confidence::Medium,
            title: "names the repository of another account than before".to_owned(),
            primary: first.shows(first.value.url.to_string()),
            related: vec![memory::fact().shows(format!("{} named {before}", last.version))],
            help: Some("open the old repository: an honest move leaves a redirect".to_owned()),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use spip_core::ReleaseProfile;

    use super::RepositoryChanged;
    use crate::testing::{World, assert_shows, demo, demo_sha256};

    const FOUND: &str = "low: names the repository of another account than before";

    fn release(version: &str, repositories: &[&str]) -> ReleaseProfile {
        ReleaseProfile {
            version: version.to_owned(),
            repositories: repositories.iter().map(ToString::to_string).collect(),
            ..ReleaseProfile::default()
        }
    }

    fn after(repositories: &[&str]) -> World {
        demo().remembering(release("1.3.0", repositories))
    }

    #[test]
    fn flags_a_repository_of_another_account() {
        for before in ["github.com/honest/demo", "gitlab.com/example/demo"] {
            assert_shows(&RepositoryChanged, after(&[before]), FOUND);
        }
    }

    #[test]
    fn accepts_the_same_account_however_it_is_spelled() {
        for before in ["github.com/example/demo", "github.com/example/old-name"] {
            let world = after(&[before, "github.com/honest/demo"]);
            assert_shows(&RepositoryChanged, world, "complete");
        }
        let mut world = after(&["github.com/example/demo"]);
        world.metadata_mut().urls[0].url = "www.GitHub.com/Example/Demo.git".to_owned();
        assert_shows(&RepositoryChanged, world, "complete");
    }

    #[test]
    fn accepts_what_was_installed_before() {
        let mut same = release("1.4.0", &[]);
        same.files = [demo_sha256().to_string()].into();
        let world = after(&["github.com/honest/demo"]).remembering(same);
        assert_shows(&RepositoryChanged, world, "complete");
    }

    #[test]
    fn does_not_apply_where_nothing_can_be_compared() {
        let never = "not applicable: no release of it was installed here before";
        assert_shows(&RepositoryChanged, demo(), never);
        let none = "not applicable: no older release that named one was installed here before";
        assert_shows(&RepositoryChanged, after(&[]), none);
        let mut world = after(&["github.com/honest/demo"]);
        world.metadata_mut().urls.clear();
        assert_shows(
            &RepositoryChanged,
            world,
            "not applicable: names no repository",
        );
        let mut world = after(&["github.com/honest/demo"]);
        world.metadata = None;
        let expected = "not applicable: its metadata is not known before a build";
        assert_shows(&RepositoryChanged, world, expected);
    }

    #[test]
    fn leaves_a_gap_when_the_memory_or_the_metadata_cannot_be_read() {
        let world = demo().forgetful();
        assert_shows(&RepositoryChanged, world, "incomplete: forgotten");
        let world = after(&["github.com/honest/demo"]).offline();
        assert_shows(&RepositoryChanged, world, "incomplete: offline");
    }
}

//! Notices projects that somebody else may publish than before.

use std::collections::BTreeSet;

use spip_core::{
    Check, Confidence, Context, Finding, Origin, Package, ReleaseProfile, Severity, Stop, index_of,
};

use crate::memory;

describe! {
    /// ## What it asks
    ///
    /// Does the index say that other users own or maintain the project than when releases of it were
    /// installed on this machine? None of them is left: MEDIUM. Somebody came in addition: LOW.
    /// Organizations count as users, what other indexes said does not count, and a file that was
    /// installed before is left alone.
    ///
    /// The main index tells it in its JSON API (`ownership`), which may be an hour old here. If what
    /// was remembered cannot be read, that is told, and weighs LOW.
    ///
    /// ## Why it matters
    ///
    /// Accounts are taken over through forgotten passwords and expired domains, and names of deleted
    /// projects are free for anybody. Who got in often adds an account of their own, so that they stay.
    ///
    /// ## What to do
    ///
    /// See whether the project announced new maintainers. If they are all new, pin the last release
    /// of the old ones until you know.
    pub(super) struct OwnerChanged {
        id: "owner-changed",
        summary: "other users may publish it than before",
        worst: Medium,
        needs: Artifact,
    }
}

impl Check for OwnerChanged {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let remembered = memory::of(package, cx)?;
        let Some(Origin::Index { page }) = package.artifact.file().map(|file| &file.origin) else {
            return Err(Stop::NotApplicable(memory::NO_INDEX));
        };
        let index = index_of(page);
        let here = |release: &&ReleaseProfile| {
            release.index.as_deref() == Some(index.as_str()) && !release.owners.is_empty()
        };
        let known: Vec<_> = remembered.releases.iter().filter(here).collect();
        let Some(last) = known.last() else {
            return Err(Stop::NotApplicable(
                "who owned it was not known when it was installed",
            ));
        };
        let project = cx.facts.project(package)?;
        let project =
            project.filter(|project| project.owners.as_ref().is_some_and(|it| !it.is_empty()));
        let Some(project) = project else {
            return Err(Stop::NotApplicable("the index does not say who owns it"));
        };
        let owners = project.owners.iter().flatten();
        let before: BTreeSet<&String> = known.iter().flat_map(|it| &it.owners).collect();
        let (old, new): (Vec<&String>, Vec<&String>) = owners.partition(|it| before.contains(it));
        if new.is_empty() || memory::is_same_file(&remembered, package, cx)? {
            return Ok(());
        }
        let (severity, title) = if old.is_empty() {
            let title = "belongs to other users than before, and none of those is left";
            (Severity::Medium, title)
        } else {
            (Severity::Low, "may be published by more users than before")
        };
        let then = format!(
            "{} when {} was installed",
            listed(&last.owners),
            last.version
        );
        found.push(Finding {
            severity,
            confidence: Confidence::High,
            title: title.to_owned(),
            primary: project
                .owners_fact(())
                .shows(format!("new: {}", listed(new))),
            related: vec![memory::fact().shows(then)],
            help: Some("see whether the project announced new maintainers".to_owned()),
        });
        Ok(())
    }
}

/// The first few.
fn listed<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    const SHOWN: usize = 8;
    let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use spip_core::{Origin, ReleaseProfile};

    use super::OwnerChanged;
    use crate::testing::{World, assert_shows, demo, demo_sha256};

    const REPLACED: &str = "medium: belongs to other users than before, and none of those is left";
    const ADDED: &str = "low: may be published by more users than before";

    fn release(version: &str, owners: &[&str]) -> ReleaseProfile {
        ReleaseProfile {
            version: version.to_owned(),
            index: Some("https://index.invalid/simple/".to_owned()),
            owners: owners.iter().map(ToString::to_string).collect(),
            ..ReleaseProfile::default()
        }
    }

    /// The project was owned by the first and is owned by the second.
    fn from_to(before: &[&str], now: &[&str]) -> World {
        let mut world = demo().remembering(release("1.3.0", before));
        world.project_mut().owners = Some(now.iter().map(ToString::to_string).collect());
        world
    }

    #[test]
    fn flags_new_owners_and_more_so_if_no_old_one_is_left() {
        assert_shows(&OwnerChanged, from_to(&["alice"], &["mallory"]), REPLACED);
        let world = from_to(&["alice", "bob"], &["organization Demo"]);
        assert_shows(&OwnerChanged, world, REPLACED);
        let world = from_to(&["alice", "bob"], &["bob", "mallory"]);
        assert_shows(&OwnerChanged, world, ADDED);
    }

    #[test]
    fn flags_new_owners_of_older_releases_too() {
        let mut world = demo().remembering(release("1.5.0", &["alice"]));
        world.project_mut().owners = Some(["mallory".to_owned()].into());
        assert_shows(&OwnerChanged, world, REPLACED);
    }

    #[test]
    fn accepts_the_same_owners_fewer_and_those_of_any_release() {
        assert_shows(&OwnerChanged, from_to(&["alice"], &["alice"]), "complete");
        let world = from_to(&["alice", "bob"], &["bob"]);
        assert_shows(&OwnerChanged, world, "complete");
        let world = from_to(&["alice"], &["bob"]).remembering(release("1.2.0", &["bob"]));
        assert_shows(&OwnerChanged, world, "complete");
    }

    #[test]
    fn accepts_what_was_installed_before() {
        let mut same = release("1.4.0", &[]);
        same.files = [demo_sha256().to_string()].into();
        let world = from_to(&["alice"], &["mallory"]).remembering(same);
        assert_shows(&OwnerChanged, world, "complete");
    }

    #[test]
    fn does_not_apply_where_nothing_can_be_compared() {
        let never = "not applicable: no release of it was installed here before";
        assert_shows(&OwnerChanged, demo(), never);
        let unknown = "not applicable: who owned it was not known when it was installed";
        assert_shows(&OwnerChanged, from_to(&[], &["mallory"]), unknown);
        let mut elsewhere = release("1.3.0", &["alice"]);
        elsewhere.index = Some("https://private.invalid/simple/".to_owned());
        assert_shows(&OwnerChanged, demo().remembering(elsewhere), unknown);
        let silent = "not applicable: the index does not say who owns it";
        assert_shows(&OwnerChanged, from_to(&["alice"], &[]), silent);
        let mut world = from_to(&["alice"], &[]);
        world.project_mut().owners = None;
        assert_shows(&OwnerChanged, world, silent);
        let mut world = from_to(&["alice"], &["mallory"]);
        world.project = None;
        assert_shows(&OwnerChanged, world, silent);
        let world = from_to(&["alice"], &["mallory"]).from(Origin::Requested);
        assert_shows(&OwnerChanged, world, "not applicable: no index offered it");
    }

    #[test]
    fn leaves_a_gap_when_the_memory_or_the_record_cannot_be_read() {
        assert_shows(&OwnerChanged, demo().forgetful(), "incomplete: forgotten");
        let world = from_to(&["alice"], &["alice"]).offline();
        assert_shows(&OwnerChanged, world, "incomplete: offline");
    }
}

//! Notices releases whose authors write from elsewhere than those before.

use std::collections::BTreeSet;

use spip_core::{
    Check, Confidence, Context, Evidence, Finding, Metadata, Package, ReleaseProfile, Severity,
    Stop,
};

use super::UNBUILT;
use crate::memory;

describe! {
    /// ## What it asks
    ///
    /// Have the e-mail addresses of the release's authors and maintainers no domain in common with those
    /// of any older release that was installed on this machine (LOW)? A domain and what lies below it
    /// count as one. A release that was installed before is left alone, and so is one that names no
    /// address.
    ///
    /// If what was remembered cannot be read, that is told, and weighs LOW.
    ///
    /// ## Why it matters
    ///
    /// Projects change hands, honestly or not, and whoever takes one over often writes their own address
    /// into it. The addresses are what the publisher wrote: nobody checked them, so the old ones prove
    /// nothing. Two people with a mailbox at the same provider look alike here.
    ///
    /// ## What to do
    ///
    /// See whether the project announced a new maintainer before you install the release.
    pub(super) struct MaintainerDomainDrift {
        id: "maintainer-domain-drift",
        summary: "its authors' e-mail domains are not those of older releases",
        worst: Low,
        needs: Metadata,
    }
}

impl Check for MaintainerDomainDrift {
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
        let domains = metadata.mail_domains();
        if domains.is_empty() {
            return Err(Stop::NotApplicable("it names no e-mail address"));
        }
        let named = |release: &&ReleaseProfile| !release.mail_domains.is_empty();
        let older: Vec<_> = memory::older(&remembered, package).filter(named).collect();
        let Some(last) = older.last() else {
            return Err(Stop::NotApplicable(
                "no older release that named one was installed here before",
            ));
        };
        let mut known = older.iter().flat_map(|release| &release.mail_domains);
        if known.any(|known| domains.iter().any(|now| is_one(known, now)))
            || memory::is_same_file(&remembered, package, cx)?
        {
            return Ok(());
        }
        let before = listed(&last.mail_domains);
        found.push(Finding {
            severity: Severity::Low,
            confidence: Confidence::Medium,
            title: "is by people at other e-mail domains than before".to_owned(),
            primary: shown(&metadata, &domains),
            related: vec![
                memory::fact().shows(format!("{} named addresses at {before}", last.version)),
            ],
            help: Some("see whether the project announced a new maintainer".to_owned()),
        });
        Ok(())
    }
}

/// Whether a domain is the other one or lies below it.
fn is_one(one: &str, two: &str) -> bool {
    let is_below = |inner: &str, outer: &str| {
        let rest = inner.strip_suffix(outer);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    is_below(one, two) || is_below(two, one)
}

fn shown(metadata: &Metadata, domains: &BTreeSet<String>) -> Evidence {
    let field = if metadata.author_email.is_some() {
        "author_email"
    } else {
        "maintainer_email"
    };
    let text = format!("names addresses at {}", listed(domains));
    metadata.fact(field, ()).shows(text)
}

fn listed(domains: &BTreeSet<String>) -> String {
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    domains.join(", ")
}

#[cfg(test)]
mod tests {
    use spip_core::ReleaseProfile;

    use super::MaintainerDomainDrift;
    use crate::testing::{World, assert_shows, demo, demo_sha256};

    const FOUND: &str = "low: is by people at other e-mail domains than before";

    fn release(version: &str, domains: &[&str]) -> ReleaseProfile {
        ReleaseProfile {
            version: version.to_owned(),
            mail_domains: domains.iter().map(ToString::to_string).collect(),
            ..ReleaseProfile::default()
        }
    }

    fn after(domains: &[&str]) -> World {
        demo().remembering(release("1.3.0", domains))
    }

    #[test]
    fn flags_addresses_at_other_domains() {
        let world = after(&["old.invalid", "xdemo.invalid"]);
        assert_shows(&MaintainerDomainDrift, world, FOUND);
        let mut world = after(&["old.invalid"]);
        let metadata = world.metadata_mut();
        metadata.maintainer_email = metadata.author_email.take();
        assert_shows(&MaintainerDomainDrift, world, FOUND);
    }

    #[test]
    fn accepts_a_domain_that_any_older_release_named_or_one_below() {
        for domain in ["demo.invalid", "mail.demo.invalid"] {
            let world = after(&["old.invalid", domain]);
            assert_shows(&MaintainerDomainDrift, world, "complete");
        }
        let world = after(&["old.invalid"]).remembering(release("1.2.0", &["demo.invalid"]));
        assert_shows(&MaintainerDomainDrift, world, "complete");
        let mut world = after(&["demo.invalid"]);
        world.metadata_mut().maintainer_email = Some("new@mail.demo.invalid".to_owned());
        world.metadata_mut().author_email = None;
        assert_shows(&MaintainerDomainDrift, world, "complete");
    }

    #[test]
    fn accepts_what_was_installed_before() {
        let mut same = release("1.4.0", &[]);
        same.files = [demo_sha256().to_string()].into();
        let world = after(&["old.invalid"]).remembering(same);
        assert_shows(&MaintainerDomainDrift, world, "complete");
    }

    #[test]
    fn does_not_apply_where_nothing_can_be_compared() {
        let never = "not applicable: no release of it was installed here before";
        assert_shows(&MaintainerDomainDrift, demo(), never);
        let none = "not applicable: no older release that named one was installed here before";
        assert_shows(&MaintainerDomainDrift, after(&[]), none);
        let world = demo().remembering(release("1.5.0", &["old.invalid"]));
        assert_shows(&MaintainerDomainDrift, world, none);
        let mut world = after(&["old.invalid"]);
        world.metadata_mut().author_email = Some("nobody at all".to_owned());
        let expected = "not applicable: it names no e-mail address";
        assert_shows(&MaintainerDomainDrift, world, expected);
        let mut world = after(&["old.invalid"]);
        world.metadata = None;
        let expected = "not applicable: its metadata is not known before a build";
        assert_shows(&MaintainerDomainDrift, world, expected);
    }

    #[test]
    fn leaves_a_gap_when_the_memory_or_the_metadata_cannot_be_read() {
        let world = demo().forgetful();
        assert_shows(&MaintainerDomainDrift, world, "incomplete: forgotten");
        let world = after(&["old.invalid"]).offline();
        assert_shows(&MaintainerDomainDrift, world, "incomplete: offline");
    }
}

//! Refuses packages from indexes that the policy does not allow for them.

use spip_core::{Check, Confidence, Context, Finding, Package, SafeUrl, Severity, Stop};

use crate::planned::planned;

describe! {
    /// ## What it asks
    ///
    /// Does the policy say which indexes may be used (`allowed-indexes`) or where packages of this name must come
    /// from (`[indexes]`), and did the file come from elsewhere? An address allows everything below it, on the
    /// same host and port.
    ///
    /// ## Why it matters
    ///
    /// Whoever publishes the name of an internal project on a public index gets installed instead of it, wherever
    /// a tool asks both and takes the higher version. A pin decides by origin, not by version.
    ///
    /// ## What to do
    ///
    /// Configure the tool so that it asks the right index for this package, or change the policy.
    pub(super) struct UnapprovedIndex {
        id: "unapproved-index",
        summary: "the policy wants the package from another index",
        worst: High,
        needs: Artifact,
    }
}

impl Check for UnapprovedIndex {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let rules = &cx.settings.indexes;
        let pin = rules.pin(&package.name);
        let is_own = match package.artifact.file() {
            Some(file) => file.url.scheme() == "file" && pin.is_none(),
            None => true,
        };
        if pin.is_none() && rules.allowed.is_none() {
            return Err(Stop::NotApplicable("the policy says nothing of indexes"));
        }
        let Some(file) = package.artifact.file().filter(|_| !is_own) else {
            return Err(Stop::NotApplicable("not from a server"));
        };

        let page = file.source();
        // A pin says where of what is allowed; it does not allow anything by itself.
        let pin = pin.filter(|(_, index)| !page.is_below(index));
        let allowed = rules.allowed.as_ref();
        let is_allowed = allowed.is_none_or(|all| all.iter().any(|index| page.is_below(index)));
        let wanted = match pin {
            Some((pattern, index)) => format!("`{pattern}` comes from {index} only"),
            None => "it is none of `allowed-indexes`".to_owned(),
        };
        if pin.is_some() || !is_allowed {
            found.push(Finding {
                severity: Severity::High,
                confidence: Confidence::High,
                title: format!("from {}, which the policy does not want", origin(page)),
                primary: planned(package, cx, "download_info/url", ()).shows(wanted),
                related: Vec::new(),
                help: Some("let the tool ask the right index for it, or change the policy".into()),
            });
        }
        Ok(())
    }
}

fn origin(page: &SafeUrl) -> String {
    page.secret().host_str().unwrap_or("nowhere").to_owned()
}

#[cfg(test)]
mod tests {
    use spip_core::NamePattern;

    use super::*;
    use crate::testing::{World, assert_shows, demo, url};

    const REFUSED: &str = "high: from index.invalid, which the policy does not want";

    fn pinned(pattern: &str, index: &str) -> World {
        let mut world = demo();
        let pattern = NamePattern::parse(pattern).unwrap();
        world.settings.indexes.pinned = vec![(pattern, url(index))];
        world
    }

    fn allowed(index: &str) -> World {
        let mut world = demo();
        world.settings.indexes.allowed = Some(vec![url(index)]);
        world
    }

    #[test]
    fn flags_a_package_from_another_index_than_it_is_pinned_to() {
        let world = pinned("de*", "https://internal.invalid/simple");
        assert_shows(&UnapprovedIndex, world, REFUSED);
        let world = pinned("demo", "https://index.invalid/simp");
        assert_shows(&UnapprovedIndex, world, REFUSED);
    }

    #[test]
    fn flags_an_index_that_is_not_allowed() {
        assert_shows(
            &UnapprovedIndex,
            allowed("https://other.invalid/simple"),
            REFUSED,
        );
    }

    #[test]
    fn flags_an_index_that_a_pin_alone_allows() {
        let mut world = pinned("demo", "https://index.invalid/simple");
        world.settings.indexes.allowed = Some(vec![url("https://other.invalid/simple")]);
        assert_shows(&UnapprovedIndex, world, REFUSED);
    }

    #[test]
    fn accepts_what_comes_from_where_it_must() {
        let world = pinned("demo", "https://index.invalid/simple/");
        assert_shows(&UnapprovedIndex, world, "complete");
        assert_shows(
            &UnapprovedIndex,
            allowed("https://index.invalid/"),
            "complete",
        );
    }

    #[test]
    fn does_not_apply_without_rules_or_without_a_server() {
        let silent = "not applicable: the policy says nothing of indexes";
        assert_shows(&UnapprovedIndex, demo(), silent);
        let other = pinned("other", "https://internal.invalid/");
        assert_shows(&UnapprovedIndex, other, silent);
        let mut world = allowed("https://other.invalid/simple").directory();
        world.settings.indexes.allowed = Some(Vec::new());
        assert_shows(&UnapprovedIndex, world, "not applicable: not from a server");
    }
}

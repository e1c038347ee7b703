//! Asks before installing what its publisher took back.

use spip_core::{Check, Confidence, Context, Fact, Finding, Package, Quoted, Severity, Stop};

describe! {
    /// ## What it asks
    ///
    /// Is the very file that would be installed yanked (PEP 592)? The index's page decides; where it
    /// does not list the file, the JSON API does.
    ///
    /// ## Why it matters
    ///
    /// Publishers yank what is broken or dangerous, hijacked releases among it. pip still installs a
    /// yanked release where a requirement or a lock file pins it.
    ///
    /// ## What to do
    ///
    /// Read the reason and move the pin to a release that is not yanked.
    pub(super) struct YankedRelease {
        id: "yanked-release",
        summary: "the publisher took the file back",
        worst: Medium,
        needs: Artifact,
    }
}

impl Check for YankedRelease {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let Some(yanked) = yanked(package, cx)? else {
            return Err(Stop::NotApplicable("no index lists the file"));
        };

        if let Some(reason) = &yanked.value {
            let text = match reason.raw().trim() {
                "" => "no reason given".to_owned(),
                given => format!("reason given: {given}"),
            };
            found.push(Finding {
                severity: Severity::Medium,
                confidence: Confidence::High,
                title: "yanked by its publisher".to_owned(),
                primary: yanked.shows(text),
                related: Vec::new(),
                help: Some("move the pin to a release that is not yanked".to_owned()),
            });
        }
        Ok(())
    }
}

/// Whether the file was yanked and why: from the index's page, else from its JSON API.
/// The outer `None`: neither lists the file.
fn yanked(package: &Package, cx: &Context<'_>) -> Result<Option<Fact<Option<Quoted>>>, Stop> {
    let Some(file) = package.artifact.file() else {
        return Ok(None);
    };
    let listing = cx.facts.listing(package);
    if let Ok(Some(listing)) = &listing
        && let Some(entry) = listing.file(&file.filename)
    {
        return Ok(Some(listing.fact(entry, "yanked", entry.yanked.clone())));
    }
    if let Some(project) = cx.facts.project(package)?
        && let Some(entry) = project.file(&file.filename)
    {
        return Ok(Some(project.fact(
            entry,
            "yanked_reason",
            entry.yanked.clone(),
        )));
    }
    listing?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use spip_core::Origin;

    use super::YankedRelease;
    use crate::testing::{World, assert_shows, demo, listed};

    const YANKED: &str = "medium: yanked by its publisher";

    fn yanked_on_the_page(reason: &str) -> World {
        let mut world = demo();
        world.listing_mut().files[0].yanked = Some(reason.into());
        world
    }

    fn evidence(world: &World) -> String {
        let (found, _) = world.run(&YankedRelease);
        found[0].primary.text().to_string()
    }

    #[test]
    fn flags_a_yanked_file_and_shows_the_reason() {
        let world = yanked_on_the_page("deletes /home\x1b[2K");
        assert_eq!(evidence(&world), "reason given: deletes /home\\u{1b}[2K");
        assert_shows(&YankedRelease, world, YANKED);
    }

    #[test]
    fn flags_a_yanked_file_without_a_reason() {
        for reason in ["", " "] {
            let world = yanked_on_the_page(reason);
            assert_eq!(evidence(&world), "no reason given");
            assert_shows(&YankedRelease, world, YANKED);
        }
    }

    #[test]
    fn asks_the_json_api_where_the_page_does_not_list_the_file() {
        let mut world = demo();
        world.project_mut().files[0].yanked = Some("oops".into());
        world.listing = None;
        assert_shows(&YankedRelease, world, YANKED);
    }

    #[test]
    fn accepts_a_file_whose_sibling_was_yanked() {
        let mut world = yanked_on_the_page("broken wheel");
        world.listing_mut().files[0].filename = "demo-1.4.0.tar.gz".to_owned();
        let wheel = listed("demo-1.4.0-py3-none-any.whl", "1.4.0", 7);
        world.listing_mut().files.push(wheel);
        assert_shows(&YankedRelease, world, "complete");
    }

    #[test]
    fn does_not_apply_to_what_no_index_lists() {
        let expected = "not applicable: no index lists the file";
        assert_shows(&YankedRelease, demo().from(Origin::Requested), expected);
        assert_shows(&YankedRelease, demo().directory(), expected);
    }

    #[test]
    fn leaves_a_gap_when_the_index_is_out_of_reach() {
        assert_shows(&YankedRelease, demo().offline(), "incomplete: offline");
    }

    #[test]
    fn leaves_a_gap_when_the_page_is_out_of_reach_and_the_json_api_knows_nothing() {
        assert_shows(&YankedRelease, demo().page_out_of_reach(), "complete");
        let mut world = demo().page_out_of_reach();
        world.project_mut().files.clear();
        assert_shows(&YankedRelease, world, "incomplete: unreachable");
    }
}

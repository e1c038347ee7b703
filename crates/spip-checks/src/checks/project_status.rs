//! Repeats what the index says of the project as a whole.

use Severity::{High, Low};
use spip_core::{Check, Confidence, Context, Finding, Package, Severity, Stop};

describe! {
    /// ## What it asks
    ///
    /// Does the index state a status of the project (PEP 792) other than active? Quarantined is HIGH:
    /// the index holds the project to be unsafe. Archived, deprecated and whatever later
    /// specifications add are LOW.
    ///
    /// ## Why it matters
    ///
    /// A quarantined project is suspected of malware; its files should not be offered at all, and
    /// a mirror may still have them. Archived projects get no fixes.
    ///
    /// ## What to do
    ///
    /// Do not install what is quarantined. For the rest, look for what has taken its place.
    pub(super) struct ProjectStatus {
        id: "project-status",
        summary: "the index says that the project is quarantined, archived or deprecated",
        worst: High,
        needs: Artifact,
    }
}

impl Check for ProjectStatus {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let Some(listing) = cx.facts.listing(package)? else {
            return Err(Stop::NotApplicable("no index lists the file"));
        };
        let Some(status) = listing.status_fact() else {
            return Ok(());
        };
        let marker = status.value.marker.to_string();
        let (severity, help) = match marker.as_str() {
            "quarantined" => (High, "do not install it: the index holds it to be unsafe"),
            _ => (Low, "look for what has taken its place"),
        };
        let shows = match &status.value.reason {
            Some(reason) => format!("{marker}: {reason}"),
            None => marker.clone(),
        };
        found.push(Finding {
            severity,
            confidence: Confidence::High,
            title: format!("is {marker}, says its index"),
            primary: status.shows(shows),
            related: Vec::new(),
            help: Some(help.to_owned()),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{World, assert_shows, demo};

    fn marked(marker: &str) -> World {
        let mut world = demo();
        world.listing_mut().status = Some(spip_core::ProjectStatus {
            marker: marker.into(),
            reason: Some("malware".into()),
            pointer: "/project-status",
        });
        world
    }

    #[test]
    fn flags_what_the_index_says() {
        for (marker, expected) in [
            ("quarantined", "high: is quarantined, says its index"),
            ("archived", "low: is archived, says its index"),
            ("deprecated", "low: is deprecated, says its index"),
            ("frozen", "low: is frozen, says its index"),
        ] {
            assert_shows(&super::ProjectStatus, marked(marker), expected);
        }
    }

    #[test]
    fn accepts_active_projects() {
        assert_shows(&super::ProjectStatus, demo(), "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_index_cannot_be_read() {
        assert_shows(
            &super::ProjectStatus,
            demo().offline(),
            "incomplete: offline",
        );
    }
}

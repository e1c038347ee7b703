//! Asks about names that could be taken for the name of a popular project.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use spip_core::{
    Check, Confidence, Context, Evidence, Fact, Finding, Location, Origin, Package, Severity, Stop,
    Tool,
};

use crate::names::{Names, Relation, Strength, Suspicion};

describe! {
    /// ## What it asks
    ///
    /// Could the name be taken for that of a popular project? The 15,000 most downloaded names are
    /// compared with it: swapped, doubled, omitted, added and replaced letters (neighbouring keys,
    /// look-alike and sound-alike characters), plurals, numerals, other hyphens, another word
    /// order, added words that say nothing (`-lib`, `python-`), two popular names joined, the name
    /// by which a popular project is imported, modules of the standard library.
    ///
    /// How much a resemblance weighs depends on its kind, on the length of the name and on how
    /// popular the imitated project is. Names among the 15,000 are never reported. Strong evidence
    /// is MEDIUM, weak evidence LOW. A long history (first upload two years ago, ten releases)
    /// makes MEDIUM to LOW. An unmistakable slip on one of the most popular names is HIGH if the
    /// project is younger than 30 days.
    ///
    /// ## Why it matters
    ///
    /// Registering a name that people mistype, misremember or guess is the most common way to get
    /// malicious code installed.
    ///
    /// ## What to do
    ///
    /// Compare the name with the one that the documentation of the project gives. If you meant this
    /// one, allow it with `--spip-allow typosquat:PACKAGE`.
    pub(super) struct Typosquat {
        id: "typosquat",
        summary: "the name could be taken for that of a popular project",
        worst: High,
        needs: Artifact,
    }
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Malicious projects are usually found and removed sooner than this.
const YOUNG: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A project this old with this many releases has been seen by many people.
const OLD: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);
const MANY_RELEASES: usize = 10;

impl Check for Typosquat {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        if !is_chosen_by_name(package, cx.plan.tool) {
            return Err(Stop::NotApplicable("not chosen by its name"));
        }
        if cx.settings.private_names.contains(&package.name) {
            return Err(Stop::NotApplicable("the policy names it as one's own"));
        }
        let Some(suspicion) = Names::popular().judge(&package.name) else {
            return Ok(());
        };
        if suspicion.strength == Strength::Hint {
            found.push(finding(package, suspicion, Severity::Low, None));
            return Ok(());
        }

        let history = history(package, cx);
        let known = history.as_ref().ok().and_then(Option::as_ref);
        let severity = known.map_or(Severity::Medium, |known| known.severity(suspicion, cx.now));
        let evidence = known.map(|known| known.evidence(cx.now));
        found.push(finding(package, suspicion, severity, evidence));
        history.map(|_| ())
    }
}

/// Whether a slip of the finger could have led to this package. Whoever hands files to `spip scan`
/// has chosen files.
fn is_chosen_by_name(package: &Package, tool: Tool) -> bool {
    match package.artifact.file() {
        Some(file) => tool != Tool::Scan || file.origin != Origin::Requested,
        None => false,
    }
}

/// What the index tells of a project's past.
struct History {
    first_upload: Fact<Timestamp>,
    releases: usize,
}

impl History {
    /// Time and releases only weaken a suspicion; being new strengthens an unmistakable one.
    fn severity(&self, suspicion: Suspicion, now: Timestamp) -> Severity {
        let age = now.duration_since(self.first_upload.value);
        if age >= OLD && self.releases >= MANY_RELEASES {
            Severity::Low
        } else if age < YOUNG && suspicion.strength == Strength::Striking {
            Severity::High
        } else {
            Severity::Medium
        }
    }

    fn evidence(&self, now: Timestamp) -> Evidence {
        let days = now.duration_since(self.first_upload.value).as_secs() / DAY.as_secs();
        let releases = self.releases;
        let text = match releases {
            1 => format!("first uploaded {days} days ago, 1 release"),
            _ => format!("first uploaded {days} days ago, {releases} releases"),
        };
        self.first_upload.shows(text)
    }
}

/// The history from the index's page, else from its JSON API. `None`: no index tells.
fn history(package: &Package, cx: &Context<'_>) -> Result<Option<History>, Stop> {
    let listing = cx.facts.listing(package);
    if let Ok(Some(listing)) = &listing {
        let uploads = listing
            .files
            .iter()
            .filter_map(|file| Some((file, file.uploaded?)));
        if let Some((file, uploaded)) = uploads.min_by_key(|(_, uploaded)| *uploaded) {
            let first_upload = listing.fact(file, "upload-time", uploaded);
            let releases = count(
                listing
                    .files
                    .iter()
                    .filter_map(|file| file.version.as_ref()),
            );
            return Ok(Some(History {
                first_upload,
                releases,
            }));
        }
    }
    if let Some(project) = cx.facts.project(package)? {
        let uploads = project
            .files
            .iter()
            .filter_map(|file| Some((file, file.uploaded?)));
        if let Some((file, uploaded)) = uploads.min_by_key(|(_, uploaded)| *uploaded) {
            let first_upload = project.fact(file, "upload_time_iso_8601", uploaded);
            let releases = count(
                project
                    .files
                    .iter()
                    .filter_map(|file| file.version.as_ref()),
            );
            return Ok(Some(History {
                first_upload,
                releases,
            }));
        }
    }
    listing?;
    Ok(None)
}

fn count<'a>(versions: impl Iterator<Item = &'a spip_core::Version>) -> usize {
    versions.collect::<HashSet<_>>().len()
}

fn finding(
    package: &Package,
    suspicion: Suspicion,
    severity: Severity,
    known: Option<Evidence>,
) -> Finding {
    let target = suspicion.target;
    let (title, advice) = match suspicion.relation {
        Relation::StandardLibrary => (
            format!("has the name of `{target}`, a module of Python's standard library"),
            format!("`{target}` comes with Python and needs no installing"),
        ),
        Relation::ImportName => (
            format!("has the name by which `{target}` is imported"),
            format!("did you mean `{target}`?"),
        ),
        relation => (
            format!("could be taken for `{target}` ({relation})"),
            format!("did you mean `{target}`?"),
        ),
    };
    Finding {
        severity,
        confidence: match suspicion.strength {
            Strength::Hint => Confidence::Low,
            Strength::Likely => Confidence::Medium,
            Strength::Striking => Confidence::High,
        },
        title,
        primary: resemblance(suspicion),
        related: known.into_iter().collect(),
        help: Some(format!(
            "{advice}; else `--spip-allow typosquat:{}`",
            package.name
        )),
    }
}

/// Where the imitated name stands.
fn resemblance(suspicion: Suspicion) -> Evidence {
    let Suspicion {
        target,
        rank,
        relation,
        ..
    } = suspicion;
    let (name, text) = match (rank, relation) {
        (Some(rank), _) => (
            "list of popular names",
            format!("`{target}` is number {rank} of the most downloaded projects"),
        ),
        (None, Relation::StandardLibrary) => (
            "list of standard library modules",
            format!("`{target}` is a module of the standard library"),
        ),
        (None, _) => (
            "list of popular names",
            format!("many of the most downloaded projects are named after `{target}`"),
        ),
    };
    Fact::new(target, Location::Builtin { name }).shows(text)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use spip_core::{Artifact, Origin, Tool};

    use super::Typosquat;
    use crate::testing::{World, assert_shows, demo, now, url};

    /// A name far from the most popular ones, so that age does not make it HIGH.
    fn likely() -> World {
        World::new("pyinstaler", "1.0")
    }

    /// Gives the project this many releases, the first of them this long ago.
    fn with_history(mut world: World, days: i64, releases: usize) -> World {
        let listing = world.listing.as_mut().expect("this world has a page");
        let newest = listing.files[0].clone();
        listing.files = (0..releases)
            .map(|index| {
                let mut file = newest.clone();
                file.version = Some(format!("1.{index}").parse().unwrap());
                let age = SignedDuration::from_hours(24 * days) / i32::try_from(index + 1).unwrap();
                file.uploaded = Some(now() - age);
                file
            })
            .collect();
        world
    }

    const LIKELY: &str = "medium: could be taken for `pyinstaller` (doubled letter)";

    #[test]
    fn flags_a_resemblance_as_medium() {
        assert_shows(&Typosquat, likely(), LIKELY);
    }

    #[test]
    fn flags_a_weak_resemblance_as_low() {
        let expected = "low: could be taken for `websocket-client` (first letter)";
        assert_shows(&Typosquat, World::new("kebsocket-client", "1.0"), expected);
    }

    #[test]
    fn flags_a_striking_resemblance_as_high_while_the_project_is_young() {
        let world = || World::new("cyrptography", "1.0");
        let title = "could be taken for `cryptography` (swapped letters)";
        assert_shows(
            &Typosquat,
            with_history(world(), 29, 1),
            &format!("high: {title}"),
        );
        assert_shows(
            &Typosquat,
            with_history(world(), 30, 1),
            &format!("medium: {title}"),
        );
    }

    #[test]
    fn flags_import_names_and_standard_modules_in_their_own_words() {
        let expected = "medium: has the name by which `pyyaml` is imported";
        assert_shows(&Typosquat, World::new("yaml", "1.0"), expected);
        let expected = "medium: has the name of `telnetlib`, a module of Python's standard library";
        assert_shows(&Typosquat, World::new("telnetlib", "1.0"), expected);
    }

    #[test]
    fn a_long_history_weakens_and_never_approves() {
        let low = LIKELY.replace("medium", "low");
        assert_shows(&Typosquat, with_history(likely(), 730, 10), &low);
        assert_shows(&Typosquat, with_history(likely(), 729, 10), LIKELY);
        assert_shows(&Typosquat, with_history(likely(), 730, 9), LIKELY);
    }

    #[test]
    fn asks_the_json_api_where_the_page_is_silent() {
        let mut world = World::new("cyrptography", "1.0").page_without_upload_times();
        let expected = "high: could be taken for `cryptography` (swapped letters)";
        assert_shows(&Typosquat, world, expected);
        world = World::new("cyrptography", "1.0").page_without_upload_times();
        world.project = None;
        assert_shows(&Typosquat, world, &expected.replace("high", "medium"));
    }

    #[test]
    fn accepts_popular_and_unlike_names() {
        for name in ["demo", "requests", "grequests", "unlike-anything-there-is"] {
            assert_shows(&Typosquat, World::new(name, "1.0"), "complete");
        }
    }

    #[test]
    fn accepts_an_unlike_name_without_asking_the_index() {
        assert_shows(&Typosquat, demo().offline(), "complete");
    }

    #[test]
    fn judges_files_that_no_index_offered_by_name_alone() {
        let mut world = likely();
        world.file_mut().origin = Origin::FindLinks { page: None };
        world.listing = None;
        world.project = None;
        assert_shows(&Typosquat, world, LIKELY);
    }

    #[test]
    fn leaves_files_that_were_handed_over_to_be_scanned_alone() {
        let mut world = likely().from(Origin::Requested);
        world.tool = Tool::Scan;
        assert_shows(&Typosquat, world, "not applicable: not chosen by its name");
        let mut by_name = likely();
        by_name.tool = Tool::Scan;
        assert_shows(&Typosquat, by_name, LIKELY);
    }

    #[test]
    fn leaves_directories_and_checkouts_alone() {
        let mut world = likely();
        world.package.artifact = Artifact::Directory {
            path: "/tmp/x".into(),
            editable: true,
        };
        assert_shows(&Typosquat, world, "not applicable: not chosen by its name");
    }

    #[test]
    fn leaves_a_gap_beside_the_finding_when_the_index_is_out_of_reach() {
        assert_shows(
            &Typosquat,
            likely().offline(),
            &format!("{LIKELY}\nincomplete: offline"),
        );
    }

    #[test]
    fn leaves_no_gap_for_a_hint_that_nothing_could_weaken() {
        let world = World::new("kebsocket-client", "1.0").offline();
        let expected = "low: could be taken for `websocket-client` (first letter)";
        assert_shows(&Typosquat, world, expected);
    }

    #[test]
    fn says_where_the_imitated_name_and_the_history_stand() {
        let (found, _) = with_history(likely(), 100, 3).run(&Typosquat);
        let primary = &found[0].primary;
        assert_eq!(primary.at().to_string(), "list of popular names");
        assert!(primary.text().raw().starts_with("`pyinstaller` is number "));
        let history = &found[0].related[0];
        assert_eq!(
            history.text().raw(),
            "first uploaded 100 days ago, 3 releases"
        );
        let page = url("https://index.invalid/simple/pyinstaler/");
        assert!(history.at().to_string().starts_with(&page.to_string()));
    }
}

//! Asks about start-up files in a project that lived without them.

use std::collections::BTreeSet;

use std::sync::Arc;

use spip_core::{
    Answer, Check, Confidence, Context, Evidence, Fact, Finding, Odd, Package, Previous,
    ReleaseProfile, Severity, Step, Stop, Version,
};

use crate::{contents, memory};

describe! {
    /// ## What it asks
    ///
    /// Does the release bring a file that the interpreter runs at every start (`.pth` with code,
    /// `sitecustomize`), and has neither the release that it takes the place of one of that name (pip)
    /// nor any older release of the project that was installed on this machine (MEDIUM)? Files that are known by their exact content are left alone, as
    /// is a release that is older than all that were installed, and one that was installed before.
    ///
    /// If what was remembered or what is installed cannot be read, that is told, and weighs LOW.
    ///
    /// ## Why it matters
    ///
    /// Such a file runs in every program that shares the environment. Who takes over a known project
    /// adds one, because then nobody has to import anything.
    ///
    /// ## What to do
    ///
    /// Look at the file, and for a word about it among the project's changes: `spip diff NAME OLD NEW`
    /// shows what else is new.
    pub(super) struct NewStartupFile {
        id: "new-startup-file",
        summary: "a start-up file appears that older releases did not have",
        worst: Medium,
        needs: Contents,
    }
}

impl Check for NewStartupFile {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let Some(version) = &package.version else {
            return Err(Stop::NotApplicable(memory::NO_INDEX));
        };
        let (previous, gap) = match replaced(package, version, cx) {
            Ok(previous) => (previous, None),
            // Who damages what is installed does not take away what is remembered.
            Err(gap) => (None, Some(gap)),
        };
        let remembered = match (memory::of(package, cx), &gap) {
            (Err(Stop::NotApplicable(_)), None) if previous.is_some() => Arc::default(),
            (Err(Stop::NotApplicable(_)), Some(gap)) => return Err(gap.clone().into()),
            (remembered, _) => remembered?,
        };
        let kind = package.artifact.kind();
        let older: Vec<&ReleaseProfile> = remembered
            .before(version)
            .filter(|release| release.kind == kind && release.makeup.is_some())
            .collect();
        let lacks = match (&previous, older.last()) {
            (Some(previous), _) => is_without(previous),
            (None, Some(last)) => {
                memory::fact().shows(format!("{} was installed here without it", last.version))
            }
            (None, None) => {
                return Err(gap.map_or(
                    Stop::NotApplicable("no older release of that kind was installed here before"),
                    Stop::from,
                ));
            }
        };
        if memory::is_same_file(&remembered, package, cx)? {
            return Ok(());
        }
        let installed = previous.iter().map(|previous| &previous.contents.makeup);
        let known: BTreeSet<&str> = older
            .iter()
            .filter_map(|release| release.makeup.as_ref())
            .chain(installed)
            .flat_map(|makeup| &makeup.start_files)
            .map(|path| name_of(path))
            .collect();
        let contents = contents::read(package, cx)?;
        for oddity in contents.odd(|odd| odd == Odd::StartFile) {
            let member = name_of(&oddity.site.member);
            if known.contains(member) {
                continue;
            }
            found.push(Finding {
                severity: Severity::Medium,
                confidence: Confidence::High,
                title: "brings a start-up file that no older release had".to_owned(),
                primary: oddity.site.shows(oddity.detail.as_str()),
                related: vec![lacks.clone()],
                help: Some("`spip diff NAME OLD NEW` shows what else is new".to_owned()),
            });
        }
        gap.map_or(Ok(()), |gap| Err(gap.into()))
    }
}

/// The older release of the same kind that it takes the place of.
fn replaced(package: &Package, version: &Version, cx: &Context<'_>) -> Answer<Previous> {
    let previous = cx.facts.previous(package)?.filter(|previous| {
        let known = previous.version.as_ref();
        previous.kind == package.artifact.kind()
            && known.is_some_and(|known| Step::between(known, version) != Step::Back)
    });
    Ok(previous)
}

fn is_without(previous: &Previous) -> Evidence {
    let version = previous.version.as_ref().map(ToString::to_string);
    let version = version.unwrap_or_default();
    Fact::new((), previous.read_at.clone()).shows(format!("{version} is installed without it"))
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use spip_core::{Makeup, Odd, ReleaseProfile, Trigger};

    use super::NewStartupFile;
    use crate::testing::{World, assert_shows, demo, demo_sha256};

    const FOUND: &str = "medium: brings a start-up file that no older release had";

    fn release(version: &str, start_files: &[&str]) -> ReleaseProfile {
        ReleaseProfile {
            version: version.to_owned(),
            kind: "wheel".to_owned(),
            makeup: Some(Makeup {
                start_files: start_files.iter().map(ToString::to_string).collect(),
                ..Makeup::default()
            }),
            ..ReleaseProfile::default()
        }
    }

    fn with_file() -> World {
        demo().odd(Odd::StartFile, Trigger::Start, "demo.pth", "runs code")
    }

    #[test]
    fn flags_a_file_that_no_older_release_had() {
        let world = with_file().remembering(release("1.3.0", &[]));
        assert_shows(&NewStartupFile, world, FOUND);
        let world = with_file().remembering(release("1.3.0", &["other.pth"]));
        assert_shows(&NewStartupFile, world, FOUND);
    }

    #[test]
    fn flags_a_file_that_the_installed_release_does_not_have_once() {
        let world = with_file().replacing("1.3.0", vec![]);
        assert_shows(&NewStartupFile, world, FOUND);
        let world = with_file().remembering(release("1.2.0", &[]));
        assert_shows(&NewStartupFile, world.replacing("1.3.0", vec![]), FOUND);
        let mut world = with_file().replacing("1.3.0", vec![]);
        let known = &mut world.previous_mut().start_files;
        known.insert("demo.pth".to_owned());
        assert_shows(&NewStartupFile, world, "complete");
    }

    #[test]
    fn flags_it_by_memory_where_what_is_installed_was_damaged() {
        let world = with_file().tampered().remembering(release("1.3", &[]));
        let (found, outcome) = world.run(&NewStartupFile);
        assert_eq!(found.len(), 1);
        assert!(format!("{outcome:?}").contains("Uncompared"), "{outcome:?}");
    }

    #[test]
    fn accepts_a_file_that_an_older_release_had_and_releases_without() {
        let world = with_file().remembering(release("1.3.0", &["demo.pth"]));
        assert_shows(&NewStartupFile, world, "complete");
        let world = demo().remembering(release("1.3.0", &[]));
        assert_shows(&NewStartupFile, world, "complete");
    }

    #[test]
    fn accepts_what_was_installed_before_and_a_way_back() {
        let mut same = release("1.4.0", &["demo.pth"]);
        same.files = [demo_sha256().to_string()].into();
        let world = with_file()
            .remembering(release("1.3.0", &[]))
            .remembering(same);
        assert_shows(&NewStartupFile, world, "complete");
        let world = with_file().remembering(release("1.5.0", &[]));
        let expected = "not applicable: no older release of that kind was installed here before";
        assert_shows(&NewStartupFile, world, expected);
    }

    #[test]
    fn does_not_apply_at_first_sight() {
        let expected = "not applicable: no release of it was installed here before";
        assert_shows(&NewStartupFile, with_file(), expected);
    }

    #[test]
    fn leaves_a_gap_when_the_memory_cannot_be_read() {
        let world = with_file().forgetful();
        assert_shows(&NewStartupFile, world, "incomplete: forgotten");
    }
}

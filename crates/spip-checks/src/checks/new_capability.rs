//! Asks about what a small step from one release to the next suddenly does.

use std::collections::BTreeSet;

use spip_core::{
    Act, Check, Confidence, Contents, Context, Deed, Finding, Package, Severity, Stop, Trigger,
};

use crate::contents::{self, is_early};
use crate::upgrade::{HELP, Upgrade};

describe! {
    /// ## What it asks
    ///
    /// Does the release do something, without being called, that the release whose place it takes
    /// never did: talk to other machines, start programs, read secrets, watch keyboard or screen, put
    /// names of functions together, run data as code, load native code? Compared is what is installed
    /// in the environment (pip) or what was remembered of the newest older release that was installed
    /// on this machine (every tool), wheel with wheel and sdist with sdist; `spip diff` compares the
    /// two that it is given.
    ///
    /// In a patch release (`1.4.0` to `1.4.1`) that is MEDIUM, or LOW for data run as code and native
    /// code; reading secrets and talking to other machines, one of them new, is HIGH together. In a
    /// minor release everything weighs one less, in a major one and on the way back nothing. What has
    /// to be called first is told only where it reads secrets or watches somebody, as LOW, as is
    /// machine code in a project that had none.
    ///
    /// Files that were installed here before are left alone, and what was remembered by other rules
    /// than those of today is not compared. If what is installed is not as its RECORD
    /// says, or cannot be read, nothing is compared with it: that is told, and weighs LOW. A
    /// finding of another check is not made lighter by being in the installed release already:
    /// a first release would bring what nobody minds, and a second one the use of it.
    ///
    /// ## Why it matters
    ///
    /// Whoever takes over a project publishes the next patch release, because that is what
    /// everybody's ranges of versions take. It does what all before never did.
    ///
    /// ## What to do
    ///
    /// Look at the code that is shown, and at what the project says of the release:
    /// `spip diff NAME OLD NEW` shows what else is new. Stay with the old one until it is clear.
    pub(super) struct NewCapability {
        id: "new-capability",
        summary: "a small step brings something that older releases never did",
        worst: High,
        needs: Contents,
    }
}

impl Check for NewCapability {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let Some(upgrade) = Upgrade::of(package, cx)? else {
            return Ok(());
        };
        let known = &upgrade.deeds;
        let mut told: Vec<(Severity, &Act)> = Vec::new();
        for act in contents.acts.iter().filter(|act| is_new(act, known)) {
            let severity = weight(act).and_then(|severity| upgrade.weigh(severity));
            let Some(severity) = severity else {
                continue;
            };
            // Of each deed what weighs most.
            match told.iter_mut().find(|(_, known)| known.deed == act.deed) {
                Some(known) if known.0 < severity => *known = (severity, act),
                Some(_) => {}
                None => told.push((severity, act)),
            }
        }
        let told = told.into_iter();
        found.extend(told.map(|(severity, act)| finding(act, severity, &upgrade)));
        found.extend(theft(&contents.acts, known, &upgrade));
        found.extend(native(&contents.makeup.native, &upgrade));
        upgrade.concluded()
    }
}

/// What the older release does, and when.
type Known = BTreeSet<(Deed, Trigger)>;

/// Whether anything that an artifact does is asked about where it is new.
pub(super) fn compares(contents: &Contents) -> bool {
    contents.acts.iter().any(|act| weight(act).is_some())
}

/// What it weighs in a patch release.
fn weight(act: &Act) -> Option<Severity> {
    match (act.deed, is_early(act.trigger)) {
        (
            Deed::Send
            | Deed::Connect
            | Deed::Spawn
            | Deed::Read
            | Deed::Watch
            | Deed::Resolve
            | Deed::Redirect,
            true,
        ) => Some(Severity::Medium),
        (Deed::Execute | Deed::LoadNative | Deed::Unpickle | Deed::Delete, true) => {
            Some(Severity::Low)
        }
        (Deed::Read | Deed::Watch, false) if act.trigger == Trigger::Call => Some(Severity::Low),
        _ => None,
    }
}

/// Whether the older release did it neither then nor earlier. What a build does is another matter
/// than what the installed code does.
fn is_new(act: &Act, known: &Known) -> bool {
    let mut known = known.iter().filter(|(deed, _)| *deed == act.deed);
    if act.trigger == Trigger::Build {
        return known.all(|(_, trigger)| *trigger != Trigger::Build);
    }
    known.all(|(_, trigger)| *trigger == Trigger::Build || *trigger < act.trigger)
}

fn finding(act: &Act, severity: Severity, upgrade: &Upgrade) -> Finding {
    Finding {
        severity,
        confidence: Confidence::Medium,
        title: format!(
            "{} {}, new in {}",
            act.deed.words(),
            act.trigger.words(),
            upgrade.step.words()
        ),
        primary: act.site.shows(act.callee.as_str()),
        related: vec![upgrade.lacks()],
        help: Some(HELP.to_owned()),
    }
}

/// Secrets are read and other machines are talked to, both unasked, and one of them is new.
fn theft(acts: &[Act], known: &Known, upgrade: &Upgrade) -> Option<Finding> {
    let early = |deeds: &[Deed]| {
        let mut acts = acts
            .iter()
            .filter(|act| is_early(act.trigger) && deeds.contains(&act.deed));
        let first = acts.clone().next()?;
        Some(acts.find(|act| is_new(act, known)).unwrap_or(first))
    };
    let (read, sent) = (early(&[Deed::Read])?, early(&[Deed::Send, Deed::Connect])?);
    if !is_new(read, known) && !is_new(sent, known) {
        return None;
    }
    Some(Finding {
        severity: upgrade.weigh(Severity::High)?,
        confidence: Confidence::Medium,
        title: format!(
            "reads secrets and talks to other machines unasked, new in {}",
            upgrade.step.words()
        ),
        primary: read.site.shows(read.callee.as_str()),
        related: vec![sent.site.shows(sent.callee.as_str()), upgrade.lacks()],
        help: Some(HELP.to_owned()),
    })
}

/// The first machine code of a project.
fn native(native: &BTreeSet<String>, upgrade: &Upgrade) -> Option<Finding> {
    let first = native.first()?;
    if !upgrade.makeup.native.is_empty() {
        return None;
    }
    Some(Finding {
        severity: upgrade.weigh(Severity::Low)?,
        confidence: Confidence::Medium,
        title: format!("brings machine code, new in {}", upgrade.step.words()),
        primary: spip_core::Site::member(first).shows("is machine code"),
        related: vec![upgrade.lacks()],
        help: Some(HELP.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Makeup, ReleaseProfile, Trigger};

    use super::NewCapability;
    use crate::testing::{World, act, assert_shows, demo, demo_sha256};

    fn sends() -> World {
        demo().acting(act(Deed::Send, "urllib.request.urlopen"))
    }

    const SENDS: &str = "talks to other machines when it is imported, new in a patch release";

    #[test]
    fn flags_what_the_installed_release_never_did_by_the_size_of_the_step() {
        for (installed, expected) in [
            ("1.4.0.dev1", format!("medium: {SENDS}")),
            (
                "1.3.0",
                "low: talks to other machines when it is imported, new in a minor release"
                    .to_owned(),
            ),
            ("0.9", "complete".to_owned()),
            ("1.5", "complete".to_owned()),
        ] {
            let world = sends().replacing(installed, vec![]);
            assert_shows(&NewCapability, world, &expected);
        }
    }

    #[test]
    fn flags_what_runs_earlier_than_before() {
        let called = act(Deed::Send, "urllib.request.urlopen").when(Trigger::Call);
        let world = sends().replacing("1.4.0.dev1", vec![called]);
        assert_shows(&NewCapability, world, &format!("medium: {SENDS}"));
    }

    #[test]
    fn flags_secrets_and_network_together_as_theft() {
        let world = sends()
            .acting(act(Deed::Read, "os.environ"))
            .replacing("1.4.0.dev1", vec![act(Deed::Send, "x")]);
        let expected = "medium: reads what is nobody's business when it is imported, new in a patch release\n\
            high: reads secrets and talks to other machines unasked, new in a patch release";
        assert_shows(&NewCapability, world, expected);
    }

    #[test]
    fn flags_what_no_remembered_release_did_and_the_first_machine_code() {
        let mut world = sends().remembering(ReleaseProfile {
            version: "1.4.0.dev1".to_owned(),
            kind: "wheel".to_owned(),
            makeup: Some(Makeup::default()),
            rules: "today's".to_owned(),
            ..ReleaseProfile::default()
        });
        let native = &mut world.contents_mut().makeup.native;
        native.insert("demo/_x.so".to_owned());
        let expected = format!("medium: {SENDS}\nlow: brings machine code, new in a patch release");
        assert_shows(&NewCapability, world, &expected);
    }

    #[test]
    fn does_not_apply_to_what_other_rules_have_read() {
        let world = sends().remembering(ReleaseProfile {
            version: "1.4.0.dev1".to_owned(),
            kind: "wheel".to_owned(),
            makeup: Some(Makeup::default()),
            ..ReleaseProfile::default()
        });
        let expected = "not applicable: other rules than those of today read the older release";
        assert_shows(&NewCapability, world, expected);
    }

    #[test]
    fn accepts_what_was_there_before_and_what_somebody_has_to_call() {
        let world = sends().replacing("1.4.0.dev1", vec![act(Deed::Send, "x")]);
        assert_shows(&NewCapability, world, "complete");
        let called = act(Deed::Send, "x").when(Trigger::Call);
        let world = demo().acting(called).replacing("1.4.0.dev1", vec![]);
        assert_shows(&NewCapability, world, "complete");
    }

    #[test]
    fn accepts_the_very_bytes_that_were_installed_before() {
        let world = sends()
            .replacing("1.4.0.dev1", vec![])
            .remembering(ReleaseProfile {
                version: "1.4.0".to_owned(),
                kind: "wheel".to_owned(),
                files: [demo_sha256().to_string()].into(),
                ..ReleaseProfile::default()
            });
        assert_shows(&NewCapability, world, "complete");
    }

    #[test]
    fn does_not_apply_where_nothing_of_that_kind_is_known() {
        let expected = "not applicable: no other release of that kind is known here";
        assert_shows(&NewCapability, sends(), expected);
        let sdist = sends().sdist().replacing("1.3.0", vec![]);
        assert_shows(&NewCapability, sdist, expected);
    }

    #[test]
    fn leaves_a_gap_when_what_is_installed_cannot_be_read() {
        assert_shows(&NewCapability, sends().tampered(), "incomplete: uncompared");
    }
}

//! What the checks ask of the release that another one takes the place of.

use std::collections::BTreeSet;

use spip_core::{
    Answer, Context, Deed, Evidence, Fact, Gap, Location, Makeup, Package, Previous,
    ReleaseProfile, Remembered, Severity, Step, Stop, Trigger, Version,
};

use crate::memory;

/// Advice for everything that is new.
pub(crate) const HELP: &str =
    "look for a word about it among the changes; `spip diff NAME OLD NEW` shows what else is new";

const OTHER_RULES: &str = "other rules than those of today read the older release";
const NONE: &str = "no other release of that kind is known here";

/// An older release, whoever knows of it: what is installed, else what was remembered.
pub(crate) struct Upgrade {
    /// How far the new one is from it.
    pub(crate) step: Step,
    /// What it is made of.
    pub(crate) makeup: Makeup,
    /// What its code does, and when.
    pub(crate) deeds: BTreeSet<(Deed, Trigger)>,
    label: String,
    read_at: Location,
    how: &'static str,
    /// Why what is installed could not be compared, where memory stands in for it.
    gap: Option<Gap>,
}

impl Upgrade {
    /// The release that this one takes the place of. `None`: these very bytes were installed here
    /// before, so nothing about them is new.
    pub(crate) fn of(package: &Package, cx: &Context<'_>) -> Result<Option<Self>, Stop> {
        let Some(version) = &package.version else {
            return Err(Stop::NotApplicable("its version is not known"));
        };
        let remembered = cx.facts.remembered(package);
        if let Ok(Some(remembered)) = &remembered
            && memory::is_same_file(remembered, package, cx)?
        {
            return Ok(None);
        }
        let kind = package.artifact.kind();
        let mut gap = None;
        match cx.facts.previous(package) {
            Ok(Some(previous)) if previous.kind == kind => {
                match previous.contents.complete().map_err(uncompared) {
                    Ok(()) => return Ok(Some(Self::of_previous(&previous, package, version))),
                    Err(why) => gap = Some(why),
                }
            }
            Ok(_) => {}
            // Who damages what is installed does not take away what is remembered.
            Err(why) => gap = Some(why),
        }
        match Self::of_memory(remembered, package, version) {
            Ok(upgrade) => Ok(Some(Self { gap, ..upgrade })),
            Err(stop) => Err(gap.map_or(stop, Stop::from)),
        }
    }

    fn of_memory(
        remembered: Answer<Remembered>,
        package: &Package,
        version: &Version,
    ) -> Result<Self, Stop> {
        let remembered = remembered?.ok_or(Stop::NotApplicable(NONE))?;
        let newest = newest_before(&remembered, version, package.artifact.kind());
        let (known, release) = newest.ok_or(Stop::NotApplicable(NONE))?;
        if release.rules.is_empty() {
            // What those rules did not read yet would look new.
            return Err(Stop::NotApplicable(OTHER_RULES));
        }
        Ok(Self::of_profile(&known, release, package, version))
    }

    /// The end of a comparison: what could not be compared is said, whatever was found.
    pub(crate) fn concluded(self) -> Result<(), Stop> {
        self.gap.map_or(Ok(()), |gap| Err(gap.into()))
    }

    fn of_previous(previous: &Previous, package: &Package, version: &Version) -> Self {
        let acts = previous.contents.acts.iter();
        let known = previous.version.as_ref();
        Self {
            step: known.map_or(Step::Major, |known| Step::between(known, version)),
            makeup: previous.contents.makeup.clone(),
            deeds: acts.map(|act| (act.deed, act.trigger)).collect(),
            label: match known {
                Some(known) => format!("{} {known}", package.name),
                None => package.name.to_string(),
            },
            read_at: previous.read_at.clone(),
            how: "which it takes the place of, has none",
            gap: None,
        }
    }

    fn of_profile(
        known: &Version,
        release: &ReleaseProfile,
        package: &Package,
        version: &Version,
    ) -> Self {
        Self {
            step: Step::between(known, version),
            makeup: release.makeup.clone().unwrap_or_default(),
            deeds: release.deeds.clone(),
            label: format!("{} {known}", package.name),
            read_at: memory::fact().read_at,
            how: "which was installed here before, had none",
            gap: None,
        }
    }

    /// Where to see that the older one lacks it.
    pub(crate) fn lacks(&self) -> Evidence {
        let fact = Fact::new((), self.read_at.clone());
        fact.shows(format!("{}, {}", self.label, self.how))
    }

    /// The smaller the step, the stranger is what comes with it: the severity in a patch release,
    /// one less in a minor one, and nothing where much is new anyway or the way leads back.
    pub(crate) fn weigh(&self, in_a_patch: Severity) -> Option<Severity> {
        match (self.step, in_a_patch) {
            (Step::Patch, severity) => Some(severity),
            (Step::Minor, Severity::Critical) => Some(Severity::High),
            (Step::Minor, Severity::High) => Some(Severity::Medium),
            (Step::Minor, Severity::Medium) => Some(Severity::Low),
            (Step::Minor, Severity::Low) | (Step::Major | Step::Back, _) => None,
        }
    }
}

/// Comparing with half of a release would take the other half for new.
fn uncompared(gap: Gap) -> Gap {
    Gap {
        cause: spip_core::Cause::Uncompared,
        ..gap
    }
}

/// The newest release before this one whose files were read.
fn newest_before<'a>(
    remembered: &'a Remembered,
    version: &Version,
    kind: &str,
) -> Option<(Version, &'a ReleaseProfile)> {
    let read = remembered
        .before(version)
        .filter(|release| release.kind == kind && release.makeup.is_some())
        .filter_map(|release| Some((release.version.parse::<Version>().ok()?, release)));
    read.max_by(|(one, _), (other, _)| one.pep440().cmp(&other.pep440()))
}

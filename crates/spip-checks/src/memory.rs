//! What the checks ask of earlier installations.

use std::sync::Arc;

use spip_core::{Context, Fact, Location, Package, ReleaseProfile, Remembered, Stop};

pub(crate) const NEVER_SEEN: &str = "no release of it was installed here before";
pub(crate) const NO_INDEX: &str = "no index offered it";

/// What is remembered of the project that an index offers.
pub(crate) fn of(package: &Package, cx: &Context<'_>) -> Result<Arc<Remembered>, Stop> {
    if !package.artifact.is_from_index() {
        return Err(Stop::NotApplicable(NO_INDEX));
    }
    let remembered = cx.facts.remembered(package)?;
    remembered.ok_or(Stop::NotApplicable(NEVER_SEEN))
}

/// The releases that are older than the one that would be installed, the one learned last at the end.
pub(crate) fn older<'r>(
    remembered: &'r Remembered,
    package: &Package,
) -> impl Iterator<Item = &'r ReleaseProfile> {
    let version = package.version.iter();
    version.flat_map(|version| remembered.before(version))
}

/// Whether these very bytes were installed before.
pub(crate) fn is_same_file(
    remembered: &Remembered,
    package: &Package,
    cx: &Context<'_>,
) -> Result<bool, Stop> {
    let measured = cx.facts.measured(package)?;
    Ok(measured.is_some_and(|measured| remembered.has_file(&measured.sha256.to_string())))
}

/// The memory as a place.
pub(crate) fn fact() -> Fact<()> {
    Fact::new((), Location::Builtin { name: "memory" })
}

//! Facts that the tool's plan itself states.

use spip_core::{Context, Fact, Location, Package};

/// A value of one package's entry in the plan; `field` is relative to that entry, named as in pip's
/// installation report.
pub(crate) fn planned<T>(package: &Package, cx: &Context<'_>, field: &str, value: T) -> Fact<T> {
    let position = cx
        .plan
        .packages
        .iter()
        .position(|candidate| candidate.id == package.id)
        .unwrap_or_default();
    let pointer = format!("/install/{position}/{field}");
    Fact::new(value, Location::Plan { pointer })
}

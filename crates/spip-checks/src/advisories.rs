//! What the checks of known-bad releases share.

use spip_core::{Advisories, Advisory, Cause, Context, Evidence, Fact, Gap, Quoted, Stop};

/// An advisory as evidence: where it was read, and what it says there.
pub(crate) fn evidence(advisory: &Advisory) -> Evidence {
    let mut text = advisory.id.raw().to_owned();
    let mut add = |between: &str, more: &str| {
        text.push_str(between);
        text.push_str(more);
    };
    if !advisory.summary.raw().is_empty() {
        add(": ", advisory.summary.raw());
    }
    if let Some(rating) = &advisory.rating {
        add("; ", &rating.to_string());
    }
    if !advisory.fixed_in.is_empty() {
        let versions: Vec<_> = advisory.fixed_in.iter().map(Quoted::raw).collect();
        add("; mended in ", &versions.join(", "));
    }
    if let Some(reference) = &advisory.reference {
        add("; ", reference.raw());
    }
    Fact::new((), advisory.read_at.clone()).shows(text)
}

/// What a list that did not answer leaves, and one that is older than it may be.
pub(crate) fn last_words(advisories: &Advisories, cx: &Context<'_>) -> Result<(), Stop> {
    if let Some(gap) = advisories.gaps.first() {
        return Err(gap.clone().into());
    }
    let Some(as_of) = &advisories.as_of else {
        return Ok(());
    };
    let age = cx.now.duration_since(as_of.value);
    let limit = cx.settings.advisory_age.stale_after;
    if std::time::Duration::try_from(age).unwrap_or_default() <= limit {
        return Ok(());
    }
    let (days, most) = (age.as_hours() / 24, limit.as_secs() / 86_400);
    let detail = format!(
        "what is known of bad releases is {days} days old, {most} are allowed; `spip intel update` renews it"
    );
    Err(Gap::new(Cause::Stale, detail).into())
}

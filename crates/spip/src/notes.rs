//! Remarks about exceptions: what covered nothing, what has ended, what covers too much.

use std::collections::BTreeSet;

use spip_core::{Quoted, Report, Scope, Verdict, Waiver, Written};

/// What covered nothing.
pub(crate) fn unused<'a>(
    waivers: impl IntoIterator<Item = &'a &'a Waiver>,
) -> impl Iterator<Item = String> {
    waivers.into_iter().map(|waiver| match &waiver.written {
        Written::Option => format!("note: --spip-allow {waiver} matched nothing"),
        Written::File { place, .. } => {
            let place = Quoted::new(place);
            format!("note: the exception {waiver} ({place}) covered nothing; remove it")
        }
    })
}

/// What would cover something if its day had not passed.
pub(crate) fn expired(waivers: &[Waiver], report: &Report) -> impl Iterator<Item = String> {
    let here = |waiver: &&Waiver| {
        let mut packages = report.packages().iter();
        packages.any(|examined| examined.package.name == waiver.package)
    };
    waivers.iter().filter(here).map(|waiver| {
        let (place, until) = match &waiver.written {
            Written::File { place, until, .. } => (place.as_str(), until.as_str()),
            Written::Option => ("", ""),
        };
        let place = Quoted::new(place);
        format!("note: the exception {waiver} ({place}) ended on {until}")
    })
}

/// What covers more than anybody has looked at.
pub(crate) fn broad(verdict: &Verdict<'_>) -> BTreeSet<String> {
    let notes = verdict
        .used_waivers()
        .filter_map(|waiver| match &waiver.written {
            Written::File { place, .. } if waiver.scope == Scope::AnyVersion => {
                let place = Quoted::new(place);
                Some(format!(
                    "note: the exception {waiver} ({place}) covers every version; name one"
                ))
            }
            _ => None,
        });
    notes.collect()
}

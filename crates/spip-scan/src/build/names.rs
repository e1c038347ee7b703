//! What the names inside an sdist say: top directories and metadata against the file name.

use crate::archive::Manners;
use crate::findings::Findings;
use spip_core::{Odd, PackageName};

/// Compares PKG-INFO with the file name of a source archive.
pub(crate) fn check_name(filename: &str, path: &str, text: &str, findings: &mut Findings) {
    let value = |key| {
        crate::wheel::header_values(text, key)
            .next()
            .unwrap_or_default()
    };
    let (name, version) = (value("Name"), value("Version"));
    let (Ok(name), Ok(version)) = (name.parse::<PackageName>(), version.parse()) else {
        return;
    };
    let fits = splits(filename).any(|(project, told)| {
        let project = project.parse::<PackageName>();
        let told: Result<spip_core::Version, _> = told.replace('_', "-").parse();
        project.is_ok_and(|project| project == name) && told.is_ok_and(|told| told == version)
    });
    if !fits {
        let trigger = Manners::Source.trigger();
        let detail = format!("PKG-INFO says {name} {version}, the file name does not");
        findings.odd(Odd::NameMismatch, trigger, path, detail);
    }
}

/// Every way to split a file name into project and version: both may hold dashes.
pub(super) fn splits(filename: &str) -> impl Iterator<Item = (&str, &str)> {
    const ENDINGS: &[&str] = &[
        ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar", ".zip", ".tar.lz",
        ".tlz", ".tar.Z",
    ];
    let stem = ENDINGS
        .iter()
        .find_map(|ending| filename.strip_suffix(ending));
    let stem = stem.unwrap_or(filename);
    stem.match_indices('-')
        .map(move |(at, _)| (&stem[..at], &stem[at + 1..]))
}

/// The project that a file name of a source archive speaks of; empty: it does not tell.
pub(crate) fn project_of(filename: &str) -> String {
    let digit = |version: &str| version.starts_with(|first: char| first.is_ascii_digit());
    let found = splits(filename).find(|(_, version)| digit(version));
    let name = found.and_then(|(name, _)| name.parse::<PackageName>().ok());
    name.map_or(String::new(), |name| name.as_str().to_owned())
}

//! What a wheel says about itself: file name, `.dist-info`, METADATA, WHEEL.

use std::collections::BTreeSet;

use spip_core::{Odd, PackageName, Trigger, Version};

use crate::findings::Findings;
use crate::layout::Promise;
use crate::member::native::System;

const TRIGGER: Trigger = Trigger::Import;

/// How many tags a compressed set of tags may stand for.
const TAGS: usize = 10_000;

/// What the file name of a wheel says.
#[derive(Clone, Debug)]
pub(crate) struct WheelName {
    /// The project, normalised.
    pub(crate) project: String,
    version: String,
    /// Python, ABI and platform tags, each a set.
    tags: [String; 3],
    /// Which native code the tags promise.
    pub(crate) promise: Promise,
}

impl WheelName {
    /// Reads a file name.
    pub(crate) fn parse(filename: &str) -> Option<Self> {
        let stem = filename.strip_suffix(".whl")?;
        let parts: Vec<&str> = stem.split('-').collect();
        let (name, version, tags) = match parts.as_slice() {
            [name, version, tags @ ..] if tags.len() == 3 => (name, version, tags),
            [name, version, _build, tags @ ..] if tags.len() == 3 => (name, version, tags),
            _ => return None,
        };
        let project: PackageName = name.parse().ok()?;
        Some(Self {
            project: project.as_str().to_owned(),
            version: (*version).to_owned(),
            tags: [tags[0].to_owned(), tags[1].to_owned(), tags[2].to_owned()],
            promise: promise(tags[2]),
        })
    }

    fn says(&self, name: &str, version: &str) -> bool {
        let same_name = name
            .parse::<PackageName>()
            .is_ok_and(|name| name.as_str() == self.project);
        let text = |version: &str| version.replace('_', "-").parse::<Version>();
        let same_version = match (text(version), text(&self.version)) {
            (Ok(here), Ok(there)) => here == there,
            _ => version == self.version,
        };
        same_name && same_version
    }
}

/// Which native code a set of platform tags promises.
fn promise(platforms: &str) -> Promise {
    let system = |tag: &str| {
        if tag.contains("linux") || tag.starts_with("android") {
            Some(System::Linux)
        } else if tag.starts_with("win") {
            Some(System::Windows)
        } else if tag.starts_with("macosx") || tag.starts_with("ios") {
            Some(System::Mac)
        } else {
            None
        }
    };
    let mut tags = platforms.split('.');
    if tags.clone().all(|tag| tag == "any") {
        return Promise::Nothing;
    }
    let first = tags.next().and_then(system);
    match first {
        Some(first) if tags.all(|tag| system(tag) == Some(first)) => Promise::System(first),
        _ => Promise::Open,
    }
}

/// The `.dist-info` directory, of which there must be exactly one.
pub(crate) fn info_directory(
    paths: &[&str],
    name: Option<&WheelName>,
    findings: &mut Findings,
) -> Option<String> {
    let tops = paths
        .iter()
        .filter_map(|path| Some(path.split_once('/')?.0));
    let infos: BTreeSet<&str> = tops.filter(|top| top.ends_with(".dist-info")).collect();
    let fits = |info: &&&str| name.is_some_and(|name| directory_fits(info, name));
    let info = infos.iter().find(fits).or_else(|| infos.first())?;
    if infos.len() > 1 {
        let detail = format!("{} directories for metadata", infos.len());
        findings.odd(Odd::SeveralTops, TRIGGER, info, detail);
    }
    if let Some(name) = name
        && !directory_fits(info, name)
    {
        let detail = "the directory for metadata is named otherwise than the wheel";
        findings.odd(Odd::NameMismatch, TRIGGER, info, detail);
    }
    Some((*info).to_owned())
}

fn directory_fits(info: &str, name: &WheelName) -> bool {
    let stem = info.strip_suffix(".dist-info").unwrap_or(info);
    let parts = stem.split_once('-');
    parts.is_some_and(|(project, version)| name.says(project, version))
}

/// Compares METADATA with the file name.
pub(crate) fn compare(
    name: &WheelName,
    info: &str,
    metadata: Option<&str>,
    findings: &mut Findings,
) {
    let path = format!("{info}/METADATA");
    let Some(metadata) = metadata else {
        findings.odd(
            Odd::Malformed,
            TRIGGER,
            &path,
            "the wheel has no METADATA that can be read",
        );
        return;
    };
    let one = |key: &str, findings: &mut Findings| {
        let mut values = header_values(metadata, key);
        let first = values.next().unwrap_or_default().to_owned();
        if values.next().is_some() {
            let detail = format!("METADATA holds several fields {key}");
            findings.odd(Odd::NameMismatch, TRIGGER, &path, detail);
        }
        first
    };
    let (project, version) = (one("Name", findings), one("Version", findings));
    if !name.says(&project, &version) {
        let detail = format!(
            "METADATA says {} {}, the file name {} {}",
            short(&project),
            short(&version),
            name.project,
            name.version
        );
        findings.odd(Odd::NameMismatch, TRIGGER, &path, detail);
    }
}

/// Compares the tags in WHEEL with those in the file name.
pub(crate) fn compare_tags(
    filename: &str,
    name: &WheelName,
    info: &str,
    wheel: Option<&str>,
    findings: &mut Findings,
) {
    let path = format!("{info}/WHEEL");
    let Some(wheel) = wheel else {
        findings.odd(
            Odd::Malformed,
            TRIGGER,
            &path,
            "the wheel has no WHEEL that can be read",
        );
        return;
    };
    let format = header_values(wheel, "Wheel-Version")
        .next()
        .unwrap_or_default();
    if format.split('.').next() != Some("1") {
        let detail = format!("the version of the format is {}", short(format));
        findings.odd(Odd::Malformed, TRIGGER, &path, detail);
    }
    let inside: BTreeSet<String> = header_values(wheel, "Tag")
        .take(TAGS)
        .flat_map(|tag| expand(tag.split('-')))
        .collect();
    let outside = expand(name.tags.iter().map(String::as_str));
    let native = |tags: &BTreeSet<String>| tags.iter().any(|tag| !tag.ends_with("-any"));
    // Tools rename wheels without touching WHEEL; for every system or for one is what matters.
    if inside.is_empty() || native(&inside) != native(&outside) {
        let detail = format!("WHEEL is tagged for other systems than {}", short(filename));
        findings.odd(Odd::NameMismatch, TRIGGER, &path, detail);
    }
}

/// All tags that a compressed set of tags stands for.
fn expand<'a>(parts: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let mut tags = vec![String::new()];
    for part in parts {
        let longer = tags.iter().flat_map(|tag| {
            let dash = if tag.is_empty() { "" } else { "-" };
            part.split('.').map(move |one| format!("{tag}{dash}{one}"))
        });
        tags = longer.take(TAGS).collect();
    }
    tags.into_iter().collect()
}

/// The values of a field in the headers of METADATA or WHEEL.
pub(crate) fn header_values<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let headers = text.lines().take_while(|line| !line.trim().is_empty());
    headers.filter_map(move |line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(key).then(|| value.trim())
    })
}

fn short(text: &str) -> String {
    crate::archive::names::quoted(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_of_wheels_are_read() {
        let name = WheelName::parse("De_mo.x-1.0-1-py3-none-any.whl").unwrap();
        assert_eq!(
            (name.project.as_str(), name.version.as_str()),
            ("de-mo-x", "1.0")
        );
        assert_eq!(name.promise, Promise::Nothing);
        let name = WheelName::parse("a-1-cp311-cp311-manylinux1_x86_64.manylinux_2_5_x86_64.whl");
        assert_eq!(name.unwrap().promise, Promise::System(System::Linux));
        for wrong in [
            "a.whl",
            "a-1.whl",
            "a-1-py3-none.whl",
            "a-1-py3-none-any.zip",
        ] {
            assert!(WheelName::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn names_and_versions_are_compared_as_indexes_do() {
        let name = WheelName::parse("de_mo-1.0-py3-none-any.whl").unwrap();
        assert!(name.says("De.mo", "1.0.0"));
        assert!(!name.says("demo", "1.0"));
        assert!(!name.says("de-mo", "1.1"));
    }

    #[test]
    fn tags_are_expanded() {
        let tags = expand(["py2.py3", "none", "any"].into_iter());
        assert_eq!(
            tags.into_iter().collect::<Vec<_>>(),
            ["py2-none-any", "py3-none-any"]
        );
    }
}

//! Which version a distribution's file name tells.

use spip_core::{PackageName, Version};

/// What pip takes for an archive, and the formats that it no longer installs.
const EXTENSIONS: &[&str] = &[
    ".whl",
    ".tar.gz",
    ".zip",
    ".tar.bz2",
    ".tgz",
    ".tar.xz",
    ".egg",
    ".tar",
    ".tbz",
    ".txz",
    ".tar.lz",
    ".tlz",
    ".tar.lzma",
    ".tar.Z",
    ".exe",
    ".msi",
    ".rpm",
    ".deb",
    ".dmg",
];

/// Whether the name ends like a distribution's.
pub(crate) fn is_distribution(filename: &str) -> bool {
    extension(filename).is_some()
}

/// The version as written in the name of a wheel (PEP 427), an egg or an sdist (PEP 625 and the
/// shapes before it); `None` where it belongs to another project or the name does not tell.
pub(crate) fn version_text<'a>(filename: &'a str, project: &PackageName) -> Option<&'a str> {
    let extension = extension(filename)?;
    let stem = &filename[..filename.len() - extension.len()];
    match extension {
        ".whl" => wheel(stem, project),
        ".exe" | ".msi" | ".rpm" | ".deb" | ".dmg" => None,
        ".egg" => {
            let version = after_name(stem, project)?;
            let end = version.find("-py").unwrap_or(version.len());
            Some(&version[..end])
        }
        _ => after_name(stem, project).filter(|version| !names_a_platform(version)),
    }
}

/// The version that such a text stands for.
pub(crate) fn version(text: &str) -> Option<Version> {
    // Wheels write `1.0-1` as `1.0_1` (PEP 427, escaping).
    text.replace('_', "-").parse().ok()
}

fn extension(filename: &str) -> Option<&'static str> {
    let longest_first = EXTENSIONS
        .iter()
        .filter(|extension| filename.ends_with(**extension));
    longest_first
        .max_by_key(|extension| extension.len())
        .copied()
}

fn wheel<'a>(stem: &'a str, project: &PackageName) -> Option<&'a str> {
    let mut parts = stem.split('-');
    let (name, version) = (parts.next()?, parts.next()?);
    let tags = parts.count();
    let known = matches!(tags, 3 | 4) && is_name(name, project);
    known.then_some(version)
}

/// What follows the shortest prefix that is the project's name.
fn after_name<'a>(stem: &'a str, project: &PackageName) -> Option<&'a str> {
    let mut dashes = stem.match_indices('-').map(|(at, _)| at);
    let end = dashes.find(|end| is_name(&stem[..*end], project))?;
    Some(&stem[end + 1..])
}

/// Whether the text is the project's name when normalised (PEP 503).
fn is_name(text: &str, project: &PackageName) -> bool {
    text == project.as_str()
        || text
            .parse::<PackageName>()
            .is_ok_and(|name| name == *project)
}

/// `bdist_dumb` archives look like sdists: `1.0.linux-x86_64.tar.gz`.
fn names_a_platform(version: &str) -> bool {
    [".linux-", ".macosx-", ".win32", ".win-"]
        .iter()
        .any(|mark| version.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_tells(project: &str, filename: &str, expected: Option<&str>) {
        let found = version_text(filename, &project.parse().unwrap()).and_then(version);
        let expected = expected.map(|text| text.parse::<Version>().unwrap());
        assert_eq!(found, expected, "{filename}");
    }

    #[test]
    fn reads_wheels() {
        for (filename, expected) in [
            ("demo-1.4-py3-none-any.whl", Some("1.4")),
            ("Demo-1.4-2-py3-none-any.whl", Some("1.4")),
            (
                "demo-1!2.0+cu_121-cp312-cp312-manylinux_2_28_x86_64.whl",
                Some("1!2.0+cu.121"),
            ),
            ("demo-1.0_1-py3-none-any.whl", Some("1.0.post1")),
            ("other-1.4-py3-none-any.whl", None),
            ("demo-1.4-none-any.whl", None),
            ("demo-1.4-1-2-py3-none-any.whl", None),
            ("demo.whl", None),
        ] {
            assert_tells("demo", filename, expected);
        }
    }

    #[test]
    fn reads_sdists_of_every_age() {
        for (project, filename, expected) in [
            ("demo", "demo-1.4.tar.gz", Some("1.4")),
            (
                "zope-interface",
                "zope.interface-5.0.0a1.zip",
                Some("5.0a1"),
            ),
            ("zope-interface", "zope_interface-5.0.tar.gz", Some("5.0")),
            ("foo-2", "foo-2-1.0.tar.bz2", Some("1.0")),
            ("demo", "demo-1.0-1.tar.gz", Some("1.0.post1")),
            ("pytz", "pytz-2004d-x.tgz", Some("2004d-x")),
            ("demo", "demo-1.4-py2.7.egg", Some("1.4")),
            ("demo", "demo-1.4.linux-x86_64.tar.gz", None),
            ("demo", "demo-1.4.win32-py2.7.exe", None),
            ("demo", "demo2-1.4.tar.gz", None),
            ("demo", "demo-.tar.gz", None),
            ("demo", "demo-1 4.tar.gz", None),
            ("demo", "-1.4.tar.gz", None),
            ("demo", "demo-1.4", None),
        ] {
            assert_tells(project, filename, expected);
        }
    }
}

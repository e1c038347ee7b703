//! Names and versions in the file names of distributions (PEP 427, PEP 625 and older).

use spip_core::{PackageName, Version};

/// What a distribution's file name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// The project.
    pub name: PackageName,
    /// The version.
    pub version: Version,
    /// Wheel or sdist.
    pub kind: DistributionKind,
}

/// Wheel or sdist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DistributionKind {
    /// A built distribution.
    Wheel,
    /// A source distribution.
    Sdist,
}

/// What pip unpacks as a source archive.
const ARCHIVES: &[&str] = &[
    ".tar.gz", ".zip", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz",
];

impl Distribution {
    /// Reads a file name. `None` where it does not tell name and version.
    pub fn parse(filename: &str) -> Option<Self> {
        if let Some(stem) = filename.strip_suffix(".whl") {
            let mut parts = stem.split('-');
            let name = parts.next()?.parse().ok()?;
            let version = parts.next()?.replace('_', "-").parse().ok()?;
            let tags = parts.count();
            return (tags == 3 || tags == 4).then_some(Self {
                name,
                version,
                kind: DistributionKind::Wheel,
            });
        }
        let stem = ARCHIVES
            .iter()
            .find_map(|ending| filename.strip_suffix(ending))?;
        // The version is the last part that begins with a digit; names may hold dashes.
        let (name, version) = stem
            .match_indices('-')
            .map(|(dash, _)| (&stem[..dash], &stem[dash + 1..]))
            .find(|(_, version)| version.starts_with(|first: char| first.is_ascii_digit()))?;
        Some(Self {
            name: name.parse().ok()?,
            version: version.parse().ok()?,
            kind: DistributionKind::Sdist,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(filename: &str) -> Option<String> {
        let found = Distribution::parse(filename)?;
        Some(format!("{} {} {:?}", found.name, found.version, found.kind))
    }

    #[test]
    fn reads_wheels_and_sdists() {
        for (filename, expected) in [
            ("demo-1.0-py3-none-any.whl", "demo 1.0 Wheel"),
            ("de_mo-1.0-1-py2.py3-none-any.whl", "de-mo 1.0 Wheel"),
            (
                "python-dateutil-2.9.0.tar.gz",
                "python-dateutil 2.9.0 Sdist",
            ),
            (
                "backports.zoneinfo-0.2.1.zip",
                "backports-zoneinfo 0.2.1 Sdist",
            ),
            ("demo-1.0-post1.tar.gz", "demo 1.0-post1 Sdist"),
        ] {
            assert_eq!(parsed(filename).as_deref(), Some(expected), "{filename}");
        }
    }

    #[test]
    fn says_nothing_of_other_names() {
        for filename in [
            "demo.whl",
            "demo-1.0.whl",
            "demo.tar.gz",
            "demo-1.0.exe",
            "-1.tar.gz",
            "",
        ] {
            assert_eq!(parsed(filename), None, "{filename}");
        }
    }
}

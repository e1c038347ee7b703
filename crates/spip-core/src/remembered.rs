//! What a project was like when releases of it were installed before.
//!
//! Like [`crate::Contents`] these types are serializable, because they are kept in a private file.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Deed, Facts, Makeup, Origin, Package, Trigger, Version};

/// One release, and what its project was like at that time. Empty or `None`: it was not stated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReleaseProfile {
    /// The version.
    pub version: String,
    /// `wheel` or `sdist`.
    pub kind: String,
    /// The digests of the files that were seen.
    pub files: BTreeSet<String>,
    /// The index that offered it, without credentials.
    pub index: Option<String>,
    /// Who could publish the project on that index when it was first installed.
    pub owners: BTreeSet<String>,
    /// The domains of its authors' and maintainers' e-mail addresses.
    pub mail_domains: BTreeSet<String>,
    /// The repositories that it names: forge, account and name.
    pub repositories: BTreeSet<String>,
    /// What the files are made of; `None`: they were not read.
    pub makeup: Option<Makeup>,
    /// What its code does, and when.
    pub deeds: BTreeSet<(Deed, Trigger)>,
    /// The version of the rules by which its code was read. Empty where checks see it: not those of
    /// today, so that what its code does is not to be compared.
    pub rules: String,
}

impl ReleaseProfile {
    /// More repositories are not kept.
    const MOST: usize = 32;

    /// What is known of a package that is about to be installed. `None`: it is no file of an
    /// index, or its version is not known.
    pub fn of(package: &Package, facts: &dyn Facts) -> Option<Self> {
        let file = package.artifact.file()?;
        let Origin::Index { page } = &file.origin else {
            return None;
        };
        let mut profile = Self {
            version: package.version.as_ref()?.to_string(),
            kind: package.artifact.kind().to_owned(),
            index: Some(index_of(page)),
            ..Self::default()
        };
        if let Ok(Some(measured)) = facts.measured(package) {
            profile.files.insert(measured.sha256.to_string());
        }
        if let Ok(Some(project)) = facts.project(package) {
            profile.owners = project.owners.clone().unwrap_or_default();
        }
        if let Ok(Some(metadata)) = facts.metadata(package) {
            profile.mail_domains = metadata.mail_domains();
            let repositories = metadata.repositories();
            let places = repositories.iter().map(|named| named.value.place());
            profile.repositories = places.take(Self::MOST).collect();
        }
        if let Ok(Some(contents)) = facts.contents(package) {
            let acts = contents.acts.iter().map(|act| (act.deed, act.trigger));
            profile.deeds = acts.filter(|(_, when)| *when > Trigger::Never).collect();
            profile.makeup = Some(contents.makeup.clone());
        }
        Some(profile)
    }

    /// Whether this is one of its files, byte for byte.
    pub fn has_file(&self, sha256: &str) -> bool {
        self.files.contains(sha256)
    }
}

/// The index that a project's page belongs to, without credentials: what stands before the name.
pub fn index_of(page: &crate::SafeUrl) -> String {
    let mut url = page.bare().secret().clone();
    url.set_query(None);
    url.set_fragment(None);
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().pop().push("");
    }
    url.to_string()
}

/// The releases of a project that were installed here, the one learned last at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// At most [`Remembered::MOST`].
    pub releases: Vec<ReleaseProfile>,
}

impl Remembered {
    /// More releases are not kept: the ones learned first go first.
    pub const MOST: usize = 32;

    /// Adds a release, or what is new of one that is known.
    pub fn learn(&mut self, mut seen: ReleaseProfile) {
        let same = |known: &ReleaseProfile| {
            known.version == seen.version && known.kind == seen.kind && known.index == seen.index
        };
        if let Some(place) = self.releases.iter().position(same) {
            let known = self.releases.remove(place);
            // Files that are installed again are not asked about, so they teach nothing of this.
            let is_again = known.files.is_superset(&seen.files);
            match (is_again, known.owners.is_empty()) {
                (true, false) => seen.owners = known.owners,
                _ => seen.owners.extend(known.owners),
            }
            seen.files.extend(known.files);
            if seen.rules == known.rules {
                seen.deeds.extend(known.deeds);
            }
            seen.makeup = seen.makeup.or(known.makeup);
            seen.mail_domains.extend(known.mail_domains);
            seen.repositories.extend(known.repositories);
        }
        self.releases.push(seen);
        let surplus = self.releases.len().saturating_sub(Self::MOST);
        self.releases.drain(..surplus);
    }

    /// Leaves the rules named only where they are these.
    #[must_use]
    pub fn read_by(mut self, rules: &str) -> Self {
        for release in &mut self.releases {
            if release.rules != rules {
                release.rules.clear();
            }
        }
        self
    }

    /// Whether this very file was installed before.
    pub fn has_file(&self, sha256: &str) -> bool {
        self.releases.iter().any(|known| known.has_file(sha256))
    }

    /// The releases that are older than this version.
    pub fn before(&self, version: &Version) -> impl Iterator<Item = &ReleaseProfile> {
        let limit = version.pep440().cloned();
        self.releases.iter().filter(move |known| {
            let known = known.version.parse::<Version>().ok();
            let known = known.as_ref().and_then(Version::pep440);
            known.is_some_and(|known| limit.as_ref().is_some_and(|limit| known < limit))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str, file: &str) -> ReleaseProfile {
        ReleaseProfile {
            version: version.to_owned(),
            files: [file.to_owned()].into(),
            ..ReleaseProfile::default()
        }
    }

    #[test]
    fn a_known_release_gathers_its_files_and_moves_to_the_end() {
        let mut known = Remembered::default();
        known.learn(release("1.0", "a"));
        known.learn(release("1.1", "b"));
        known.learn(release("1.0", "c"));
        let versions: Vec<_> = known.releases.iter().map(|it| &it.version).collect();
        assert_eq!(versions, ["1.1", "1.0"]);
        assert!(known.has_file("a") && known.has_file("c") && !known.has_file("d"));
    }

    #[test]
    fn files_that_are_installed_again_teach_nothing_of_owners() {
        let owned = |file: &str, owner: &str| ReleaseProfile {
            owners: [owner.to_owned()].into(),
            ..release("1.0", file)
        };
        let owners = |known: &Remembered| {
            let owners = known.releases[0].owners.iter();
            owners.map(String::as_str).collect::<Vec<_>>().join(" ")
        };
        let mut known = Remembered::default();
        known.learn(release("1.0", "a"));
        known.learn(owned("a", "alice"));
        assert_eq!(owners(&known), "alice");
        known.learn(owned("a", "mallory"));
        assert_eq!(owners(&known), "alice");
        known.learn(owned("b", "bob"));
        assert_eq!(owners(&known), "alice bob");
    }

    #[test]
    fn the_oldest_lessons_go_first() {
        let mut known = Remembered::default();
        for minor in 0..40 {
            known.learn(release(&format!("1.{minor}"), "a"));
        }
        assert_eq!(known.releases.len(), Remembered::MOST);
        assert_eq!(known.releases[0].version, "1.8");
    }

    #[test]
    fn older_is_by_version_and_not_by_spelling() {
        let mut known = Remembered::default();
        for version in ["1.9", "1.10", "2.0", "strange"] {
            known.learn(release(version, "a"));
        }
        let before: Vec<_> = known
            .before(&"1.10".parse().unwrap())
            .map(|it| it.version.as_str())
            .collect();
        assert_eq!(before, ["1.9"]);
    }

    #[test]
    fn an_index_is_told_without_credentials_and_project() {
        let page = "https://u:p@h.invalid/simple/demo/?q#f".parse().unwrap();
        assert_eq!(index_of(&page), "https://h.invalid/simple/");
    }
}

//! `spip scan NAME==VERSION`: the files of a release, fetched from an index and never built.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use spip_core::{
    Artifact, Cause, Gap, ListedFile, Listing, Origin, Package, PackageId, PackageName, Quoted,
    RemoteFile, SafeUrl, Transport, Version, Why,
};
use spip_plan::{Distribution, DistributionKind};
use spip_pypi::Offers;

use super::choice::choose;
use super::indexes::{Index, Indexes};
use super::target::{Place, Target, Told};
use crate::measure::fingerprint;

/// The largest file that is fetched, in bytes.
const LARGEST: u64 = 2 << 30;

/// Endings of files: whoever writes one means a path.
const FILE_ENDINGS: &[&str] = &[
    "py", "pyw", "pyc", "pyo", "pyd", "pyi", "pth", "start", "so", "whl", "egg", "zip", "gz",
    "tgz", "bz2", "tbz", "xz", "txz", "tar", "pkl", "pickle", "txt", "toml", "cfg", "json", "sh",
    "exe",
];

/// A release that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    name: PackageName,
    /// `None`: the newest.
    version: Option<Version>,
}

/// How much of a release is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The sdist and the wheel that fits this machine best.
    Usual,
    /// Every file.
    All,
}

/// What was fetched.
pub(super) struct Fetched {
    pub(super) targets: Vec<Target>,
    /// What the release is called.
    pub(super) label: String,
    /// Files that nobody looks at.
    pub(super) skipped: usize,
}

impl Wanted {
    /// Reads `NAME` or `NAME==VERSION`; `None`: it means a path.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, version) = match text.split_once("==") {
            Some((name, version)) => (name, Some(version.trim().parse().ok()?)),
            None => (text, None),
        };
        let ending = name.rsplit_once('.').map(|(_, ending)| ending);
        let is_file = ending.is_some_and(|ending| FILE_ENDINGS.contains(&ending));
        if version.is_none() && is_file {
            return None;
        }
        Some(Self {
            name: name.trim().parse().ok()?,
            version,
        })
    }

    /// Finds the release and fetches its files into an empty folder.
    pub(super) async fn fetch(
        &self,
        indexes: &Indexes,
        extent: Extent,
        folder: &Path,
    ) -> Result<Fetched, String> {
        let pages = self.pages(indexes).await?;
        let version = self.version_of(&pages)?;
        let files = |offers: &Offers| -> Vec<(ListedFile, SafeUrl)> {
            let files = offers.files();
            let files = files.filter(|(file, _)| self.is_of(file, &version));
            files
                .map(|(file, url)| (file.clone(), url.clone()))
                .collect()
        };
        let mut places = pages.iter().enumerate();
        let chosen = places.find_map(|(place, (_, _, offers))| {
            let files = files(offers);
            (!files.is_empty()).then_some((place, files))
        });
        let label = format!("{} {version}", self.name);
        let Some((place, files)) = chosen else {
            return Err(format!("find {label}: the index lists no file of it"));
        };
        let (index, page, offers) = &pages[place];
        let all = files.len();
        let files = match extent {
            Extent::All => files,
            Extent::Usual => choose(files),
        };
        let skipped = all - files.len();
        let others = other_listings(&pages, place, indexes);
        let mut targets = Vec::with_capacity(files.len());
        for (number, (file, url)) in files.into_iter().enumerate() {
            let path = folder.join(number.to_string());
            let place = download(index, &url, &path).await;
            let told = Told {
                listing: Ok(Some(Arc::clone(offers.listing()))),
                others: Ok(others.clone()),
                project: index
                    .client
                    .project(page, &self.name, Some(&file.filename))
                    .await,
            };
            let release = Release {
                index,
                page,
                listing: offers.listing(),
            };
            targets.extend(release.target(&file, url, &path, place, told));
        }
        Ok(Fetched {
            targets,
            label,
            skipped,
        })
    }

    /// The pages that the indexes have under this name.
    async fn pages<'a>(
        &self,
        indexes: &'a Indexes,
    ) -> Result<Vec<(&'a Index, SafeUrl, Offers)>, String> {
        let mut pages = Vec::new();
        for index in indexes.all() {
            let page = index.page_of(&self.name);
            match index.client.offers(&page).await {
                Ok(Some(offers)) => pages.push((index, page, offers)),
                Ok(None) => {}
                // Another index might have what this one would have offered.
                Err(gap) => return Err(format!("ask for {}: {gap}", self.name)),
            }
        }
        if pages.is_empty() {
            return Err(format!(
                "find {}: there is no such file, and no index has a project of that name",
                self.name
            ));
        }
        Ok(pages)
    }

    fn version_of(&self, pages: &[(&Index, SafeUrl, Offers)]) -> Result<Version, String> {
        if let Some(version) = &self.version {
            return Ok(version.clone());
        }
        let files = pages.iter().flat_map(|(_, _, offers)| offers.files());
        let versions = files.filter_map(|(file, _)| {
            let version = file.version.clone()?;
            let parsed = version.pep440()?.clone();
            let last_resort = (file.yanked.is_some(), parsed.any_prerelease());
            self.is_of(file, &version)
                .then_some((std::cmp::Reverse(last_resort), parsed, version))
        });
        let newest = versions.max_by(|one, two| (&one.0, &one.1).cmp(&(&two.0, &two.1)));
        newest
            .map(|(.., version)| version)
            .ok_or_else(|| format!("find {}: the index lists no release of it", self.name))
    }

    fn is_of(&self, file: &ListedFile, version: &Version) -> bool {
        file.version.as_ref() == Some(version)
            && Distribution::parse(&file.filename).is_some_and(|told| told.name == self.name)
    }
}

/// The pages of the other indexes; `None`: there is only one index.
fn other_listings(
    pages: &[(&Index, SafeUrl, Offers)],
    chosen: usize,
    indexes: &Indexes,
) -> Option<Arc<Vec<Listing>>> {
    let others = pages
        .iter()
        .enumerate()
        .filter(|(place, _)| *place != chosen);
    let others = others.map(|(_, (_, _, offers))| Listing::clone(offers.listing()));
    (indexes.all().len() > 1).then(|| Arc::new(others.collect()))
}

async fn download(index: &Index, url: &SafeUrl, path: &Path) -> Result<Place, Gap> {
    let unkept = |error: std::io::Error| {
        Gap::new(
            Cause::Unreadable,
            format!("the file cannot be kept: {error}"),
        )
    };
    let mut file = File::create_new(path).map_err(unkept)?;
    index.client.download(url, &mut file, LARGEST).await?;
    drop(file);
    let metadata = fs::metadata(path).map_err(unkept)?;
    Ok(Place::File(path.to_owned(), fingerprint(&metadata)))
}

/// Where a file was offered.
struct Release<'a> {
    index: &'a Index,
    page: &'a SafeUrl,
    listing: &'a Listing,
}

impl Release<'_> {
    fn target(
        &self,
        file: &ListedFile,
        url: SafeUrl,
        path: &Path,
        place: Result<Place, Gap>,
        told: Told,
    ) -> Option<Target> {
        let distribution = Distribution::parse(&file.filename)?;
        let digests = file.digests.iter();
        let remote = RemoteFile {
            filename: file.filename.clone(),
            origin: Origin::Index {
                page: self.page.bare(),
            },
            transport: self.transport(&url),
            url,
            path: Some(path.to_owned()),
            promised: digests
                .map(|digest| self.listing.fact(file, "hashes", digest.clone()))
                .collect(),
            required: Vec::new(),
            built_here: false,
            built_from: None,
        };
        let artifact = match distribution.kind {
            DistributionKind::Wheel => Artifact::Wheel(remote),
            DistributionKind::Sdist => Artifact::Sdist(remote),
        };
        Some(Target {
            given: None,
            package: Package {
                id: PackageId(0),
                name: distribution.name,
                version: file.version.clone(),
                why: Why::Requested,
                artifact,
            },
            place,
            told,
        })
    }

    fn transport(&self, url: &SafeUrl) -> Transport {
        let plain = |url: &SafeUrl| url.scheme() == "http" && !url.is_loopback();
        let because: Quoted = if plain(url) || plain(self.page) {
            "plain http".into()
        } else if self.index.trusts(url) || self.index.trusts(self.page) {
            "--trusted-host switches certificate checks off".into()
        } else {
            return Transport::Verified;
        };
        Transport::Unverified { because }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_names_from_paths() {
        let parsed = |text: &str| {
            let wanted = Wanted::parse(text)?;
            Some(format!("{} {:?}", wanted.name, wanted.version))
        };
        for (text, expected) in [
            ("Demo", Some("demo None")),
            ("zope.interface==5.0", Some("zope-interface Some(5.0)")),
            ("demo == 1.0", Some("demo Some(1.0)")),
            ("jupyter.py==1.0", Some("jupyter-py Some(1.0)")),
            ("demo.py", None),
            ("demo-1.0.tar.gz", None),
            ("./demo", None),
            ("dir/demo==1.0", None),
            ("demo==", None),
            ("demo>=1.0", None),
        ] {
            assert_eq!(parsed(text).as_deref(), expected, "{text}");
        }
    }
}

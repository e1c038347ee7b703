//! When the files of a project came out.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use spip_core::{Context, Fact, Listing, Package, Project, Stop, Version};

/// The dated files of a project: from the index's page, else from its JSON API.
pub(crate) enum Timeline {
    Page(Arc<Listing>),
    Record(Arc<Project>),
}

/// One dated file.
#[derive(Clone, Copy)]
pub(crate) struct Dated<'t> {
    pub(crate) version: &'t Version,
    pub(crate) filename: &'t str,
    pub(crate) uploaded: Timestamp,
    place: usize,
}

impl Timeline {
    /// Reads it; where no index dates files there is none.
    pub(crate) fn of(package: &Package, cx: &Context<'_>) -> Result<Self, Stop> {
        const UNDATED: Stop = Stop::NotApplicable("no index states when files were uploaded");
        let Some(listing) = cx.facts.listing(package)? else {
            return Err(UNDATED);
        };
        if listing.files.iter().any(|file| file.uploaded.is_some()) {
            return Ok(Self::Page(listing));
        }
        match cx.facts.project(package)? {
            Some(project) => Ok(Self::Record(project)),
            None => Err(UNDATED),
        }
    }

    /// Every file whose version and time are stated.
    pub(crate) fn files(&self) -> Vec<Dated<'_>> {
        match self {
            Self::Page(listing) => {
                let files = listing.files.iter();
                dated(files.map(|file| (&file.version, &*file.filename, file.uploaded)))
            }
            Self::Record(project) => {
                let files = project.files.iter();
                dated(files.map(|file| (&file.version, &*file.filename, file.uploaded)))
            }
        }
    }

    /// The first file of a release, if that came out within so long. Most have not, and nothing more
    /// needs to be known of their projects.
    pub(crate) fn recent(
        &self,
        version: Option<&Version>,
        cx: &Context<'_>,
        within: SignedDuration,
    ) -> Result<Option<Dated<'_>>, Stop> {
        let files = self.files().into_iter();
        let own = files.filter(|file| Some(file.version) == version);
        match own.min_by_key(|file| file.uploaded) {
            Some(first) => {
                let is_recent = cx.now.duration_since(first.uploaded) <= within;
                Ok(is_recent.then_some(first))
            }
            None => Err(Stop::NotApplicable(
                "the index dates no file of the release",
            )),
        }
    }

    /// The first file of each version, in the order of time.
    pub(crate) fn releases(&self) -> Vec<Dated<'_>> {
        let mut first: HashMap<&Version, Dated<'_>> = HashMap::new();
        for file in self.files() {
            let known = first.entry(file.version).or_insert(file);
            if file.uploaded < known.uploaded {
                *known = file;
            }
        }
        let mut releases: Vec<_> = first.into_values().collect();
        releases.sort_by_key(|release| (release.uploaded, release.version.as_str()));
        releases
    }

    /// The upload time of one file, with its place.
    pub(crate) fn fact(&self, file: Dated<'_>) -> Fact<Timestamp> {
        match self {
            Self::Page(listing) => {
                listing.fact(&listing.files[file.place], "upload-time", file.uploaded)
            }
            Self::Record(project) => project.fact(
                &project.files[file.place],
                "upload_time_iso_8601",
                file.uploaded,
            ),
        }
    }
}

fn dated<'t>(
    files: impl Iterator<Item = (&'t Option<Version>, &'t str, Option<Timestamp>)>,
) -> Vec<Dated<'t>> {
    let known = files.enumerate().filter_map(|(place, file)| {
        let (version, filename, uploaded) = file;
        Some(Dated {
            version: version.as_ref()?,
            filename,
            uploaded: uploaded?,
            place,
        })
    });
    known.collect()
}

//! When the files of a project came out.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
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
            Self::Page(listing) => listing
                .files
                .iter()
                .enumerate()
                .filter_map(|(place, file)| {
                    Some(Dated {
                        version: file.version.as_ref()?,
                        filename: &file.filename,
                        uploaded: file.uploaded?,
                        place,
                    })
                })
                .collect(),
            Self::Record(project) => project
                .files
                .iter()
                .enumerate()
                .filter_map(|(place, file)| {
                    Some(Dated {
                        version: file.version.as_ref()?,
                        filename: &file.filename,
                        uploaded: file.uploaded?,
                        place,
                    })
                })
                .collect(),
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

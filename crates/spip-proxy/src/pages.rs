//! Index pages: which answers are ones, and what they announce.

use spip_core::{Algorithm, Gap, SafeUrl};
use spip_pypi::{Offers, stated_sizes};
use url::Url;

use crate::{Announcement, record};

/// The media type without its parameters.
pub(crate) fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Whether answers of this type may be index pages.
pub(crate) fn may_be_page(content_type: &str) -> bool {
    matches!(
        essence(content_type).as_str(),
        "application/vnd.pypi.simple.v1+json"
            | "application/vnd.pypi.simple.v1+html"
            | "text/html"
            | "application/json"
    )
}

/// What a page announces. `Ok(None)`: it is no index page.
pub(crate) fn read(
    asked: &SafeUrl,
    found: &Url,
    content_type: &str,
    body: &[u8],
) -> Result<Option<Vec<(Url, Announcement)>>, Gap> {
    if essence(content_type) == "application/json" {
        return Ok(record::read(asked, found, body));
    }
    let offers = Offers::read(asked, found, content_type, body)?;
    let listing = offers.listing();
    let sizes = stated_sizes(content_type, body).into_iter();
    let sizes = sizes.chain(std::iter::repeat(None));
    let files = listing.files.iter().zip(sizes);
    let announced = files.zip(offers.addresses()).filter_map(|(file, address)| {
        let (file, size) = file;
        let mut digests = file.digests.iter();
        let sha256 = digests.find(|digest| digest.algorithm() == Algorithm::Sha256);
        let announcement = Announcement {
            page: listing.page.clone(),
            filename: file.filename.clone(),
            sha256: sha256.and_then(|digest| digest.hex().parse().ok()),
            size,
            uploaded: file.uploaded,
            yanked: file.yanked.clone(),
            listing: Some(listing.clone()),
        };
        Some((address?.secret().clone(), announcement))
    });
    Ok(Some(announced.collect()))
}

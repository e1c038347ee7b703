//! Addresses of projects' pages: an index's address and a name behind it (PEP 503).

use spip_core::{PackageName, SafeUrl};

/// `https://host/simple/demo/` names `demo`.
pub(crate) fn project_of(page: &SafeUrl) -> Option<PackageName> {
    let mut segments = page
        .secret()
        .path_segments()?
        .filter(|segment| !segment.is_empty());
    segments.next_back()?.parse().ok()
}

/// The page of a project on the index with this address.
pub(crate) fn project_page(base: &SafeUrl, name: &PackageName) -> Option<SafeUrl> {
    let mut url = base.secret().clone();
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .push(name.as_str())
        .push("");
    Some(url.into())
}

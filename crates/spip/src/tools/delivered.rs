//! What the proxy fetched, in the words of the checks: a package with its origin.

use std::collections::BTreeSet;
use std::path::Path;

use percent_encoding::percent_decode_str;
use spip_core::{
    Artifact, Digest, Fact, Location, Origin, Package, PackageId, PackageName, Quoted, RemoteFile,
    SafeUrl, Transport, Why,
};
use spip_plan::{Distribution, DistributionKind};
use spip_proxy::{Announcement, Delivery};

use super::lock::Locked;

/// What is known besides the delivery itself.
pub(super) struct Around<'a> {
    /// What a lock file says of this address.
    pub(super) locked: Option<&'a Locked>,
    /// Whether the user asked for a project of this name.
    pub(super) is_requested: &'a dyn Fn(&PackageName) -> bool,
    /// Who needs a project of this name.
    pub(super) needed_by: &'a dyn Fn(&PackageName) -> Vec<PackageName>,
    /// Whether certificates of this address go unchecked.
    pub(super) is_trusted: &'a dyn Fn(&SafeUrl) -> bool,
}

/// A delivery as a package; `Err`: why it must not be handed out.
pub(super) fn package(
    delivery: &Delivery,
    id: PackageId,
    around: &Around<'_>,
) -> Result<Package, Quoted> {
    let filename = filename(delivery)?;
    let distribution = Distribution::parse(&filename);
    let name = match &distribution {
        Some(distribution) => distribution.name.clone(),
        None => PackageName::resembling(filename.split('.').next().unwrap_or_default()),
    };
    let origin = origin(delivery, &name, around);
    let transport = transport(delivery, &origin, around);
    let is_wheel = Path::new(&filename)
        .extension()
        .is_some_and(|it| it == "whl");
    let kind = distribution.as_ref().map(|it| it.kind);
    let version = distribution.map(|it| it.version);
    let why = why(&name, around);
    let file = RemoteFile {
        filename,
        url: delivery.asked.clone(),
        promised: promised(delivery),
        required: required(around.locked),
        origin,
        transport,
        path: None,
        built_here: false,
        built_from: None,
    };
    let artifact = if is_wheel || kind == Some(DistributionKind::Wheel) {
        Artifact::Wheel(file)
    } else {
        Artifact::Sdist(file)
    };
    Ok(Package {
        id,
        name,
        version,
        why,
        artifact,
    })
}

/// A version-control repository, which goes by unseen.
pub(super) fn repository(url: SafeUrl, id: PackageId) -> Package {
    let path = url.secret().path().trim_end_matches('/').to_owned();
    let last = path.rsplit('/').next().unwrap_or_default();
    let name = PackageName::resembling(last.trim_end_matches(".git"));
    let transport = if url.scheme() == "http" && !url.is_loopback() {
        Transport::Unverified {
            because: "plain http".into(),
        }
    } else {
        Transport::Verified
    };
    Package {
        id,
        name,
        version: None,
        why: Why::Untold,
        artifact: Artifact::Checkout {
            url,
            commit: None,
            transport,
            path: None,
        },
    }
}

/// The name that decides how the tool reads the file. Two different ones are one too many.
fn filename(delivery: &Delivery) -> Result<String, Quoted> {
    let announced = delivery.announced.iter();
    let names: BTreeSet<&str> = announced
        .map(|announcement| announcement.filename.as_str())
        .filter(|name| !name.is_empty())
        .collect();
    if names.len() > 1 {
        return Err("index pages announce it under several names".into());
    }
    if let Some(name) = names.first() {
        return Ok((*name).to_owned());
    }
    let of = |url: &SafeUrl| {
        let last = url.secret().path_segments()?.next_back()?.to_owned();
        let last = percent_decode_str(&last).decode_utf8_lossy().into_owned();
        Distribution::parse(&last).map(|_| last)
    };
    let stated = delivery.named.as_ref().map(|name| name.raw().to_owned());
    let stated = stated.filter(|name| Distribution::parse(name).is_some());
    let found = of(&delivery.asked).or_else(|| of(&delivery.url)).or(stated);
    Ok(found.unwrap_or_else(|| {
        let path = delivery.asked.secret().path();
        path.rsplit('/').next().unwrap_or_default().to_owned()
    }))
}

fn origin(delivery: &Delivery, name: &PackageName, around: &Around<'_>) -> Origin {
    if let Some(announcement) = delivery.announced.first() {
        return Origin::Index {
            page: page_of(announcement, name),
        };
    }
    if let Some(locked) = around.locked {
        let file = locked.file.display().to_string().into();
        return Origin::Lock { file };
    }
    let parents = (around.needed_by)(name);
    match parents.into_iter().next() {
        Some(of) if !(around.is_requested)(name) => Origin::Dependency { of },
        _ => Origin::Requested,
    }
}

/// The project's page of the simple API (PEP 503); a record of the JSON API lies beside it.
fn page_of(announcement: &Announcement, name: &PackageName) -> SafeUrl {
    let url = announcement.page.secret();
    let base = url.path().split_once("/pypi/").map(|(base, _)| base);
    match base {
        Some(base) if announcement.listing.is_none() => {
            let mut page = url.clone();
            page.set_path(&format!("{base}/simple/{name}/"));
            page.set_query(None);
            page.into()
        }
        _ => announcement.page.clone(),
    }
}

fn transport(delivery: &Delivery, origin: &Origin, around: &Around<'_>) -> Transport {
    let page = match origin {
        Origin::Index { page } => Some(page),
        _ => None,
    };
    let mut urls = [&delivery.asked, &delivery.url].into_iter().chain(page);
    let plain = |url: &&SafeUrl| url.scheme() == "http" && !url.is_loopback();
    let because: Quoted = if urls.clone().any(|url| plain(&url)) {
        "plain http".into()
    } else if urls.any(around.is_trusted) {
        "certificate checks are switched off".into()
    } else {
        return Transport::Verified;
    };
    Transport::Unverified { because }
}

fn promised(delivery: &Delivery) -> Vec<Fact<Digest>> {
    let facts = delivery.announced.iter().flat_map(|announcement| {
        let place = announcement.listing.as_ref().and_then(|listing| {
            let file = listing.file(&announcement.filename)?;
            let digests = file.digests.iter().cloned();
            let facts = digests.map(|digest| listing.fact(file, "hashes", digest));
            Some(facts.collect::<Vec<_>>())
        });
        place.unwrap_or_default()
    });
    facts.collect()
}

fn required(locked: Option<&Locked>) -> Vec<Fact<Digest>> {
    let facts = locked.into_iter().flat_map(|locked| {
        let at = Location::File {
            path: locked.file.clone(),
        };
        let digests = locked.digests.iter().cloned();
        digests.map(move |digest| Fact::new(digest, at.clone()))
    });
    facts.collect()
}

fn why(name: &PackageName, around: &Around<'_>) -> Why {
    if (around.is_requested)(name) {
        return Why::Requested;
    }
    let by = (around.needed_by)(name);
    if by.is_empty() {
        Why::Untold
    } else {
        Why::Needed { by }
    }
}

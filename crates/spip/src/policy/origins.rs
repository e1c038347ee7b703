//! Where installed packages come from, as rules that a policy can hold later installations to.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, stream};
use spip_core::{PackageName, SafeUrl, Version};

use crate::audit::installed::Installed;
use crate::scan::indexes::{Index, Indexes};

/// How many projects are asked for at once.
const AT_ONCE: usize = 16;

/// What can be said of where packages come from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Origins {
    /// Everything comes from below these addresses; empty: that cannot be said.
    pub(super) allowed: Vec<String>,
    /// Which index a project comes from, where that is not the public one.
    pub(super) pins: BTreeMap<String, String>,
    /// Releases that several indexes offer.
    pub(super) unclear: BTreeSet<String>,
    /// Projects that an index would not answer about.
    pub(super) unasked: BTreeSet<String>,
}

impl Origins {
    /// Asks each index for each project, if there are several to choose from.
    pub(super) async fn of(installed: &[Installed], indexes: &Indexes) -> Self {
        let mut origins = Self::default();
        let offered = installed.iter().filter(|it| it.direct.is_none());
        let offered: BTreeMap<(&PackageName, String), &Version> = offered
            .map(|it| ((&it.name, it.version.to_string()), &it.version))
            .collect();
        if let [only] = indexes.all() {
            if !is_public(only) && !offered.is_empty() {
                origins.allowed = std::iter::once(address(only.url()))
                    .chain(installed.iter().filter_map(archive))
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect();
            }
            return origins;
        }
        let asked = offered.into_iter().map(|((name, _), version)| async move {
            let mut offering = Vec::new();
            for index in indexes.all() {
                let listing = index.client.listing(&index.page_of(name), None).await;
                match listing {
                    Ok(Some(listing)) if listing.of_version(version).next().is_some() => {
                        offering.push(index);
                    }
                    Ok(_) => {}
                    Err(_) => return (name, version, None),
                }
            }
            (name, version, Some(offering))
        });
        let mut asked = stream::iter(asked).buffered(AT_ONCE);
        while let Some((name, version, offering)) = asked.next().await {
            match offering.as_deref() {
                None => {
                    origins.unasked.insert(name.to_string());
                }
                Some([only]) if !is_public(only) => {
                    origins.pins.insert(name.to_string(), address(only.url()));
                }
                Some([_, _, ..]) => {
                    origins.unclear.insert(format!("{name} {version}"));
                }
                Some(_) => {}
            }
        }
        origins
    }
}

/// The archive on a server that was installed by its address.
fn archive(installed: &Installed) -> Option<String> {
    let direct = installed.direct.as_ref()?;
    let url = direct.url.parse::<SafeUrl>().ok()?;
    let is_archive = direct.dir_info.is_none() && direct.vcs_info.is_none();
    (is_archive && matches!(url.scheme(), "http" | "https")).then(|| address(&url))
}

/// Without anybody's password, as everybody may read it.
fn address(url: &SafeUrl) -> String {
    let mut url = url.bare().secret().clone();
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

fn is_public(index: &Index) -> bool {
    index.url().secret().host_str() == Some("pypi.org")
}

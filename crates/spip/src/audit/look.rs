//! Reads one installed package: whether its files are what was installed, and what they hold.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use spip_core::{
    Answer, Artifact, Cause, Contents, Gap, Listing, Odd, Oddity, Package, PackageId, Project,
    SafeUrl, Site, Trigger, Unread, Why,
};

use super::installed::Installed;
use super::{files, origin, record};
use crate::gathered::Known;
use crate::scanner::Scanner;

/// How much of each package is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// What the interpreter runs at every start; of the rest only whether it is what was installed.
    Shallow,
    /// Everything.
    Deep,
}

/// What an index says of one package.
pub(super) struct Told {
    pub(super) page: SafeUrl,
    pub(super) listing: Answer<Listing>,
    pub(super) project: Answer<Project>,
}

/// What was found out about one package.
pub(super) struct Looked {
    pub(super) package: Package,
    pub(super) known: Known,
    pub(super) owned: BTreeSet<PathBuf>,
}

/// Reads one package.
pub(super) fn package(
    installed: &Installed,
    told: Option<Told>,
    depth: Depth,
    scanner: &Scanner,
) -> Looked {
    let nowhere = || SafeUrl::from(url::Url::parse("about:blank").expect("an address"));
    let page = told.as_ref().map_or_else(nowhere, |told| told.page.clone());
    let listing = told
        .as_ref()
        .and_then(|told| told.listing.as_ref().ok()?.clone());
    let package = origin::package(installed, &page, listing.as_deref());
    let from_index = package.artifact.is_from_index();
    let (listing, project) = match told {
        Some(told) if from_index => (told.listing, told.project),
        _ => (Ok(None), Ok(None)),
    };
    let (contents, owned) = contents(installed, depth, scanner);
    let metadata = installed
        .metadata
        .clone()
        .map(|metadata| Some(Arc::new(metadata)));
    Looked {
        package,
        known: Known {
            given: None,
            listing,
            other_listings: Ok(None),
            project,
            metadata: metadata.map_err(|why| Gap::new(Cause::Malformed, why)),
            measured: Ok(None),
            contents: Ok(Some(Arc::new(contents))),
            advisories: Ok(None),
            remembered: Ok(None),
            previous: Ok(None),
        },
        owned,
    }
}

/// What the files of one package hold, and which they are.
fn contents(
    installed: &Installed,
    depth: Depth,
    scanner: &Scanner,
) -> (Contents, BTreeSet<PathBuf>) {
    let site = &installed.site;
    let lines = match &installed.record {
        Ok(Some(lines)) => lines,
        Ok(None) => {
            let detail = "there is no RECORD that says which files are its own";
            return (unread(Cause::Unprovable, detail), BTreeSet::new());
        }
        Err(why) => return (unread(Cause::Unreadable, why), BTreeSet::new()),
    };
    let compared = record::compare(site, &installed.information, lines);
    let is_read = |path: &&PathBuf| match depth {
        Depth::Deep => path.is_file(),
        Depth::Shallow => files::is_start_file(site, path) && path.is_file(),
    };
    let chosen = compared.owned.iter().filter(is_read).cloned();
    let mut contents = scanner.installed(files::named(site, chosen));
    contents.oddities.extend(compared.oddities);
    contents.unread.extend(compared.unread);
    (contents, compared.owned)
}

fn unread(cause: Cause, detail: &str) -> Contents {
    Contents {
        unread: vec![Unread {
            member: String::new(),
            cause,
            detail: detail.to_owned(),
        }],
        ..Contents::default()
    }
}

/// A directory of modules as something to judge: what no package in it accounts for.
pub(crate) fn environment(id: PackageId, site: &Path) -> Package {
    Package {
        id,
        name: "site-packages".parse().expect("a name"),
        version: None,
        why: Why::Requested,
        artifact: Artifact::Directory {
            path: site.to_owned(),
            editable: false,
        },
    }
}

/// Code that no package mentions is read as a whole.
pub(super) fn of_nobody(
    site: &Path,
    mut files: Vec<PathBuf>,
    unclear: Vec<String>,
    scanner: &Scanner,
) -> Looked {
    let more = files.len().saturating_sub(files::MOST_UNOWNED);
    files.truncate(files::MOST_UNOWNED);
    let named = files::named(site, files);
    let members: Vec<String> = named.iter().map(|file| file.name.clone()).collect();
    let mut contents = scanner.installed(named);
    contents
        .oddities
        .extend(members.into_iter().map(|name| Oddity {
            what: Odd::Unowned,
            trigger: Trigger::Import,
            detail: "no installed package mentions it".to_owned(),
            site: Site::member(name),
        }));
    let mut tell = |cause, detail: String| {
        contents.unread.push(Unread {
            member: String::new(),
            cause,
            detail,
        });
    };
    if more > 0 {
        tell(
            Cause::TooLarge,
            format!("{more} more files that are no package's"),
        );
    }
    for why in unclear {
        tell(Cause::Malformed, why);
    }
    Looked {
        package: environment(PackageId(0), site),
        known: Known {
            given: Some(site.to_string_lossy().into_owned()),
            ..Known::of_contents(contents)
        },
        owned: BTreeSet::new(),
    }
}

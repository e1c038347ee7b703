//! Where an installed distribution came from: the file of an index, a checkout, a directory.

use std::collections::BTreeSet;
use std::path::PathBuf;

use spip_core::{
    Artifact, CommitId, ListedFile, Listing, Origin, Package, PackageId, RemoteFile, SafeUrl,
    Transport, Why,
};
use spip_plan::{Distribution, DistributionKind};

use super::installed::Installed;

/// As what something installed is judged. `listing`: the page of the index that has its project.
pub(crate) fn package(installed: &Installed, page: &SafeUrl, listing: Option<&Listing>) -> Package {
    Package {
        id: PackageId(0),
        name: installed.name.clone(),
        version: Some(installed.version.clone()),
        why: Why::Installed,
        artifact: direct(installed).unwrap_or_else(|| from_index(installed, page, listing)),
    }
}

/// What `direct_url.json` (PEP 610) says; `None`: nothing, so an index offered it.
fn direct(installed: &Installed) -> Option<Artifact> {
    let direct = installed.direct.as_ref()?;
    let Ok(url) = direct.url.parse::<SafeUrl>() else {
        // An address that is none leads nowhere else.
        return Some(Artifact::Directory {
            path: installed.information.clone(),
            editable: false,
        });
    };
    if let Some(directory) = &direct.dir_info {
        let path = url.secret().to_file_path();
        return Some(Artifact::Directory {
            path: path.unwrap_or_else(|()| PathBuf::from(direct.url.as_str())),
            editable: directory.editable,
        });
    }
    if let Some(repository) = &direct.vcs_info {
        let full = format!("{}+{}", repository.vcs, direct.url);
        return Some(Artifact::Checkout {
            url: full.parse().unwrap_or(url),
            commit: Some(CommitId(repository.commit_id.as_str().into())),
            transport: Transport::Verified,
            path: None,
        });
    }
    let name = url.secret().path_segments().and_then(Iterator::last);
    let filename = name.unwrap_or_default().to_owned();
    Some(Artifact::Wheel(remote(filename, url, Origin::Requested)))
}

/// The listed wheel with exactly these tags; else the source archive of the version, which was built
/// here; else the file that its name would be, which the index does not list.
fn from_index(installed: &Installed, page: &SafeUrl, listing: Option<&Listing>) -> Artifact {
    let files = listing.map(|listing| listing.of_version(&installed.version));
    let files: Vec<&ListedFile> = files.into_iter().flatten().collect();
    let kind = |file: &&&ListedFile, wanted| {
        Distribution::parse(&file.filename).is_some_and(|told| told.kind == wanted)
    };
    let tags: BTreeSet<&str> = installed.tags.iter().map(String::as_str).collect();
    let mut wheels = files
        .iter()
        .filter(|file| kind(file, DistributionKind::Wheel));
    let wheel = wheels.find(|file| {
        let listed = tags_of(&file.filename);
        listed.iter().map(String::as_str).collect::<BTreeSet<_>>() == tags
    });
    let mut sdists = files
        .iter()
        .filter(|file| kind(file, DistributionKind::Sdist));
    let origin = Origin::Index { page: page.bare() };
    let of_listed = |file: &ListedFile| {
        let url = page.secret().join(&file.filename);
        let url = url.map_or_else(|_| page.clone(), SafeUrl::from);
        remote(file.filename.clone(), url, origin.clone())
    };
    match (wheel, sdists.next()) {
        (Some(wheel), _) => Artifact::Wheel(of_listed(wheel)),
        (None, Some(sdist)) => Artifact::Wheel(RemoteFile {
            built_here: true,
            ..of_listed(sdist)
        }),
        (None, None) => {
            let name = installed.name.as_str().replace('-', "_");
            let tag = installed
                .tags
                .first()
                .map_or("py3-none-any", String::as_str);
            let filename = format!("{name}-{}-{tag}.whl", installed.version);
            Artifact::Wheel(remote(filename, page.clone(), origin))
        }
    }
}

fn remote(filename: String, url: SafeUrl, origin: Origin) -> RemoteFile {
    RemoteFile {
        filename,
        url,
        origin,
        transport: Transport::Verified,
        path: None,
        promised: Vec::new(),
        required: Vec::new(),
        built_here: false,
        built_from: None,
    }
}

/// The tags that the name of a wheel stands for (PEP 425: `py2.py3-none-any` are two).
fn tags_of(filename: &str) -> Vec<String> {
    const MOST: usize = 1_000;
    let Some(stem) = filename.strip_suffix(".whl") else {
        return Vec::new();
    };
    let mut parts = stem.rsplit('-');
    let (Some(platforms), Some(abis), Some(pythons)) = (parts.next(), parts.next(), parts.next())
    else {
        return Vec::new();
    };
    let all = pythons.split('.').flat_map(|python| {
        abis.split('.').flat_map(move |abi| {
            let platforms = platforms.split('.');
            platforms.map(move |platform| format!("{python}-{abi}-{platform}"))
        })
    });
    all.take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_wheel_stands_for_all_its_tags() {
        assert_eq!(
            tags_of("demo-1.0-py2.py3-none-any.whl"),
            ["py2-none-any", "py3-none-any"]
        );
        assert!(tags_of("demo-1.0.tar.gz").is_empty());
    }
}

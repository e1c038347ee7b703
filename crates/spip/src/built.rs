//! Wheels that pip builds from what was approved.

use std::path::PathBuf;

use spip_core::{Artifact, Origin, Package, RemoteFile, Transport};

/// The wheel that pip built from a package's source: same package, other bytes.
pub(crate) fn built_wheel(source: &Package, path: PathBuf) -> Option<Package> {
    let filename = path.file_name()?.to_str()?.to_owned();
    let (url, origin, transport) = match &source.artifact {
        Artifact::Wheel(file) | Artifact::Sdist(file) => (
            file.url.clone(),
            file.origin.clone(),
            file.transport.clone(),
        ),
        Artifact::Checkout { url, transport, .. } => {
            (url.clone(), Origin::Requested, transport.clone())
        }
        Artifact::Module { .. } => return None,
        Artifact::Directory { path, .. } => (
            url::Url::from_directory_path(path).ok()?.into(),
            Origin::Requested,
            Transport::Verified,
        ),
    };
    let built_from = match &source.artifact {
        Artifact::Checkout { path, .. } => path.clone(),
        Artifact::Directory { path, .. } => Some(path.clone()),
        Artifact::Wheel(_) | Artifact::Sdist(_) | Artifact::Module { .. } => None,
    };
    let filename_in_index = source
        .artifact
        .file()
        .map_or(filename, |file| file.filename.clone());
    let file = RemoteFile {
        filename: filename_in_index,
        url,
        origin,
        transport,
        path: Some(path),
        promised: Vec::new(),
        required: Vec::new(),
        built_here: true,
        built_from,
    };
    Some(Package {
        artifact: Artifact::Wheel(file),
        ..source.clone()
    })
}

//! What the arguments of `spip scan` name: files, source trees, folders full of archives.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use spip_core::{
    Answer, Artifact, Cause, Gap, Listing, Origin, Package, PackageId, PackageName, Project,
    RemoteFile, Transport, Version, Why,
};
use spip_plan::{Distribution, Fingerprint};

use crate::measure::fingerprint;
use crate::tree::read_text;

/// Files that tell the name of a project are not longer than this.
const LONGEST_METADATA: u64 = 1 << 20;

/// What pip takes for a source archive, and the bare tar files among it.
const SDISTS: &[&str] = &[
    ".tar.gz",
    ".tgz",
    ".zip",
    ".tar.bz2",
    ".tbz",
    ".tbz2",
    ".tar.xz",
    ".txz",
    ".tar.lzma",
    ".tar",
];

/// What lies beside archives in a folder of archives without being part of a project.
const BESIDE_ARCHIVES: &[&str] = &[
    "txt",
    "html",
    "json",
    "md",
    "rst",
    "asc",
    "sig",
    "sha256",
    "metadata",
    "provenance",
    "log",
];

/// One thing to scan.
#[derive(Debug)]
pub(crate) struct Target {
    /// The path as it was given; `None`: it was given by name, and an index offered it.
    pub(crate) given: Option<String>,
    /// As what it is judged.
    pub(crate) package: Package,
    /// Where its bytes are, if they could be had.
    pub(crate) place: Result<Place, Gap>,
    /// What an index says of it.
    pub(crate) told: Told,
}

/// Where bytes are.
#[derive(Debug)]
pub(crate) enum Place {
    /// In a file that was in this state.
    File(PathBuf, Fingerprint),
    /// In the files below a directory.
    Tree(PathBuf),
}

/// What an index says of one file.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) listing: Answer<Listing>,
    pub(crate) others: Answer<Vec<Listing>>,
    pub(crate) project: Answer<Project>,
}

impl Told {
    /// No index was asked.
    pub(crate) fn nothing() -> Self {
        Self {
            listing: Ok(None),
            others: Ok(None),
            project: Ok(None),
        }
    }
}

/// Everything that one argument names: one thing, or the archives of a folder in the order of their
/// names.
pub(crate) fn of_path(given: &OsStr) -> io::Result<Vec<Target>> {
    let path = Path::new(given);
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return match archives(path) {
            Ok(Some(names)) => names.iter().map(|name| file(&path.join(name))).collect(),
            // What cannot be listed cannot be walked either, which the scan then reports.
            Ok(None) | Err(_) => Ok(vec![directory(path)?]),
        };
    }
    Ok(vec![file(path)?])
}

/// The names of all archives of a folder that holds nothing else worth a look; `None`: it does.
fn archives(folder: &Path) -> io::Result<Option<Vec<PathBuf>>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = PathBuf::from(entry?.file_name());
        if !folder.join(&name).is_file() {
            return Ok(None);
        }
        let ending = name.extension().and_then(OsStr::to_str);
        if is_archive(&name) {
            names.push(name);
        } else if !ending.is_some_and(|ending| BESIDE_ARCHIVES.contains(&ending)) {
            return Ok(None);
        }
    }
    names.sort_unstable();
    Ok((!names.is_empty()).then_some(names))
}

fn is_archive(path: &Path) -> bool {
    is_wheel(path) || is_sdist(path)
}

fn is_wheel(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("whl"))
}

fn is_sdist(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    SDISTS.iter().any(|ending| name.ends_with(ending))
}

fn file(path: &Path) -> io::Result<Target> {
    let metadata = fs::metadata(path)?;
    let full = std::path::absolute(path)?;
    let filename = path.file_name().map(OsStr::to_string_lossy);
    let filename = filename.unwrap_or_default().into_owned();
    let (name, version, artifact) = if is_archive(path) {
        let told = Distribution::parse(&filename);
        let file = local_file(&full, filename.clone())?;
        let artifact = if is_wheel(path) {
            Artifact::Wheel(file)
        } else {
            Artifact::Sdist(file)
        };
        match told {
            Some(told) => (told.name, Some(told.version), artifact),
            None => (PackageName::resembling(&stem(&filename)), None, artifact),
        }
    } else {
        let artifact = Artifact::Module { path: full.clone() };
        (PackageName::resembling(&stem(&filename)), None, artifact)
    };
    let place = if metadata.is_file() {
        Ok(Place::File(full, fingerprint(&metadata)))
    } else {
        let detail = "a device, pipe or socket";
        Err(Gap::new(Cause::Unreadable, detail))
    };
    Ok(Target {
        given: Some(path.display().to_string()),
        package: package(name, version, artifact),
        place,
        told: Told::nothing(),
    })
}

fn local_file(path: &Path, filename: String) -> io::Result<RemoteFile> {
    let url = url::Url::from_file_path(path);
    let url = url.map_err(|()| io::Error::other("its path cannot be written as an address"))?;
    Ok(RemoteFile {
        filename,
        url: url.into(),
        origin: Origin::Requested,
        transport: Transport::Verified,
        path: Some(path.to_owned()),
        promised: Vec::new(),
        required: Vec::new(),
        built_here: false,
        built_from: None,
    })
}

fn directory(path: &Path) -> io::Result<Target> {
    let full = std::path::absolute(path)?;
    let (name, version) = identity(path);
    let name = name.unwrap_or_else(|| {
        // `.` and `..` have no name of their own.
        let real = fs::canonicalize(path).unwrap_or_else(|_| full.clone());
        let name = real.file_name().map(OsStr::to_string_lossy);
        PackageName::resembling(&name.unwrap_or_default())
    });
    let artifact = Artifact::Directory {
        path: full.clone(),
        editable: false,
    };
    Ok(Target {
        given: Some(path.display().to_string()),
        package: package(name, version, artifact),
        place: Ok(Place::Tree(full)),
        told: Told::nothing(),
    })
}

fn package(name: PackageName, version: Option<Version>, artifact: Artifact) -> Package {
    Package {
        // Replaced by the place in the order of all arguments.
        id: PackageId(0),
        name,
        version,
        why: Why::Requested,
        artifact,
    }
}

/// What a source tree says of itself: `PKG-INFO` of an unpacked sdist, else `pyproject.toml`.
fn identity(root: &Path) -> (Option<PackageName>, Option<Version>) {
    if let Some(text) = short_text(&root.join("PKG-INFO")) {
        let field = |wanted: &str| {
            let header = text.lines().take_while(|line| !line.is_empty());
            let mut values = header.filter_map(|line| line.strip_prefix(wanted));
            values.next().map(str::trim)
        };
        let name = field("Name:").and_then(|name| name.parse().ok());
        let version = field("Version:").and_then(|version| version.parse().ok());
        if name.is_some() {
            return (name, version);
        }
    }
    let table =
        short_text(&root.join("pyproject.toml")).and_then(|text| text.parse::<toml::Table>().ok());
    let project = table.as_ref().and_then(|table| table.get("project"));
    let field = |name: &str| project?.get(name)?.as_str();
    (
        field("name").and_then(|name| name.parse().ok()),
        field("version").and_then(|version| version.parse().ok()),
    )
}

fn short_text(path: &Path) -> Option<String> {
    read_text(path, LONGEST_METADATA).ok()
}

/// The file name without its ending.
fn stem(filename: &str) -> String {
    let stem = Path::new(filename).file_stem().map(OsStr::to_string_lossy);
    let stem = stem.unwrap_or_default();
    // `demo.tar.gz` has two endings.
    stem.strip_suffix(".tar").unwrap_or(&stem).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn targets(path: &Path) -> Vec<String> {
        let found = of_path(path.as_os_str()).unwrap();
        let line = |target: &Target| {
            let kind = target.package.artifact.kind();
            format!("{kind} {}", target.package.label())
        };
        found.iter().map(line).collect()
    }

    #[test]
    fn takes_files_for_what_their_names_say() {
        for (name, expected) in [
            ("de_mo-1.0-py3-none-any.whl", "wheel de-mo 1.0"),
            ("demo-1.0.tar.gz", "sdist demo 1.0"),
            ("demo.zip", "sdist demo"),
            ("broken.whl", "wheel broken"),
            ("a b.py", "module a-b"),
            ("evil.pth", "module evil"),
            ("__init__.py", "module init"),
            ("é.py", "module unnamed"),
        ] {
            let folder = folder(&[name]);
            assert_eq!(targets(&folder.path().join(name)), [expected]);
        }
    }

    #[test]
    fn takes_a_folder_of_archives_apart_in_the_order_of_names() {
        let folder = folder(&["b-1.whl", "a-2.tar.gz", "a-10.tar.gz", "notes.txt"]);
        let found = targets(folder.path());
        assert_eq!(found, ["sdist a 10", "sdist a 2", "wheel b-1"]);
    }

    #[test]
    fn takes_a_folder_with_anything_else_as_one_tree() {
        for other in ["setup.py", "x.pth", "sub/x", "data.bin", "README"] {
            let folder = folder(&["a-1.tar.gz", other]);
            let found = targets(folder.path());
            assert!(found[0].starts_with("directory "), "{other}: {found:?}");
        }
        assert!(targets(folder(&["notes.txt"]).path())[0].starts_with("directory "));
    }

    #[test]
    fn asks_a_tree_for_its_name() {
        let folder = folder(&["x.py"]);
        let tell = |file: &str, text: &str| fs::write(folder.path().join(file), text).unwrap();
        tell(
            "pyproject.toml",
            "[project]\nname = \"De.mo\"\nversion = \"2\"",
        );
        assert_eq!(targets(folder.path()), ["directory de-mo 2"]);
        tell("PKG-INFO", "Name: other\nVersion: 1.0\n\nVersion: 3");
        assert_eq!(targets(folder.path()), ["directory other 1.0"]);
        tell("PKG-INFO", "Name: \u{1b}[2K");
        tell("pyproject.toml", "[project");
        assert_eq!(targets(folder.path()).len(), 1);
    }

    #[test]
    fn keeps_the_path_as_it_was_given() {
        let folder = folder(&["a-1.tar.gz"]);
        let given = format!("{}/./", folder.path().display());
        let found = of_path(OsStr::new(&given)).unwrap();
        assert_eq!(found[0].given, Some(format!("{given}a-1.tar.gz")));
        assert!(of_path(OsStr::new("/nonexistent")).is_err());
    }
}

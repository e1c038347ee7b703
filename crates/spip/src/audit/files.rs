//! The files of an environment: whose they are, and which of them are read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use spip_core::Cause;
use spip_scan::{Limits, TreeEntry, TreeWhat};

use crate::tree::{CHANGED, Links, open_file, read_unchanged};

/// Directories within directories.
const DEEPEST: usize = 100;

/// How many files of nobody are looked at.
pub(crate) const MOST_UNOWNED: usize = 5_000;

/// Endings of what the interpreter runs or loads.
const CODE: &[&str] = &["py", "pyw", "pyc", "pth", "start", "so", "egg"];

/// A file below a directory of modules, and the name that a scan gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// As in the wheel that it came in.
    pub(crate) name: String,
}

/// All code below a directory of modules, by path; links to directories count as code.
pub(crate) fn code(site: &Path) -> io::Result<BTreeSet<PathBuf>> {
    walk(site, is_code)
}

/// The same, or of a directory of commands all of them.
pub(crate) fn everything(place: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let holds_commands = place.file_name().is_some_and(|name| name == "bin");
    walk(place, |path| holds_commands || is_code(path))
}

/// What the interpreter looks at at every start.
pub(crate) fn start_files(site: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let Some(entries) = listed(site)? else {
        return Ok(found);
    };
    for entry in entries {
        let path = entry?.path();
        if is_customize(&path) && path.is_dir() {
            found.extend(walk(&path, is_code)?);
        } else if is_start_file(site, &path) {
            found.insert(path);
        }
    }
    Ok(found)
}

fn walk(site: &Path, wanted: impl Fn(&Path) -> bool) -> io::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![(site.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in listed(&folder)?.into_iter().flatten() {
            let entry = entry?;
            let path = entry.path();
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if depth == DEEPEST {
                    let why = format!("more than {DEEPEST} directories within each other");
                    return Err(io::Error::other(why));
                }
                folders.push((path, depth + 1));
            } else if wanted(&path) || kind.is_symlink() && path.is_dir() {
                // Python imports through a link as well; nobody walks on behind it.
                found.insert(path);
            }
        }
    }
    Ok(found)
}

/// `None`: there is no such directory, or not any more.
fn listed(folder: &Path) -> io::Result<Option<fs::ReadDir>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(Some(entries)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Byte code that Python wrote beside its source is that source's.
pub(crate) fn unowned(code: &BTreeSet<PathBuf>, owned: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    code.iter()
        .filter(|path| !is_owned(path, owned))
        .cloned()
        .collect()
}

/// Whether a file is one of these, or byte code of one.
pub(crate) fn is_owned(path: &Path, owned: &BTreeSet<PathBuf>) -> bool {
    owned.contains(path) || source_of(path).is_some_and(|source| owned.contains(&source))
}

/// Whether the interpreter looks at a file of this name at every start.
pub(crate) fn is_start_file(site: &Path, path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let at_the_top = path.parent() == Some(site);
    let in_its_package = path
        .parent()
        .is_some_and(|folder| folder.parent() == Some(site) && is_customize(folder));
    at_the_top && (matches!(ending, Some("pth" | "start")) || is_customize(path)) || in_its_package
}

/// `sitecustomize`, `usercustomize`, whatever their form.
fn is_customize(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let stem = name.and_then(|name| name.split('.').next());
    matches!(stem, Some("sitecustomize" | "usercustomize"))
}

fn is_code(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| CODE.contains(&ending))
}

/// `demo/__pycache__/x.cpython-311.pyc` belongs to `demo/x.py`.
pub(crate) fn source_of(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    let name = path.file_name()?.to_str()?;
    let stem = name.strip_suffix(".pyc")?.split('.').next()?;
    if folder.file_name()? != "__pycache__" {
        return None;
    }
    Some(folder.parent()?.join(format!("{stem}.py")))
}

/// The names that a scan gives to files: relative to the directory of modules; commands as in a wheel.
pub(crate) fn named(site: &Path, paths: impl IntoIterator<Item = PathBuf>) -> Vec<Named> {
    let name = |path: &Path| match path.strip_prefix(site) {
        Ok(inner) => inner.to_string_lossy().into_owned(),
        Err(_) => {
            let last = path.file_name().unwrap_or_default().to_string_lossy();
            format!("installed-1.data/scripts/{last}")
        }
    };
    let all = paths.into_iter().map(|path| Named {
        name: name(&path),
        path,
    });
    // One name, one file: what a scan says can be told apart.
    let all: BTreeMap<String, Named> = all.map(|it| (it.name.clone(), it)).collect();
    all.into_values().collect()
}

/// Reads files for a scan.
pub(crate) fn entries(
    files: Vec<Named>,
    limits: &Limits,
) -> impl Iterator<Item = TreeEntry> + Send {
    let largest = limits.whole;
    files.into_iter().map(move |file| TreeEntry {
        what: read(&file.path, largest)
            .unwrap_or_else(|error| TreeWhat::Unread(Cause::Unreadable, error.to_string())),
        path: file.name,
    })
}

fn read(path: &Path, largest: u64) -> io::Result<TreeWhat> {
    let file: File = open_file(path, Links::Follow)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(TreeWhat::Other("device, pipe or directory"));
    }
    if metadata.len() > largest {
        let detail = format!("larger than {} MiB", largest >> 20);
        return Ok(TreeWhat::Unread(Cause::TooLarge, detail));
    }
    Ok(match read_unchanged(&file, &metadata)? {
        Some(bytes) => TreeWhat::File {
            bytes,
            executable: metadata.permissions().mode() & 0o111 != 0,
        },
        None => TreeWhat::Unread(Cause::Unreadable, CHANGED.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> BTreeSet<PathBuf> {
        names
            .iter()
            .map(|name| Path::new("/s").join(name))
            .collect()
    }

    #[test]
    fn what_no_package_mentions_is_nobodys() {
        let code = paths(&[
            "demo/x.py",
            "demo/__pycache__/x.cpython-311.pyc",
            "demo/__pycache__/y.cpython-311.pyc",
            "demo/z.py",
            "evil.pth",
        ]);
        let owned = paths(&["demo/x.py"]);
        let expected = paths(&[
            "demo/__pycache__/y.cpython-311.pyc",
            "demo/z.py",
            "evil.pth",
        ]);
        let found: BTreeSet<_> = unowned(&code, &owned).into_iter().collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn links_to_directories_and_what_lies_too_deep_are_not_passed_over() {
        let site = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), site.path().join("demo")).unwrap();
        let found = code(site.path()).unwrap();
        assert_eq!(found, BTreeSet::from([site.path().join("demo")]));
        let mut deep = site.path().to_owned();
        for _ in 0..=DEEPEST {
            deep.push("d");
        }
        fs::create_dir_all(&deep).unwrap();
        assert!(code(site.path()).is_err());
    }

    #[test]
    fn knows_what_runs_at_every_start() {
        let site = Path::new("/s");
        for (name, expected) in [
            ("demo.pth", true),
            ("demo.start", true),
            ("sitecustomize.py", true),
            ("usercustomize.cpython-311-x86_64-linux-gnu.so", true),
            ("sitecustomize/__init__.py", true),
            ("demo/demo.pth", false),
            ("demo/sitecustomize.py", false),
            ("demo.py", false),
        ] {
            assert_eq!(is_start_file(site, &site.join(name)), expected, "{name}");
        }
    }
}

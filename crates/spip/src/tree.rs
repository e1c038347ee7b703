//! Walks a source tree for a scan: every file once, within bounds, following no link.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::vec;

use rustix::fs::{Mode, OFlags};
use spip_core::Cause;
use spip_scan::{Limits, TreeEntry, TreeWhat};

/// Directories within directories.
const DEEPEST: usize = 100;

/// Bytes of all files together.
const MOST_BYTES: u64 = 4 << 30;

/// Of data that is too large to be read as a whole, the beginning tells what it is.
const BEGINNING: u64 = 64 << 10;

/// Endings of files that can be run, or unpacked into what can: too large is not read.
const READ_WHOLE: &[&str] = &[
    "py", "pyw", "pyi", "pyx", "pth", "start", "pyc", "pyo", "pkl", "pickle", "sh", "toml", "cfg",
    "ini", "whl", "egg", "zip", "gz", "tgz", "bz2", "xz", "tar",
];

/// What is said of a file that somebody writes to.
pub(crate) const CHANGED: &str = "it changed while it was read";

/// What there is instead of a file.
const NO_FILE: &str = "device, pipe or socket";

/// What version control keeps for itself.
const VERSION_CONTROL: &[&str] = &[".git", ".hg", ".svn", ".bzr"];

/// Directories that tools put into an environment, lower case.
const ENVIRONMENT: &[&str] = &[
    "bin",
    "conda-meta",
    "doc",
    "etc",
    "include",
    "lib",
    "lib64",
    "libexec",
    "man",
    "sbin",
    "scripts",
    "share",
    "src",
    "ssl",
    "tcl",
    "var",
];

/// Where the files come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The user's own directory: may hold environments that nothing of the project made.
    User,
    /// Somebody else's repository: whatever is in it came with it.
    Repository,
}

/// What to do where the last part of a path is a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    /// Open what it leads to.
    Follow,
    /// Fail.
    Refuse,
}

/// The walk: files in the order of their names, each directory's files together.
pub(crate) struct Walk {
    root: PathBuf,
    owner: Owner,
    levels: Vec<Level>,
    members_left: usize,
    bytes_left: u64,
    largest: u64,
}

/// A directory that is being walked.
struct Level {
    /// Relative to the root; empty for the root itself.
    path: PathBuf,
    names: vec::IntoIter<OsString>,
}

impl Walk {
    /// Begins at this directory. Nothing is read yet.
    pub(crate) fn new(root: &Path, owner: Owner, limits: &Limits) -> Self {
        let top = Level {
            path: PathBuf::new(),
            names: vec![OsString::new()].into_iter(),
        };
        Self {
            root: root.to_owned(),
            owner,
            levels: vec![top],
            members_left: limits.members,
            bytes_left: MOST_BYTES,
            largest: limits.whole,
        }
    }

    /// Reads one name; `None`: a directory, which is now being walked, or nothing to look at.
    fn visit(&mut self, path: &Path) -> Option<TreeWhat> {
        match self.look(path) {
            Ok(what) => what,
            Err(error) => Some(TreeWhat::Unread(Cause::Unreadable, error.to_string())),
        }
    }

    fn look(&mut self, path: &Path) -> io::Result<Option<TreeWhat>> {
        let full = self.root.join(path);
        // The root may be a link: the user named it.
        let metadata = if path.as_os_str().is_empty() {
            fs::metadata(&self.root)?
        } else {
            fs::symlink_metadata(&full)?
        };
        let kind = metadata.file_type();
        if kind.is_dir() {
            return self.enter(path, &full);
        }
        if kind.is_symlink() {
            let target = fs::read_link(&full)?.to_string_lossy().into_owned();
            return Ok(Some(TreeWhat::Link { target }));
        }
        if !kind.is_file() {
            return Ok(Some(TreeWhat::Other(NO_FILE)));
        }
        self.read(path, &full).map(Some)
    }

    fn enter(&mut self, path: &Path, full: &Path) -> io::Result<Option<TreeWhat>> {
        if self.is_foreign(path, full) {
            tracing::debug!(path = %full.display(), "not part of the project");
            return Ok(None);
        }
        if self.levels.len() > DEEPEST {
            let detail = format!("more than {DEEPEST} directories within each other");
            return Ok(Some(TreeWhat::Unread(Cause::TooLarge, detail)));
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(full)? {
            if names.len() > self.members_left {
                break;
            }
            names.push(entry?.file_name());
        }
        names.sort_unstable();
        self.levels.push(Level {
            path: path.to_owned(),
            names: names.into_iter(),
        });
        Ok(None)
    }

    /// Whether nothing below is part of the project.
    fn is_foreign(&self, path: &Path, full: &Path) -> bool {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return false;
        };
        match self.owner {
            Owner::Repository => {
                VERSION_CONTROL.contains(&name) && path.parent() == Some("".as_ref())
            }
            Owner::User => {
                let kept_apart = VERSION_CONTROL.contains(&name) || name == "node_modules";
                (kept_apart || is_environment(full))
                    && !holds_modules(full)
                    && !self.is_in_package(path)
            }
        }
    }

    /// Whether a directory above is a package: whatever lies in one is installed with it.
    fn is_in_package(&self, path: &Path) -> bool {
        let above = path.ancestors().skip(1);
        let mut above = above.filter(|it| !it.as_os_str().is_empty());
        above.any(|it| self.root.join(it).join("__init__.py").exists())
    }

    fn read(&mut self, path: &Path, full: &Path) -> io::Result<TreeWhat> {
        let file = open_file(full, Links::Refuse)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(TreeWhat::Other(NO_FILE));
        }
        let ending = path.extension().and_then(|ending| ending.to_str());
        let ending = ending.unwrap_or_default().to_ascii_lowercase();
        let is_data = self.owner == Owner::User && !READ_WHOLE.contains(&ending.as_str());
        let bytes = if metadata.len() <= self.largest {
            match read_unchanged(&file, &metadata)? {
                Some(bytes) => bytes,
                None => return Ok(TreeWhat::Unread(Cause::Unreadable, CHANGED.to_owned())),
            }
        } else if is_data {
            let mut bytes = Vec::new();
            let beginning = BEGINNING.min(self.largest);
            file.take(beginning).read_to_end(&mut bytes)?;
            bytes
        } else {
            let detail = format!("larger than {} MiB", self.largest >> 20);
            return Ok(TreeWhat::Unread(Cause::TooLarge, detail));
        };
        let Some(left) = self.bytes_left.checked_sub(bytes.len() as u64) else {
            return Ok(self.give_up("its files together are larger than 4 GiB"));
        };
        self.bytes_left = left;
        Ok(TreeWhat::File {
            bytes,
            executable: metadata.mode() & 0o111 != 0,
        })
    }

    /// Ends the walk: what is left is not looked at.
    fn give_up(&mut self, why: &str) -> TreeWhat {
        self.levels.clear();
        TreeWhat::Unread(Cause::TooLarge, why.to_owned())
    }
}

impl Iterator for Walk {
    type Item = TreeEntry;

    fn next(&mut self) -> Option<TreeEntry> {
        loop {
            let level = self.levels.last_mut()?;
            let Some(name) = level.names.next() else {
                self.levels.pop();
                continue;
            };
            let path = level.path.join(name);
            let what = match self.members_left.checked_sub(1) {
                Some(left) => {
                    self.members_left = left;
                    self.visit(&path)
                }
                None => Some(self.give_up("more files than are looked at")),
            };
            if let Some(what) = what {
                let path = path.to_string_lossy().into_owned();
                return Some(TreeEntry { path, what });
            }
        }
    }
}

/// Whether tools made an environment there: its mark is there and nothing but what they put there.
fn is_environment(directory: &Path) -> bool {
    let is_usual = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.starts_with('.') || ENVIRONMENT.contains(&name.as_str())
    };
    directory.join("pyvenv.cfg").is_file()
        && fs::read_dir(directory).is_ok_and(|entries| {
            entries.flatten().all(|entry| {
                let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
                !is_directory || entry.file_name().to_str().is_some_and(is_usual)
            })
        })
}

/// Whether modules lie in a directory itself: none do where tools keep what is theirs.
fn holds_modules(directory: &Path) -> bool {
    let is_module = |path: &Path| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        matches!(ending, Some("py" | "pyw" | "pyc" | "so" | "pyd"))
    };
    fs::read_dir(directory)
        .is_ok_and(|entries| entries.flatten().any(|entry| is_module(&entry.path())))
}

/// The bytes of a file; `None`: they are not the ones that it had when it was looked at. What somebody
/// writes to meanwhile is read no further than one byte past its former end.
pub(crate) fn read_unchanged(file: &File, before: &Metadata) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    file.take(before.len().saturating_add(1))
        .read_to_end(&mut bytes)?;
    let state = |it: &Metadata| (it.len(), it.mtime(), it.mtime_nsec());
    let is_same = state(&file.metadata()?) == state(before) && bytes.len() as u64 == before.len();
    Ok(is_same.then_some(bytes))
}

/// A text file, up to a bound; what is no file is an error.
pub(crate) fn read_text(path: &Path, longest: u64) -> io::Result<String> {
    let file = open_file(path, Links::Follow)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut text = String::new();
    file.take(longest).read_to_string(&mut text)?;
    Ok(text)
}

/// Whether there simply is no such file.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

/// Opens a file for reading. A pipe in its place does not make this wait.
pub(crate) fn open_file(path: &Path, links: Links) -> io::Result<File> {
    let links = match links {
        Links::Follow => OFlags::empty(),
        Links::Refuse => OFlags::NOFOLLOW,
    };
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | links;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}

#[cfg(test)]
mod tests;

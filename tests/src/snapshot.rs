//! What a directory tree holds, to tell whether anything changed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::sha256;

/// Every path of some trees with a description of what is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot(BTreeMap<PathBuf, String>);

impl Snapshot {
    /// Reads the trees. Files of pip itself are told apart by inode, size and time, and what
    /// Python compiles of them does not count; everything else goes by digest.
    pub(crate) fn of(roots: &[&Path]) -> Self {
        let mut entries = BTreeMap::new();
        for root in roots {
            walk(root, false, &mut entries);
        }
        Self(entries)
    }

    /// The differences to a later one, as lines.
    pub(crate) fn differences(&self, later: &Self) -> Vec<String> {
        let gone = self
            .0
            .keys()
            .filter(|path| !later.0.contains_key(*path))
            .map(|path| format!("- {}", path.display()));
        let new = later.0.iter().filter_map(|(path, what)| {
            let sign = match self.0.get(path) {
                None => '+',
                Some(before) if before != what => '~',
                Some(_) => return None,
            };
            Some(format!("{sign} {}: {what}", path.display()))
        });
        gone.chain(new).collect()
    }
}

fn walk(path: &Path, in_pip: bool, entries: &mut BTreeMap<PathBuf, String>) {
    // What the guard itself writes down of every run, also of a refused one.
    if path.ends_with(".local/share/spip/memory") {
        return;
    }
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return;
    };
    let what = if metadata.is_symlink() {
        format!("link to {:?}", fs::read_link(path))
    } else if metadata.is_dir() {
        let in_pip = in_pip || path.ends_with("site-packages/pip");
        if in_pip && path.ends_with("__pycache__") {
            return;
        }
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            walk(&entry.path(), in_pip, entries);
        }
        format!("directory {:o}", metadata.mode())
    } else if in_pip {
        let (inode, size) = (metadata.ino(), metadata.size());
        let (seconds, nanos) = (metadata.mtime(), metadata.mtime_nsec());
        format!("file {inode} {size} {seconds}.{nanos}")
    } else {
        let content = fs::read(path).unwrap_or_default();
        format!("file {:o} {}", metadata.mode(), sha256(&content))
    };
    entries.insert(path.to_owned(), what);
}

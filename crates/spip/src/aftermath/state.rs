//! The state of a file, by which a change shows.

use std::fs::Metadata;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::tree::{Links, open_file, read_text};

/// Of longer start-up files only the state is kept.
const LONGEST: u64 = 256 << 10;

/// Files are read in pieces of this size.
const PIECE: usize = 64 << 10;

/// What changes with any writing to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    inode: u64,
    size: u64,
    proof: Proof,
}

/// What nobody can set back.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Proof {
    /// The time at which the state of the file last changed.
    Changed(i64, i64),
    /// What it holds. A file of several names, as tools with a common store make them, changes its
    /// state with every name that comes or goes.
    Content([u8; 32]),
}

impl State {
    /// Of the file itself, not of what a link leads to.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let metadata = path.symlink_metadata()?;
        let proof = if metadata.is_file() && metadata.nlink() > 1 {
            content(path)?
        } else {
            changed(&metadata)
        };
        Ok(Self::with(&metadata, proof))
    }

    /// Whether the file is as it was.
    pub(super) fn still_is(&self, path: &Path) -> io::Result<bool> {
        let metadata = path.symlink_metadata()?;
        if metadata.ino() != self.inode || metadata.len() != self.size {
            return Ok(false);
        }
        let proof = match self.proof {
            Proof::Changed(..) => changed(&metadata),
            Proof::Content(_) if metadata.is_file() => content(path)?,
            Proof::Content(_) => return Ok(false),
        };
        Ok(*self == Self::with(&metadata, proof))
    }

    fn with(metadata: &Metadata, proof: Proof) -> Self {
        Self {
            inode: metadata.ino(),
            size: metadata.len(),
            proof,
        }
    }
}

fn changed(metadata: &Metadata) -> Proof {
    Proof::Changed(metadata.ctime(), metadata.ctime_nsec())
}

fn content(path: &Path) -> io::Result<Proof> {
    let mut file = open_file(path, Links::Refuse)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(Proof::Content(hasher.finalize().into())),
            count => hasher.update(&piece[..count]),
        }
    }
}

/// The text of a start-up file; of what is no text, nothing.
pub(super) fn kept(path: &Path) -> String {
    read_text(path, LONGEST).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_second_name_is_no_change_and_other_content_is() {
        let folder = tempfile::tempdir().unwrap();
        let [path, second, third] = ["a", "b", "c"].map(|name| folder.path().join(name));
        fs::write(&path, "one").unwrap();
        fs::hard_link(&path, &second).unwrap();
        let before = State::of(&path).unwrap();
        fs::hard_link(&path, &third).unwrap();
        assert!(before.still_is(&path).unwrap());
        fs::remove_file(&second).unwrap();
        fs::remove_file(&third).unwrap();
        assert!(before.still_is(&path).unwrap());
        fs::write(&path, "two").unwrap();
        assert!(!before.still_is(&path).unwrap());
    }

    #[test]
    fn a_time_that_was_set_back_hides_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "one").unwrap();
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        let before = State::of(&path).unwrap();
        assert!(before.still_is(&path).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(20));
        fs::write(&path, "two").unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(written).unwrap();
        assert!(!before.still_is(&path).unwrap());
    }
}

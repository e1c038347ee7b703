//! Moves files aside so that nothing runs them, with a way back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::Mode;

/// A file that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    /// Where it was.
    pub(crate) from: PathBuf,
    /// Where it is.
    pub(crate) to: PathBuf,
}

/// Moves files into a directory of their own below this one, which only its owner can read.
pub(crate) fn set_aside(files: &[PathBuf], below: &Path, now: Timestamp) -> io::Result<Vec<Moved>> {
    let name = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let folder = own_folder(below, &name)?;
    let mut moved = Vec::with_capacity(files.len());
    for (number, from) in files.iter().enumerate() {
        let last = from.file_name().unwrap_or_default().to_string_lossy();
        let to = folder.join(format!("{number}-{last}"));
        transfer(from, &to)?;
        moved.push(Moved {
            from: from.clone(),
            to,
        });
    }
    Ok(moved)
}

/// A new directory; another number if there is one of that name.
fn own_folder(below: &Path, name: &str) -> io::Result<PathBuf> {
    const MOST: u32 = 1_000;
    fs::create_dir_all(below)?;
    for number in 0..MOST {
        let folder = below.join(format!("{name}-{number}"));
        match rustix::fs::mkdir(&folder, Mode::RWXU) {
            Ok(()) => return Ok(folder),
            Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::Error::other("there is no free name"))
}

/// Moves one file, also to another file system; it is never in neither place.
fn transfer(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            fs::copy(from, to)?;
            fs::remove_file(from)
        }
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_files_and_keeps_them() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("a/x.pth"), folder.path().join("b/x.pth"));
        for (path, text) in [(&one, "1"), (&two, "2")] {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let below = folder.path().join("aside");
        let now = Timestamp::UNIX_EPOCH;
        let moved = set_aside(&[one.clone(), two.clone()], &below, now).unwrap();
        assert!(!one.exists() && !two.exists());
        assert_eq!(fs::read_to_string(&moved[0].to).unwrap(), "1");
        assert_eq!(fs::read_to_string(&moved[1].to).unwrap(), "2");
        // A second time within the same second.
        fs::write(&one, "3").unwrap();
        let again = set_aside(std::slice::from_ref(&one), &below, now).unwrap();
        assert_ne!(again[0].to, moved[0].to);
    }
}

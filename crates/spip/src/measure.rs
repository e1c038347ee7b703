//! Reads the judged bytes once: their digests, and proof that they are the file that pip has.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sha2::digest::DynDigest;
use sha2::{Sha256, Sha384, Sha512};
use spip_core::{Algorithm, Digest, Location, Measured, Quoted, RemoteFile};
use spip_plan::Fingerprint;

/// The file on this machine is not in the state that pip reported.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum MeasureError {
    /// It cannot be read.
    #[error("read {}: {why}", shown(path))]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        why: String,
    },
    /// Somebody changed it meanwhile.
    #[error("read {}: it changed after pip had fetched it", shown(path))]
    Changed {
        /// Which file.
        path: PathBuf,
    },
}

/// File names come from outside too.
fn shown(path: &Path) -> Quoted {
    path.display().to_string().into()
}

/// What to measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    path: PathBuf,
    expected: Fingerprint,
    algorithms: Vec<Algorithm>,
}

impl Order {
    /// Everything that promises and requirements for this file could be compared with.
    pub(crate) fn new(path: PathBuf, expected: Fingerprint, file: &RemoteFile) -> Self {
        let named = file.promised.iter().chain(&file.required);
        let mut algorithms: Vec<_> = named.map(|fact| fact.value.algorithm()).collect();
        algorithms.push(Algorithm::Sha256);
        algorithms.sort_unstable();
        algorithms.dedup();
        Self {
            path,
            expected,
            algorithms,
        }
    }

    /// Reads the whole file. The state before and after must be the one that pip reported.
    pub(crate) fn measure(&self) -> Result<Measured, MeasureError> {
        let unreadable = |error: io::Error| MeasureError::Unreadable {
            path: self.path.clone(),
            why: error.to_string(),
        };
        let mut file = File::open(&self.path).map_err(unreadable)?;
        self.unchanged(&file)
            .map_err(unreadable)?
            .then_some(())
            .ok_or_else(|| self.changed())?;
        let digests = self.digests(&mut file).map_err(unreadable)?;
        self.unchanged(&file)
            .map_err(unreadable)?
            .then_some(())
            .ok_or_else(|| self.changed())?;
        let sha256 = digests
            .iter()
            .find(|digest| digest.algorithm() == Algorithm::Sha256);
        let sha256 = sha256.and_then(|digest| digest.hex().parse().ok());
        Ok(Measured {
            read_at: Location::File {
                path: self.path.clone(),
            },
            sha256: sha256.ok_or_else(|| self.changed())?,
            digests,
            size: self.expected.size,
        })
    }

    fn changed(&self) -> MeasureError {
        MeasureError::Changed {
            path: self.path.clone(),
        }
    }

    fn unchanged(&self, file: &File) -> io::Result<bool> {
        let now = file.metadata()?;
        let nanoseconds =
            |seconds: i64, rest: i64| seconds.wrapping_mul(1_000_000_000).wrapping_add(rest);
        Ok(Fingerprint {
            device: now.dev(),
            inode: now.ino(),
            size: now.size(),
            modified: nanoseconds(now.mtime(), now.mtime_nsec()),
            changed: nanoseconds(now.ctime(), now.ctime_nsec()),
        } == self.expected)
    }

    fn digests(&self, file: &mut File) -> io::Result<Vec<Digest>> {
        let mut hashers: Vec<(&str, Box<dyn DynDigest>)> = Vec::new();
        for algorithm in &self.algorithms {
            match algorithm {
                Algorithm::Sha256 => hashers.push(("sha256", Box::new(Sha256::default()))),
                Algorithm::Sha384 => hashers.push(("sha384", Box::new(Sha384::default()))),
                Algorithm::Sha512 => hashers.push(("sha512", Box::new(Sha512::default()))),
                Algorithm::Weak => {}
            }
        }
        let mut buffer = vec![0; 128 * 1024];
        loop {
            let length = file.read(&mut buffer)?;
            if length == 0 {
                break;
            }
            for (_, hasher) in &mut hashers {
                hasher.update(&buffer[..length]);
            }
        }
        let finish = |(name, hasher): (&str, Box<dyn DynDigest>)| {
            Digest::from_bytes(name, &hasher.finalize()).map_err(io::Error::other)
        };
        hashers.into_iter().map(finish).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn order_for(path: &std::path::Path) -> Order {
        let data = std::fs::metadata(path).unwrap();
        let expected = Fingerprint {
            device: data.dev(),
            inode: data.ino(),
            size: data.size(),
            modified: data.mtime() * 1_000_000_000 + data.mtime_nsec(),
            changed: data.ctime() * 1_000_000_000 + data.ctime_nsec(),
        };
        let algorithms = vec![Algorithm::Sha256, Algorithm::Sha512];
        Order {
            path: path.to_owned(),
            expected,
            algorithms,
        }
    }

    #[test]
    fn measures_every_algorithm_that_was_asked_for() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"abc").unwrap();
        let measured = order_for(file.path()).measure().unwrap();
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(measured.sha256.to_string(), expected);
        assert_eq!(measured.digests.len(), 2);
        assert_eq!(measured.size, 3);
    }

    #[test]
    fn refuses_a_file_that_changed_after_pip_had_fetched_it() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"abc").unwrap();
        let order = order_for(file.path());
        file.write_all(b"d").unwrap();
        assert!(matches!(order.measure(), Err(MeasureError::Changed { .. })));
        let gone = order_for(file.path());
        drop(file);
        assert!(matches!(
            gone.measure(),
            Err(MeasureError::Unreadable { .. })
        ));
    }
}

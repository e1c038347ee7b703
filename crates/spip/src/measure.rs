//! Reads the judged bytes once: digests, bytes to scan, and proof that they are the file that pip has.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sha2::digest::DynDigest;
use sha2::{Sha256, Sha384, Sha512};
use spip_core::{
    Algorithm, Answer, Artifact, Cause, Contents, Digest, Gap, Location, Measured, Package, Quoted,
};
use spip_plan::Fingerprint;
use spip_scan::ReadAt;

use crate::scanner::{Bytes, Kind, Scanner};
use crate::tree::{Links, open_file};

/// Files up to this size are read into memory once; larger ones are read where they are.
const IN_MEMORY: u64 = 64 << 20;

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
    /// The reading of it came to no end.
    #[error("read a file of the plan")]
    Lost,
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

/// What to measure and to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    path: PathBuf,
    expected: Fingerprint,
    algorithms: Vec<Algorithm>,
    kind: Kind,
    filename: String,
}

impl Order {
    /// Everything that promises and requirements for this file could be compared with. `None`: not
    /// a file.
    pub(crate) fn new(package: &Package, path: PathBuf, expected: Fingerprint) -> Option<Self> {
        let own_name = || Some(path.file_name()?.to_string_lossy().into_owned());
        let (kind, filename) = match &package.artifact {
            // Built here from a published file, whose name is another one.
            Artifact::Wheel(file) if file.built_here => (Kind::Wheel, own_name()?),
            Artifact::Wheel(file) => (Kind::Wheel, file.filename.clone()),
            Artifact::Sdist(file) => (Kind::Sdist, file.filename.clone()),
            Artifact::Module { .. } => (Kind::Module, own_name()?),
            Artifact::Checkout { .. } | Artifact::Directory { .. } => return None,
        };
        let file = package.artifact.file();
        let named = file
            .into_iter()
            .flat_map(|file| file.promised.iter().chain(&file.required));
        let mut algorithms: Vec<_> = named.map(|fact| fact.value.algorithm()).collect();
        algorithms.push(Algorithm::Sha256);
        algorithms.sort_unstable();
        algorithms.dedup();
        Some(Self {
            path,
            expected,
            algorithms,
            kind,
            filename,
        })
    }

    /// How much memory it takes while it is scanned, in bytes.
    pub(crate) fn weight(&self) -> u64 {
        self.expected.size.min(IN_MEMORY)
    }

    /// Reads the whole file. The state before and after must be the one that pip reported.
    pub(crate) fn measure(&self) -> Result<(Measured, Bytes), MeasureError> {
        let unreadable = |error: io::Error| self.unreadable(&error);
        let file = open_file(&self.path, Links::Follow).map_err(unreadable)?;
        self.still_expected(&file)?;
        let bytes = self.bytes(file.try_clone().map_err(unreadable)?)?;
        let digests = self.digests(&bytes).map_err(unreadable)?;
        self.still_expected(&file)?;
        let sha256 = digests
            .iter()
            .find(|digest| digest.algorithm() == Algorithm::Sha256);
        let sha256 = sha256.and_then(|digest| digest.hex().parse().ok());
        let measured = Measured {
            read_at: Location::File {
                path: self.path.clone(),
            },
            sha256: sha256.ok_or_else(|| self.changed())?,
            digests,
            size: self.expected.size,
        };
        Ok((measured, bytes))
    }

    /// Scans the very bytes that were measured.
    pub(crate) fn scan(
        &self,
        scanner: &Scanner,
        measured: &Measured,
        bytes: &Bytes,
    ) -> Answer<Contents> {
        let contents = scanner.file(self.kind, &self.filename, bytes, measured.sha256)?;
        if let Bytes::Open { file, .. } = bytes {
            self.still_expected(file)
                .map_err(|error| Gap::new(Cause::Unreadable, error.to_string()))?;
        }
        Ok(contents)
    }

    fn bytes(&self, file: File) -> Result<Bytes, MeasureError> {
        let length = self.expected.size;
        if length > IN_MEMORY {
            return Ok(Bytes::Open { file, length });
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| self.changed())?];
        let open = Bytes::Open { file, length };
        let mut filled = 0;
        while filled < bytes.len() {
            let read = open.read_at(&mut bytes[filled..], filled as u64);
            match read.map_err(|error| self.unreadable(&error))? {
                0 => return Err(self.changed()),
                read => filled += read,
            }
        }
        Ok(Bytes::Memory(bytes))
    }

    fn unreadable(&self, error: &io::Error) -> MeasureError {
        MeasureError::Unreadable {
            path: self.path.clone(),
            why: error.to_string(),
        }
    }

    fn changed(&self) -> MeasureError {
        MeasureError::Changed {
            path: self.path.clone(),
        }
    }

    fn still_expected(&self, file: &File) -> Result<(), MeasureError> {
        let now = file.metadata().map_err(|error| self.unreadable(&error))?;
        if fingerprint(&now) == self.expected {
            return Ok(());
        }
        Err(self.changed())
    }

    fn digests(&self, bytes: &Bytes) -> io::Result<Vec<Digest>> {
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
        let mut offset = 0;
        loop {
            let length = bytes.read_at(&mut buffer, offset)?;
            if length == 0 {
                break;
            }
            offset += length as u64;
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

/// What tells this state of a file from another.
pub(crate) fn fingerprint(file: &Metadata) -> Fingerprint {
    let nanoseconds =
        |seconds: i64, rest: i64| seconds.wrapping_mul(1_000_000_000).wrapping_add(rest);
    Fingerprint {
        device: file.dev(),
        inode: file.ino(),
        size: file.size(),
        modified: nanoseconds(file.mtime(), file.mtime_nsec()),
        changed: nanoseconds(file.ctime(), file.ctime_nsec()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn order_for(path: &std::path::Path) -> Order {
        let expected = fingerprint(&std::fs::metadata(path).unwrap());
        let algorithms = vec![Algorithm::Sha256, Algorithm::Sha512];
        Order {
            path: path.to_owned(),
            expected,
            algorithms,
            kind: Kind::Module,
            filename: "demo.py".to_owned(),
        }
    }

    #[test]
    fn measures_every_algorithm_that_was_asked_for() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"abc").unwrap();
        let (measured, bytes) = order_for(file.path()).measure().unwrap();
        assert!(matches!(bytes, Bytes::Memory(bytes) if bytes == b"abc"));
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

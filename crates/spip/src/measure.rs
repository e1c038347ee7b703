//! Reads the judged bytes once: digests, bytes to scan, and proof that they are the file that pip has.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::digest::DynDigest;
use sha2::{Sha256, Sha384, Sha512};
use spip_core::{
    Algorithm, Answer, Artifact, Cause, Contents, Digest, Gap, Location, Measured, Package, Quoted,
};
use spip_plan::Fingerprint;
use spip_proxy::Delivery;
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
    source: Source,
    algorithms: Vec<Algorithm>,
    kind: Kind,
    filename: String,
}

/// Where the bytes are.
#[derive(Clone, Debug)]
enum Source {
    /// In a file that must be in this state.
    File(PathBuf, Fingerprint),
    /// With the proxy, which hands out these very bytes.
    Delivered(Arc<Delivery>),
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(path, state), Self::File(other, other_state)) => {
                path == other && state == other_state
            }
            (Self::Delivered(delivery), Self::Delivered(other)) => Arc::ptr_eq(delivery, other),
            _ => false,
        }
    }
}

impl Eq for Source {}

impl Order {
    /// Reads a file that is in this state. `None`: the package is no file.
    pub(crate) fn new(package: &Package, path: PathBuf, expected: Fingerprint) -> Option<Self> {
        Self::of(package, Source::File(path, expected))
    }

    /// Reads what the proxy fetched. `None`: the package is no file.
    pub(crate) fn delivered(package: &Package, delivery: Arc<Delivery>) -> Option<Self> {
        Self::of(package, Source::Delivered(delivery))
    }

    /// Everything that promises and requirements for this file could be compared with.
    fn of(package: &Package, source: Source) -> Option<Self> {
        let own_name = || match &source {
            Source::File(path, _) => Some(path.file_name()?.to_string_lossy().into_owned()),
            Source::Delivered(_) => None,
        };
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
            source,
            algorithms,
            kind,
            filename,
        })
    }

    /// How much memory it takes while it is scanned, in bytes.
    pub(crate) fn weight(&self) -> u64 {
        match &self.source {
            Source::File(_, expected) => expected.size.min(IN_MEMORY),
            // The proxy has counted them.
            Source::Delivered(_) => 0,
        }
    }

    /// Reads everything.
    pub(crate) fn measure(&self) -> Result<(Measured, Bytes), MeasureError> {
        match &self.source {
            Source::File(path, expected) => self.measure_file(&OnDisk { path, expected }),
            Source::Delivered(delivery) => self.measure_delivery(delivery),
        }
    }

    /// The state before and after must be the one that pip reported.
    fn measure_file(&self, place: &OnDisk<'_>) -> Result<(Measured, Bytes), MeasureError> {
        let unreadable = |error: io::Error| place.unreadable(&error);
        let file = open_file(place.path, Links::Follow).map_err(unreadable)?;
        place.still_expected(&file)?;
        let bytes = place.bytes(file.try_clone().map_err(unreadable)?)?;
        let digests = digests(&self.algorithms, &bytes).map_err(unreadable)?;
        place.still_expected(&file)?;
        let sha256 = digests
            .iter()
            .find(|digest| digest.algorithm() == Algorithm::Sha256);
        let sha256 = sha256.and_then(|digest| digest.hex().parse().ok());
        let measured = Measured {
            read_at: Location::File {
                path: place.path.to_owned(),
            },
            sha256: sha256.ok_or_else(|| place.changed())?,
            digests,
            size: place.expected.size,
        };
        Ok((measured, bytes))
    }

    /// The proxy has computed the digest from what it hands out.
    fn measure_delivery(&self, delivery: &Delivery) -> Result<(Measured, Bytes), MeasureError> {
        let bytes = Bytes::Delivered(delivery.body.clone());
        let failed = |error: io::Error| MeasureError::Unreadable {
            path: self.filename.clone().into(),
            why: error.to_string(),
        };
        let known = Digest::parse("sha256", &delivery.sha256.to_string());
        let mut all = vec![known.map_err(|error| failed(io::Error::other(error)))?];
        let others = self.algorithms.iter().copied();
        let others: Vec<_> = others.filter(|it| *it != Algorithm::Sha256).collect();
        if !others.is_empty() {
            all.extend(digests(&others, &bytes).map_err(failed)?);
        }
        let measured = Measured {
            read_at: Location::Record {
                url: delivery.url.bare(),
                pointer: String::new(),
            },
            sha256: delivery.sha256,
            digests: all,
            size: delivery.body.size(),
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
        if let (Bytes::Open { file, .. }, Source::File(path, expected)) = (bytes, &self.source) {
            let place = OnDisk { path, expected };
            place
                .still_expected(file)
                .map_err(|error| Gap::new(Cause::Unreadable, error.to_string()))?;
        }
        Ok(contents)
    }
}

/// A file and the state that it must be in.
struct OnDisk<'o> {
    path: &'o Path,
    expected: &'o Fingerprint,
}

impl OnDisk<'_> {
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
            path: self.path.to_owned(),
            why: error.to_string(),
        }
    }

    fn changed(&self) -> MeasureError {
        MeasureError::Changed {
            path: self.path.to_owned(),
        }
    }

    fn still_expected(&self, file: &File) -> Result<(), MeasureError> {
        let now = file.metadata().map_err(|error| self.unreadable(&error))?;
        if fingerprint(&now) == *self.expected {
            return Ok(());
        }
        Err(self.changed())
    }
}

fn digests(algorithms: &[Algorithm], bytes: &Bytes) -> io::Result<Vec<Digest>> {
    let mut hashers: Vec<(&str, Box<dyn DynDigest>)> = Vec::new();
    for algorithm in algorithms {
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
            source: Source::File(path.to_owned(), expected),
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

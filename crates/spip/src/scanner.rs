//! Reads what artifacts hold, within bounds of time and memory, and remembers it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use spip_core::{Answer, Cause, Contents, Gap, Quoted, Sha256};
use spip_scan::{Input, Limits, ReadAt};

use crate::audit::files::{Named, entries};
use crate::features::Features;
use crate::tree::{Owner, Walk};

/// The longest that one artifact is scanned.
pub(crate) const LONGEST_SCAN: Duration = Duration::from_mins(1);

/// What a file is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A wheel.
    Wheel,
    /// A source archive.
    Sdist,
    /// Any other file.
    Module,
    /// Code that is installed, known by the digest of its RECORD.
    Installed,
}

impl Kind {
    /// The name under which features are kept.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Wheel => "wheel",
            Self::Sdist => "sdist",
            Self::Module => "module",
            Self::Installed => "installed",
        }
    }
}

/// The bytes of one file: what is scanned is what was hashed.
#[derive(Debug)]
pub(crate) enum Bytes {
    /// Read once, as a whole.
    Memory(Vec<u8>),
    /// Too large for that.
    Open {
        /// The open file.
        file: File,
        /// Its length.
        length: u64,
    },
    /// With the proxy, which hands out these very bytes.
    Delivered(spip_proxy::Body),
}

impl ReadAt for Bytes {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Self::Memory(bytes) => {
                let rest = usize::try_from(offset).ok().and_then(|at| bytes.get(at..));
                let rest = rest.unwrap_or_default();
                let length = rest.len().min(buffer.len());
                buffer[..length].copy_from_slice(&rest[..length]);
                Ok(length)
            }
            Self::Open { file, .. } => file.read_at(buffer, offset),
            Self::Delivered(body) => body.read_at(offset, buffer),
        }
    }

    fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Open { length, .. } => *length,
            Self::Delivered(body) => body.size(),
        }
    }
}

/// Scans files and trees; one for each run.
#[derive(Debug)]
pub(crate) struct Scanner {
    features: Option<Features>,
    limits: Limits,
    spent: Spent,
}

/// What scanning cost so far.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    scanned: AtomicU64,
    known: AtomicU64,
    bytes: AtomicU64,
    microseconds: AtomicU64,
}

impl Scanner {
    pub(crate) fn new(features: Option<Features>) -> Self {
        Self {
            features,
            limits: Limits::default(),
            spent: Spent::default(),
        }
    }

    /// Scans a file, unless features of the very same bytes are known.
    pub(crate) fn file(
        &self,
        kind: Kind,
        filename: &str,
        bytes: &Bytes,
        sha256: Sha256,
    ) -> Answer<Contents> {
        let key = Features::key(kind, filename, sha256, &self.limits);
        if let Some(known) = self.features.as_ref().and_then(|it| it.read(key)) {
            self.spent.known.fetch_add(1, Ordering::Relaxed);
            return Ok(Some(Arc::new(known)));
        }
        let input = match (kind, bytes) {
            (Kind::Wheel, bytes) => Input::Wheel { filename, bytes },
            (Kind::Sdist, bytes) => Input::Sdist { filename, bytes },
            (Kind::Module, Bytes::Memory(bytes)) => Input::Module {
                path: filename,
                bytes,
            },
            (Kind::Module | Kind::Installed, _) => {
                let detail = format!("{}: {} bytes", Quoted::new(filename), bytes.len());
                return Err(Gap::new(Cause::TooLarge, detail));
            }
        };
        let (contents, in_time) = self.scan(input, filename);
        self.spent.bytes.fetch_add(bytes.len(), Ordering::Relaxed);
        // How far a scan gets before its time is up depends on the machine, not on the bytes.
        if in_time
            && is_sound(&contents)
            && let Some(features) = &self.features
        {
            features.write(key, &contents);
        }
        Ok(Some(Arc::new(contents)))
    }

    /// Scans a source tree.
    pub(crate) fn tree(&self, root: &Path, owner: Owner) -> Contents {
        let mut walk = Walk::new(root, owner, &self.limits);
        let input = Input::Tree { files: &mut walk };
        let (contents, _) = self.scan(input, &root.to_string_lossy());
        contents
    }

    /// Scans what is installed.
    pub(crate) fn installed(&self, files: Vec<Named>) -> Contents {
        let mut files = entries(files, &self.limits);
        let input = Input::Installed { files: &mut files };
        let (contents, _) = self.look(input, "installed files");
        contents
    }

    /// Scans the code of an installed release, unless features under the digest of its RECORD are
    /// known. The caller has compared the files with it.
    pub(crate) fn replaced(
        &self,
        sha256: Sha256,
        files: impl FnOnce() -> Vec<Named>,
    ) -> Arc<Contents> {
        let key = Features::key(Kind::Installed, "", sha256, &self.limits);
        if let Some(known) = self.features.as_ref().and_then(|it| it.read(key)) {
            self.spent.known.fetch_add(1, Ordering::Relaxed);
            return Arc::new(known);
        }
        let mut files = entries(files(), &self.limits);
        let input = Input::Installed { files: &mut files };
        let (contents, in_time) = self.scan(input, "an installed release");
        if let (Some(features), true, Ok(())) = (&self.features, in_time, contents.complete()) {
            features.write(key, &contents);
        }
        Arc::new(contents)
    }

    /// The contents of an artifact, and whether they were read in time.
    fn scan(&self, input: Input<'_>, what: &str) -> (Contents, bool) {
        self.spent.scanned.fetch_add(1, Ordering::Relaxed);
        self.look(input, what)
    }

    /// The same of what is no artifact: some files of something installed.
    fn look(&self, input: Input<'_>, what: &str) -> (Contents, bool) {
        let started = Instant::now();
        let late = AtomicBool::new(false);
        let expired = || {
            let over = started.elapsed() > LONGEST_SCAN;
            late.fetch_or(over, Ordering::Relaxed);
            over
        };
        let contents = spip_scan::scan(input, &self.limits, &expired);
        let spent = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.spent.microseconds.fetch_add(spent, Ordering::Relaxed);
        tracing::debug!(what = %Quoted::new(what), microseconds = spent, "scanned");
        (contents, !late.into_inner())
    }

    /// One line for `--spip-debug`.
    pub(crate) fn spent(&self) -> String {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        format!(
            "scan: {} artifacts scanned ({:.1} MB of archives in {:.0} ms), {} known from the cache",
            of(&self.spent.scanned),
            precise(of(&self.spent.bytes)) / 1e6,
            precise(of(&self.spent.microseconds)) / 1e3,
            of(&self.spent.known),
        )
    }
}

/// Whether nothing went wrong that is this program's fault, and gone with its next version.
fn is_sound(contents: &Contents) -> bool {
    let mut causes = contents.unread.iter().map(|unread| unread.cause);
    causes.all(|cause| cause != Cause::Internal)
}

/// Precise enough for a line that people read.
#[expect(clippy::cast_precision_loss, reason = "only shown with few digits")]
fn precise(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use spip_scan::TreeEntry;

    use super::*;

    #[test]
    fn a_scan_that_panics_leaves_a_gap() {
        struct Panics;
        impl Iterator for Panics {
            type Item = TreeEntry;
            fn next(&mut self) -> Option<TreeEntry> {
                panic!("on purpose")
            }
        }
        let scanner = Scanner::new(None);
        let input = Input::Tree { files: &mut Panics };
        let (contents, _) = scanner.scan(input, "demo");
        assert_eq!(contents.complete().unwrap_err().cause, Cause::Internal);
        assert!(!is_sound(&contents), "it would be remembered");
    }

    #[test]
    fn a_module_too_large_to_be_read_leaves_a_gap() {
        let file = tempfile::tempfile().unwrap();
        let bytes = Bytes::Open { file, length: 5 };
        let sha256 = Sha256::from_bytes([1; 32]);
        let answer = Scanner::new(None).file(Kind::Module, "demo.py", &bytes, sha256);
        assert_eq!(answer.unwrap_err().cause, Cause::TooLarge);
    }

    #[test]
    fn the_same_bytes_are_scanned_once_and_other_bytes_again() {
        let directory = tempfile::tempdir().unwrap();
        let scan = |byte: u8| {
            let scanner = Scanner::new(Some(Features::open(directory.path())));
            let sha256 = Sha256::from_bytes([byte; 32]);
            let bytes = Bytes::Memory(b"x = 1".to_vec());
            scanner
                .file(Kind::Module, "demo.py", &bytes, sha256)
                .unwrap();
            scanner.spent.scanned.into_inner()
        };
        assert_eq!([scan(1), scan(1), scan(2), scan(2)], [1, 0, 1, 0]);
    }
}

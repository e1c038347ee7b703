//! The run's own directory: the certificate to trust, and bodies too large for memory.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A directory that only the user can enter. It goes when this is dropped.
pub(crate) struct Private(TempDir);

impl Private {
    pub(crate) fn new(parent: &Path, certificate: &str) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix("spip-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let private = Self(builder.tempdir_in(parent)?);
        fs::create_dir(private.no_certificates())?;
        fs::create_dir(private.spool())?;
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(private.certificate())?;
        file.write_all(certificate.as_bytes())?;
        Ok(private)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The authority's certificate.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.path().join("ca.pem")
    }

    /// An empty directory in the place of the system's certificates.
    pub(crate) fn no_certificates(&self) -> PathBuf {
        self.path().join("empty")
    }

    /// Where large bodies go, in files without names.
    pub(crate) fn spool(&self) -> PathBuf {
        self.path().join("spool")
    }
}

//! The file that something is written into: which one, and how.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use spip_core::Quoted;
use spip_policy::{Additions, Home, Layer, Layers, PolicyError, Trouble, extend, read};
use tempfile::NamedTempFile;

use super::files::{Found, user_file};
use super::{here, merged};
use crate::tree::read_text;

/// A policy file that is there, or is to be.
#[derive(Debug)]
pub(super) struct Target {
    path: PathBuf,
    home: Home,
    /// What it counts as here; `None`: it may count elsewhere.
    layer: Option<Layer>,
    found: Found,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TargetError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("write a policy: there is no home directory")]
    NoHome,
    #[error("write {path}: {error}")]
    Write { path: Quoted, error: io::Error },
}

impl Target {
    /// The user's file, one that was named, or that of the project.
    pub(super) fn chosen(
        user: bool,
        named: Option<&Path>,
        of_project: impl Fn(&Found) -> (PathBuf, Home),
    ) -> Result<Self, TargetError> {
        let found = here()?;
        let (path, home, layer) = match named {
            Some(path) => {
                let is_pyproject = path.file_name() == Some("pyproject.toml".as_ref());
                let home = if is_pyproject {
                    Home::Pyproject
                } else {
                    Home::Own
                };
                (path.to_owned(), home, None)
            }
            None if user => {
                let path = user_file(|name| std::env::var_os(name)).ok_or(TargetError::NoHome)?;
                (path, Home::Own, Some(Layer::User))
            }
            None => {
                let (path, home) = of_project(&found);
                (path, home, Some(Layer::Project))
            }
        };
        Ok(Self {
            path,
            home,
            layer,
            found,
        })
    }

    /// The project's policy, else `spip.toml` in this directory.
    pub(super) fn of_project(found: &Found) -> (PathBuf, Home) {
        let known = found.project.clone();
        known.unwrap_or(("spip.toml".into(), Home::Own))
    }

    /// The same, but a new policy goes into the `pyproject.toml` where there is one.
    pub(super) fn of_new_project(found: &Found) -> (PathBuf, Home) {
        let pyproject = found.pyproject.clone();
        let pyproject = pyproject.map(|path| (path, Home::Pyproject));
        let known = found.project.clone().or(pyproject);
        known.unwrap_or(("spip.toml".into(), Home::Own))
    }

    /// What would be added, as it would be written.
    pub(super) fn shown(&self, additions: &Additions) -> Result<String, TargetError> {
        Ok(extend("", self.home, additions).map_err(|trouble| self.wrong(trouble))?)
    }

    /// Adds what is not there yet; everything else in the file stays as it stands. Nobody should
    /// find out at the next installation that the file is wrong.
    pub(super) fn extend(&self, additions: &Additions) -> Result<(), TargetError> {
        let written = self.extended(additions)?;
        replace(&self.path, &written).map_err(|error| self.unwritable(error))
    }

    /// The new text of the file, which counts together with the other files.
    pub(super) fn extended(&self, additions: &Additions) -> Result<String, TargetError> {
        let text = match read_text(&self.path, 1 << 20) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(self.unwritable(error)),
        };
        let written = extend(&text, self.home, additions).map_err(|it| self.wrong(it))?;
        let document = read(&self.path, &written, self.home)?;
        if let Some(document) = document {
            // What counts elsewhere must at least count there.
            let mut layers = match self.layer {
                Some(_) => self.found.layers.without(&self.path),
                None => Layers::default(),
            };
            let layer = self.layer.unwrap_or(Layer::User);
            layers.add(layer, self.path.clone(), written.clone(), document);
            merged(&layers)?;
        }
        Ok(written)
    }

    fn wrong(&self, trouble: Trouble) -> PolicyError {
        PolicyError {
            path: Some(self.path.clone()),
            spot: None,
            trouble,
        }
    }

    fn unwritable(&self, error: io::Error) -> TargetError {
        TargetError::Write {
            path: self.path.display().to_string().into(),
            error,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quoted::from(self.path.display().to_string()).fmt(f)
    }
}

/// Readers see the old text or the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    let mode = match fs::metadata(path) {
        Ok(metadata) => Some(metadata.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if let Some(mode) = mode {
        file.as_file().set_permissions(mode)?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

//! Where an environment keeps what is installed in it, found without running its code.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use spip_adapters::pip::interpreter;

use crate::interpreter::ThisMachine;
use crate::tree::read_text;

/// Asks an interpreter for its directories. `-I -S` keep it from reading anything but its own
/// library: neither start-up files nor the current directory nor variables.
const ASK: &str = "import sysconfig
for scheme in sysconfig.get_scheme_names():
    for key in ('purelib', 'platlib'):
        try:
            print(key, sysconfig.get_path(key, scheme))
        except Exception:
            pass";

/// An interpreter answers within this time.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// What an interpreter prints is not longer than this.
const LONGEST_ANSWER: usize = 64 << 10;

/// Why an environment cannot be found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvironmentError {
    /// Nothing was named, and nothing is active.
    #[error("find an environment: activate one, or name its directory")]
    NoneActive,
    /// There is nothing installed in what was named.
    #[error("find an environment in {0}: it has no site-packages")]
    NotOne(PathBuf),
    /// The interpreter does not tell.
    #[error("ask {program} for its directories: {why}")]
    Silent {
        /// The interpreter.
        program: PathBuf,
        /// What went wrong.
        why: String,
    },
    /// A directory cannot be read.
    #[error("read {path}: {error}")]
    Unreadable {
        /// The directory.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// An environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Environment {
    /// The directories that modules are installed into, each as itself: none is a link to another.
    pub(crate) sites: Vec<PathBuf>,
    /// What is installed for its base interpreter is seen as well.
    pub(crate) sees_more: bool,
}

impl Environment {
    /// The environment in a directory, that of an interpreter, or the active one.
    pub(crate) async fn find(named: Option<&Path>) -> Result<Self, EnvironmentError> {
        match named {
            Some(path) if path.is_dir() => Self::in_directory(path),
            Some(program) => Self::of_interpreter(program).await,
            None => {
                let found = interpreter(&ThisMachine).ok_or(EnvironmentError::NoneActive)?;
                Self::of_interpreter(&found.program).await
            }
        }
    }

    /// `lib/python3.11/site-packages` and the like below a prefix; also the directory itself, if
    /// it was filled by `pip install --target`.
    fn in_directory(root: &Path) -> Result<Self, EnvironmentError> {
        let unreadable = |error| EnvironmentError::Unreadable {
            path: root.to_owned(),
            error,
        };
        let mut found = BTreeSet::new();
        for library in ["lib", "lib64"] {
            for python in folders(&root.join(library)).map_err(unreadable)? {
                let name = python.file_name().and_then(|name| name.to_str());
                if name.is_some_and(|name| name.starts_with("python") || name.starts_with("pypy")) {
                    found.extend(["site-packages", "dist-packages"].map(|site| python.join(site)));
                }
            }
        }
        let sites = existing(found).map_err(unreadable)?;
        if !sites.is_empty() {
            let sees_more = sees_the_system(root).map_err(unreadable)?;
            return Ok(Self { sites, sees_more });
        }
        let inside = folders(root).map_err(unreadable)?;
        if inside.iter().any(|folder| is_information(folder)) {
            let sites = existing([root.to_owned()]).map_err(unreadable)?;
            return Ok(Self {
                sites,
                sees_more: false,
            });
        }
        Err(EnvironmentError::NotOne(root.to_owned()))
    }

    async fn of_interpreter(program: &Path) -> Result<Self, EnvironmentError> {
        // Virtual environments tell by their place; older interpreters leave it to start-up code
        // to find that out.
        let root = program.parent().and_then(Path::parent);
        if let Some(root) = root.filter(|root| root.join("pyvenv.cfg").is_file()) {
            return Self::in_directory(root);
        }
        let silent = |why: String| EnvironmentError::Silent {
            program: program.to_owned(),
            why,
        };
        let mut command = tokio::process::Command::new(program);
        command.args(["-I", "-S", "-c", ASK]).stdin(Stdio::null());
        let answer = command.kill_on_drop(true).output();
        let answer = tokio::time::timeout(LONGEST_WAIT, answer).await;
        let output = answer
            .map_err(|_| silent("it does not answer".to_owned()))?
            .map_err(|error| silent(error.to_string()))?;
        if !output.status.success() || output.stdout.len() > LONGEST_ANSWER {
            return Err(silent(format!("it ended with {}", output.status)));
        }
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        let told = answer.lines().filter_map(|line| line.split_once(' '));
        let told = told.filter(|(key, _)| matches!(*key, "purelib" | "platlib"));
        let sites = existing(told.map(|(_, path)| PathBuf::from(path)));
        let sites = sites.map_err(|error| silent(error.to_string()))?;
        if sites.is_empty() {
            return Err(EnvironmentError::NotOne(program.to_owned()));
        }
        Ok(Self {
            sites,
            sees_more: false,
        })
    }
}

/// Whether a virtual environment sees more than its own packages.
fn sees_the_system(root: &Path) -> io::Result<bool> {
    let path = root.join("pyvenv.cfg");
    if !path.exists() {
        return Ok(false);
    }
    let text = read_text(&path, LONGEST_ANSWER as u64)?;
    Ok(text.lines().any(|line| {
        let setting = line.split_once('=');
        setting.is_some_and(|(key, value)| {
            key.trim() == "include-system-site-packages"
                && value.trim().eq_ignore_ascii_case("true")
        })
    }))
}

/// Whether a directory describes something that is installed: `.dist-info` (PEP 376, 627), or the
/// older `.egg-info`.
pub(crate) fn is_information(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    matches!(ending, Some("dist-info" | "egg-info"))
}

fn folders(path: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let paths = entries.map(|entry| Ok(entry?.path()));
    let paths: Vec<_> = paths.collect::<io::Result<_>>()?;
    Ok(paths.into_iter().filter(|path| path.is_dir()).collect())
}

/// Those that are there: `lib64` is often a link to `lib`.
fn existing(paths: impl IntoIterator<Item = PathBuf>) -> io::Result<Vec<PathBuf>> {
    let mut found = BTreeSet::new();
    for path in paths {
        if path.is_dir() {
            found.insert(fs::canonicalize(path)?);
        }
    }
    Ok(found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn finds_the_directories_of_a_virtual_environment_once() {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("lib/python3.11/site-packages");
        fs::create_dir_all(&site).unwrap();
        std::os::unix::fs::symlink("lib", folder.path().join("lib64")).unwrap();
        let found = Environment::find(Some(folder.path())).await.unwrap();
        assert_eq!(found.sites, [fs::canonicalize(site).unwrap()]);
        assert!(!found.sees_more);
        let settings = folder.path().join("pyvenv.cfg");
        fs::write(settings, "include-system-site-packages = true\n").unwrap();
        let found = Environment::find(Some(folder.path())).await.unwrap();
        assert!(found.sees_more);
    }

    #[tokio::test]
    async fn takes_a_target_directory_for_one_and_an_empty_one_for_none() {
        let folder = tempfile::tempdir().unwrap();
        let found = Environment::find(Some(folder.path())).await;
        assert!(matches!(found, Err(EnvironmentError::NotOne(_))));
        fs::create_dir(folder.path().join("demo-1.0.dist-info")).unwrap();
        let found = Environment::find(Some(folder.path())).await.unwrap();
        assert_eq!(found.sites.len(), 1);
    }

    #[tokio::test]
    async fn says_so_if_an_interpreter_does_not_tell() {
        let found = Environment::find(Some(Path::new("/usr/bin/env"))).await;
        assert!(matches!(found, Err(EnvironmentError::Silent { .. })));
    }
}

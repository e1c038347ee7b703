//! `spip waive`: writes the narrowest exception into a policy file.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Parser;
use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use spip_core::Quoted;
use spip_policy::{Exception, Home, PolicyError, Trouble, add_exception, read};
use tempfile::NamedTempFile;

use super::files::{find, user_file};
use crate::exit::{self, Exit};
use crate::tree::read_text;

/// How long an exception counts if nobody says so, in days.
const DAYS: i64 = 90;

/// Writes an exception into the policy file of this project, or into another one. Everything else
/// in the file stays as it stands.
#[derive(Clone, Debug, Parser)]
#[command(name = "spip waive", no_binary_name = true)]
struct Arguments {
    /// The check that found something
    check: String,

    /// The release that it is about: NAME==VERSION
    #[arg(value_name = "NAME==VERSION")]
    release: String,

    /// Why this is all right
    #[arg(long)]
    reason: String,

    /// The last day on which it counts, like 2026-12-31 [default: 90 days ahead]
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,

    /// Cover this one file only, by the digest of its bytes
    #[arg(long, value_name = "HEX")]
    sha256: Option<String>,

    /// Who decided it
    #[arg(long, value_name = "NAME")]
    by: Option<String>,

    /// Write to your own file, whose exceptions lift refusals as well
    #[arg(long, conflicts_with = "file")]
    user: bool,

    /// The file to write to [default: the project's policy file, else ./spip.toml]
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WaiveError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("write an exception: {0}")]
    What(String),
    #[error("write {path}: {error}")]
    Write { path: PathBuf, error: io::Error },
    #[error("write an exception: {0}")]
    Io(#[from] io::Error),
}

/// Runs the command with the arguments behind its name.
pub(crate) fn run(rest: &[OsString], output: &mut impl Write) -> Result<Exit, WaiveError> {
    let arguments: Arguments = match exit::parse(rest)? {
        Ok(arguments) => arguments,
        Err(exit) => return Ok(exit),
    };
    let (path, home) = place(&arguments)?;
    let exception = exception(&arguments)?;
    let text = match read_text(&path, 1 << 20) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(WaiveError::Write { path, error }),
    };
    let failed = |trouble: Trouble| PolicyError {
        path: Some(path.clone()),
        line: 0,
        trouble,
    };
    let written = add_exception(&text, home, &exception).map_err(failed)?;
    // Nobody should find out at the next installation that the file is wrong.
    read(&path, &written, home)?;
    replace(&path, &written).map_err(|error| WaiveError::Write {
        path: path.clone(),
        error,
    })?;
    let (check, release, until) = (&exception.check, &arguments.release, &exception.until);
    let path = Quoted::from(path.display().to_string());
    writeln!(
        output,
        "{path}: {check} of {release} is allowed until {until}"
    )?;
    Ok(Exit::Tool(0))
}

fn place(arguments: &Arguments) -> Result<(PathBuf, Home), WaiveError> {
    if let Some(path) = &arguments.file {
        let is_pyproject = path
            .file_name()
            .is_some_and(|name| name == "pyproject.toml");
        let home = if is_pyproject {
            Home::Pyproject
        } else {
            Home::Own
        };
        return Ok((path.clone(), home));
    }
    if arguments.user {
        let path = user_file(|name| std::env::var_os(name));
        let path = path.ok_or_else(|| WaiveError::What("there is no home directory".to_owned()))?;
        return Ok((path, Home::Own));
    }
    let found = find(|name| std::env::var_os(name))?;
    Ok(found.project.unwrap_or(("spip.toml".into(), Home::Own)))
}

fn exception(arguments: &Arguments) -> Result<Exception, WaiveError> {
    let wrong = |why: &str| WaiveError::What(why.to_owned());
    if spip_checks::find(&arguments.check).is_none() {
        return Err(wrong("there is no such check; `spip explain` lists them"));
    }
    let (name, version) = match arguments.release.split_once("==") {
        Some((name, version)) => (name, Some(version)),
        None => (arguments.release.as_str(), None),
    };
    if version.is_none() && arguments.sha256.is_none() {
        return Err(wrong("say which release: NAME==VERSION, or --sha256"));
    }
    if arguments.reason.trim().is_empty() {
        return Err(wrong("--reason must say why"));
    }
    let today = Zoned::now().date();
    let until = arguments
        .until
        .unwrap_or_else(|| today.saturating_add(DAYS.days()));
    if until < today || until > today.saturating_add(1.year()) {
        return Err(wrong("--until must be a day within a year from now"));
    }
    Ok(Exception {
        check: arguments.check.clone(),
        package: name.trim().to_owned(),
        // A digest says more than a version.
        version: version
            .filter(|_| arguments.sha256.is_none())
            .map(|version| version.trim().to_owned()),
        sha256: arguments.sha256.clone(),
        reason: arguments.reason.trim().to_owned(),
        until: until.to_string(),
        by: arguments.by.clone(),
    })
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

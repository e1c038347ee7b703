//! `spip-python`: the interpreter that pip is told to run itself with (`PIP_PYTHON`), so that the pip
//! of any environment is guarded, whoever started it.
//!
//! pip 22.3 and newer starts `PIP_PYTHON …/pip/__pip-runner__.py ARGUMENTS` when that variable or its
//! `--python` option is set. The environment that was meant is that of the pip that did so: the
//! parent of this process.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use spip_adapters::pip::{Interpreter, Machine};

use crate::interpreter::ThisMachine;

/// The file of pip that `--python` runs.
const RUNNER: &str = "__pip-runner__.py";

/// Longer command lines are none of pip's.
const LONGEST: usize = 1 << 20;

/// What pip wanted to run.
pub(crate) struct Wanted {
    /// The interpreter.
    pub(crate) interpreter: Interpreter,
    /// The folder that holds the very pip that asked.
    pub(crate) pip_folder: PathBuf,
    /// pip's arguments.
    pub(crate) arguments: Vec<OsString>,
}

/// Reads the arguments behind `spip-python`; `Err`: what to say.
pub(crate) fn read(arguments: &[OsString]) -> Result<Wanted, String> {
    let usage = "find out what to do: spip-python stands in for an interpreter when pip starts it, \
                 so set PIP_PYTHON to its path";
    let (runner, rest) = arguments.split_first().ok_or(usage)?;
    let folder = pip_folder(Path::new(runner)).ok_or(usage)?;
    let program = parent_program().ok_or("find the interpreter of the pip that started it")?;
    Ok(Wanted {
        interpreter: Interpreter {
            program,
            flags: Vec::new(),
        },
        pip_folder: folder.to_owned(),
        arguments: rest.to_vec(),
    })
}

/// What must be on Python's path for this very pip: its folder, or the archive that it lies in.
fn pip_folder(runner: &Path) -> Option<&Path> {
    if runner.file_name()? == RUNNER {
        return runner.parent()?.parent();
    }
    let archive = runner.parent()?;
    (runner.file_name()? == "pip" && archive.is_file()).then_some(archive)
}

/// How the parent was started: not what it resolves to, which would lose the environment.
fn parent_program() -> Option<PathBuf> {
    let parent = rustix::process::getppid()?;
    let line = command_line(parent.as_raw_nonzero().get())?;
    if line.len() > LONGEST {
        return None;
    }
    let first = line.split(|byte| *byte == 0).next()?.to_vec();
    let path = std::env::var_os("PATH").unwrap_or_default();
    find(Path::new(&OsString::from_vec(first)), &path)
}

fn find(first: &Path, path: &OsStr) -> Option<PathBuf> {
    if first.as_os_str().is_empty() {
        return None;
    }
    if first.components().count() > 1 {
        return std::path::absolute(first)
            .ok()
            .filter(|it| ThisMachine.is_program(it));
    }
    let mut places = std::env::split_paths(path).map(|folder| folder.join(first));
    places.find(|place| ThisMachine.is_program(place))
}

#[cfg(target_os = "linux")]
fn command_line(process: i32) -> Option<Vec<u8>> {
    std::fs::read(format!("/proc/{process}/cmdline")).ok()
}

#[cfg(not(target_os = "linux"))]
fn command_line(process: i32) -> Option<Vec<u8>> {
    let process = process.to_string();
    let output = std::process::Command::new("/bin/ps")
        .args(["-o", "comm=", "-p", &process])
        .output()
        .ok()?;
    let mut line = output.stdout;
    line.truncate(line.trim_ascii_end().len());
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pip_starts_it() {
        let read = |words: &[&str]| read(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(read(&[]).is_err());
        assert!(read(&["-c", "print()"]).is_err());
        let wanted = read(&["/v/lib/site-packages/pip/__pip-runner__.py", "install", "x"]);
        let wanted = wanted.unwrap();
        assert_eq!(wanted.pip_folder, Path::new("/v/lib/site-packages"));
        assert_eq!(wanted.arguments, ["install", "x"]);
        let archive = tempfile::NamedTempFile::new().unwrap();
        let inside = archive.path().join("pip");
        assert_eq!(pip_folder(&inside), Some(archive.path()));
        assert_eq!(pip_folder(Path::new("/nowhere/pip")), None);
    }

    #[test]
    fn a_bare_name_is_looked_for_on_the_search_path() {
        let found = find(Path::new("sh"), OsStr::new("/nowhere:/bin")).unwrap();
        assert_eq!(found, Path::new("/bin/sh"));
        assert_eq!(find(Path::new("/bin/sh"), OsStr::new("")).unwrap(), found);
        assert_eq!(find(Path::new("/nowhere/sh"), OsStr::new("/bin")), None);
    }
}

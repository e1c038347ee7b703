//! Shows by a real run whether what the shell would start is guarded.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use spip_core::Quoted;

use super::index::Index;
use super::wheel;
use crate::exit::Exit;

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// What is read of a program's words.
const LONGEST: u64 = 64 << 10;

/// What a run showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// The package was refused after it had been fetched.
    Refused,
    /// It was installed.
    Installed,
    /// Neither, and what was said last.
    Unclear(Quoted),
}

/// Lets a program install or lock the package that ought to be refused, in a folder for temporary
/// files.
pub(super) fn of(tool: &str, program: &Path, index: &Index) -> io::Result<Proof> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(program);
    command.current_dir(folder.path());
    alone(&mut command);
    let witness = match tool {
        "poetry" => poetry(&mut command, folder.path(), index)?,
        "pipx" => pipx(&mut command, folder.path(), index),
        _ => installer(tool, &mut command, folder.path(), index),
    };
    let said = run(&mut command)?;
    let was_asked = index.was_asked();
    if witness.exists() {
        return Ok(Proof::Installed);
    }
    let refused = said.status.and_then(|status| status.code()) == Some(Exit::Refused.code().into());
    if refused && was_asked {
        return Ok(Proof::Refused);
    }
    // The guard's own last line says that, but not why.
    let says_why = |line: &&str| !line.trim().is_empty() && !line.starts_with("refused: ");
    let last = said.errors.lines().rfind(says_why);
    Ok(Proof::Unclear(Quoted::new(
        last.unwrap_or("it said nothing"),
    )))
}

fn requirement() -> String {
    format!("{}=={}", wheel::NAME, wheel::VERSION)
}

/// pip or uv installs into a folder. What is there if it does so.
fn installer(tool: &str, command: &mut Command, folder: &Path, index: &Index) -> PathBuf {
    let wheels = ["--no-deps", "--only-binary", ":all:"];
    if tool == "uv" {
        command.args(["pip", "install", "--no-config", "--no-cache"]);
        command.args(wheels).arg("--default-index");
    } else {
        command.args(["install", "--no-cache-dir", "--disable-pip-version-check"]);
        command.args(wheels).arg("--index-url");
    }
    let target = folder.join("target");
    command.arg(index.url()).arg("--target").arg(&target);
    command.arg(requirement());
    target.join(wheel::MODULE)
}

/// Poetry locks a project of its own, for which it has to read the wheel.
fn poetry(command: &mut Command, folder: &Path, index: &Index) -> io::Result<PathBuf> {
    let text = format!(
        "[project]\nname = \"trial\"\nversion = \"1\"\nrequires-python = \">=3.9\"\n\
         dependencies = [\"{}\"]\n[tool.poetry]\npackage-mode = false\n\
         [[tool.poetry.source]]\nname = \"trial\"\nurl = \"{}\"\npriority = \"primary\"\n",
        requirement(),
        index.url()
    );
    std::fs::write(folder.join("pyproject.toml"), text)?;
    command
        .args(["lock", "--no-interaction"])
        .env("POETRY_CONFIG_DIR", folder.join("configuration"))
        .env("POETRY_CACHE_DIR", folder.join("cache"));
    Ok(folder.join("poetry.lock"))
}

/// pipx installs into a home of its own.
fn pipx(command: &mut Command, folder: &Path, index: &Index) -> PathBuf {
    let home = folder.join("pipx");
    command
        .args(["install", "--index-url"])
        .arg(index.url())
        .arg(requirement())
        .env("PIPX_HOME", &home)
        .env("PIPX_BIN_DIR", home.join("bin"))
        .env("PIPX_MAN_DIR", home.join("man"));
    home.join("venvs").join(wheel::NAME)
}

/// Nothing of the machine's settings: no other index may be asked, and every finding refuses.
fn alone(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let is_ours = ["SPIP_", "PIP_", "UV_", "POETRY_", "PIPX_"]
            .iter()
            .any(|it| text.starts_with(it));
        let is_kept = ["SPIP_CACHE_DIR", "PIP_PYTHON"].contains(&&*text);
        let is_proxy = text.to_ascii_lowercase().ends_with("_proxy");
        if is_ours && !is_kept || is_proxy {
            command.env_remove(&name);
        }
    }
    command
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .env("PIP_CONFIG_FILE", "/dev/null")
        .env("SPIP_SENSITIVITY", "high");
}

/// The first line that a program prints about its version.
pub(super) fn version(program: &Path) -> io::Result<Option<Quoted>> {
    let mut command = Command::new(program);
    let said = run(command.arg(OsStr::new("--version")))?;
    let first = said.output.lines().next().map(str::trim);
    Ok(first.filter(|line| !line.is_empty()).map(Quoted::new))
}

struct Said {
    /// `None`: it took too long.
    status: Option<ExitStatus>,
    output: String,
    errors: String,
}

/// Runs a program without a terminal. A program that cannot be started says why.
fn run(command: &mut Command) -> io::Result<Said> {
    let (mut output, mut errors) = (tempfile::tempfile()?, tempfile::tempfile()?);
    command
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(errors.try_clone()?);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            return Ok(Said {
                status: None,
                output: String::new(),
                errors: format!("it cannot be started: {error}"),
            });
        }
    };
    let deadline = Instant::now() + PATIENCE;
    let mut status = child.try_wait()?;
    while status.is_none() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(5));
        status = child.try_wait()?;
    }
    if status.is_none() {
        child.kill()?;
        child.wait()?;
    }
    Ok(Said {
        status,
        output: text(&mut output)?,
        errors: text(&mut errors)?,
    })
}

fn text(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A stand-in for pip that fetches the wheel and then does as it is told.
    fn shown(rest: &str) -> Proof {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("pip");
        let fetch = format!(
            "#!/bin/sh\nfor it in \"$@\"; do case $it in http:*) url=$it;; */target) to=$it;; esac; done\n\
             python3 -c 'import sys, urllib.request as u; u.urlopen(sys.argv[1])' \
             ${{url%simple/}}files/{}\n{rest}\n",
            wheel::FILE
        );
        fs::write(&program, fetch).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        of("pip", &program, &Index::start().unwrap()).unwrap()
    }

    #[test]
    fn a_refusal_after_the_fetch_is_proof() {
        assert_eq!(shown("exit 100"), Proof::Refused);
    }

    #[test]
    fn what_gets_installed_is_not_guarded_whatever_the_exit_status() {
        let install = format!("mkdir \"$to\"; touch \"$to/{}\"; exit 100", wheel::MODULE);
        assert_eq!(shown(&install), Proof::Installed);
    }

    #[test]
    fn another_failure_is_no_proof() {
        let said = shown("echo 'no such option' >&2; exit 2");
        assert_eq!(said, Proof::Unclear(Quoted::new("no such option")));
        let missing = of("uv", Path::new("/nowhere/uv"), &Index::start().unwrap()).unwrap();
        assert!(matches!(missing, Proof::Unclear(_)));
    }
}

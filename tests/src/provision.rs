//! Fetches what the tests share, once per machine: pips and the tools of old builds.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use crate::archive;

/// The Python that everything runs on.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    /// The interpreter itself, behind shims and virtual environments.
    pub(crate) executable: PathBuf,
    /// `3.11`.
    pub(crate) minor: String,
    /// An interpreter with a pip that can download.
    downloader: PathBuf,
}

/// The Python named by `SPIP_TEST_PYTHON`, otherwise `python3`.
pub(crate) fn python() -> &'static Python {
    static PYTHON: OnceLock<Python> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let name = std::env::var_os("SPIP_TEST_PYTHON").unwrap_or_else(|| "python3".into());
        let code = "import os, sys; print(sys.executable); \
                    print(os.path.realpath(getattr(sys, '_base_executable', sys.executable))); \
                    print('%d.%d' % sys.version_info[:2])";
        let output = Command::new(&name)
            .args(["-c", code])
            .output()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", name.to_string_lossy()));
        let text = String::from_utf8_lossy(&output.stdout);
        let mut lines = text.lines().map(ToOwned::to_owned);
        let mut next = || lines.next().expect("Python printed three lines");
        Python {
            downloader: next().into(),
            executable: next().into(),
            minor: next(),
        }
    })
}

/// The directory of the build profile, `target/debug`, in which this test binary lies.
pub(crate) fn profile_directory() -> PathBuf {
    let binary = std::env::current_exe().expect("a test knows its own path");
    let deps = binary.parent().expect("a test binary lies in a directory");
    deps.parent()
        .expect("cargo puts test binaries into target/PROFILE/deps")
        .to_owned()
}

/// Where everything shared lies: `target/spip-tests`.
pub(crate) fn shared() -> PathBuf {
    let profile = profile_directory();
    let target = profile
        .parent()
        .expect("the profile lies in the target directory");
    target.join("spip-tests")
}

/// Runs `work` while no other process does the same.
pub(crate) fn exclusively<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let directory = shared();
    fs::create_dir_all(&directory).expect("the target directory is writable");
    let lock = File::create(directory.join(format!("{name}.lock")))
        .expect("the target directory is writable");
    lock.lock().expect("the file system has locks");
    work()
}

/// An unpacked wheel below the shared directory, byte-compiled.
pub(crate) fn unpacked(project: &str, version: &str) -> Result<PathBuf, String> {
    let directory = shared()
        .join("unpacked")
        .join(format!("{project}-{version}"));
    if directory.is_dir() {
        return Ok(directory);
    }
    exclusively("provision", || {
        if directory.is_dir() {
            return Ok(directory.clone());
        }
        let wheel = download(project, version)?;
        let parent = directory.parent().expect("it was joined");
        fs::create_dir_all(parent).map_err(|error| error.to_string())?;
        let unfinished = tempfile::tempdir_in(parent).map_err(|error| error.to_string())?;
        archive::unzip(&wheel, unfinished.path())?;
        let mut compile = Command::new(&python().executable);
        compile
            .args(["-m", "compileall", "-q"])
            .arg(unfinished.path());
        succeed(&mut compile)?;
        fs::rename(unfinished.keep(), &directory).map_err(|error| error.to_string())?;
        Ok(directory.clone())
    })
}

/// The wheel of one version below the shared directory.
pub(crate) fn wheel(project: &str, version: &str) -> Result<PathBuf, String> {
    exclusively("provision", || download(project, version))
}

fn download(project: &str, version: &str) -> Result<PathBuf, String> {
    let directory = shared().join("wheels");
    fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    let path = directory.join(format!("{project}-{version}-py3-none-any.whl"));
    if !path.is_file() {
        pip_download(&format!("{project}=={version}"), &directory)?;
    }
    Ok(path)
}

/// All versions of pip on the index that this Python can run, newest first.
pub(crate) fn versions_of_pip() -> Result<Vec<String>, String> {
    let list = shared().join("versions-of-pip");
    exclusively("provision", || {
        if !is_younger(&list, Duration::from_hours(24)) {
            let mut ask = pip();
            ask.args(["index", "versions", "pip"]);
            fs::write(&list, succeed(&mut ask)?).map_err(|error| error.to_string())?;
        }
        let text = fs::read_to_string(&list).map_err(|error| error.to_string())?;
        let versions = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("Available versions:"))
            .ok_or_else(|| format!("no versions of pip in {text:?}"))?;
        Ok(versions.split(',').map(|v| v.trim().to_owned()).collect())
    })
}

fn is_younger(path: &Path, limit: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|time| {
        SystemTime::now()
            .duration_since(time)
            .is_ok_and(|age| age < limit)
    })
}

fn pip_download(requirement: &str, directory: &Path) -> Result<(), String> {
    let mut command = pip();
    command
        .args(["download", "--quiet", "--no-deps", "--only-binary", ":all:"])
        .arg("--dest")
        .arg(directory)
        .arg(requirement);
    succeed(&mut command).map(drop)
}

/// Installs a program with everything it needs into a directory of its own.
pub(crate) fn install_into(requirement: &str, directory: &Path) -> Result<(), String> {
    let mut command = pip();
    command
        .args(["install", "--quiet", "--only-binary", ":all:", "--target"])
        .arg(directory)
        .arg(requirement);
    succeed(&mut command).map(drop)
}

fn pip() -> Command {
    let mut command = Command::new(&python().downloader);
    command.args(["-m", "pip"]);
    command
}

fn succeed(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?} failed: {said}"))
}

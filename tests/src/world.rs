//! One test's own world: an environment, an index, a home and a working directory.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::environment::Environment;
use crate::index::Index;
use crate::packages::Marker;
use crate::pips::Pip;
use crate::provision;
use crate::run::Run;
use crate::snapshot::Snapshot;

/// Everything that a scenario needs; gone when dropped.
pub struct World {
    /// The index that `PIP_INDEX_URL` names.
    pub index: Index,
    /// The environment that the tools run in.
    pub environment: Environment,
    /// Where packages write down that their code ran.
    pub marker: Marker,
    root: TempDir,
}

impl World {
    /// A world with the newest pip.
    pub fn new() -> Self {
        Self::with(&Pip::newest())
    }

    /// A world with this pip.
    pub fn with(pip: &Pip) -> Self {
        Self::around(pip, Index::start())
    }

    /// A world with this pip whose index speaks TLS; the environment names its authority.
    pub fn with_tls(pip: &Pip) -> Self {
        Self::around(pip, Index::start_tls())
    }

    fn around(pip: &Pip, index: Index) -> Self {
        let root = tempfile::tempdir().expect("there is a temporary directory");
        for directory in ["home/.local/share/spip", "work", "cache", "tmp"] {
            fs::create_dir_all(root.path().join(directory)).expect("the directory is new");
        }
        let environment = Environment::create(root.path().join("environment"), pip);
        let marker = Marker::at(root.path().join("marker"));
        Self {
            index,
            environment,
            marker,
            root,
        }
    }

    /// A guarded run in the working directory, without a terminal.
    pub fn spip(&self, arguments: &[&str]) -> Run<'_> {
        Run::new(self, binary(), arguments)
    }

    /// The same with the pip of the environment.
    pub fn pip(&self, arguments: &[&str]) -> Run<'_> {
        Run::new(self, self.environment.bin().join("pip"), arguments)
    }

    /// One of the programs beside `spip`.
    pub(crate) fn front_end(&self, name: &str, arguments: &[&str]) -> Run<'_> {
        Run::new(self, binary().with_file_name(name), arguments)
    }

    /// Any other program in the same surroundings.
    pub fn program(&self, program: impl Into<PathBuf>, arguments: &[&str]) -> Run<'_> {
        Run::new(self, program.into(), arguments)
    }

    /// The working directory.
    pub fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// The home directory.
    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// Where the guard keeps what it remembers.
    pub fn memory(&self) -> PathBuf {
        self.home().join(".local/share/spip/memory")
    }

    /// A path in the world that no snapshot covers.
    pub fn aside(&self, name: &str) -> PathBuf {
        self.root.path().join("cache").join(name)
    }

    /// Writes a file into the working directory and returns its path as text.
    pub fn write(&self, path: &str, text: &str) -> String {
        let path = self.work().join(path);
        let parent = path.parent().expect("it was joined");
        fs::create_dir_all(parent).expect("a temporary directory is writable");
        fs::write(&path, text).expect("a temporary directory is writable");
        path.to_string_lossy().into_owned()
    }

    /// What is left in the directory for temporary files.
    pub fn leftovers(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.root.path().join("tmp"));
        entries
            .expect("the directory is readable")
            .map(|entry| entry.expect("the directory is readable").path())
            .collect()
    }

    /// The variables of every run: nothing of the machine's own pip settings.
    pub(crate) fn variables(&self) -> Vec<(OsString, OsString)> {
        let root = self.root.path();
        let bin = self.environment.bin();
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display());
        let mut variables: Vec<(OsString, OsString)> = vec![
            ("PATH".into(), path.into()),
            ("VIRTUAL_ENV".into(), self.environment.root().into()),
            ("HOME".into(), root.join("home").into()),
            ("XDG_CACHE_HOME".into(), root.join("cache").into()),
            ("XDG_CONFIG_HOME".into(), root.join("home/.config").into()),
            ("TMPDIR".into(), root.join("tmp").into()),
            ("SPIP_CACHE_DIR".into(), root.join("cache/spip").into()),
            ("PIP_CONFIG_FILE".into(), "/dev/null".into()),
            ("PIP_INDEX_URL".into(), self.index.url().into()),
            ("PIP_DISABLE_PIP_VERSION_CHECK".into(), "1".into()),
            ("GIT_CONFIG_NOSYSTEM".into(), "1".into()),
            ("NO_COLOR".into(), "1".into()),
            ("LANG".into(), "C.UTF-8".into()),
        ];
        if self.index.url().starts_with("https:") {
            let authority = root.join("authority.pem");
            self.index.save_authority(&authority);
            variables.push(("PIP_CERT".into(), authority.into()));
        }
        variables
    }

    /// What must not change on refusal: environment, home and working directory.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::of(&[self.environment.root(), &self.home(), &self.work()])
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// The binary under test: `SPIP_TEST_BINARY`, otherwise built once for every run of the tests.
fn binary() -> PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY
        .get_or_init(|| match std::env::var_os("SPIP_TEST_BINARY") {
            Some(path) => path.into(),
            None => build(),
        })
        .clone()
}

fn build() -> PathBuf {
    let profile = provision::profile_directory();
    let binary = profile.join("spip");
    // With nextest every test is a process of its own; all of one run share this stamp.
    let run = std::env::var("NEXTEST_RUN_ID");
    let stamp = provision::shared().join(format!("built-{}", run.clone().unwrap_or_default()));
    provision::exclusively("build", || {
        if run.is_ok() && stamp.exists() {
            return;
        }
        cargo_build(&profile);
        if run.is_ok() {
            fs::write(&stamp, "").expect("the target directory is writable");
        }
    });
    binary
}

fn cargo_build(profile: &Path) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "spip", "--bins"]);
    if profile.ends_with("release") {
        command.arg("--release");
    }
    // Build scripts that look at what cargo says of the package under test would run again.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    let output = command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "spip cannot be built:\n{said}");
}

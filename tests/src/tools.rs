//! Other tools, fetched once per machine, and how they run in a world, guarded or not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::provision;
use crate::run::Run;
use crate::world::World;

/// The versions that the mechanism was measured with.
const UV: &str = "0.13.9";
const POETRY: &str = "2.5.1";
const PIPX: &str = "1.18.4";

/// The program `uv`; `uvx` lies beside it.
pub fn uv() -> PathBuf {
    static UV_PATH: OnceLock<PathBuf> = OnceLock::new();
    UV_PATH
        .get_or_init(|| install("uv", UV, None).join("bin/uv"))
        .clone()
}

/// The program `poetry`.
pub fn poetry() -> PathBuf {
    static POETRY_PATH: OnceLock<PathBuf> = OnceLock::new();
    let script = Some("from poetry.console.application import main");
    POETRY_PATH
        .get_or_init(|| install("poetry", POETRY, script).join("alone/poetry"))
        .clone()
}

/// The program `pipx`.
pub fn pipx() -> PathBuf {
    static PIPX_PATH: OnceLock<PathBuf> = OnceLock::new();
    let script = Some("from pipx.main import cli as main");
    PIPX_PATH
        .get_or_init(|| install("pipx", PIPX, script).join("alone/pipx"))
        .clone()
}

/// Installs a tool. One written in Python gets a script in a directory of its own: what else came
/// along must not be on anybody's search path.
fn install(project: &str, version: &str, import: Option<&str>) -> PathBuf {
    let directory = provision::shared().join("tools");
    let directory = directory.join(format!("{project}-{version}"));
    let program = match import {
        None => directory.join("bin").join(project),
        Some(_) => directory.join("alone").join(project),
    };
    provision::exclusively("tools", || {
        if !program.is_file() {
            fs::create_dir_all(&directory).expect("the target directory is writable");
            let requirement = format!("{project}=={version}");
            let installed = provision::install_into(&requirement, &directory);
            installed.unwrap_or_else(|why| panic!("{requirement}: {why}"));
            if let Some(import) = import {
                write_script(&program, &directory, import);
            }
        }
    });
    directory
}

fn write_script(program: &Path, packages: &Path, import: &str) {
    let text = format!(
        "#!{}\nimport sys\nsys.path.insert(0, {:?})\n{import}\nsys.exit(main())\n",
        provision::python().executable.display(),
        packages.display(),
    );
    let parent = program.parent().expect("it was joined");
    fs::create_dir_all(parent).expect("the target directory is writable");
    fs::write(program, text).expect("the target directory is writable");
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(program, mode).expect("the file is ours");
}

impl World {
    /// A guarded run of uv, without a terminal. The world's index must speak TLS.
    pub fn suv(&self, arguments: &[&str]) -> Run<'_> {
        self.with_uv(self.front_end("suv", arguments))
    }

    /// A guarded run of `uvx`.
    pub fn suvx(&self, arguments: &[&str]) -> Run<'_> {
        self.with_uv(self.front_end("suvx", arguments))
    }

    /// uv itself in the same surroundings, with a cache of its own.
    pub fn uv(&self, arguments: &[&str]) -> Run<'_> {
        let run = self.program(uv(), arguments);
        self.with_uv(run).env("UV_CACHE_DIR", self.aside("plain"))
    }

    /// A guarded run of Poetry.
    pub fn spoetry(&self, arguments: &[&str]) -> Run<'_> {
        self.with_poetry(self.front_end("spoetry", arguments))
    }

    /// Poetry itself, with a cache of its own.
    pub fn poetry(&self, arguments: &[&str]) -> Run<'_> {
        let run = self.program(poetry(), arguments);
        self.with_poetry(run)
            .env("POETRY_CACHE_DIR", self.aside("plain"))
    }

    /// A guarded run of pipx.
    pub fn spipx(&self, arguments: &[&str]) -> Run<'_> {
        let run = self.front_end("spipx", arguments);
        let home = self.home().join("pipx");
        self.finding(self.with_uv(run), &[&pipx(), &uv()])
            .env("PIPX_HOME", &home)
            .env("PIPX_BIN_DIR", home.join("bin"))
            .env("PIPX_MAN_DIR", home.join("man"))
    }

    fn with_uv<'w>(&self, run: Run<'w>) -> Run<'w> {
        self.finding(run, &[&uv()])
            .env("UV_DEFAULT_INDEX", self.index.url())
            .env("UV_PYTHON_DOWNLOADS", "never")
            .env("UV_CREDENTIALS_DIR", self.aside("credentials"))
    }

    fn with_poetry<'w>(&self, run: Run<'w>) -> Run<'w> {
        self.finding(run, &[&poetry()])
            .without("VIRTUAL_ENV")
            .env("POETRY_KEYRING_ENABLED", "false")
            .env("POETRY_VIRTUALENVS_IN_PROJECT", "true")
    }

    /// Puts programs on the search path, and trusts the index as tools without pip's variables do.
    fn finding<'w>(&self, run: Run<'w>, programs: &[&Path]) -> Run<'w> {
        let mut folders = vec![self.environment.bin()];
        let parents = programs.iter().filter_map(|program| program.parent());
        folders.extend(parents.map(Path::to_owned));
        folders.extend(["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from));
        let path = std::env::join_paths(folders).expect("no path has a colon");
        let authority = self.aside("tools.pem");
        self.index.save_authority(&authority);
        run.env("PATH", path)
            .env("SSL_CERT_FILE", &authority)
            .env("REQUESTS_CA_BUNDLE", authority)
    }
}

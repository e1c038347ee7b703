//! Other tools, fetched once per machine, and how they run in a world, guarded or not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::provision;
use crate::run::Run;
use crate::world::World;

/// A tool: what to install, with the version that the mechanism was measured with, and the scripts
/// to write for one that is written in Python.
struct Tool {
    requirement: &'static str,
    scripts: &'static [(&'static str, &'static str)],
}

const UV: Tool = Tool {
    requirement: "uv==0.13.9",
    scripts: &[],
};
const POETRY: Tool = Tool {
    requirement: "poetry==2.5.1",
    scripts: &[("poetry", "from poetry.console.application import main")],
};
const PIPX: Tool = Tool {
    requirement: "pipx==1.18.4",
    scripts: &[("pipx", "from pipx.main import cli as main")],
};
const PDM: Tool = Tool {
    // Without its own lock it would run with a cache library that does not fit.
    requirement: "pdm[locked]==2.29.3",
    scripts: &[("pdm", "from pdm.core import main")],
};
const PIP_TOOLS: Tool = Tool {
    requirement: "pip-tools==7.6.2",
    scripts: &[
        (
            "pip-compile",
            "from piptools.scripts.compile import cli as main",
        ),
        ("pip-sync", "from piptools.scripts.sync import cli as main"),
    ],
};
const TOX: Tool = Tool {
    requirement: "tox==4.67.15",
    scripts: &[("tox", "from tox.run import run as main")],
};

/// The program `uv`; `uvx` lies beside it.
pub fn uv() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| install(&UV)).join("bin/uv")
}

/// The program `poetry`.
pub fn poetry() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| install(&POETRY)).join("alone/poetry")
}

/// The program `pipx`.
pub fn pipx() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| install(&PIPX)).join("alone/pipx")
}

/// The program `pdm`.
pub fn pdm() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| install(&PDM)).join("alone/pdm")
}

/// `pip-compile` or `pip-sync`.
pub fn pip_tools(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| install(&PIP_TOOLS));
    folder.join("alone").join(name)
}

/// The program `tox`.
pub fn tox() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| install(&TOX)).join("alone/tox")
}

/// Installs a tool. One written in Python gets its scripts in a directory of their own: what else
/// came along must not be on anybody's search path.
fn install(tool: &Tool) -> PathBuf {
    let name = tool.requirement.replace("==", "-").replace("[locked]", "");
    let directory = provision::shared().join("tools").join(name);
    let done = directory.join("done");
    provision::exclusively("tools", || {
        if done.is_file() {
            return;
        }
        fs::create_dir_all(&directory).expect("the target directory is writable");
        let installed = provision::install_into(tool.requirement, &directory);
        installed.unwrap_or_else(|why| panic!("{}: {why}", tool.requirement));
        for (script, import) in tool.scripts {
            write_script(&directory.join("alone").join(script), &directory, import);
        }
        fs::write(&done, "").expect("the target directory is writable");
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

    /// A tool below `spip exec`, with variables that lead it to this world's index.
    pub fn exec(&self, program: &Path, arguments: &[&str]) -> Run<'_> {
        let run = self.spip(&["exec", "--"]).arg(program);
        let run = arguments.iter().fold(run, Run::arg);
        self.finding(run, &[])
    }

    /// The same tool without the guard.
    pub fn alone(&self, program: &Path, arguments: &[&str]) -> Run<'_> {
        self.finding(self.program(program, arguments), &[])
            .env("PDM_CACHE_DIR", self.aside("plain"))
            .env("PIP_CACHE_DIR", self.aside("plain-pip"))
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

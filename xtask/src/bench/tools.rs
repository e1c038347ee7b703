//! `cargo xtask bench tools`: uv, Poetry and pipx alone against their guarded selves, alternating.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Args;
use serde::Serialize;

use super::{median, succeed};

/// The tools that are compared, as the mechanism was measured with them.
const TOOLS: [&str; 3] = ["uv==0.13.9", "poetry==2.5.1", "pipx==1.18.4"];

/// A project whose packages come from the simple API.
const PROJECT: &str = "[project]\nname = \"bench\"\nversion = \"0.1.0\"\nrequires-python = \">=3.11\"\n\
    dependencies = []\n[tool.poetry]\npackage-mode = false\n[[tool.poetry.source]]\n\
    name = \"main\"\nurl = \"https://pypi.org/simple/\"\npriority = \"primary\"\n";

/// Runs real tools into fresh environments, plain and guarded, with cold and with warm caches, in
/// turns; prints medians and ratios.
#[derive(Args)]
pub(crate) struct Tools {
    /// How often each is run.
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// Only workloads whose name contains this.
    #[arg(default_value = "")]
    filter: String,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// What is run.
struct Workload {
    name: &'static str,
    tool: &'static str,
    arguments: &'static [&'static str],
    target: f64,
}

const WORKLOADS: [Workload; 5] = [
    Workload {
        name: "uv, five packages",
        tool: "uv",
        arguments: &[
            "pip",
            "install",
            "flask",
            "sqlalchemy",
            "httpx",
            "rich",
            "pydantic",
        ],
        target: 1.15,
    },
    Workload {
        name: "uv, one large wheel",
        tool: "uv",
        arguments: &["pip", "install", "ruff"],
        target: 1.25,
    },
    Workload {
        name: "poetry add requests",
        tool: "poetry",
        arguments: &["add", "requests"],
        target: 1.05,
    },
    Workload {
        name: "pipx install black",
        tool: "pipx",
        arguments: &["install", "black"],
        target: 1.05,
    },
    Workload {
        name: "uv --version",
        tool: "uv",
        arguments: &["--version"],
        target: f64::NAN,
    },
];

#[derive(Serialize)]
struct Row {
    workload: &'static str,
    caches: &'static str,
    plain_seconds: f64,
    guarded_seconds: f64,
    ratio: f64,
    difference_milliseconds: f64,
    target_ratio: Option<f64>,
}

struct Bench {
    programs: PathBuf,
    guards: PathBuf,
    scratch: tempfile::TempDir,
}

pub(crate) fn tools(options: &Tools) -> anyhow::Result<()> {
    let bench = Bench::prepare()?;
    let mut rows = Vec::new();
    for workload in WORKLOADS
        .iter()
        .filter(|it| it.name.contains(&options.filter))
    {
        let all = ["cold", "warm"];
        let caches = if workload.target.is_nan() {
            &all[1..]
        } else {
            &all[..]
        };
        for caches in caches {
            rows.push(bench.measure(workload, caches, options.runs)?);
            crate::note(format_args!("{}, {caches}: done", workload.name))?;
        }
    }
    if options.json {
        return crate::say(format_args!("{}", serde_json::to_string_pretty(&rows)?));
    }
    table(&rows, options.runs)
}

impl Bench {
    fn prepare() -> anyhow::Result<Self> {
        let build = ["build", "--quiet", "--release", "--package", "spip"];
        ensure!(
            Command::new(env!("CARGO")).args(build).status()?.success(),
            "build spip"
        );
        let root = crate::repository::root();
        let venv = root.join("target/bench/tools");
        let programs = venv.join("bin");
        if !TOOLS.iter().all(|tool| {
            let name = tool.split('=').next().unwrap_or_default();
            programs.join(name).exists()
        }) {
            succeed(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
            let pip = ["-m", "pip", "install", "-q"];
            succeed(Command::new(programs.join("python")).args(pip).args(TOOLS))?;
        }
        Ok(Self {
            programs,
            guards: root.join("target/release"),
            scratch: tempfile::tempdir()?,
        })
    }

    fn measure(
        &self,
        workload: &Workload,
        caches: &'static str,
        runs: usize,
    ) -> anyhow::Result<Row> {
        let (mut plain, mut guarded) = (Vec::new(), Vec::new());
        for run in 0..=runs {
            // Neither always goes first, and the first round warms the system's caches.
            for turn in 0..2 {
                let is_guarded = (turn + run) % 2 == 1;
                let seconds = self.once(workload, caches, is_guarded)?;
                if run > 0 {
                    let all = if is_guarded { &mut guarded } else { &mut plain };
                    all.push(seconds);
                }
            }
        }
        let (plain_seconds, guarded_seconds) = (median(plain), median(guarded));
        Ok(Row {
            workload: workload.name,
            caches,
            plain_seconds,
            guarded_seconds,
            ratio: guarded_seconds / plain_seconds,
            difference_milliseconds: (guarded_seconds - plain_seconds) * 1000.0,
            target_ratio: (!workload.target.is_nan()).then_some(workload.target),
        })
    }

    fn once(&self, workload: &Workload, caches: &str, is_guarded: bool) -> anyhow::Result<f64> {
        let place = tempfile::tempdir_in(self.scratch.path())?;
        let place = place.path();
        let kind = if is_guarded { "guarded" } else { "plain" };
        let caches = match caches {
            "warm" => self
                .scratch
                .path()
                .join(format!("{kind}-{}", workload.tool)),
            _ => place.join("caches"),
        };
        let mut command = if is_guarded {
            Command::new(self.guards.join(format!("s{}", workload.tool)))
        } else {
            Command::new(self.programs.join(workload.tool))
        };
        command.args(workload.arguments).current_dir(place);
        self.surround(&mut command, workload, place, &caches)?;
        let started = Instant::now();
        let output = command
            .output()
            .with_context(|| format!("start {} {}", kind, workload.tool))?;
        let seconds = started.elapsed().as_secs_f64();
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "{kind} {} failed:\n{said}",
            workload.name
        );
        Ok(seconds)
    }

    /// A fresh environment, and caches in a place of their own.
    fn surround(
        &self,
        command: &mut Command,
        workload: &Workload,
        place: &Path,
        caches: &Path,
    ) -> anyhow::Result<()> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = [self.programs.clone()]
            .into_iter()
            .chain(std::env::split_paths(&path));
        command
            .env("PATH", std::env::join_paths(folders)?)
            .env("SPIP_CACHE_DIR", caches.join("spip"))
            .env("UV_CACHE_DIR", caches.join("uv"))
            .env("PIP_CACHE_DIR", caches.join("pip"))
            .env("POETRY_CACHE_DIR", caches.join("poetry"))
            .env("UV_PYTHON_DOWNLOADS", "never")
            .env("POETRY_VIRTUALENVS_IN_PROJECT", "1")
            .env("PIPX_HOME", place.join("pipx"))
            .env("PIPX_BIN_DIR", place.join("bin"))
            .env_remove("VIRTUAL_ENV")
            .stdin(Stdio::null());
        match workload.tool {
            "uv" if workload.arguments.len() > 1 => {
                let venv = place.join("venv");
                succeed(
                    Command::new(self.programs.join("uv"))
                        .args(["venv", "-q"])
                        .arg(&venv),
                )?;
                command.env("VIRTUAL_ENV", venv);
            }
            "poetry" => fs::write(place.join("pyproject.toml"), PROJECT)?,
            _ => {}
        }
        Ok(())
    }
}

fn table(rows: &[Row], runs: usize) -> anyhow::Result<()> {
    crate::say(format_args!(
        "medians of {runs} alternating runs; seconds, ratio to the plain tool\n"
    ))?;
    crate::say(format_args!(
        "| workload | caches | plain | guarded | ratio | target | difference in ms |"
    ))?;
    crate::say(format_args!("|---|---|---|---|---|---|---|"))?;
    for row in rows {
        let target = row
            .target_ratio
            .map_or_else(|| "-".to_owned(), |it| format!("{it:.2}"));
        crate::say(format_args!(
            "| {} | {} | {:.3} | {:.3} | {:.2} | {target} | {:.0} |",
            row.workload,
            row.caches,
            row.plain_seconds,
            row.guarded_seconds,
            row.ratio,
            row.difference_milliseconds
        ))?;
    }
    Ok(())
}

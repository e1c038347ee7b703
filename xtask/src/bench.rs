//! `cargo xtask bench`: plain tools against guarded ones, alternating, whole processes.

mod audit;
mod tools;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde::Serialize;

pub(crate) use audit::{Audit, audit};
pub(crate) use tools::{Tools, tools};

/// Installs real packages into fresh folders with plain pip, with spip and a warm cache, and with
/// spip and a cold cache, in turns; prints medians and ratios.
#[derive(Args)]
pub(crate) struct Install {
    /// How often each of the three is run for each package.
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// The pip to use.
    #[arg(long, default_value = "26.3")]
    pip: String,
    /// What to install.
    #[arg(default_values = ["ruff", "requests", "black", "flask"])]
    packages: Vec<String>,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// The three ways to install, in the order in which they take turns.
const WAYS: [&str; 3] = ["pip", "warm", "cold"];

#[derive(Serialize)]
struct Row {
    package: String,
    pip_seconds: f64,
    warm_seconds: f64,
    cold_seconds: f64,
    warm_ratio: f64,
    cold_ratio: f64,
    warm_guard_cpu_milliseconds: f64,
    cold_guard_cpu_milliseconds: f64,
}

struct Machine {
    spip: PathBuf,
    venv: PathBuf,
    warm_cache: PathBuf,
    scratch: tempfile::TempDir,
}

struct Measured {
    seconds: f64,
    guard_cpu_milliseconds: f64,
}

pub(crate) fn install(options: &Install) -> anyhow::Result<()> {
    let machine = Machine::prepare(&options.pip)?;
    let mut rows = Vec::new();
    for package in &options.packages {
        rows.push(machine.measure(package, options.runs)?);
        crate::note(format_args!("{package}: done"))?;
    }
    if options.json {
        crate::say(format_args!("{}", serde_json::to_string_pretty(&rows)?))?;
    } else {
        table(&rows, options)?;
    }
    Ok(())
}

impl Machine {
    fn prepare(pip: &str) -> anyhow::Result<Self> {
        let spip = build_spip()?;
        let root = crate::repository::root();
        let venv = root.join("target/bench").join(format!("pip-{pip}"));
        if !venv.join("bin/pip").exists() {
            succeed(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
            let pinned = format!("pip=={pip}");
            succeed(
                Command::new(venv.join("bin/python")).args(["-m", "pip", "install", "-q", &pinned]),
            )?;
        }
        let scratch = tempfile::tempdir()?;
        let warm_cache = scratch.path().join("warm");
        Ok(Self {
            spip,
            venv,
            warm_cache,
            scratch,
        })
    }

    fn measure(&self, package: &str, runs: usize) -> anyhow::Result<Row> {
        let mut seconds: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        let mut guard: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for run in 0..=runs {
            // Nobody always goes first.
            for turn in 0..WAYS.len() {
                let way = WAYS[(turn + run) % WAYS.len()];
                let measured = self.once(way, package)?;
                // The first round warms the caches of the system and of spip.
                if run > 0 {
                    seconds.entry(way).or_default().push(measured.seconds);
                    guard
                        .entry(way)
                        .or_default()
                        .push(measured.guard_cpu_milliseconds);
                }
            }
        }
        let of = |values: &BTreeMap<&str, Vec<f64>>, way| {
            median(values.get(way).cloned().unwrap_or_default())
        };
        let (pip, warm, cold) = (
            of(&seconds, "pip"),
            of(&seconds, "warm"),
            of(&seconds, "cold"),
        );
        Ok(Row {
            package: package.to_owned(),
            pip_seconds: pip,
            warm_seconds: warm,
            cold_seconds: cold,
            warm_ratio: warm / pip,
            cold_ratio: cold / pip,
            warm_guard_cpu_milliseconds: of(&guard, "warm"),
            cold_guard_cpu_milliseconds: of(&guard, "cold"),
        })
    }

    fn once(&self, way: &str, package: &str) -> anyhow::Result<Measured> {
        let target = tempfile::tempdir_in(self.scratch.path())?;
        let cold_cache = tempfile::tempdir_in(self.scratch.path())?;
        let mut command = match way {
            "pip" => Command::new(self.venv.join("bin/pip")),
            _ => Command::new(&self.spip),
        };
        let cache: &Path = if way == "cold" {
            cold_cache.path()
        } else {
            &self.warm_cache
        };
        command
            .args([
                "install",
                "--no-cache-dir",
                "--disable-pip-version-check",
                "--target",
            ])
            .arg(target.path().join("site"))
            .arg(package)
            .env("VIRTUAL_ENV", &self.venv)
            .env("SPIP_CACHE_DIR", cache)
            .env("SPIP_DEBUG", "1")
            .stdin(Stdio::null());
        let started = Instant::now();
        let output = command.output().with_context(|| format!("start {way}"))?;
        let seconds = started.elapsed().as_secs_f64();
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("{way} install {package} failed:\n{said}");
        }
        Ok(Measured {
            seconds,
            guard_cpu_milliseconds: guard_cpu(&said).unwrap_or(f64::NAN),
        })
    }
}

fn build_spip() -> anyhow::Result<PathBuf> {
    let build = [
        "build",
        "--quiet",
        "--release",
        "--package",
        "spip",
        "--bin",
        "spip",
    ];
    succeed(Command::new(env!("CARGO")).args(build))?;
    Ok(crate::repository::root().join("target/release/spip"))
}

/// `… guard used 41.2 ms of CPU`.
fn guard_cpu(said: &str) -> Option<f64> {
    let (_, rest) = said.rsplit_once("guard used ")?;
    rest.split_once(" ms")?.0.parse().ok()
}

fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command
        .status()
        .with_context(|| format!("start {command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

fn table(rows: &[Row], options: &Install) -> anyhow::Result<()> {
    crate::say(format_args!(
        "medians of {} alternating runs, pip {}; seconds, ratios to pip, guard CPU in ms\n",
        options.runs, options.pip
    ))?;
    crate::say(format_args!(
        "| package | pip | warm | cold | warm ÷ pip | cold ÷ pip | CPU warm | CPU cold |"
    ))?;
    crate::say(format_args!("|---|---|---|---|---|---|---|---|"))?;
    for row in rows {
        crate::say(format_args!(
            "| {} | {:.3} | {:.3} | {:.3} | {:.2} | {:.2} | {:.0} | {:.0} |",
            row.package,
            row.pip_seconds,
            row.warm_seconds,
            row.cold_seconds,
            row.warm_ratio,
            row.cold_ratio,
            row.warm_guard_cpu_milliseconds,
            row.cold_guard_cpu_milliseconds
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_middle_of_the_sorted_values() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn reads_the_guard_s_own_cpu_time() {
        let said = "x\ndebug: time: 9 ms in all; guard used 41.2 ms of CPU\n";
        assert_eq!(guard_cpu(said), Some(41.2));
        assert_eq!(guard_cpu("nothing"), None);
    }
}

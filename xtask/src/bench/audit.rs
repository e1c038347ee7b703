//! `cargo xtask bench audit`: how long `spip audit` takes on a large environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Args;

use super::{build_spip, median, succeed};

/// Installs the named projects into one environment, which is kept, and audits it: once with an
/// empty cache, then again and again with a full one; prints medians.
#[derive(Args)]
pub(crate) struct Audit {
    /// A list of project names, one a line; `#` begins a remark.
    #[arg(long)]
    names: PathBuf,
    /// How many of them.
    #[arg(long, default_value_t = 200)]
    first: usize,
    /// How often it is run with a full cache.
    #[arg(long, default_value_t = 7)]
    runs: usize,
}

pub(crate) fn audit(options: &Audit) -> anyhow::Result<()> {
    let spip = build_spip()?;
    let environment = crate::repository::root().join("target/bench/audit");
    fill(&environment, options)?;
    let packages = packages(&environment)?;
    let cache = tempfile::tempdir()?;
    let cold = once(&spip, &environment, cache.path(), &[])?;
    let warm = |more: &[&str]| {
        let times = (0..options.runs).map(|_| once(&spip, &environment, cache.path(), more));
        Ok::<_, anyhow::Error>(median(times.collect::<anyhow::Result<_>>()?))
    };
    crate::say(format_args!(
        "{packages} packages; seconds, medians of {} runs",
        options.runs
    ))?;
    crate::say(format_args!("| cold | warm | offline |\n|---|---|---|"))?;
    let (warm, offline) = (warm(&[])?, warm(&["--offline"])?);
    crate::say(format_args!("| {cold:.2} | {warm:.2} | {offline:.2} |"))
}

fn fill(environment: &Path, options: &Audit) -> anyhow::Result<()> {
    let python = environment.join("bin/python");
    if python.exists() {
        return Ok(());
    }
    succeed(
        Command::new("python3")
            .args(["-m", "venv"])
            .arg(environment),
    )?;
    let names = fs::read_to_string(&options.names).context("read the names")?;
    let names = names.lines().map(str::trim);
    let names = names.filter(|name| !name.is_empty() && !name.starts_with('#'));
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
    ];
    for name in names.take(options.first) {
        // One that has no wheel for this machine is left out.
        let done = Command::new(&python).args(install).arg(name).status()?;
        if !done.success() {
            crate::note(format_args!("{name}: left out"))?;
        }
    }
    Ok(())
}

fn packages(environment: &Path) -> anyhow::Result<usize> {
    let mut count = 0;
    for library in fs::read_dir(environment.join("lib"))? {
        for entry in fs::read_dir(library?.path().join("site-packages"))? {
            let path = entry?.path();
            count += usize::from(path.extension().is_some_and(|it| it == "dist-info"));
        }
    }
    Ok(count)
}

fn once(spip: &Path, environment: &Path, cache: &Path, more: &[&str]) -> anyhow::Result<f64> {
    let mut command = Command::new(spip);
    command.arg("audit").arg(environment).args(more);
    command.env("SPIP_CACHE_DIR", cache).stdin(Stdio::null());
    let started = Instant::now();
    let output = command.output()?;
    let seconds = started.elapsed().as_secs_f64();
    let code = output.status.code();
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(matches!(code, Some(0 | 100)), "spip audit failed:\n{said}");
    Ok(seconds)
}

//! `cargo xtask ci`: everything that must hold before a change lands.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};

use crate::{docs, tidy};

/// Runs every step and stops at the first that fails.
pub(crate) fn run() -> anyhow::Result<()> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ])?;
    step("docs --check", || docs::run(true))?;
    step("tidy", tidy::run)?;
    cargo(&["build", "--package", "spip"])?;
    cargo(&["test", "--workspace"])
}

fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    step(&format!("cargo {}", arguments.join(" ")), || {
        let status = Command::new(env!("CARGO"))
            .args(arguments)
            .status()
            .context("start cargo")?;
        ensure!(status.success(), "cargo {} failed", arguments.join(" "));
        Ok(())
    })
}

fn step(name: &str, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    crate::say(format_args!("== {name}"))?;
    let started = Instant::now();
    work()?;
    crate::say(format_args!(
        "== {name}: {:.0} s",
        started.elapsed().as_secs_f64()
    ))?;
    Ok(())
}

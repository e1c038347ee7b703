//! `cargo xtask ci`: everything that must hold before a change lands.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};

use crate::{docs, repository, tidy};

/// Runs every step and stops at the first that fails.
pub(crate) fn run() -> anyhow::Result<()> {
    step("rustfmt --check", || format(true))?;
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

/// Formats every file, also those whose modules are declared inside a macro, which `cargo fmt` does
/// not find.
pub(crate) fn format(check: bool) -> anyhow::Result<()> {
    let root = repository::root();
    let texts = repository::texts(&root)?;
    let files = texts
        .iter()
        .filter(|text| text.has_extension("rs"))
        .map(|text| root.join(&text.path));
    let mut command = Command::new("rustfmt");
    command
        .args(["--edition", "2024"])
        .args(check.then_some("--check"))
        .args(files);
    ensure!(
        command.status().context("start rustfmt")?.success(),
        "run `cargo xtask fmt`"
    );
    Ok(())
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

//! `cargo xtask test`: the whole-program tests, on request with every supported pip.

use std::process::Command;

use anyhow::{Context, ensure};

/// Runs the tests in `tests/`, by default with the pips that CI uses.
pub(crate) fn run(all_pips: bool, filter: Option<&str>) -> anyhow::Result<()> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["test", "--package", "spip-tests"]);
    if all_pips {
        command.env("SPIP_TEST_PIPS", "all");
    }
    command.args(filter);
    let status = command.status().context("start cargo")?;
    ensure!(status.success(), "the whole-program tests failed");
    Ok(())
}

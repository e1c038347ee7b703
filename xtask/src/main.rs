//! Work on the repository itself: `cargo xtask COMMAND`.

use std::fmt;
use std::io::Write;

use clap::{Parser, Subcommand};

mod bench;
mod cases;
mod ci;
mod docs;
mod eval;
mod fuzz_seeds;
mod names;
mod repository;
mod test;
mod tidy;

/// The one of `spip`, so that what is measured here holds there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Work on the repository itself.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything that must hold before a change lands.
    Ci,
    /// Writes the pages under `docs/checks` from the checks themselves.
    Docs {
        /// Write nothing; fail if a page is stale.
        #[arg(long)]
        check: bool,
    },
    /// Formats every Rust file.
    Fmt,
    /// Fails on what the compiler and the linter do not see.
    Tidy,
    /// Runs the whole-program tests.
    Test {
        /// With every minor version of pip from 22.2 on.
        #[arg(long)]
        all_pips: bool,
        /// Only tests whose name contains this.
        filter: Option<String>,
    },
    /// Writes the list of popular names from data published on the package index.
    Names,
    /// Writes the labelled cases that the evaluation of the scan runs on.
    Cases {
        /// The folder to write them below.
        folder: std::path::PathBuf,
    },
    /// Writes seeds for the fuzz targets, made of the labelled cases.
    FuzzSeeds {
        /// The folder to write them below: one folder for each target.
        folder: std::path::PathBuf,
    },
    /// Measures a check on labelled data.
    #[command(subcommand)]
    Eval(eval::Command),
    /// Measures how much time the guard costs.
    #[command(subcommand)]
    Bench(Bench),
}

#[derive(Subcommand)]
enum Bench {
    /// Plain pip against spip on real packages.
    Install(bench::Install),
    /// uv, Poetry and pipx alone against their guarded selves.
    Tools(bench::Tools),
    /// `spip audit` on a large environment.
    Audit(bench::Audit),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Ci => ci::run(),
        Command::Docs { check } => docs::run(check),
        Command::Fmt => ci::format(false),
        Command::Tidy => tidy::run(),
        Command::Test { all_pips, filter } => test::run(all_pips, filter.as_deref()),
        Command::Names => names::run(),
        Command::Cases { folder } => cases::run(&folder),
        Command::FuzzSeeds { folder } => fuzz_seeds::run(&folder),
        Command::Eval(command) => command.run(),
        Command::Bench(Bench::Install(options)) => bench::install(&options),
        Command::Bench(Bench::Tools(options)) => bench::tools(&options),
        Command::Bench(Bench::Audit(options)) => bench::audit(&options),
    }
}

/// One line of the result, on standard output.
pub(crate) fn say(line: fmt::Arguments<'_>) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// One line of progress, on standard error.
pub(crate) fn note(line: fmt::Arguments<'_>) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stderr(), "{line}")?)
}

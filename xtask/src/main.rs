//! Work on the repository itself: `cargo xtask COMMAND`.

use clap::{Parser, Subcommand};

mod docs;
mod repository;
mod tidy;

/// Work on the repository itself.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the pages under `docs/checks` from the checks themselves.
    Docs {
        /// Write nothing; fail if a page is stale.
        #[arg(long)]
        check: bool,
    },
    /// Fails on what the compiler and the linter do not see.
    Tidy,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Docs { check } => docs::run(check),
        Command::Tidy => tidy::run(),
    }
}

//! Work on the repository itself: `cargo xtask COMMAND`.

use clap::{Parser, Subcommand};

mod eval;
mod names;

/// Work on the repository itself.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the list of popular names from data published on the package index.
    Names,
    /// Measures a check on labelled data.
    #[command(subcommand)]
    Eval(eval::Command),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Names => names::run(),
        Command::Eval(command) => command.run(),
    }
}

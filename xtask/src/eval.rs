//! `cargo xtask eval`: measures checks on labelled data.

use anyhow::Result;
use clap::Subcommand;

mod table;
mod typo;

/// What to measure.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// The name-only judgement of `typosquat`.
    Typo(typo::Arguments),
}

impl Command {
    pub(crate) fn run(self) -> Result<()> {
        match self {
            Self::Typo(arguments) => typo::run(&arguments),
        }
    }
}

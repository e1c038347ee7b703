//! `cargo xtask eval`: measures checks on labelled data.

use anyhow::Result;
use clap::Subcommand;

mod interval;
mod scan;
mod table;
mod typo;

/// What to measure.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// What `spip scan` says of labelled cases.
    Scan(scan::Arguments),
    /// The name-only judgement of `typosquat`.
    Typo(typo::Arguments),
}

impl Command {
    pub(crate) fn run(self) -> Result<()> {
        match self {
            Self::Scan(arguments) => scan::run(&arguments),
            Self::Typo(arguments) => typo::run(&arguments),
        }
    }
}

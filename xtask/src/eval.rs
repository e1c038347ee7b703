//! `cargo xtask eval`: measures checks on labelled data.

use anyhow::Result;
use clap::Subcommand;

mod benign;
mod interval;
mod judge;
#[cfg(test)]
mod regression;
mod scan;
mod startup;
mod store;
mod table;
mod typo;
mod upgrades;

/// What to measure.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// What honest projects publish: false alarms, speed and memory.
    Benign(benign::Arguments),
    /// What `spip scan` says of labelled cases.
    Scan(scan::Arguments),
    /// What is said of start-up files that honest projects ship.
    Startup(startup::Arguments),
    /// The name-only judgement of `typosquat`.
    Typo(typo::Arguments),
    /// What is said of upgrades that honest projects publish.
    Upgrades(upgrades::Arguments),
}

impl Command {
    pub(crate) fn run(self) -> Result<()> {
        match self {
            Self::Benign(arguments) => benign::run(&arguments),
            Self::Scan(arguments) => scan::run(&arguments),
            Self::Startup(arguments) => startup::run(&arguments),
            Self::Typo(arguments) => typo::run(&arguments),
            Self::Upgrades(arguments) => upgrades::run(&arguments),
        }
    }
}

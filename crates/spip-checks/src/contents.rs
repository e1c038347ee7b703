//! What the checks of an artifact's contents share: weights, tables, and readers of commands and addresses.

mod address;
mod commands;
mod drops;
mod endpoints;
mod installers;
mod places;
mod powers;
mod shell;
mod suspicions;
mod weight;

use std::sync::Arc;

use spip_core::{Contents, Context, Package, Stop};

pub(crate) use address::{Address, addresses, in_text as addresses_in};
pub(crate) use commands::{
    Command, HOLE, Install, Menace, commands, install, is_client, is_lookup,
};
pub(crate) use drops::{goes_to_a_drop, opens_doors, takes_uploads};
pub(crate) use endpoints::{Endpoint, endpoint};
pub(crate) use installers::is_official_installer;
pub(crate) use places::{
    Autostart, autostart, belongs, belongs_to_any, is_configuration, is_home_or_root, secret,
};
pub(crate) use powers::{
    carries_code, is_build_tool, is_constant, is_early, mentions, runs_as_program,
};
pub(crate) use shell::{Step, is_interpreter, is_shell};
pub(crate) use suspicions::Suspicions;
pub(crate) use weight::{NOTHING, weigh};

/// What was read in the package's files.
pub(crate) fn read(package: &Package, cx: &Context<'_>) -> Result<Arc<Contents>, Stop> {
    cx.facts
        .contents(package)?
        .ok_or(Stop::NotApplicable("its files were not fetched"))
}

/// Whether changing what is installed is this project's trade: on an index the names are theirs.
pub(crate) fn is_installer(package: &spip_core::Package) -> bool {
    let names = ["pip", "setuptools", "distribute", "virtualenv", "wheel"];
    names.contains(&package.name.as_str())
}

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

use spip_core::{Artifact, Contents, Context, Origin, Package, Severity, Stop};

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

/// What changing installed files weighs: it is the trade of installers. On an index their names are
/// theirs; anybody may name a local file so, which costs the reader a line. A download from
/// elsewhere gets nothing for its name.
pub(crate) fn unless_installer(package: &Package, severity: Option<Severity>) -> Option<Severity> {
    let names = ["pip", "setuptools", "distribute", "virtualenv", "wheel"];
    if !names.contains(&package.name.as_str()) {
        return severity;
    }
    let line = severity.map(|_| Severity::Low);
    match &package.artifact {
        Artifact::Wheel(file) | Artifact::Sdist(file) => match &file.origin {
            Origin::Index { .. } | Origin::Lock { .. } => NOTHING,
            Origin::FindLinks { .. } => line,
            _ if file.url.scheme() == "file" => line,
            Origin::Requested | Origin::Dependency { .. } => severity,
        },
        Artifact::Directory { .. } | Artifact::Module { .. } => line,
        Artifact::Checkout { .. } => severity,
    }
}

//! `spip intel`: says which lists of known-bad releases there are, and makes the database anew.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use jiff::Timestamp;
use spip_core::Quoted;
use spip_intel::{BuildError, SourceError};

use super::lists::Lists;
use super::path_in;
use super::update::{self, Update};
use crate::exit::{self, Exit};
use crate::scan::Format;

/// Says which lists of known-bad releases are used here, what they hold and how old that is.
#[derive(Clone, Debug, Parser)]
#[command(name = "spip intel", no_binary_name = true)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Exit status:\n  \
    0    there is a usable database, or none at all\n  \
    101  there is one that cannot be used, or that is too old\n  \
    102  spip could not do its work")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    /// How to say it, on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Makes the database anew of OSV records; nothing else is asked of anyone
    Update(Update),
}

/// Why the command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntelError {
    #[error("find a place for the database: set HOME or SPIP_CACHE_DIR")]
    Nowhere,
    #[error("use {0}: {1}")]
    Given(Quoted, &'static str),
    #[error("use {0} source(s) with one --sha256: name exactly one archive")]
    OneDigest(usize),
    #[error("trust {name}: its sha256 is {found}, not {wanted}")]
    Digest {
        name: Quoted,
        found: spip_core::Sha256,
        wanted: spip_core::Sha256,
    },
    #[error("fetch {0}: {1}")]
    Fetch(Quoted, spip_core::Gap),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error("keep the database at {0}: {1}")]
    Keep(PathBuf, io::Error),
    #[error("tell: {0}")]
    Io(#[from] io::Error),
    #[error("write the report: {0}")]
    Report(#[from] serde_json::Error),
}

/// Runs the command with the arguments behind its name. `caches`: where the database lies.
pub(crate) async fn run(rest: &[OsString], caches: Option<&Path>) -> Result<Exit, IntelError> {
    let arguments: Arguments = match exit::parse(rest)? {
        Ok(arguments) => arguments,
        Err(exit) => return Ok(exit),
    };
    let path = path_in(caches.ok_or(IntelError::Nowhere)?);
    if let Some(Command::Update(update)) = arguments.command {
        update::run(update, &path).await?;
    }
    let lists = Lists::of(&path, Timestamp::now());
    let mut output = io::stdout().lock();
    match arguments.format {
        Format::Text => lists.tell(&mut output)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut output, &lists.record())?;
            writeln!(output)?;
        }
    }
    Ok(lists.exit())
}

//! `spip doctor`: shows for each tool on this machine whether it is guarded, and what leads around.

mod files;
mod index;
mod proof;
mod report;
mod tools;
mod ways;
mod wheel;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use self::report::Report;
use crate::exit::{self, Exit};
use crate::intel::Lists;

/// Says for pip, uv, poetry and pipx whether their plain names are guarded, proves it with a harmless
/// package from an index of its own, and lists what leads around the guard below the current
/// directory.
#[derive(Clone, Debug, Parser)]
#[command(name = "spip doctor", no_binary_name = true)]
#[command(after_help = "Exit status:\n  \
    0    every tool that is installed is guarded\n  \
    100  one is not, or it could not be shown\n  \
    102  spip could not do its work")]
struct Arguments {
    /// How to say it, on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines, `spip-doctor/1`
    Json,
}

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DoctorError {
    #[error("offer a package to try with: {0}")]
    Index(io::Error),
    #[error("look around: {0}")]
    Io(#[from] io::Error),
    #[error("write the report: {0}")]
    Report(#[from] serde_json::Error),
}

/// Looks, tries, and tells.
pub(crate) fn run(rest: &[OsString], output: &mut impl Write) -> Result<Exit, DoctorError> {
    let arguments: Arguments = match exit::parse(rest)? {
        Ok(arguments) => arguments,
        Err(exit) => return Ok(exit),
    };
    let here: PathBuf = std::env::current_dir()?;
    let report = Report {
        tools: tools::examine()?,
        around: ways::around(&here),
        lists: Lists::here(),
    };
    match arguments.format {
        Format::Text => report.tell(output)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut *output, &report.record())?;
            writeln!(output)?;
        }
    }
    let is_guarded = report.tools.iter().all(tools::Tool::is_fine);
    Ok(if is_guarded {
        Exit::Tool(0)
    } else {
        Exit::Refused
    })
}

//! `spip waive`: writes the narrowest exception into a policy file.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Parser;
use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use spip_core::{PackageName, Quoted, Version};
use spip_memory::{Judged, Line, Log};
use spip_policy::{Additions, Exception};

use super::target::{Target, TargetError};
use crate::chronicle;
use crate::exit::{self, Exit};

/// How long an exception counts if nobody says so, in days.
const DAYS: i64 = 90;

/// Writes an exception into the policy file of this project, or into another one. Everything else
/// in the file stays as it stands.
#[derive(Clone, Debug, Parser)]
#[command(name = "spip waive", no_binary_name = true)]
struct Arguments {
    /// The check that found something
    check: String,

    /// The release that it is about: NAME==VERSION
    #[arg(value_name = "NAME==VERSION")]
    release: String,

    /// Why this is all right
    #[arg(long)]
    reason: String,

    /// The last day on which it counts, like 2026-12-31 [default: 90 days ahead]
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,

    /// Cover this one file only, by the digest of its bytes
    #[arg(long, value_name = "HEX")]
    sha256: Option<String>,

    /// Who decided it
    #[arg(long, value_name = "NAME")]
    by: Option<String>,

    /// Write to your own file, whose exceptions lift refusals as well
    #[arg(long, conflicts_with = "file")]
    user: bool,

    /// The file to write to [default: the project's policy file, else ./spip.toml]
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WaiveError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("write an exception: {0}")]
    What(String),
    #[error("write an exception: {0}")]
    Io(#[from] io::Error),
}

/// Runs the command with the arguments behind its name.
pub(crate) fn run(rest: &[OsString], output: &mut impl Write) -> Result<Exit, WaiveError> {
    let arguments: Arguments = match exit::parse(rest)? {
        Ok(arguments) => arguments,
        Err(exit) => return Ok(exit),
    };
    let target = Target::chosen(
        arguments.user,
        arguments.file.as_deref(),
        Target::of_project,
    )?;
    let exception = exception(&arguments)?;
    target.extend(&Additions {
        exceptions: vec![exception.clone()],
        ..Additions::default()
    })?;
    let (check, release, until) = (&exception.check, &arguments.release, &exception.until);
    writeln!(
        output,
        "{target}: {check} of {release} is allowed until {until}"
    )?;
    for note in notes(&exception) {
        writeln!(output, "note: {note}")?;
    }
    Ok(Exit::Tool(0))
}

/// Whether the exception silences anything that was shown here, as far as the log of decisions tells.
fn notes(exception: &Exception) -> Vec<String> {
    let mut notes = Vec::new();
    if exception.version.as_deref() == Some("*") {
        notes.push("it covers every version; name one".to_owned());
    }
    let (check, name) = (&exception.check, Quoted::new(&exception.package));
    let Some(directory) = chronicle::directory() else {
        return notes;
    };
    let history = Log::at(directory).read(|line| match line {
        Line::Judged(judged) => is_about(exception, judged),
        Line::Ended(_) => false,
    });
    let Ok(history) = history else {
        notes
            .push("whether it silences anything cannot be told: the log cannot be read".to_owned());
        return notes;
    };
    let judged = history.lines.iter().filter_map(|line| match line {
        Line::Judged(judged) => Some(judged),
        Line::Ended(_) => None,
    });
    let shown: BTreeSet<&str> = judged
        .flat_map(|judged| &judged.checks)
        .map(|shown| shown.strip_prefix("unknown:").unwrap_or(shown))
        .collect();
    if history.lines.is_empty() {
        notes.push(format!(
            "no installation here has judged that of {name}, so it silences nothing that was shown"
        ));
    } else if !shown.contains(check.as_str()) {
        let others: Vec<String> = shown.iter().map(|it| Quoted::new(it).to_string()).collect();
        let others = match others.as_slice() {
            [] => "nothing was shown".to_owned(),
            others => format!("shown was {}", others.join(", ")),
        };
        notes.push(format!(
            "it silences nothing: {check} had nothing to say of {name} here; {others}"
        ));
    }
    notes
}

/// Whether the log tells of something that the exception names.
fn is_about(exception: &Exception, judged: &Judged) -> bool {
    let same = |name: &str| name.parse::<PackageName>().ok();
    let version = |text: &str| text.parse::<Version>().ok();
    let wanted = exception.version.as_deref();
    let fits = match (wanted, &exception.sha256) {
        (Some("*"), _) => true,
        (Some(wanted), _) => judged.version.as_deref().and_then(version) == version(wanted),
        (None, wanted) => judged.sha256 == *wanted,
    };
    fits && same(&judged.name) == same(&exception.package)
}

/// The last day on which an exception counts that is written today.
pub(super) fn last_day(wanted: Option<Date>) -> Result<Date, &'static str> {
    let today = Zoned::now().date();
    let until = wanted.unwrap_or_else(|| today.saturating_add(DAYS.days()));
    if until < today || until > today.saturating_add(1.year()) {
        return Err("--until must be a day within a year from now");
    }
    Ok(until)
}

fn exception(arguments: &Arguments) -> Result<Exception, WaiveError> {
    let wrong = |why: &str| WaiveError::What(why.to_owned());
    if spip_checks::find(&arguments.check).is_none() {
        return Err(wrong("there is no such check; `spip explain` lists them"));
    }
    let (name, version) = match arguments.release.split_once("==") {
        Some((name, version)) => (name, Some(version)),
        None => (arguments.release.as_str(), None),
    };
    if version.is_none() && arguments.sha256.is_none() {
        return Err(wrong("say which release: NAME==VERSION, or --sha256"));
    }
    if arguments.reason.trim().is_empty() {
        return Err(wrong("--reason must say why"));
    }
    let until = last_day(arguments.until).map_err(wrong)?;
    Ok(Exception {
        check: arguments.check.clone(),
        package: name.trim().to_owned(),
        // A digest says more than a version.
        version: version
            .filter(|_| arguments.sha256.is_none())
            .map(|version| version.trim().to_owned()),
        sha256: arguments.sha256.clone(),
        reason: arguments.reason.trim().to_owned(),
        until: until.to_string(),
        by: arguments.by.clone(),
    })
}

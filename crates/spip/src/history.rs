//! `spip history`: what was installed here, when, from where, and what was decided.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::io::{self, Write};

use clap::Parser;
use serde::Serialize;
use spip_core::{PackageName, Quoted, Version};
use spip_memory::{History, Judged, Line, Log};

use crate::chronicle;
use crate::exit::{self, Exit};
use crate::scan::Format;

/// Says who installed a package here, when, from where, which digest, and what was decided; without
/// a package, what the latest runs decided.
#[derive(Clone, Debug, Parser)]
#[command(name = "spip history", no_binary_name = true)]
#[command(after_help = "Exit status:\n  \
    0    said, also if there is nothing to say\n  \
    101  part of the log cannot be read\n  \
    102  spip could not do its work")]
struct Arguments {
    /// A package, or one version of it
    #[arg(value_name = "PACKAGE[==VERSION]")]
    what: Option<Wanted>,

    /// How many runs to look back when no package is named
    #[arg(long, value_name = "RUNS", default_value_t = 10)]
    runs: usize,

    /// How to say it, on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

/// A package, or one version of it.
#[derive(Clone, Debug)]
struct Wanted {
    name: PackageName,
    version: Option<Version>,
}

impl std::str::FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, version) = match text.split_once("==") {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let version = version.map(str::parse).transpose();
        Ok(Self {
            name: name.trim().parse().map_err(|error| format!("{error}"))?,
            version: version.map_err(|error: spip_core::VersionError| error.to_string())?,
        })
    }
}

impl Wanted {
    fn is(&self, judged: &Judged) -> bool {
        let version = || judged.version.as_deref()?.parse().ok();
        judged.name == self.name.as_str()
            && (self.version.is_none() || version().as_ref() == self.version.as_ref())
    }
}

/// Why the history cannot be told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HistoryError {
    #[error("find the history: set HOME or XDG_DATA_HOME")]
    Nowhere,
    #[error("read {0}: {1}")]
    Read(String, io::Error),
    #[error("tell: {0}")]
    Io(#[from] io::Error),
    #[error("write the report: {0}")]
    Report(#[from] serde_json::Error),
}

/// `spip-history/1`.
#[derive(Serialize)]
struct Record {
    schema: &'static str,
    damaged_lines: usize,
    decisions: Vec<DecisionRecord>,
}

#[derive(Serialize)]
struct DecisionRecord {
    run: String,
    time: String,
    user: String,
    directory: String,
    tool: String,
    spip: String,
    name: String,
    version: Option<String>,
    kind: String,
    filename: Option<String>,
    sha256: Option<String>,
    index: Option<String>,
    verdict: String,
    agreed: Option<String>,
    checks: Vec<String>,
    /// How the run ended; absent: nobody lived to tell.
    outcome: Option<String>,
}

/// Runs the command with the arguments behind its name.
pub(crate) fn run(rest: &[OsString], output: &mut dyn Write) -> Result<Exit, HistoryError> {
    let arguments: Arguments = match exit::parse(rest)? {
        Ok(arguments) => arguments,
        Err(exit) => return Ok(exit),
    };
    let log = Log::at(chronicle::directory().ok_or(HistoryError::Nowhere)?);
    let wanted = |line: &Line| match (line, &arguments.what) {
        (Line::Judged(judged), Some(wanted)) => wanted.is(judged),
        _ => true,
    };
    let failed = |error| HistoryError::Read(log.path().display().to_string(), error);
    let history = log.read(wanted).map_err(failed)?;
    let latest = arguments.what.is_none().then_some(arguments.runs);
    let record = Record::of(history, latest);
    match arguments.format {
        Format::Text => record.tell(&log, output)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut *output, &record)?;
            writeln!(output)?;
        }
    }
    Ok(match record.damaged_lines {
        0 => Exit::Tool(0),
        _ => Exit::Unchecked,
    })
}

impl Record {
    fn of(history: History, latest: Option<usize>) -> Self {
        let mut outcomes = HashMap::new();
        let mut judged = Vec::new();
        for line in history.lines {
            match line {
                Line::Ended(ended) => {
                    outcomes.insert(ended.run, ended.outcome);
                }
                Line::Judged(line) => judged.push(line),
            }
        }
        if let Some(most) = latest {
            let mut runs = HashSet::new();
            let newest = judged.iter().rev();
            let kept = newest.take_while(|line| {
                runs.contains(&line.run) || {
                    let fits = runs.len() < most;
                    fits && runs.insert(line.run.clone())
                }
            });
            let surplus = judged.len() - kept.count();
            judged.drain(..surplus);
        }
        let decisions = judged.into_iter().map(|judged| {
            let outcome = outcomes.get(&judged.run).cloned();
            DecisionRecord::of(*judged, outcome)
        });
        Self {
            schema: "spip-history/1",
            damaged_lines: history.damaged,
            decisions: decisions.collect(),
        }
    }

    fn tell(&self, log: &Log, output: &mut dyn Write) -> io::Result<()> {
        for decision in &self.decisions {
            decision.tell(output)?;
        }
        if self.decisions.is_empty() {
            writeln!(output, "nothing is known of that")?;
        }
        if self.damaged_lines > 0 {
            let path = log.path().display().to_string();
            writeln!(
                output,
                "unknown: {} line(s) of {} cannot be read",
                self.damaged_lines,
                Quoted::new(&path)
            )?;
        }
        Ok(())
    }
}

impl DecisionRecord {
    fn of(judged: Judged, outcome: Option<String>) -> Self {
        Self {
            run: judged.run,
            time: judged.time,
            user: judged.user,
            directory: judged.directory,
            tool: judged.tool,
            spip: judged.spip,
            name: judged.name,
            version: judged.version,
            kind: judged.kind,
            filename: judged.filename,
            sha256: judged.sha256,
            index: judged.index,
            outcome: if judged.verdict == "allowed" {
                outcome
            } else {
                None
            },
            verdict: judged.verdict,
            agreed: judged.agreed,
            checks: judged.checks,
        }
    }

    /// One decision in a few lines. A log is a file like any other, so its text is escaped.
    fn tell(&self, output: &mut dyn Write) -> io::Result<()> {
        let quoted = |text: &str| Quoted::new(text);
        let version = self.version.as_deref().unwrap_or("(version unknown)");
        let outcome = match (self.verdict.as_str(), &self.outcome) {
            ("allowed", Some(outcome)) => format!("allowed, {}", quoted(outcome)),
            ("allowed", None) => "allowed, its end is not known".to_owned(),
            (verdict, _) => quoted(verdict).to_string(),
        };
        writeln!(
            output,
            "{} {} {}: {outcome}",
            quoted(&self.time),
            quoted(&self.name),
            quoted(version)
        )?;
        let file = self.filename.as_deref().unwrap_or(&self.kind);
        writeln!(output, "  file   {}", quoted(file))?;
        if let Some(sha256) = &self.sha256 {
            writeln!(output, "  sha256 {}", quoted(sha256))?;
        }
        if let Some(index) = &self.index {
            writeln!(output, "  from   {}", quoted(index))?;
        }
        writeln!(
            output,
            "  by     {} with {} in {}",
            quoted(&self.user),
            quoted(&self.tool),
            quoted(&self.directory)
        )?;
        if !self.checks.is_empty() {
            let checks = self.checks.join(", ");
            let agreed = match self.agreed.as_deref() {
                Some("person") => "; a person agreed",
                Some(_) => "; an exception covered it",
                None => "",
            };
            writeln!(output, "  told   {}{agreed}", quoted(&checks))?;
        }
        Ok(())
    }
}

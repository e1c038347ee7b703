//! `spip policy`: what applies here, and where it comes from.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::{Parser, ValueEnum};
use serde::Serialize;
use spip_core::{Quoted, Scope, Waiver, Written};
use spip_policy::{PolicyError, schema};

use super::Rules;
use crate::exit::{self, Exit};
use crate::options::Options;

/// Shows the policy that applies in this directory, and where each value comes from.
#[derive(Clone, Debug, Parser)]
#[command(name = "spip policy", no_binary_name = true)]
struct Arguments {
    /// `show` what applies, or print the JSON `schema` of policy files
    #[arg(value_enum, default_value_t = What::Show)]
    what: What,

    /// How to say it
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// What applies here
    Show,
    /// The form of policy files
    Schema,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For machines, `spip-policy/1`
    Json,
}

/// Why the policy cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShowError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("show the policy: {0}")]
    Io(#[from] io::Error),
}

#[derive(Serialize)]
struct Shown {
    schema: &'static str,
    settings: Vec<Row>,
    exceptions: Vec<ExceptionRow>,
    locked: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    key: String,
    value: String,
    from: String,
}

#[derive(Serialize)]
struct ExceptionRow {
    check: String,
    package: String,
    covers: String,
    reason: String,
    until: Option<String>,
    from: String,
    expired: bool,
}

/// Runs the command with the arguments behind its name.
pub(crate) fn run(
    options: &Options,
    rest: &[OsString],
    output: &mut impl Write,
) -> Result<Exit, ShowError> {
    let arguments: Arguments = match exit::parse(rest)? {
        Ok(arguments) => arguments,
        Err(exit) => return Ok(exit),
    };
    if arguments.what == What::Schema {
        let text = serde_json::to_string_pretty(&schema()).map_err(io::Error::from)?;
        writeln!(output, "{text}")?;
        return Ok(Exit::Tool(0));
    }
    let shown = Shown::of(&Rules::of(options)?);
    match arguments.format {
        Format::Json => {
            let text = serde_json::to_string_pretty(&shown).map_err(io::Error::from)?;
            writeln!(output, "{text}")?;
        }
        Format::Text => shown.print(output)?,
    }
    Ok(Exit::Tool(0))
}

impl Shown {
    fn of(rules: &Rules) -> Self {
        let rows = rules.effective.rows.iter();
        let mut settings: Vec<Row> = rows
            .filter(|row| row.key != "locked")
            .map(|row| Row {
                key: row.key.clone(),
                value: Quoted::new(&row.value).to_string(),
                from: row.from.clone(),
            })
            .collect();
        let defaults = [
            ("sensitivity", "low"),
            ("ignore", "nothing"),
            ("on-gap", "ask"),
            ("min-age", "8h; warns below 48h"),
        ];
        for (key, value) in defaults {
            if settings.iter().all(|row| row.key != key) {
                let from = "default".to_owned();
                let (key, value) = (key.to_owned(), value.to_owned());
                settings.push(Row { key, value, from });
            }
        }
        for (key, value) in options(rules) {
            settings.retain(|row| row.key != key);
            let from = "option or variable".to_owned();
            settings.push(Row {
                key: key.to_owned(),
                value,
                from,
            });
        }
        settings.sort_by(|one, two| one.key.cmp(&two.key));
        let counting = rules.policy.waivers.iter().map(|it| (it, false));
        let expired = rules.expired.iter().map(|it| (it, true));
        let locks = rules.effective.locks();
        Self {
            schema: "spip-policy/1",
            settings,
            exceptions: counting
                .chain(expired)
                .map(|(waiver, expired)| ExceptionRow::of(waiver, expired))
                .collect(),
            locked: locks
                .map(|(key, by)| Row {
                    key: key.to_owned(),
                    value: "cannot be loosened".to_owned(),
                    from: by.to_owned(),
                })
                .collect(),
        }
    }

    fn print(&self, output: &mut impl Write) -> io::Result<()> {
        for row in &self.settings {
            writeln!(output, "{:20} {:24} {}", row.key, row.value, row.from)?;
        }
        for row in &self.locked {
            writeln!(output, "{:20} {:24} locked by {}", row.key, "", row.from)?;
        }
        for row in &self.exceptions {
            let until = row.until.as_deref().unwrap_or("this run");
            let state = if row.expired { " (expired)" } else { "" };
            writeln!(
                output,
                "exception            {}:{} {} until {until}{state}: {} ({})",
                row.check, row.package, row.covers, row.reason, row.from
            )?;
        }
        Ok(())
    }
}

/// What options and variables changed.
fn options(rules: &Rules) -> Vec<(&'static str, String)> {
    let (policy, files) = (&rules.policy, &rules.effective);
    let mut changed = Vec::new();
    if policy.sensitivity != files.sensitivity {
        let word = format!("{:?}", policy.sensitivity).to_ascii_lowercase();
        changed.push(("sensitivity", word));
    }
    if policy.ignore != files.ignore {
        let word = policy.ignore.map_or_else(String::new, |it| it.to_string());
        changed.push(("ignore", word));
    }
    changed
}

impl ExceptionRow {
    fn of(waiver: &Waiver, expired: bool) -> Self {
        let (from, until) = match &waiver.written {
            Written::Option => ("option or variable".to_owned(), None),
            Written::File { place, until, .. } => (place.clone(), Some(until.clone())),
        };
        Self {
            check: waiver.check.clone(),
            package: waiver.package.to_string(),
            covers: match &waiver.scope {
                Scope::AnyVersion => "every version".to_owned(),
                Scope::Version(version) => version.to_string(),
                Scope::File(sha256) => sha256.to_string(),
            },
            reason: Quoted::new(&waiver.reason).to_string(),
            until,
            from,
            expired,
        }
    }
}

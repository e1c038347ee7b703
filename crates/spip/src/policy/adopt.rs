//! `spip policy init`: a policy that today's environment fits, so that beginning costs nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Parser;
use jiff::Zoned;
use jiff::civil::Date;
use spip_core::{Decision, PackageName, Quoted, Tool, Waiver};
use spip_policy::{Additions, Exception, PolicyError};
use spip_pypi::Cache;

use super::Rules;
use super::origins::Origins;
use super::target::{Target, TargetError};
use super::waive::last_day;
use crate::audit::Audit;
use crate::audit::environment::{Environment, EnvironmentError};
use crate::audit::installed;
use crate::audit::look::Depth;
use crate::exit::{self, Exit};
use crate::intel::Intel;
use crate::options::Options;
use crate::review::{Objection, Review};
use crate::scan::INTERRUPTED;
use crate::scan::configuration::Configuration;
use crate::scan::indexes::{IndexOptions, Indexes};
use crate::scanner::Scanner;

/// How many of one kind are told one by one.
const MOST_TOLD: usize = 20;

/// Writes down what is installed today: where it comes from, and an exception with an end for each
/// thing that would ask. What is in the file already stays. What would refuse is told and never
/// excepted, and so is what could not be looked at.
#[derive(Clone, Debug, Parser)]
#[command(name = "spip policy init", no_binary_name = true)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each switch on the command line"
)]
#[command(after_help = "The options of `spip --spip-help` apply as well.\n\n\
    Exit status:\n  \
    0    what is installed fits the policy\n  \
    100  something still would refuse or ask\n  \
    101  something could not be looked at\n  \
    102  spip could not do its work")]
struct Arguments {
    /// The directory of a virtual environment, or an interpreter [default: the active one]
    #[arg(value_name = "ENVIRONMENT")]
    environment: Option<PathBuf>,

    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,

    /// Write to your own file
    #[arg(long, conflicts_with = "file")]
    user: bool,

    /// The file to write to [default: the project's policy file, else `[tool.spip]` in its
    /// pyproject.toml, else ./spip.toml]
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// Write no rules for indexes: others who use this file may have other ones
    #[arg(long)]
    no_indexes: bool,

    /// Ask nobody: only the files on this machine are looked at
    #[arg(long)]
    offline: bool,

    /// Why the exceptions are all right [default: that it was installed, and what was found]
    #[arg(long, value_name = "WHY")]
    reason: Option<String>,

    /// The last day on which the exceptions count, like 2026-12-31 [default: 90 days ahead]
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,

    /// Who decided it [default: the name of the user]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,

    #[command(flatten)]
    indexes: IndexOptions,
}

/// Why no policy was begun.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdoptError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error("{0}")]
    Indexes(String),
    #[error("begin a policy: {0}")]
    What(&'static str),
    #[error("begin a policy: {0}")]
    Io(#[from] io::Error),
}

/// Runs the command with the arguments behind its name.
pub(crate) async fn run(
    options: &Options,
    rest: &[OsString],
    scanner: Scanner,
    cache: Option<Cache>,
    intel: Intel,
) -> Result<Exit, AdoptError> {
    let arguments: Arguments = match exit::parse(rest)? {
        Ok(arguments) => arguments,
        Err(exit) => return Ok(exit),
    };
    let until = last_day(arguments.until).map_err(AdoptError::What)?;
    let rules = Rules::of(options)?;
    intel.heed(&rules.effective);
    let file = arguments.file.as_deref();
    let target = Target::chosen(arguments.user, file, Target::of_new_project)?;
    let environment = Environment::find(arguments.environment.as_deref()).await?;
    let configuration = Configuration::read(|name| std::env::var_os(name));
    let indexes = (!arguments.offline)
        .then(|| Indexes::new(&arguments.indexes, &configuration, cache.as_ref()))
        .transpose()
        .map_err(AdoptError::Indexes)?;
    let review = Review::new(Tool::Audit, rules.clone(), None);
    let mut audit = Audit::new(Depth::Deep, indexes, scanner, intel, review);
    let origins = tokio::select! {
        origins = look(&mut audit, &environment) => origins?,
        _ = tokio::signal::ctrl_c() => return Ok(Exit::Tool(INTERRUPTED)),
    };
    let mut adoption = Adoption::new(&arguments, &rules, until);
    for objection in std::mem::take(&mut audit.review.objections) {
        adoption.take(&objection);
    }
    if !arguments.no_indexes {
        adoption.take_origins(origins, &rules);
    }
    let mut output = io::stdout().lock();
    adoption.write(&target, arguments.dry_run, &mut output)
}

/// Audits everything, then asks where it comes from.
async fn look(audit: &mut Audit, environment: &Environment) -> Result<Origins, AdoptError> {
    audit.environment(environment).await?;
    let mut all = Vec::new();
    for site in &environment.sites {
        all.append(&mut installed::list(site)?.0);
    }
    Ok(match &audit.indexes {
        Some(indexes) => Origins::of(&all, indexes).await,
        None => Origins::default(),
    })
}

/// Project, version and check.
type Key = (String, String, String);

/// What an exception for it would be about.
fn key(objection: &Objection) -> Option<Key> {
    let (version, check) = (objection.version.as_ref()?, objection.check?);
    let name = objection.package.to_string();
    Some((name, version.to_string(), check.to_string()))
}

/// What is to be written, and what is only told.
struct Adoption {
    until: Date,
    reason: Option<String>,
    by: Option<String>,
    expired: Vec<Waiver>,
    may_except: bool,
    exceptions: BTreeMap<Key, Exception>,
    /// Of these something refuses or could not be looked at: an exception would cover that as well.
    closed: BTreeSet<Key>,
    additions: Additions,
    told: Vec<String>,
    left_out: Vec<String>,
    exit: Exit,
}

impl Adoption {
    fn new(arguments: &Arguments, rules: &Rules, until: Date) -> Self {
        let user = || std::env::var("USER").ok().filter(|name| !name.is_empty());
        Self {
            until,
            reason: arguments.reason.clone(),
            by: arguments.by.clone().or_else(user),
            expired: rules.expired.clone(),
            may_except: rules.effective.allows("exceptions", true).is_ok(),
            exceptions: BTreeMap::new(),
            closed: BTreeSet::new(),
            additions: Additions::default(),
            told: Vec::new(),
            left_out: Vec::new(),
            exit: Exit::Tool(0),
        }
    }

    /// A question is answered by an exception; a refusal never is, nor what nobody could look at.
    fn take(&mut self, objection: &Objection) {
        let label = label(objection);
        if objection.decision == Decision::Block || objection.severity.is_none() {
            self.closed.extend(key(objection));
        }
        let (Some(check), Some(_)) = (objection.check, objection.severity) else {
            self.still(&label, "that is for a person to look at", Exit::Unchecked);
            return;
        };
        let Some(version) = &objection.version else {
            let why = "an exception names a release, and this is none";
            self.still(&label, why, Exit::Refused);
            return;
        };
        let (name, what) = (&objection.package, &objection.what);
        let decide = format!("spip waive {check} {name}=={version} --reason WHY");
        if objection.decision == Decision::Block {
            let why = format!("it refuses; if you know better: {decide} --user");
            self.still(&label, &why, Exit::Refused);
        } else if !self.may_except {
            let why = "exceptions are locked here";
            self.still(&label, why, Exit::Refused);
        } else if self.has_ended(check.as_str(), name) {
            let why = format!("its exception has ended; to decide anew: {decide}");
            self.still(&label, &why, Exit::Refused);
        } else {
            let (check, name) = (check.to_string(), name.to_string());
            let version = version.to_string();
            let today = Zoned::now().date();
            let reason = self.reason.clone();
            let exception = Exception {
                check: check.clone(),
                package: name.clone(),
                version: Some(version.clone()),
                sha256: None,
                reason: reason.unwrap_or_else(|| format!("installed before {today}: {what}")),
                until: self.until.to_string(),
                by: self.by.clone(),
            };
            self.exceptions
                .entry((name, version, check))
                .or_insert(exception);
        }
    }

    fn take_origins(&mut self, origins: Origins, rules: &Rules) {
        let known = &rules.settings.indexes;
        if known.allowed.is_none() {
            self.additions.allowed_indexes = origins.allowed;
        }
        let is_new = |name: &String| {
            let name = name.parse::<PackageName>();
            name.is_ok_and(|name| known.pin(&name).is_none())
        };
        let pins = origins.pins.into_iter();
        self.additions.indexes = pins.filter(|(name, _)| is_new(name)).collect();
        if !origins.unclear.is_empty() {
            let some = some(&origins.unclear);
            self.told.push(format!(
                "note: several indexes offer {some}: say in [indexes] which one is meant"
            ));
        }
        if !origins.unasked.is_empty() {
            let some = some(&origins.unasked);
            let why = "which index it comes from cannot be told";
            let what = format!("an index did not answer about {some}");
            self.still(&what, why, Exit::Unchecked);
        }
    }

    fn has_ended(&self, check: &str, name: &PackageName) -> bool {
        let mut expired = self.expired.iter();
        expired.any(|waiver| waiver.check == check && waiver.package == *name)
    }

    /// Something that the policy will not cover.
    fn still(&mut self, what: &str, why: &str, exit: Exit) {
        if self.exit != Exit::Refused {
            self.exit = exit;
        }
        self.left_out.push(format!("{what}\n  not written: {why}"));
    }

    fn write(
        mut self,
        target: &Target,
        dry_run: bool,
        output: &mut impl Write,
    ) -> Result<Exit, AdoptError> {
        let mut exceptions = std::mem::take(&mut self.exceptions);
        exceptions.retain(|key, _| !self.closed.contains(key));
        self.additions.exceptions = exceptions.into_values().collect();
        for line in self.left_out.iter().take(MOST_TOLD) {
            writeln!(output, "{line}")?;
        }
        if let Some(more) = self
            .left_out
            .len()
            .checked_sub(MOST_TOLD)
            .filter(|it| *it > 0)
        {
            writeln!(
                output,
                "… and {more} more; `spip audit --deep` shows them all"
            )?;
        }
        for line in &self.told {
            writeln!(output, "{line}")?;
        }
        if self.additions.is_empty() {
            writeln!(
                output,
                "there is nothing to write: no question needs an exception"
            )?;
            return Ok(self.exit);
        }
        // Before anything is shown as possible.
        target.extended(&self.additions)?;
        for line in target.shown(&self.additions)?.lines() {
            writeln!(output, "+ {}", Quoted::new(line))?;
        }
        let (exceptions, pins) = (
            self.additions.exceptions.len(),
            self.additions.indexes.len() + self.additions.allowed_indexes.len(),
        );
        let until = self.until;
        let state = if dry_run {
            "nothing was written (--dry-run)"
        } else {
            target.extend(&self.additions)?;
            "written; look through it before you keep it"
        };
        writeln!(
            output,
            "{target}: {exceptions} exceptions until {until}, {pins} rules for indexes: {state}"
        )?;
        Ok(self.exit)
    }
}

/// As a finding is shown.
fn label(objection: &Objection) -> String {
    let Objection { package, what, .. } = objection;
    let level = objection.severity.map(|it| it.to_string().to_lowercase());
    let level = level.unwrap_or_else(|| "unknown".to_owned());
    let check = objection.check.map_or("any check", |check| check.as_str());
    let version = objection.version.as_ref();
    let version = version.map_or_else(String::new, |version| format!(" {version}"));
    format!("{level}[{check}]: {package}{version}: {what}")
}

/// A few, and how many more.
fn some(all: &BTreeSet<String>) -> String {
    const FEW: usize = 3;
    let few: Vec<&str> = all.iter().take(FEW).map(String::as_str).collect();
    match all.len().saturating_sub(FEW) {
        0 => few.join(", "),
        more => format!("{} and {more} more", few.join(", ")),
    }
}

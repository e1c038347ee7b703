//! `spip diff`: what changed from one release to another, without installing either.

mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::sync::Arc;

use clap::Parser;
use jiff::Timestamp;
use spip_core::{
    Answer, Artifact, Assessment, Cause, Changes, Check, Contents, Decision, Finding, Gap,
    Location, Needs, Outcome, Package, PackageId, Plan, Policy, Previous, Report, Settings, Tool,
};
use spip_policy::PolicyError;
use spip_pypi::Cache;

use self::record::{DiffRecord, PairRecord};
use crate::examining::Bench;
use crate::exit::{self, Exit};
use crate::gathered::{Gathered, Known};
use crate::intel::Intel;
use crate::options::Options;
use crate::policy::Rules;
use crate::render::Screen;
use crate::scan::indexes::IndexOptions;
use crate::scan::named::Extent;
use crate::scan::target::Target;
use crate::scan::{Format, INTERRUPTED, Search, examine};
use crate::scanner::Scanner;

/// Says what changed from one release to another: what they are made of, what their code does, and
/// what a scan finds in the newer one only. Nothing is installed or run.
#[derive(Clone, Debug, Parser)]
#[command(name = "spip diff", no_binary_name = true)]
#[command(override_usage = "spip diff [OPTIONS] NAME OLD NEW\n       \
    spip diff [OPTIONS] OLD_PATH NEW_PATH")]
#[command(after_help = "The options of `spip --spip-help` apply as well.\n\n\
    Exit status:\n  \
    0    nothing new to refuse or to ask about\n  \
    100  something new to refuse or to ask about\n  \
    101  something could not be looked at, and nothing new to refuse\n  \
    102  spip could not do its work")]
struct Arguments {
    /// A project with two of its versions; or two wheels, sdists, directories or NAME==VERSION
    #[arg(value_name = "NAME OLD NEW", num_args = 2..=3, required = true)]
    what: Vec<OsString>,

    /// How to say it, on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,

    #[command(flatten)]
    indexes: IndexOptions,
}

/// Why two releases cannot be compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiffError {
    /// The policy cannot be used.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// One of them cannot be had.
    #[error("{0}")]
    Find(String),
    /// The text cannot be written.
    #[error("compare: {0}")]
    Io(#[from] io::Error),
}

/// Runs the command with the arguments behind its name.
pub(crate) async fn run(
    options: &Options,
    rest: &[OsString],
    scanner: Scanner,
    cache: Option<Cache>,
    intel: Intel,
) -> Result<Exit, DiffError> {
    let arguments: Arguments = match exit::parse(rest)? {
        Ok(arguments) => arguments,
        Err(exit) => return Ok(exit),
    };
    let rules = Rules::of(options)?;
    intel.heed(&rules.effective);
    let [old, new] = sides(&arguments.what);
    let folder = tempfile::tempdir()?;
    let mut search = Search {
        extent: Extent::Usual,
        index_options: &arguments.indexes,
        cache,
        folder: folder.path(),
        errors: Screen::stderr(options.debug),
        failed: false,
    };
    let bench = Bench::new(scanner);
    let work = async {
        let old = search.find(0, &old).await.map_err(DiffError::Find)?;
        let new = search.find(1, &new).await.map_err(DiffError::Find)?;
        let mut compared = Vec::new();
        for (old, new) in pairs(old, new) {
            let old = Side::look(old, None, &bench, &intel, &rules.settings).await;
            compared.push(Compared {
                new: Side::look(new, Some(&old), &bench, &intel, &rules.settings).await,
                old,
            });
        }
        Ok::<_, DiffError>(compared)
    };
    let compared = tokio::select! {
        compared = work => compared?,
        _ = tokio::signal::ctrl_c() => return Ok(Exit::Tool(INTERRUPTED)),
    };
    let policy = &rules.policy;
    let judged: Vec<Pair<'_>> = compared.iter().map(|it| it.judge(policy)).collect();
    match arguments.format {
        Format::Text => {
            let mut screen = Screen::stdout(options.debug);
            for pair in &judged {
                pair.show(&mut screen);
            }
        }
        Format::Json => {
            let record = DiffRecord::of(judged.iter().map(PairRecord::of));
            let text = serde_json::to_string_pretty(&record).map_err(io::Error::from)?;
            writeln!(io::stdout().lock(), "{text}")?;
        }
    }
    Ok(judged
        .iter()
        .map(|pair| pair.exit(policy))
        .fold(Exit::Tool(0), worse))
}

/// `NAME OLD NEW` stands for two releases of one project.
fn sides(what: &[OsString]) -> [OsString; 2] {
    let release = |name: &OsStr, version: &OsStr| {
        let mut release = name.to_owned();
        release.push("==");
        release.push(version);
        release
    };
    match what {
        [name, old, new] => [release(name, old), release(name, new)],
        [old, new] => [old.clone(), new.clone()],
        _ => Default::default(),
    }
}

/// Wheel against wheel, sdist against sdist; what has no counterpart against whatever there is.
fn pairs(old: Vec<Target>, new: Vec<Target>) -> Vec<(Target, Target)> {
    let mut old: BTreeMap<&'static str, Target> = by_kind(old);
    let mut new: BTreeMap<&'static str, Target> = by_kind(new);
    let both: BTreeSet<_> = old
        .keys()
        .filter(|kind| new.contains_key(*kind))
        .copied()
        .collect();
    let same = both.into_iter();
    let same = same.filter_map(|kind| Some((old.remove(kind)?, new.remove(kind)?)));
    let mut found: Vec<_> = same.collect();
    if found.is_empty() {
        found.extend(old.into_values().zip(new.into_values()).take(1));
    }
    found
}

fn by_kind(targets: Vec<Target>) -> BTreeMap<&'static str, Target> {
    let mut found = BTreeMap::new();
    for target in targets {
        found
            .entry(target.package.artifact.kind())
            .or_insert(target);
    }
    found
}

fn worse(one: Exit, other: Exit) -> Exit {
    let rank = |exit: &Exit| match exit {
        Exit::Refused => 2,
        Exit::Unchecked => 1,
        _ => 0,
    };
    if rank(&other) > rank(&one) {
        other
    } else {
        one
    }
}

/// One of the two releases.
struct Side {
    package: Package,
    report: Report,
    contents: Result<Arc<Contents>, Gap>,
}

impl Side {
    /// Reads one release; `older` is the one that it takes the place of.
    async fn look(
        mut target: Target,
        older: Option<&Self>,
        bench: &Bench,
        intel: &Intel,
        settings: &Settings,
    ) -> Self {
        target.package.id = PackageId(0);
        let (target, mut known) = examine(target, bench, intel).await;
        let contents = known.contents.clone().map(Option::unwrap_or_default);
        known.previous = older.map_or(Ok(None), Self::as_previous);
        let report = report(&target.package, known, settings);
        Self {
            package: target.package,
            report,
            contents,
        }
    }
}

impl Side {
    fn as_previous(&self) -> Answer<Previous> {
        let contents = self.contents.as_ref();
        let uncompared = |gap: &Gap| Gap::new(Cause::Uncompared, gap.to_string());
        let contents = contents.map_err(uncompared)?;
        let url = self.package.artifact.file().map(|file| &file.url);
        let read_at = match (&self.package.artifact, url) {
            (_, Some(url)) => Location::Record {
                url: url.clone(),
                pointer: String::new(),
            },
            (Artifact::Directory { path, .. }, _) => Location::File { path: path.clone() },
            _ => Location::Builtin {
                name: "the older one",
            },
        };
        Ok(Some(Arc::new(Previous {
            version: self.package.version.clone(),
            kind: self.package.artifact.kind(),
            contents: Contents::clone(contents),
            read_at,
        })))
    }
}

fn report(package: &Package, known: Known, settings: &Settings) -> Report {
    let facts: Gathered = [(package.id, known)].into_iter().collect();
    let plan = Plan {
        tool: Tool::Scan,
        packages: vec![package.clone()],
        gaps: Vec::new(),
    };
    let needed = |check: &&dyn Check| Needs::BEFORE_BUILD.contains(&check.meta().needs);
    let checks: Vec<_> = spip_checks::ALL.iter().copied().filter(needed).collect();
    Report::examine(&plan, &checks, &facts, settings, Timestamp::now())
}

/// Two releases that were looked at.
struct Compared {
    old: Side,
    new: Side,
}

/// Two artifacts of the same kind, and what is new in the newer one.
struct Pair<'a> {
    old: &'a Package,
    new: &'a Package,
    changes: Result<Changes<'a>, &'a Gap>,
    findings: Vec<(&'a Assessment, &'a Finding)>,
    gaps: Vec<(&'a Assessment, &'a Gap)>,
}

impl Compared {
    fn judge(&self, policy: &Policy) -> Pair<'_> {
        let known: BTreeSet<(&str, &str)> = findings(&self.old.report)
            .map(|(check, finding)| (check.check.id.as_str(), finding.title.as_str()))
            .collect();
        let new = findings(&self.new.report).filter(|(check, finding)| {
            !known.contains(&(check.check.id.as_str(), finding.title.as_str()))
        });
        let wanted = new.filter(|(_, finding)| policy.wants(finding.severity));
        Pair {
            old: &self.old.package,
            new: &self.new.package,
            changes: match (&self.old.contents, &self.new.contents) {
                (Ok(old), Ok(new)) => Ok(Changes::between(old, new)),
                (Err(gap), _) | (_, Err(gap)) => Err(gap),
            },
            findings: wanted.collect(),
            gaps: [&self.old.report, &self.new.report]
                .into_iter()
                .flat_map(gaps)
                .collect(),
        }
    }
}

fn assessments(report: &Report) -> impl Iterator<Item = &Assessment> {
    report
        .packages()
        .iter()
        .flat_map(|examined| &examined.assessments)
}

fn findings(report: &Report) -> impl Iterator<Item = (&Assessment, &Finding)> {
    assessments(report).flat_map(|it| it.findings.iter().map(move |finding| (it, finding)))
}

fn gaps(report: &Report) -> impl Iterator<Item = (&Assessment, &Gap)> {
    assessments(report).filter_map(|it| match &it.outcome {
        Outcome::Incomplete(gap) => Some((it, gap)),
        _ => None,
    })
}

impl Pair<'_> {
    fn show(&self, screen: &mut Screen) {
        let (old, new) = (self.old.label(), self.new.label());
        screen.line(format_args!("{old} → {new} ({})", self.new.artifact.kind()));
        match &self.changes {
            Ok(changes) => screen.changes(self.new, changes),
            Err(gap) => screen.line(format_args!("unknown: the two were not compared: {gap}")),
        }
        for (assessment, finding) in &self.findings {
            screen.finding(self.new, assessment.check, finding);
        }
        for (assessment, gap) in &self.gaps {
            screen.gap(self.new, assessment.check.id.as_str(), gap);
        }
        let nothing = self.changes.as_ref().is_ok_and(Changes::is_empty);
        if nothing && self.findings.is_empty() && self.gaps.is_empty() {
            screen.line(format_args!("  nothing that is compared has changed"));
        }
    }

    fn exit(&self, policy: &Policy) -> Exit {
        let stops = |finding: &Finding| {
            policy.sensitivity.decide(finding.severity) > Decision::Allow && !policy.ignore_warnings
        };
        if self.findings.iter().any(|(_, finding)| stops(finding)) {
            Exit::Refused
        } else if !self.gaps.is_empty() || self.changes.is_err() {
            Exit::Unchecked
        } else {
            Exit::Tool(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_words_are_a_project_with_two_versions() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(sides(&words("demo 1.0 1.1")), ["demo==1.0", "demo==1.1"]);
        assert_eq!(sides(&words("a.whl b.whl")), ["a.whl", "b.whl"]);
    }
}

//! `spip scan`: judges what files hold, without installing anything.

mod progress;
mod target;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};

use clap::{Parser, ValueEnum};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use spip_core::{
    Agreed, Cause, Gap, PackageId, Plan, Policy, Quoted, Report, Settings, Tally, Tool, Verdict,
    Waiver,
};

use self::progress::Progress;
use self::target::Target;
use crate::examining::{Bench, cores};
use crate::exit::Exit;
use crate::gathered::{Gathered, Known};
use crate::json::{Destination, Record};
use crate::measure::Order;
use crate::options::Options;
use crate::render::Screen;
use crate::scanner::Scanner;
use crate::tree::Owner;

/// Looks into wheels, sdists, source trees and modules without installing or running anything.
#[derive(Clone, Debug, Parser)]
#[command(name = "spip scan", no_binary_name = true)]
#[command(override_usage = "spip scan [OPTIONS] PATH…")]
#[command(after_help = "The options of `spip --spip-help` apply as well.\n\n\
    Exit status:\n  \
    0    nothing to refuse or to ask about\n  \
    100  something to refuse or to ask about\n  \
    101  something could not be looked at, and nothing to refuse\n  \
    102  spip could not do its work")]
struct Arguments {
    /// A wheel, an sdist, a directory, any other file, or a directory full of archives
    #[arg(value_name = "PATH", required = true)]
    targets: Vec<OsString>,

    /// How to say it, on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The report for machines, `spip-report/1`
    Json,
}

/// Why a scan could not begin or end properly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScanError {
    #[error("write the report: {0}")]
    Report(io::Error),
    #[error("scan: {0}")]
    Io(#[from] io::Error),
}

/// Runs the command with the arguments behind its name.
pub(crate) async fn run(
    options: &Options,
    rest: &[OsString],
    scanner: Scanner,
) -> Result<Exit, ScanError> {
    let arguments = match Arguments::try_parse_from(rest) {
        Ok(arguments) => arguments,
        Err(message) => {
            message.print()?;
            return Ok(if message.use_stderr() {
                Exit::Failed
            } else {
                Exit::Tool(0)
            });
        }
    };
    let destination = options.report.as_deref().map(Destination::prepare);
    let destination = destination.transpose().map_err(ScanError::Report)?;
    let mut errors = Screen::stderr(options.debug);
    let mut failed = false;
    let mut targets = Vec::new();
    for given in &arguments.targets {
        match find(given) {
            Ok(found) => targets.extend(found),
            Err(why) => {
                errors.line(format_args!("spip: failed to {why}"));
                failed = true;
            }
        }
    }
    let bench = Bench::new(scanner);
    let screen = (arguments.format == Format::Text).then(|| Screen::stdout(options.debug));
    let mut desk = Desk::new(options.policy(), screen);
    desk.judge_all(targets, &bench).await;
    desk.conclude();
    if arguments.format == Format::Json {
        let mut output = io::stdout().lock();
        writeln!(output, "{}", desk.record.to_json()?)?;
    }
    if let Some(destination) = destination {
        destination.write(&desk.record).map_err(ScanError::Report)?;
    }
    errors.debug(format_args!("{}", bench.scanner().spent()));
    Ok(if failed {
        Exit::Failed
    } else {
        desk.record.exit()
    })
}

fn find(given: &OsStr) -> Result<Vec<Target>, String> {
    target::of_path(given).map_err(|error| {
        format!(
            "scan {}: {error}",
            Quoted::from(given.to_string_lossy().into_owned())
        )
    })
}

/// Where everything is judged, in the order of the arguments.
struct Desk {
    policy: Policy,
    settings: Settings,
    screen: Option<Screen>,
    record: Record,
    tally: Tally,
    packages: usize,
    checks: usize,
    unused: Option<Vec<Waiver>>,
}

impl Desk {
    fn new(policy: Policy, screen: Option<Screen>) -> Self {
        Self {
            policy,
            settings: Settings::default(),
            screen,
            record: Record::new(Tool::Scan),
            tally: Tally::default(),
            packages: 0,
            checks: 0,
            unused: None,
        }
    }

    /// Several are scanned at once; what is said does not depend on which is done first.
    async fn judge_all(&mut self, targets: Vec<Target>, bench: &Bench) {
        let progress = Progress::new(targets.len());
        let numbered = targets.into_iter().zip(0..);
        let examined = numbered.map(|(mut target, number)| {
            target.package.id = PackageId(number);
            examine(target, bench)
        });
        let mut examined = stream::iter(examined).buffered(2 * cores());
        while let Some((target, known)) = examined.next().await {
            progress.step(|| self.judge(target, known));
        }
        progress.end();
    }

    fn judge(&mut self, target: Target, known: Known) {
        let facts: Gathered = [(target.package.id, known)].into_iter().collect();
        let plan = Plan {
            tool: Tool::Scan,
            packages: vec![target.package],
            gaps: Vec::new(),
        };
        let wanted = spip_checks::ALL.iter().copied();
        let wanted = wanted.filter(|check| self.policy.wants(check.meta().worst));
        let checks: Vec<_> = wanted.collect();
        let report = Report::examine(&plan, &checks, &facts, &self.settings, Timestamp::now());
        let policy = self.policy.clone();
        let verdict = policy.judge(&report, &Agreed::none());
        self.record.add(&report, &facts, &verdict);
        if let Some(screen) = &mut self.screen {
            let reasons: Vec<_> = verdict.reasons().iter().map(|(_, reason)| reason).collect();
            screen.reasons(&reasons);
            screen.omissions(&report);
        }
        self.count(&report, &verdict);
    }

    fn count(&mut self, report: &Report, verdict: &Verdict<'_>) {
        let tally = report.tally();
        self.tally.found += tally.found;
        self.tally.unknown += tally.unknown;
        self.tally.clear += tally.clear;
        self.tally.not_applicable += tally.not_applicable;
        self.packages += report.packages().len();
        self.checks = report.checks();
        let unused = verdict.unused_waivers();
        match &mut self.unused {
            Some(still) => still.retain(|waiver| unused.contains(&waiver)),
            None => self.unused = Some(unused.iter().map(|waiver| (*waiver).clone()).collect()),
        }
    }

    /// The last lines.
    fn conclude(&mut self) {
        let Some(screen) = &mut self.screen else {
            return;
        };
        for waiver in self.unused.iter().flatten() {
            screen.line(format_args!("note: --spip-allow {waiver} matched nothing"));
        }
        screen.counts(self.packages, self.checks, self.tally);
    }
}

/// Reads one target as a whole.
async fn examine(target: Target, bench: &Bench) -> (Target, Known) {
    let told = &target.told;
    let mut known = Known {
        given: target.given.clone(),
        listing: told.listing.clone(),
        other_listings: told.others.clone(),
        project: told.project.clone(),
        metadata: Ok(None),
        measured: Ok(None),
        contents: Ok(None),
    };
    match &target.file {
        Some((path, mark)) => {
            let order = Order::new(&target.package, path.clone(), *mark);
            let Some(order) = order else {
                let gap = Gap::new(Cause::Internal, "a file that is none");
                known.contents = Err(gap);
                return (target, known);
            };
            let (measuring, scanning) = bench.file(order);
            let unreadable = |error: crate::measure::MeasureError| {
                Gap::new(Cause::Unreadable, format!("failed to {error}"))
            };
            known.measured = measuring.await.map(Some).map_err(unreadable);
            known.contents = scanning.await;
        }
        None => {
            if let spip_core::Artifact::Directory { path, .. } = &target.package.artifact {
                known.contents = bench.tree(path.clone(), Owner::User).await;
            }
        }
    }
    (target, known)
}

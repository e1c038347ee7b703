//! `spip scan`: judges what files hold, without installing anything.

mod choice;
pub(crate) mod configuration;
pub(crate) mod indexes;
pub(crate) mod named;
pub(crate) mod progress;
pub(crate) mod target;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::Path;

use clap::{Parser, ValueEnum};
use futures_util::{StreamExt, stream};
use spip_core::{Cause, Gap, Needs, PackageId, Quoted, Tool};
use spip_policy::PolicyError;
use spip_pypi::Cache;

use self::configuration::Configuration;
use self::indexes::{IndexOptions, Indexes};
use self::named::{Extent, Wanted};
use self::progress::Progress;
use self::target::{Place, Target};
use crate::examining::{Bench, cores};
use crate::exit::{self, Exit};
use crate::gathered::Known;
use crate::intel::Intel;
use crate::json::Destination;
use crate::measure::Order;
use crate::options::Options;
use crate::policy::Rules;
use crate::render::Screen;
use crate::review::Review;
use crate::scanner::Scanner;
use crate::tree::Owner;

/// Looks into wheels, sdists, source trees and modules without installing or running anything.
#[derive(Clone, Debug, Parser)]
#[command(name = "spip scan", no_binary_name = true)]
#[command(override_usage = "spip scan [OPTIONS] PATH|NAME==VERSION…")]
#[command(after_help = "The options of `spip --spip-help` apply as well.\n\n\
    Exit status:\n  \
    0    nothing to refuse or to ask about\n  \
    100  something to refuse or to ask about\n  \
    101  something could not be looked at, and nothing to refuse\n  \
    102  spip could not do its work")]
struct Arguments {
    /// A wheel, an sdist, a directory, any other file, a directory full of archives, or the name of
    /// a release, whose files are fetched but not built. What exists as a path is a path
    #[arg(value_name = "PATH|NAME==VERSION", required = true)]
    targets: Vec<OsString>,

    /// How to say it, on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,

    /// Fetch every file of a release, not only the sdist and the wheel that fits best
    #[arg(long)]
    all_files: bool,

    #[command(flatten)]
    indexes: IndexOptions,
}

/// The status of programs that end on Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// The report for machines, `spip-report/1`
    Json,
}

/// Why a scan could not begin or end properly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScanError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
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
    cache: Option<Cache>,
    intel: Intel,
) -> Result<Exit, ScanError> {
    let arguments: Arguments = match exit::parse(rest)? {
        Ok(arguments) => arguments,
        Err(exit) => return Ok(exit),
    };
    let destination = Destination::wanted(options.report.as_deref());
    let destination = destination.map_err(ScanError::Report)?;
    // Deleted when this function ends, also by an interruption.
    let folder = tempfile::tempdir()?;
    let mut search = Search {
        extent: if arguments.all_files {
            Extent::All
        } else {
            Extent::Usual
        },
        index_options: &arguments.indexes,
        cache,
        folder: folder.path(),
        errors: Screen::stderr(options.debug),
        failed: false,
    };
    let bench = Bench::new(scanner);
    let screen = (arguments.format == Format::Text).then(|| Screen::stdout(options.debug));
    let rules = Rules::of(options)?;
    intel.heed(&rules.effective);
    let mut review = Review::new(Tool::Scan, rules, screen);
    let work = async {
        let targets = search.targets(&arguments.targets).await;
        judge_all(&mut review, targets, &bench, &intel).await;
    };
    tokio::select! {
        () = work => {}
        _ = tokio::signal::ctrl_c() => return Ok(Exit::Tool(INTERRUPTED)),
    }
    review.conclude();
    let written = review.write(arguments.format, destination);
    written.map_err(ScanError::Report)?;
    let spent = bench.scanner().spent();
    search.errors.debug(format_args!("{spent}"));
    Ok(if search.failed {
        Exit::Failed
    } else {
        review.record.exit()
    })
}

/// Finds what arguments name.
pub(crate) struct Search<'a> {
    /// How much of a release is fetched.
    pub(crate) extent: Extent,
    /// Where releases are looked for.
    pub(crate) index_options: &'a IndexOptions,
    /// What indexes said before.
    pub(crate) cache: Option<Cache>,
    /// Where files are kept.
    pub(crate) folder: &'a Path,
    /// Where trouble is told.
    pub(crate) errors: Screen,
    /// Something could not be found.
    pub(crate) failed: bool,
}

impl Search<'_> {
    /// Everything that could be found, in the order of the arguments; the rest is told.
    async fn targets(&mut self, all: &[OsString]) -> Vec<Target> {
        let mut targets = Vec::new();
        for (number, given) in all.iter().enumerate() {
            match self.find(number, given).await {
                Ok(found) => targets.extend(found),
                Err(why) => {
                    self.failed = true;
                    self.errors.line(format_args!("spip: failed to {why}"));
                }
            }
        }
        targets
    }

    /// What exists is a path; what does not may be a name.
    pub(crate) async fn find(
        &mut self,
        number: usize,
        given: &OsStr,
    ) -> Result<Vec<Target>, String> {
        let error = match target::of_path(given) {
            Ok(found) => return Ok(found),
            Err(error) => error,
        };
        let wanted = given.to_str().and_then(Wanted::parse);
        let Some(wanted) = wanted.filter(|_| error.kind() == io::ErrorKind::NotFound) else {
            let given = given.to_string_lossy();
            return Err(format!("scan {}: {error}", Quoted::new(&given)));
        };
        let configuration = Configuration::read(|name| std::env::var_os(name));
        let cache = self.cache.as_ref();
        let indexes = Indexes::new(self.index_options, &configuration, cache)?;
        let folder = self.folder.join(number.to_string());
        fs::create_dir(&folder).map_err(|error| format!("keep what is fetched: {error}"))?;
        let fetched = wanted.fetch(&indexes, self.extent, &folder).await?;
        if fetched.skipped > 0 {
            let (label, skipped) = (&fetched.label, fetched.skipped);
            self.errors.line(format_args!(
                "note: {label} has {skipped} more files; `--all-files` looks at every one"
            ));
        }
        Ok(fetched.targets)
    }
}

/// Several are scanned at once; what is said does not depend on which is done first.
async fn judge_all(review: &mut Review, targets: Vec<Target>, bench: &Bench, intel: &Intel) {
    let progress = Progress::new("scanning", targets.len());
    intel.ask(targets.iter().map(|target| &target.package));
    let numbered = targets.into_iter().zip(0..);
    let examined = numbered.map(|(mut target, number)| {
        target.package.id = PackageId(number);
        examine(target, bench, intel)
    });
    let mut examined = stream::iter(examined).buffered(2 * cores());
    while let Some((target, known)) = examined.next().await {
        progress.step(|| review.judge(target.package, known, Needs::ALL));
    }
    progress.end();
}

/// Reads one target as a whole.
pub(crate) async fn examine(target: Target, bench: &Bench, intel: &Intel) -> (Target, Known) {
    let told = &target.told;
    let mut known = Known {
        given: target.given.clone(),
        listing: told.listing.clone(),
        other_listings: told.others.clone(),
        project: told.project.clone(),
        metadata: Ok(None),
        measured: Ok(None),
        contents: Ok(None),
        advisories: Ok(None),
        remembered: Ok(None),
        previous: Ok(None),
    };
    match &target.place {
        Ok(Place::Tree(root)) => known.contents = bench.tree(root.clone(), Owner::User).await,
        Ok(Place::File(path, mark)) => match Order::new(&target.package, path.clone(), *mark) {
            Some(order) => {
                let (measuring, scanning) = bench.file(order);
                known.measured = measuring
                    .await
                    .map(Some)
                    .map_err(|error| Gap::new(Cause::Unreadable, format!("failed to {error}")));
                known.contents = scanning.await;
            }
            None => known.contents = Err(Gap::new(Cause::Internal, "not a file")),
        },
        Err(gap) => {
            known.measured = Err(gap.clone());
            known.contents = Err(gap.clone());
        }
    }
    let measured = known.measured.as_ref().ok().and_then(Option::as_deref);
    known.advisories = intel.about(&target.package, measured, &known.project).await;
    (target, known)
}

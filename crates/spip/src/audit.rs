//! `spip audit`: judges what is installed already.

pub(crate) mod environment;
pub(crate) mod files;
pub(crate) mod installed;
pub(crate) mod look;
mod origin;
pub(crate) mod record;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser;
use futures_util::{StreamExt, stream};
use spip_core::{Listing, Needs, PackageId, PackageName, Tool};
use spip_policy::PolicyError;
use spip_pypi::Cache;

use self::environment::{Environment, EnvironmentError};
use self::look::{Depth, Told};
use crate::exit::{self, Exit};
use crate::intel::Intel;
use crate::json::Destination;
use crate::options::Options;
use crate::policy::Rules;
use crate::render::Screen;
use crate::review::Review;
use crate::scan::configuration::Configuration;
use crate::scan::indexes::{IndexOptions, Indexes};
use crate::scan::progress::Progress;
use crate::scan::{Format, INTERRUPTED};
use crate::scanner::Scanner;

/// How many indexes' pages are asked for at once.
const AT_ONCE: usize = 16;

/// Judges what is installed in an environment: whether its files are what was installed, what runs
/// at every start, where it came from, and what the index says of it today.
#[derive(Clone, Debug, Parser)]
#[command(name = "spip audit", no_binary_name = true)]
#[command(override_usage = "spip audit [OPTIONS] [ENVIRONMENT]")]
#[command(after_help = "The options of `spip --spip-help` apply as well.\n\n\
    Exit status:\n  \
    0    nothing to refuse or to ask about\n  \
    100  something to refuse or to ask about\n  \
    101  something could not be looked at, and nothing to refuse\n  \
    102  spip could not do its work")]
struct Arguments {
    /// The directory of a virtual environment, or an interpreter [default: the active one]
    #[arg(value_name = "ENVIRONMENT")]
    environment: Option<PathBuf>,

    /// Read every installed file, as `spip scan` does, not only the list of them
    #[arg(long)]
    deep: bool,

    /// Ask nobody: only the files on this machine are looked at
    #[arg(long)]
    offline: bool,

    /// How to say it, on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
    format: Format,

    #[command(flatten)]
    indexes: IndexOptions,
}

/// Why an audit could not begin or end properly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuditError {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("write the report: {0}")]
    Report(io::Error),
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error("{0}")]
    Indexes(String),
    #[error("audit: {0}")]
    Io(#[from] io::Error),
}

/// Runs the command with the arguments behind its name.
pub(crate) async fn run(
    options: &Options,
    rest: &[OsString],
    scanner: Scanner,
    cache: Option<Cache>,
    intel: Intel,
) -> Result<Exit, AuditError> {
    let arguments: Arguments = match exit::parse(rest)? {
        Ok(arguments) => arguments,
        Err(exit) => return Ok(exit),
    };
    let destination = Destination::wanted(options.report.as_deref());
    let destination = destination.map_err(AuditError::Report)?;
    let environment = Environment::find(arguments.environment.as_deref()).await?;
    let configuration = Configuration::read(|name| std::env::var_os(name));
    let indexes = (!arguments.offline)
        .then(|| Indexes::new(&arguments.indexes, &configuration, cache.as_ref()))
        .transpose()
        .map_err(AuditError::Indexes)?;
    let screen = (arguments.format == Format::Text).then(|| Screen::stdout(options.debug));
    let depth = if arguments.deep {
        Depth::Deep
    } else {
        Depth::Shallow
    };
    let rules = Rules::of(options)?;
    intel.heed(&rules.effective);
    let review = Review::new(Tool::Audit, rules, screen);
    let mut audit = Audit::new(depth, indexes, scanner, intel, review);
    if environment.sees_more {
        audit.review.note(format_args!(
            "note: this environment also sees what is installed for its base interpreter; that is not \
             looked at here: `spip audit PYTHON` with the base interpreter does"
        ));
    }
    tokio::select! {
        done = audit.environment(&environment) => done?,
        _ = tokio::signal::ctrl_c() => return Ok(Exit::Tool(INTERRUPTED)),
    }
    audit.conclude();
    let written = audit.review.write(arguments.format, destination);
    written.map_err(AuditError::Report)?;
    Ok(audit.review.record.exit())
}

/// One audit.
pub(crate) struct Audit {
    depth: Depth,
    /// Who is asked; `None`: nobody.
    pub(crate) indexes: Option<Indexes>,
    scanner: Arc<Scanner>,
    intel: Intel,
    /// What came of it.
    pub(crate) review: Review,
    next: u32,
}

impl Audit {
    /// An audit that has looked at nothing yet. Without indexes nobody else is asked either.
    pub(crate) fn new(
        depth: Depth,
        indexes: Option<Indexes>,
        scanner: Scanner,
        intel: Intel,
        review: Review,
    ) -> Self {
        let intel = match &indexes {
            Some(_) => intel,
            None => intel.offline(),
        };
        Self {
            depth,
            indexes,
            scanner: Arc::new(scanner),
            intel,
            review,
            next: 0,
        }
    }

    /// Everything that is installed in an environment.
    pub(crate) async fn environment(&mut self, environment: &Environment) -> io::Result<()> {
        for site in &environment.sites {
            self.site(site).await?;
        }
        Ok(())
    }

    /// One directory of modules: every package in it, then what is no package's.
    async fn site(&mut self, site: &Path) -> io::Result<()> {
        let place = site.to_owned();
        let (code, (installed, unclear)) = in_background(move || {
            Ok::<_, io::Error>((files::code(&place)?, installed::list(&place)?))
        })
        .await??;
        let code = Arc::new(code);
        let progress = Progress::new("auditing", installed.len() + 1);
        let mut owned = BTreeSet::new();
        let needs = match self.depth {
            Depth::Deep => Needs::ALL,
            Depth::Shallow => &[Needs::Artifact, Needs::Metadata],
        };
        let indexes = self.indexes.as_ref();
        let (depth, scanner, intel) = (self.depth, &self.scanner, &self.intel);
        // Only what an index offered is anybody else's business.
        let offered = installed.iter().filter(|it| it.direct.is_none());
        self.intel
            .ask_about(offered.map(|it| (it.name.clone(), it.version.clone())));
        let looked = installed.into_iter().map(|installed| {
            let scanner = Arc::clone(scanner);
            async move {
                let told = ask(indexes, &installed.name).await;
                let look = move || look::package(&installed, told, depth, &scanner);
                let mut looked = in_background(look).await?;
                let known = &mut looked.known;
                known.advisories = intel.about(&looked.package, None, &known.project).await;
                Ok::<_, io::Error>(looked)
            }
        });
        let mut looked = stream::iter(looked).buffered(AT_ONCE);
        let (review, next) = (&mut self.review, &mut self.next);
        while let Some(looked) = looked.next().await {
            let mut looked = looked?;
            owned.append(&mut looked.owned);
            looked.package.id = PackageId(*next);
            *next += 1;
            progress.step(|| review.judge(looked.package, looked.known, needs));
        }
        drop(looked);
        let rest = files::unowned(&code, &owned);
        let (site, scanner) = (site.to_owned(), Arc::clone(&self.scanner));
        let mut looked =
            in_background(move || look::of_nobody(&site, rest, unclear, &scanner)).await?;
        looked.package.id = PackageId(self.next);
        self.next += 1;
        let needs = Needs::BEFORE_BUILD;
        progress.step(|| self.review.judge(looked.package, looked.known, needs));
        progress.end();
        Ok(())
    }

    fn conclude(&mut self) {
        if self.depth == Depth::Shallow {
            let line = "note: of code only what runs at every start was read; `--deep` reads all";
            self.review.note(format_args!("{line}"));
        }
        if self.indexes.is_none() {
            self.review.note(format_args!("note: no index was asked"));
        }
        self.review.conclude();
    }
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)
}

/// Asks the indexes in their order; the first that has the project answers.
async fn ask(indexes: Option<&Indexes>, name: &PackageName) -> Option<Told> {
    let mut last = None;
    for index in indexes?.all() {
        let page = index.page_of(name);
        let listing = index.client.listing(&page, None).await;
        if let Ok(None) = listing {
            // What nobody offers any more has a page without files.
            let empty = Listing {
                page: page.clone(),
                files: Vec::new(),
                status: None,
            };
            last = Some(Told {
                listing: Ok(Some(Arc::new(empty))),
                project: Ok(None),
                page,
            });
            continue;
        }
        let project = match &listing {
            Ok(_) => index.client.project(&page, name, None).await,
            Err(_) => Ok(None),
        };
        return Some(Told {
            page,
            listing,
            project,
        });
    }
    last
}

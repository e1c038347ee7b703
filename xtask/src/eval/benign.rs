//! `cargo xtask eval benign`: false alarms, speed and memory on what honest projects publish.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use super::judge::{self, Said};

mod cost;
pub(super) mod figures;

use super::store::{Age, Kind, Request, Store};

/// What to measure on.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Names of projects, one a line; `NAME wheel` or `NAME sdist` asks for one of the two only.
    #[arg(long, value_name = "FILE")]
    names: PathBuf,
    /// The first so many names only.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Where fetched files are kept. Nothing is fetched twice.
    #[arg(long, value_name = "DIR", default_value = "target/benign")]
    store: PathBuf,
    /// Wheels only.
    #[arg(long)]
    wheels: bool,
    /// Sdists only.
    #[arg(long, conflicts_with = "wheels")]
    sdists: bool,
    /// Scans on one core, so that the times of single archives are those of one core too.
    #[arg(long)]
    one_core: bool,
}

/// One archive, what was said of it and what it cost.
struct Judged {
    filename: String,
    kind: Kind,
    bytes: usize,
    milliseconds: f64,
    /// `None`: the scan panicked.
    said: Option<Said>,
}

/// Fetches what is missing, scans everything, prints a line for each archive and the figures.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.one_core && std::env::var_os(ONE_CORE.0).is_none() {
        return again_on_one_core();
    }
    let requests = requests(arguments)?;
    let mut store = Store::open(&arguments.store)?;
    for (request, why) in store.fetch(&requests, Age::Newest)? {
        crate::note(format_args!("{request}: not fetched: {why}"))?;
    }
    let started = (cost::processor_seconds()?, Instant::now());
    let mut judged = Vec::new();
    for request in &requests {
        let Some(path) = store.find(request) else {
            continue;
        };
        let one = judge(path, request.kind)?;
        crate::say(format_args!("{}", figures::line(&one)))?;
        judged.push(one);
    }
    ensure!(!judged.is_empty(), "no archive to scan");
    let spent = cost::Spent {
        processor: cost::processor_seconds()? - started.0,
        wall: started.1.elapsed().as_secs_f64(),
        peak: cost::peak_memory()?,
    };
    for line in figures::headlines(&judged, &spent) {
        crate::say(format_args!("{line}"))?;
    }
    Ok(())
}

/// The number of threads is fixed when the first scan begins, by this variable.
const ONE_CORE: (&str, &str) = ("RAYON_NUM_THREADS", "1");

fn again_on_one_core() -> Result<()> {
    let status = Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(ONE_CORE.0, ONE_CORE.1)
        .status()
        .context("start this program again")?;
    ensure!(status.success(), "{status}");
    Ok(())
}

/// What the list of names asks for: without a word on the kind, both.
fn requests(arguments: &Arguments) -> Result<Vec<Request>> {
    let text = fs::read_to_string(&arguments.names)
        .with_context(|| format!("{}", arguments.names.display()))?;
    let mut requests = Vec::new();
    for line in text.lines().take(arguments.limit.unwrap_or(usize::MAX)) {
        let mut words = line.split_whitespace();
        let Some(name) = words.next() else { continue };
        let kinds = match words.next() {
            None => vec![Kind::Wheel, Kind::Sdist],
            Some(word) => vec![Kind::parse(word).with_context(|| format!("kind in {line:?}"))?],
        };
        for kind in kinds {
            let is_wanted = match kind {
                Kind::Wheel => !arguments.sdists,
                Kind::Sdist => !arguments.wheels,
            };
            if is_wanted {
                requests.push(Request {
                    name: name.parse()?,
                    kind,
                });
            }
        }
    }
    Ok(requests)
}

fn judge(path: &Path, kind: Kind) -> Result<Judged> {
    let filename = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let filename = filename.unwrap_or_default();
    let started = Instant::now();
    let bytes = fs::read(path).with_context(|| format!("{}", path.display()))?;
    let length = bytes.len();
    let said = catch_unwind(AssertUnwindSafe(|| judge::file(&filename, bytes)))
        .ok()
        .transpose()?;
    Ok(Judged {
        filename,
        kind,
        bytes: length,
        milliseconds: started.elapsed().as_secs_f64() * 1000.0,
        said,
    })
}

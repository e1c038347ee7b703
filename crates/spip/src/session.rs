//! One run from arguments to exit status.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use spip_adapters::pip::Interpreter;
use spip_core::Tool;
use spip_memory::Store;
use spip_pypi::Cache;
use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

use crate::audit::{self, AuditError};
use crate::child;
use crate::chronicle;
use crate::diff::{self, DiffError};
use crate::doctor::{self, DoctorError};
use crate::examining::cores;
use crate::exit::Exit;
use crate::explain;
use crate::facts::Library;
use crate::features::Features;
use crate::guard::Guard;
use crate::history::{self, HistoryError};
use crate::init::{self, InitError};
use crate::intel::{self, Intel, IntelError};
use crate::interpreter::ThisMachine;
use crate::json::Destination;
use crate::judge::Judge;
use crate::options::Options;
use crate::panics;
use crate::policy::{self, AdoptError, Rules, ShowError, WaiveError};
use crate::render::Screen;
use crate::scan::{self, ScanError};
use crate::scanner::Scanner;
use crate::shim::{self, Wanted};
use crate::tools::{self, ToolError};

/// Why a run could not begin or end properly.
#[derive(Debug, thiserror::Error)]
enum SessionError {
    #[error("find a Python with pip: activate an environment, or put `pip` on PATH")]
    NoInterpreter,
    #[error("start {program}: {error}")]
    Start { program: String, error: io::Error },
    #[error("write the report: {0}")]
    Report(io::Error),
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(transparent)]
    Policy(#[from] ShowError),
    #[error(transparent)]
    Adopt(#[from] AdoptError),
    #[error(transparent)]
    Waive(#[from] WaiveError),
    #[error(transparent)]
    Diff(#[from] DiffError),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Init(#[from] InitError),
    #[error(transparent)]
    Doctor(#[from] DoctorError),
    #[error(transparent)]
    Intel(#[from] IntelError),
    #[error(transparent)]
    Tool(#[from] ToolError),
    #[error("run: {0}")]
    Io(#[from] io::Error),
}

impl SessionError {
    /// Whether somebody may wonder what became of their packages.
    fn is_about_an_installation(&self) -> bool {
        !matches!(
            self,
            Self::Scan(_)
                | Self::Audit(_)
                | Self::Diff(_)
                | Self::History(_)
                | Self::Policy(_)
                | Self::Adopt(_)
                | Self::Waive(_)
                | Self::Init(_)
                | Self::Doctor(_)
                | Self::Intel(_)
        )
    }
}

/// Runs the tool with the guard in the way.
pub(crate) fn run(tool: Tool, arguments: &[OsString]) -> Exit {
    start_logging();
    panics::tell_plainly();
    let program = |rest: &[OsString]| tools::read(tool, rest).program;
    let (options, rest) = match Options::split(arguments, program) {
        Ok(split) => split,
        Err(error) => {
            // Help that cannot be shown changes nothing about the outcome.
            let _shown = error.print();
            return Exit::Failed;
        }
    };
    match serve(tool, &options, rest) {
        Ok(exit) => exit,
        Err(error) => {
            let mut screen = Screen::stderr(false);
            match &error {
                SessionError::Tool(ToolError::Refused(why)) => {
                    screen.line(format_args!("spip: {why}"));
                }
                _ => screen.line(format_args!("spip: failed to {error}")),
            }
            if error.is_about_an_installation() {
                screen.line(format_args!("refused: nothing was installed"));
            }
            Exit::Failed
        }
    }
}

fn serve(tool: Tool, options: &Options, mut rest: Vec<OsString>) -> Result<Exit, SessionError> {
    let mut output = io::stdout().lock();
    if options.help {
        writeln!(output, "{}", Options::manual(tool))?;
        return Ok(Exit::Tool(0));
    }
    if options.version {
        writeln!(output, "spip {}", env!("CARGO_PKG_VERSION"))?;
        return Ok(Exit::Tool(0));
    }
    let own = rest
        .first()
        .and_then(|first| first.to_str())
        .unwrap_or_default();
    let own = if tool == Tool::Pip { own } else { "" };
    let words = rest.get(1..).unwrap_or_default();
    let told = match own {
        "explain" => Some(explain::run(words, &mut output)?),
        "history" => Some(history::run(words, &mut output)?),
        "init" => Some(init::run(words, &mut output)?),
        "doctor" => Some(doctor::run(words, &mut output)?),
        "policy" if words.first().is_some_and(|word| word == "init") => None,
        "policy" => Some(policy::show(options, words, &mut output)?),
        "waive" => Some(policy::waive(words, &mut output)?),
        _ => None,
    };
    if let Some(exit) = told {
        return Ok(exit);
    }
    drop(output);
    let runtime = runtime()?;
    let exit = match (tool, own) {
        (_, "intel") => {
            let directory = cache_directory();
            let intel = intel::run(&rest[1..], directory.as_deref());
            runtime.block_on(intel).map_err(SessionError::from)
        }
        (_, "scan") => {
            let scan = scan::run(options, &rest[1..], scanner(), index_cache(), lists());
            runtime.block_on(scan).map_err(SessionError::from)
        }
        (_, "diff") => {
            let diff = diff::run(options, &rest[1..], scanner(), index_cache(), lists());
            runtime.block_on(diff).map_err(SessionError::from)
        }
        (_, "audit") => {
            let audit = audit::run(options, &rest[1..], scanner(), index_cache(), lists());
            runtime.block_on(audit).map_err(SessionError::from)
        }
        (_, "policy") => {
            let words = words.get(1..).unwrap_or_default();
            let adopt = policy::adopt(options, words, scanner(), index_cache(), lists());
            runtime.block_on(adopt).map_err(SessionError::from)
        }
        (_, "exec") => {
            let command = rest.split_off(1);
            let run = tools::run(Tool::Command, options, command, library());
            runtime.block_on(run).map_err(SessionError::from)
        }
        (Tool::Pip, _) => {
            let interpreter = spip_adapters::pip::interpreter(&ThisMachine);
            let interpreter = interpreter.ok_or(SessionError::NoInterpreter)?;
            runtime.block_on(guard_pip(options, interpreter, OsStr::new(""), &rest))
        }
        (tool, _) => {
            let run = tools::run(tool, options, rest, library());
            runtime.block_on(run).map_err(SessionError::from)
        }
    };
    // A request that still hangs must not hold up the end.
    runtime.shutdown_background();
    exit
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(4 + 2 * cores())
        .enable_all()
        .build()
}

/// `spip-python`: the pip that another tool has started.
pub(crate) fn stand_in(arguments: &[OsString]) -> Exit {
    start_logging();
    panics::tell_plainly();
    let mut screen = Screen::stderr(false);
    let guarded = shim::read(arguments).and_then(|wanted| {
        let (options, _) = Options::split(&[], |_| None).map_err(|error| error.to_string())?;
        let runtime = runtime().map_err(|error| error.to_string())?;
        let Wanted {
            interpreter,
            pip_folder,
            arguments,
        } = wanted;
        if let Some(address) = std::env::var_os(tools::ATTENDANT) {
            let folder = pip_folder.as_os_str();
            let error = child::become_attended(&interpreter, folder, &arguments, &address);
            return Err(format!("reach the guard of this run: {error}"));
        }
        let guarded = guard_pip(&options, interpreter, pip_folder.as_os_str(), &arguments);
        let exit = runtime.block_on(guarded).map_err(|error| error.to_string());
        runtime.shutdown_background();
        exit
    });
    guarded.unwrap_or_else(|why| {
        screen.line(format_args!(
            "spip: failed to {why}\nrefused: nothing was installed"
        ));
        Exit::Failed
    })
}

async fn guard_pip(
    options: &Options,
    interpreter: Interpreter,
    pip_folder: &OsStr,
    rest: &[OsString],
) -> Result<Exit, SessionError> {
    let started = Instant::now();
    let program = interpreter.program.display().to_string();
    let start_error = |error| SessionError::Start {
        program: program.clone(),
        error,
    };
    let destination = Destination::wanted(options.report.as_deref());
    let destination = destination.map_err(SessionError::Report)?;
    let (mut running, channel) =
        child::start(&interpreter, pip_folder, rest).map_err(start_error)?;

    let library = library();
    let mut screen = Screen::stderr(options.debug);
    screen.debug(format_args!("interpreter {program}"));
    // Commands that install nothing do not need a policy.
    let (rules, trouble) = match Rules::of(options) {
        Ok(rules) => (rules, None),
        Err(trouble) => (Rules::default(), Some(trouble)),
    };
    let judge = Judge::new(Tool::Pip, rules, library, screen);
    let mut guard = Guard::new(judge, None);
    guard.without_policy = trouble;
    guard.serve(channel, &mut running).await;
    let status = running.wait().await?;
    guard.look_after(&mut running).await;
    guard.remember(status.success());

    let written = destination.map(|destination| destination.write(&guard.judge().record));
    debug_times(&mut guard, started);
    guard.conclude(None);
    if let Some(Err(error)) = written {
        let screen = &mut guard.judge().screen;
        screen.line(format_args!("spip: failed to write the report: {error}"));
        return Ok(Exit::Failed);
    }
    Ok(guard.exit().unwrap_or_else(|| child::end_like(status)))
}

/// Everything that is known or can be asked, with what earlier runs remembered.
fn library() -> Library {
    let memory = chronicle::directory().map(Store::at);
    Library::new(index_cache(), scanner(), lists(), memory)
}

/// The lists of known-bad releases.
fn lists() -> Intel {
    Intel::new(cache_directory().as_deref())
}

fn index_cache() -> Option<Cache> {
    cache_directory().map(Cache::open)
}

fn scanner() -> Scanner {
    Scanner::new(cache_directory().map(Features::open))
}

fn cache_directory() -> Option<PathBuf> {
    Cache::default_directory(|name| std::env::var_os(name))
}

fn debug_times(guard: &mut Guard<'_>, started: Instant) {
    let milliseconds = |duration: std::time::Duration| duration.as_secs_f64() * 1000.0;
    let spent = &guard.judge().spent;
    let line = format!(
        "time: {:.0} ms in all; pip waited {:.1} ms for facts, {:.1} ms for checks, {:.0} ms for a person; guard used {:.1} ms of CPU",
        milliseconds(started.elapsed()),
        milliseconds(spent.gathering),
        milliseconds(spent.judging),
        milliseconds(spent.asking),
        own_cpu_milliseconds(),
    );
    guard.judge().screen.debug(format_args!("{line}"));
    let line = guard.judge().library.scanner().spent();
    guard.judge().screen.debug(format_args!("{line}"));
}

/// CPU time of this process alone, all threads, without pip.
fn own_cpu_milliseconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let seconds = f64::from(i32::try_from(time.tv_sec).unwrap_or(i32::MAX));
    let rest = f64::from(i32::try_from(time.tv_nsec).unwrap_or(0));
    seconds * 1000.0 + rest / 1_000_000.0
}

/// `SPIP_LOG=debug` and the like; nothing is printed without it.
fn start_logging() {
    if std::env::var_os("SPIP_LOG").is_none() {
        return;
    }
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_env("SPIP_LOG"))
        .with_writer(io::stderr)
        .with_ansi(false)
        .init();
}

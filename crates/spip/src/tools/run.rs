//! One guarded run of a tool, from its command line to its end.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest as _, Sha256};
use spip_adapters::Intent;
use spip_core::{Quoted, Tool};
use spip_proxy::{Proxy, Variable};
use spip_pypi::{Access, Cache};
use tokio::process::Command;
use tokio::sync::mpsc::UnboundedReceiver;

use super::cache::ToolCache;
use super::desk::{Desk, Event};
use super::journal::{self, Journal};
use super::lock::Locks;
use super::place::Place;
use super::referee::{Message, Referee};
use super::set_up::{Call, SetUp};
use super::{
    ToolError, access, arguments, attended, become_tool, ending, program, read, set_up, uv,
};
use crate::child::{self, Running};
use crate::chronicle::Outcome;
use crate::exit::Exit;
use crate::facts::Library;
use crate::intel;
use crate::json::Destination;
use crate::judge::Judge;
use crate::options::Options;
use crate::policy::Rules;
use crate::render::Screen;

/// Runs the tool, guarded if its command fetches or installs anything.
pub(crate) async fn run(
    tool: Tool,
    options: &Options,
    arguments: Vec<OsString>,
    library: Library,
) -> Result<Exit, ToolError> {
    let (name, arguments) = program_of(tool, arguments)?;
    let found = program::find(&name).ok_or(ToolError::NoProgram(name))?;
    let reading = read(tool, &arguments);
    let root = Cache::default_directory(|name| std::env::var_os(name));
    let root = root.ok_or_else(|| ToolError::Refused("set HOME or SPIP_CACHE_DIR".to_owned()))?;
    let mut call = Call {
        tool,
        program: found,
        arguments,
        reading,
        directory: std::env::current_dir()?,
        cache: PathBuf::new(),
    };
    if !call.reading.intent.is_guarded() || wants_help(&call) {
        return Err(become_tool(&call, &call.arguments, &[]));
    }
    let given = Rules::within(&Place::of(&call)?.of_policy()?, options)?;
    let folder = root.join(tool.as_str().replace(' ', "-"));
    let cache = ToolCache::open(&folder, &rules(&given, &root), given.policy.sensitivity)?;
    cache.path().clone_into(&mut call.cache);
    let set_up = set_up(&call)?;
    let exit = if set_up.is_attended {
        attended::run(&call, &set_up, options, given, library, &cache).await?
    } else {
        let session = Session {
            call: &call,
            set_up: &set_up,
            options,
            root: &root,
        };
        session.guarded(given, library, &cache).await?
    };
    match (&set_up.afterwards, exit) {
        (Some(afterwards), Exit::Tool(0)) => {
            cache.hand_over();
            Err(become_tool(&call, afterwards, uv::NO_CACHE_VARIABLES))
        }
        _ => Ok(exit),
    }
}

/// The name of the program, and what it is told.
fn program_of(
    tool: Tool,
    mut arguments: Vec<OsString>,
) -> Result<(String, Vec<OsString>), ToolError> {
    if tool != Tool::Command {
        return Ok((tool.as_str().to_owned(), arguments));
    }
    if arguments.first().is_some_and(|word| word == "--") {
        arguments.remove(0);
    }
    if arguments.is_empty() {
        let usage = "say which command to run: spip exec -- COMMAND…";
        return Err(ToolError::Refused(usage.to_owned()));
    }
    let name = arguments.remove(0).to_string_lossy().into_owned();
    let around = [
        "--proxy",
        "--cache-dir",
        "--trusted-host",
        "--allow-insecure-host",
    ];
    let leads_around = |word: &OsString| {
        let text = word.to_string_lossy();
        around
            .into_iter()
            .find(|it| text.split('=').next() == Some(it))
    };
    match arguments.iter().find_map(leads_around) {
        Some(option) => Err(ToolError::Refused(format!(
            "{option} leads around the guard: leave it out, or run the command without spip"
        ))),
        None => Ok((name, arguments)),
    }
}

/// Whether the last word asks for help, and no option before it could take it for its value.
fn wants_help(call: &Call) -> bool {
    let is_option = |word: &OsString| word.to_string_lossy().starts_with('-');
    match call.own_arguments() {
        [.., before, last] if call.tool != Tool::Command => {
            (last == "-h" || last == "--help") && !is_option(before)
        }
        _ => false,
    }
}

/// What verdicts of this program rest on: another build may judge otherwise, and so may one that has
/// another list of known-bad releases or another policy.
fn rules(given: &Rules, caches: &Path) -> String {
    let mut hash = Sha256::new();
    hash.update(spip_scan::RULES);
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(intel::identity(caches));
    hash.update(given.identity().unwrap_or_default());
    let own = std::env::current_exe().and_then(std::fs::metadata);
    if let Ok(own) = own {
        use std::os::unix::fs::MetadataExt;
        hash.update(own.len().to_le_bytes());
        hash.update(own.mtime().to_le_bytes());
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

struct Session<'s> {
    call: &'s Call,
    set_up: &'s SetUp,
    options: &'s Options,
    root: &'s Path,
}

impl Session<'_> {
    async fn guarded(
        &self,
        rules: Rules,
        library: Library,
        cache: &ToolCache,
    ) -> Result<Exit, ToolError> {
        let started = Instant::now();
        let destination = Destination::wanted(self.options.report.as_deref());
        let destination = destination.map_err(ToolError::Report)?;
        let mut screen = Screen::stderr(self.options.debug);
        for file in journal::repair(self.root) {
            screen.line(format_args!(
                "spip: put back {}, which a killed run had changed",
                shown(&file)
            ));
        }
        let journal = Journal::begin(self.root, &self.set_up.restored);
        let journal = journal.map_err(ToolError::Journal)?;
        let tool = self.call.tool;
        let variable = |name: &str| std::env::var_os(name).filter(|_| access::is_read(tool, name));
        let access = access::of(variable, &self.set_up.upstream);
        let (referee, mut messages) = Referee::new();
        let proxy = Proxy::start(spip_proxy::Options::new(access.clone()), Arc::new(referee));
        let proxy = proxy.await?;
        let mut desk = self.desk(rules, library, screen, access, cache);
        let status = self.work(&mut desk, &mut messages, &proxy).await?;
        drop(proxy);

        let written = destination.map(|destination| destination.write(&desk.judge.record));
        let outcome = self.outcome(&desk, status.as_ref());
        desk.judge.remember(outcome);
        let exit = self.conclude(&mut desk, status.as_ref(), &journal);
        let screen = &mut desk.judge.screen;
        screen.debug(format_args!("time: {} ms", started.elapsed().as_millis()));
        if let Some(Err(error)) = written {
            screen.line(format_args!("spip: failed to write the report: {error}"));
            return Ok(Exit::Failed);
        }
        // What ended by a signal ends this program by the same one, so nothing may be left to do.
        drop(journal);
        Ok(match (exit, status) {
            (Some(exit), _) => exit,
            (None, Some((status, _))) => child::end_like(status),
            // There was only something on this machine to look at.
            (None, None) => Exit::Tool(0),
        })
    }

    fn desk<'d>(
        &self,
        rules: Rules,
        library: Library,
        screen: Screen,
        access: Access,
        cache: &'d ToolCache,
    ) -> Desk<'d> {
        let judge = Judge::new(self.call.tool, rules, library, screen);
        let locks = Locks::read(&self.set_up.locks);
        let requests = self.set_up.requests.clone();
        Desk::new(self.call.tool, judge, access, locks, requests, cache)
    }

    /// Judges what lies on this machine, then runs the tool. `None`: it was not started.
    async fn work(
        &self,
        desk: &mut Desk<'_>,
        messages: &mut UnboundedReceiver<Message>,
        proxy: &Proxy,
    ) -> Result<Option<(ExitStatus, bool)>, ToolError> {
        for path in &self.set_up.local {
            desk.learn_local(path)?;
        }
        while let Some(ready) = desk.ready().await {
            desk.settle(ready, None).await;
        }
        let mut last = None;
        for arguments in &self.set_up.guarded {
            if desk.ending.is_some() {
                return Ok(last);
            }
            let mut running = self.start(arguments, proxy)?;
            let status = drive(desk, messages, &mut running).await?;
            last = Some((status, running.was_interrupted()));
            if !status.success() {
                break;
            }
        }
        Ok(last)
    }

    fn start(&self, arguments: &[OsString], proxy: &Proxy) -> Result<Running, ToolError> {
        let mut command = Command::new(&self.call.program);
        command.args(arguments);
        for variable in proxy.environment() {
            match variable {
                Variable::Set(name, value) => command.env(name, value),
                Variable::Unset(name) => command.env_remove(name),
            };
        }
        // Behind the proxy everything is judged once, and once is enough.
        if program::pip_is_led_here() {
            command.env_remove("PIP_PYTHON");
        }
        for name in &self.set_up.upstream.certificate_variables {
            command.env(name, proxy.certificate());
        }
        for (name, value) in &self.set_up.variables {
            command.env(name, value);
        }
        let name = || self.call.program.display().to_string();
        child::spawn(&mut command).map_err(|error| ToolError::Start(name(), error))
    }

    /// What became of what was judged, as far as the command line tells.
    fn outcome(&self, desk: &Desk<'_>, status: Option<&(ExitStatus, bool)>) -> Outcome {
        const ONLY_LOOKS: &[&str] = &[
            "--dry-run",
            "--lock",
            "lock",
            "compile",
            "pip-compile",
            "download",
            "export",
        ];
        let words = self.call.own_arguments();
        let only_looks = self.call.reading.intent == Intent::Locks
            || ONLY_LOOKS
                .iter()
                .any(|word| words.iter().any(|it| it == word));
        match (desk.ending.is_some(), status) {
            (true, _) => Outcome::Refused,
            (false, Some((status, _))) if status.success() && !only_looks => Outcome::Installed,
            (false, _) => Outcome::NotInstalled,
        }
    }

    /// The last lines, and how this program ends on its own account.
    fn conclude(
        &self,
        desk: &mut Desk<'_>,
        status: Option<&(ExitStatus, bool)>,
        journal: &Journal,
    ) -> Option<Exit> {
        let was_interrupted = status.is_some_and(|(_, interrupted)| *interrupted);
        let ending = desk.ending.take();
        let judge = &mut desk.judge;
        if ending.is_some() || was_interrupted {
            restore(journal, &mut judge.screen);
        }
        let is_quiet = arguments::has(self.call.own_arguments(), &["-q", "--quiet", "-qq"]);
        if ending.is_none() && (!is_quiet || judge.tallied.is_remarkable()) {
            judge.tallied.show(&mut judge.screen);
        }
        if ending.is_some() {
            judge.tallied.show_exceptions(&mut judge.screen);
        }
        let has_ended_well = status.is_some_and(|(status, _)| status.success());
        let remark = self.set_up.remark.filter(|_| has_ended_well && !is_quiet);
        if let (None, Some(remark)) = (&ending, remark) {
            judge.screen.line(format_args!("note: {remark}"));
        }
        let ending = ending?;
        for line in ending.lines() {
            judge.screen.line(format_args!("{line}"));
        }
        let state = ending::state(self.call.tool, self.set_up.aftermath, has_ended_well);
        judge.screen.line(format_args!("refused: {state}"));
        Some(ending.exit())
    }
}

/// A project's folders may be named by anybody.
fn shown(path: &Path) -> Quoted {
    path.display().to_string().into()
}

fn restore(journal: &Journal, screen: &mut Screen) {
    match journal.restore() {
        Ok(files) => {
            for file in files {
                screen.line(format_args!("spip: {} is as it was", shown(&file)));
            }
        }
        Err(error) => screen.line(format_args!(
            "spip: failed to put the project's files back: {error}"
        )),
    }
}

/// Answers the proxy until the tool has ended.
async fn drive(
    desk: &mut Desk<'_>,
    messages: &mut UnboundedReceiver<Message>,
    running: &mut Running,
) -> Result<ExitStatus, ToolError> {
    loop {
        let event = tokio::select! {
            Some(message) = messages.recv() => Event::Heard(message),
            Some(ready) = desk.ready() => Event::Ready(ready),
            status = running.wait() => Event::Ended(status?),
        };
        match event {
            Event::Heard(message) => desk.hear(message),
            Event::Ready(ready) => desk.settle(ready, Some(&mut *running)).await,
            Event::Ended(status) => {
                while let Ok(message) = messages.try_recv() {
                    desk.hear(message);
                }
                return Ok(status);
            }
        }
    }
}

//! `pipx run`: the pips that it starts are guarded from inside and judged here, in its parent, so that
//! a refusal is seen and the program that it becomes knows nothing of a proxy.

use std::process::ExitStatus;

use tokio::net::UnixListener;
use tokio::process::Command;

use super::ToolError;
use super::cache::ToolCache;
use super::set_up::{Call, SetUp};
use crate::channel::Channel;
use crate::child::{self, Running};
use crate::exit::Exit;
use crate::facts::Library;
use crate::guard::Guard;
use crate::json::Destination;
use crate::judge::Judge;
use crate::options::Options;
use crate::policy::Rules;
use crate::render::Screen;

/// The variable that tells `spip-python` where the guard of its run listens.
pub(crate) const ATTENDANT: &str = "SPIP_ATTENDANT";

/// Runs the tool, and judges what each pip below it says.
pub(super) async fn run(
    call: &Call,
    set_up: &SetUp,
    options: &Options,
    rules: Rules,
    library: Library,
    cache: &ToolCache,
) -> Result<Exit, ToolError> {
    let destination = Destination::wanted(options.report.as_deref());
    let destination = destination.map_err(ToolError::Report)?;
    // Nobody else may enter the directory, so nobody else can speak for a pip.
    let directory = tempfile::Builder::new().prefix("spip-").tempdir()?;
    let address = directory.path().join("guard");
    let listener = UnixListener::bind(&address)?;
    let screen = Screen::stderr(options.debug);
    let judge = Judge::new(call.tool, rules, library, screen);
    let mut guard = Guard::new(judge, Some(cache));
    let mut command = Command::new(&call.program);
    command.args(&call.arguments).env(ATTENDANT, &address);
    for (name, value) in &set_up.variables {
        command.env(name, value);
    }
    let name = || call.program.display().to_string();
    let mut running =
        child::spawn(&mut command).map_err(|error| ToolError::Start(name(), error))?;
    let status = attend(&listener, &mut guard, &mut running).await?;

    let written = destination.map(|destination| destination.write(&guard.judge().record));
    // The program that pipx started ends as it likes; what pip did is done.
    guard.remember(true);
    guard.conclude(set_up.aftermath);
    if let Some(Err(error)) = written {
        let screen = &mut guard.judge().screen;
        screen.line(format_args!("spip: failed to write the report: {error}"));
        return Ok(Exit::Failed);
    }
    let exit = guard.exit();
    // What ended by a signal ends this program by the same one, so nothing may be left to do.
    drop((guard, directory));
    Ok(exit.unwrap_or_else(|| child::end_like(status)))
}

/// One pip after the other, until the tool has ended.
async fn attend(
    listener: &UnixListener,
    guard: &mut Guard<'_>,
    running: &mut Running,
) -> std::io::Result<ExitStatus> {
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let channel = Channel::new(accepted?.0);
                guard.serve(channel, running).await;
                look_after(guard, running).await;
            }
            status = running.wait() => return status,
        }
    }
}

/// Holds the tool until it is known what pip left behind; the program is not to run if that is bad.
async fn look_after(guard: &mut Guard<'_>, running: &mut Running) {
    let was_over = guard.exit().is_some();
    running.pause();
    guard.look_after(running).await;
    if guard.exit().is_some() && !was_over {
        running.end();
    }
    running.resume();
}

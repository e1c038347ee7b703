//! Starts the tool, pip with the hook in it, and waits for it, handing signals and exit statuses through.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::ExitStatus;

use futures_util::FutureExt;
use rustix::process::Pid;
use spip_adapters::pip::Interpreter;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use crate::channel::{Channel, boot};
use crate::exit::Exit;
use crate::tools::program;

/// The tool, running.
pub(crate) struct Running {
    child: Child,
    interrupt: Signal,
    handing_on: JoinHandle<()>,
    is_paused: bool,
}

/// Starts the interpreter with the hook in front of the user's arguments.
pub(crate) fn start(
    interpreter: &Interpreter,
    pip_folder: &OsStr,
    arguments: &[OsString],
) -> io::Result<(Running, Channel)> {
    let (ours, theirs) = StdUnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let channel = Channel::new(UnixStream::from_std(ours)?);

    // Only this one program is started while the descriptor can be inherited.
    let command = pip_with_hook(interpreter, pip_folder, arguments, &theirs)?;
    let running = spawn(&mut command.into())?;
    drop(theirs);
    Ok((running, channel))
}

/// Becomes the interpreter, with the hook in front of the user's arguments; another process, which
/// listens at this address, judges. Only returns when that fails.
pub(crate) fn become_attended(
    interpreter: &Interpreter,
    pip_folder: &OsStr,
    arguments: &[OsString],
    address: &OsStr,
) -> io::Error {
    let connected = StdUnixStream::connect(address)
        .and_then(|it| Ok((pip_with_hook(interpreter, pip_folder, arguments, &it)?, it)));
    match connected {
        Ok((mut command, _channel)) => command.exec(),
        Err(error) => error,
    }
}

/// pip with the hook, which talks over this channel. Programs that are started from now on have it.
fn pip_with_hook(
    interpreter: &Interpreter,
    pip_folder: &OsStr,
    arguments: &[OsString],
    channel: &StdUnixStream,
) -> io::Result<std::process::Command> {
    rustix::io::fcntl_setfd(channel, rustix::io::FdFlags::empty())?;
    let mut command = std::process::Command::new(&interpreter.program);
    command
        .args(&interpreter.flags)
        .arg("-c")
        .arg(boot())
        .arg(channel.as_raw_fd().to_string())
        .args([pip_folder, OsStr::new("")])
        .args(arguments);
    if program::pip_is_led_here() {
        command.env_remove("PIP_PYTHON");
    }
    Ok(command)
}

/// Starts a program that shares this one's terminal.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Running> {
    // The handlers must stand before the child can be interrupted together with this process.
    let interrupt = signal(SignalKind::interrupt())?;
    let terminate = signal(SignalKind::terminate())?;
    let hang_up = signal(SignalKind::hangup())?;
    let child = command.spawn()?;
    let handing_on = tokio::spawn(hand_on_signals(child.id(), terminate, hang_up));
    Ok(Running {
        child,
        interrupt,
        handing_on,
        is_paused: false,
    })
}

impl Running {
    /// Waits until the user presses Ctrl-C. pip is in the same process group and gets it as well.
    pub(crate) async fn interrupted(&mut self) {
        self.interrupt.recv().await;
    }

    /// Whether Ctrl-C was pressed and nobody has waited for it.
    pub(crate) fn was_interrupted(&mut self) -> bool {
        self.interrupt.recv().now_or_never().is_some()
    }

    /// Holds the program, so that it does not draw into what is said.
    pub(crate) fn pause(&mut self) {
        self.is_paused |= self.send(rustix::process::Signal::STOP);
    }

    /// Lets a program go on that was held.
    pub(crate) fn resume(&mut self) {
        if self.is_paused {
            self.is_paused = !self.send(rustix::process::Signal::CONT);
        }
    }

    /// Asks the program to end.
    pub(crate) fn end(&self) {
        self.send(rustix::process::Signal::TERM);
    }

    fn send(&self, signal: rustix::process::Signal) -> bool {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        let Some(child) = id.and_then(Pid::from_raw) else {
            return false;
        };
        match rustix::process::kill_process(child, signal) {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(%error, "the tool was gone before the signal");
                false
            }
        }
    }

    /// Waits for the end. May be given up and begun again.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await;
        // The number may soon belong to another process.
        self.handing_on.abort();
        status
    }
}

/// Signals that only this process got, from a supervisor or `kill`, end the tool as well.
async fn hand_on_signals(child: Option<u32>, mut terminate: Signal, mut hang_up: Signal) {
    let child = child.and_then(|id| i32::try_from(id).ok());
    let Some(child) = child.and_then(Pid::from_raw) else {
        return;
    };
    loop {
        let signal = tokio::select! {
            _ = terminate.recv() => rustix::process::Signal::TERM,
            _ = hang_up.recv() => rustix::process::Signal::HUP,
        };
        if let Err(error) = rustix::process::kill_process(child, signal) {
            tracing::debug!(%error, "the tool was gone before the signal");
        }
    }
}

/// The tool's own end becomes this program's end: same status, or death by the same signal.
pub(crate) fn end_like(status: ExitStatus) -> Exit {
    if let Some(signal) = status.signal() {
        // Does not return where the signal's default is to end the process.
        if let Err(error) = signal_hook::low_level::emulate_default_handler(signal) {
            tracing::debug!(%error, "could not end by the same signal");
        }
        let number = u8::try_from(signal).unwrap_or(0);
        return Exit::Tool(128_u8.saturating_add(number));
    }
    Exit::Tool(
        status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1),
    )
}

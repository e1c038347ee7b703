//! Runs one program and says what came of it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::snapshot::Snapshot;
use crate::terminal::Terminal;
use crate::world::World;

const AT_ONCE: usize = 3;

/// A program about to run.
pub struct Run<'w> {
    world: &'w World,
    program: PathBuf,
    arguments: Vec<OsString>,
    variables: BTreeMap<OsString, OsString>,
    directory: PathBuf,
    input: Option<Vec<u8>>,
    limit: Duration,
}

impl<'w> Run<'w> {
    pub(crate) fn new(world: &'w World, program: PathBuf, arguments: &[&str]) -> Self {
        Self {
            world,
            program,
            arguments: arguments.iter().map(OsString::from).collect(),
            variables: world.variables().into_iter().collect(),
            directory: world.work(),
            input: None,
            limit: Duration::from_mins(3),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables
            .insert(name.into(), value.as_ref().to_owned());
        self
    }

    /// Takes a variable away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.variables.remove(OsStr::new(name));
        self
    }

    /// Runs it elsewhere.
    #[must_use]
    pub fn inside(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// Gives it something to read; otherwise its input is empty.
    #[must_use]
    pub fn input(mut self, bytes: &[u8]) -> Self {
        self.input = Some(bytes.to_vec());
        self
    }

    /// Allows less time than three minutes.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The program.
    pub fn path(&self) -> &Path {
        &self.program
    }

    /// Runs it to its end.
    pub fn finish(self) -> Outcome {
        let _turn = Turn::take();
        self.start().finish()
    }

    /// Starts it and leaves it running.
    pub fn start(self) -> Running<'w> {
        let before = self.world.snapshot();
        let started = Instant::now();
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(&self.variables)
            .current_dir(&self.directory)
            .stdin(match &self.input {
                Some(_) => Stdio::piped(),
                None => Stdio::null(),
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", self.program.display()));
        if let (Some(input), Some(mut stdin)) = (self.input, child.stdin.take()) {
            // A program that ends early need not read everything.
            thread::spawn(move || stdin.write_all(&input).ok());
        }
        let stdout = collect(child.stdout.take().expect("it is a pipe"));
        let stderr = collect(child.stderr.take().expect("it is a pipe"));
        Running {
            world: self.world,
            child,
            stdout,
            stderr,
            before,
            started,
            deadline: started + self.limit,
        }
    }

    /// Starts it as the program in the foreground of a terminal of its own.
    pub fn on_terminal(self) -> Terminal<'w> {
        let mut command = pty_process::blocking::Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .current_dir(&self.directory);
        for (name, value) in &self.variables {
            command = command.env(name, value);
        }
        Terminal::start(self.world, command.env("TERM", "xterm"), self.limit)
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

/// A program that runs in a process group of its own.
pub struct Running<'w> {
    world: &'w World,
    child: Child,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
    before: Snapshot,
    started: Instant,
    deadline: Instant,
}

impl Running<'_> {
    /// Sends a signal to the program alone.
    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.process(), signal).expect("the program still runs");
    }

    /// Sends a signal to the program and everything it started, as a terminal does.
    pub fn signal_group(&self, signal: Signal) {
        kill_process_group(self.process(), signal).expect("the program still runs");
    }

    /// Waits until everything that holds its output has ended.
    pub fn finish(mut self) -> Outcome {
        let status = self.wait();
        let group = self.process();
        while !(self.stdout.is_finished() && self.stderr.is_finished()) {
            if Instant::now() > self.deadline {
                kill_process_group(group, Signal::KILL).ok();
                panic!("something that the program started was still running at the end");
            }
            thread::sleep(Duration::from_millis(5));
        }
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let elapsed = self.started.elapsed();
        Outcome {
            code: status.code(),
            signal: status.signal(),
            stdout: text(self.stdout.join().expect("reading a pipe does not panic")),
            stderr: text(self.stderr.join().expect("reading a pipe does not panic")),
            changes: self.before.differences(&self.world.snapshot()),
            marks: self.world.marker.lines(),
            elapsed,
        }
    }

    fn wait(&mut self) -> ExitStatus {
        loop {
            let status = self.child.try_wait().expect("the program is our child");
            if let Some(status) = status {
                return status;
            }
            if Instant::now() > self.deadline {
                kill_process_group(self.process(), Signal::KILL).ok();
                let elapsed = self.started.elapsed();
                panic!("the program was still running after {elapsed:?}");
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn process(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The exit status, if it was not a signal.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// What it printed; on a terminal everything is here.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
    /// What is different in environment, home and working directory.
    pub changes: Vec<String>,
    /// Which package code ran.
    pub marks: Vec<String>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Outcome {
    /// Asserts the exit status.
    #[track_caller]
    pub fn exits_with(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "the exit status is wrong\n{self}");
        self
    }

    /// Asserts a success.
    #[track_caller]
    pub fn succeeds(&self) -> &Self {
        self.exits_with(0)
    }

    /// Asserts a refusal with this exit status that changed nothing and says so at the end.
    #[track_caller]
    pub fn refuses(&self, code: i32) -> &Self {
        self.exits_with(code).changes_nothing();
        let last = self.stderr.lines().rfind(|line| !line.trim().is_empty());
        let last = last.unwrap_or_default();
        assert!(
            last.starts_with("refused:") && last.contains("nothing was installed"),
            "the last line does not say that nothing was installed\n{self}"
        );
        self
    }

    /// Asserts that environment, home and working directory are as they were.
    #[track_caller]
    pub fn changes_nothing(&self) -> &Self {
        assert!(self.changes.is_empty(), "something changed\n{self}");
        self
    }

    /// Asserts that no package code ran.
    #[track_caller]
    pub fn runs_nothing(&self) -> &Self {
        assert!(self.marks.is_empty(), "package code ran\n{self}");
        self
    }

    /// Asserts that some package code ran, named by the start of its mark.
    #[track_caller]
    pub fn runs(&self, what: &str) -> &Self {
        let found = self.marks.iter().any(|mark| mark.starts_with(what));
        assert!(found, "no code of \"{what}\" ran\n{self}");
        self
    }

    /// Asserts that its messages contain a text.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "not said: \"{text}\"\n{self}");
        self
    }

    /// Asserts that its messages do not contain a text.
    #[track_caller]
    pub fn never_says(&self, text: &str) -> &Self {
        assert!(!self.stderr.contains(text), "said: \"{text}\"\n{self}");
        self
    }

    /// Asserts that its output contains a text.
    #[track_caller]
    pub fn prints(&self, text: &str) -> &Self {
        assert!(
            self.stdout.contains(text),
            "not printed: \"{text}\"\n{self}"
        );
        self
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit status {:?}, signal {:?}", self.code, self.signal)?;
        writeln!(f, "--- output\n{}", self.stdout.trim_end())?;
        writeln!(f, "--- messages\n{}", self.stderr.trim_end())?;
        writeln!(f, "--- package code that ran\n{}", self.marks.join("\n"))?;
        let shown = self.changes.iter().take(20).cloned().collect::<Vec<_>>();
        write!(f, "--- changes\n{}", shown.join("\n"))
    }
}

/// A place among the few programs that run at the same time.
struct Turn;

static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

impl Turn {
    fn take() -> Self {
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = FREED
            .wait_while(taken, |taken| *taken >= AT_ONCE)
            .unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREED.notify_one();
    }
}

//! A person at a terminal.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pty};

use crate::run::Outcome;
use crate::snapshot::Snapshot;
use crate::world::World;

/// Ctrl-C, as a terminal sends it.
pub const CONTROL_C: &str = "\x03";
/// Ctrl-D at the start of a line: end of input.
pub const CONTROL_D: &str = "\x04";

/// A program in the foreground of a terminal.
pub struct Terminal<'w> {
    world: &'w World,
    child: Child,
    keyboard: Arc<Pty>,
    screen: Arc<Mutex<Vec<u8>>>,
    reading: JoinHandle<()>,
    before: Snapshot,
    started: Instant,
    deadline: Instant,
}

impl<'w> Terminal<'w> {
    pub(crate) fn start(world: &'w World, command: Command, limit: Duration) -> Self {
        let before = world.snapshot();
        let started = Instant::now();
        let (pty, pts) = pty_process::blocking::open().expect("the machine has terminals");
        pty.resize(pty_process::Size::new(40, 160))
            .expect("a terminal has a size");
        let child = command.spawn(pts).expect("the program starts");
        let pty = Arc::new(pty);
        let reader = Arc::clone(&pty);
        let screen = Arc::new(Mutex::new(Vec::new()));
        let shown = Arc::clone(&screen);
        let reading = thread::spawn(move || {
            let mut chunk = [0; 4096];
            // Reading fails when the last program on the terminal has ended.
            while let Ok(count @ 1..) = (&*reader).read(&mut chunk) {
                let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
                shown.extend_from_slice(&chunk[..count]);
            }
        });
        Self {
            world,
            child,
            keyboard: pty,
            screen,
            reading,
            before,
            started,
            deadline: started + limit,
        }
    }

    /// What is on the screen so far.
    pub fn shown(&self) -> String {
        let screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&screen).into_owned()
    }

    /// Waits for a text on the screen.
    pub fn wait_for(&mut self, text: &str) {
        while !self.shown().contains(text) {
            let status = self.child.try_wait().expect("the program is our child");
            let late = Instant::now() > self.deadline;
            assert!(
                status.is_none() && !late,
                "\"{text}\" never appeared:\n{}",
                self.shown()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Types something.
    pub fn types(&self, keys: &str) {
        let mut keyboard = &*self.keyboard;
        keyboard
            .write_all(keys.as_bytes())
            .expect("the terminal is open");
    }

    /// Waits for the end.
    pub fn finish(mut self) -> Outcome {
        let status = loop {
            let status = self.child.try_wait().expect("the program is our child");
            if let Some(status) = status {
                break status;
            }
            if Instant::now() > self.deadline {
                drop(self.child.kill());
                panic!("the program was still running:\n{}", self.shown());
            }
            thread::sleep(Duration::from_millis(10));
        };
        while !self.reading.is_finished() {
            assert!(
                Instant::now() < self.deadline,
                "something still runs on the terminal:\n{}",
                self.shown()
            );
            thread::sleep(Duration::from_millis(10));
        }
        let shown = self.shown().replace("\r\n", "\n");
        Outcome {
            code: status.code(),
            signal: status.signal(),
            stdout: shown.clone(),
            stderr: shown,
            changes: self.before.differences(&self.world.snapshot()),
            marks: self.world.marker.lines(),
            elapsed: self.started.elapsed(),
        }
    }
}

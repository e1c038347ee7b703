//! The log of decisions: one JSON object a line, added to and never changed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::private;

/// Longer lines are none that were written here.
const LONGEST: usize = 64 << 10;

/// The log in one directory. Nothing is made before something is added.
#[derive(Clone, Debug)]
pub struct Log(PathBuf);

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// What was decided about one file.
    Judged(Box<Judged>),
    /// How a run ended.
    Ended(Ended),
}

/// What was decided about one file, before any of it ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Judged {
    /// Which run; lines of one run share it.
    pub run: String,
    /// When (RFC 3339).
    pub time: String,
    /// Who: the name that the environment tells, and the number.
    pub user: String,
    /// The working directory.
    pub directory: String,
    /// The tool.
    pub tool: String,
    /// The version of this program.
    pub spip: String,
    /// The package.
    pub name: String,
    /// Its version, where one is known.
    pub version: Option<String>,
    /// `wheel`, `sdist`, `checkout` or `directory`.
    pub kind: String,
    /// The file's name, where it is one.
    pub filename: Option<String>,
    /// The digest of the judged bytes.
    pub sha256: Option<String>,
    /// The index, or the host that it came from; never with credentials.
    pub index: Option<String>,
    /// `allowed` or `refused`.
    pub verdict: String,
    /// Who agreed to what would have asked or refused: `person`, `exception`.
    pub agreed: Option<String>,
    /// The checks that found something or could not look (`unknown:CHECK`).
    pub checks: Vec<String>,
}

/// How a run ended that had allowed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ended {
    /// Which run.
    pub run: String,
    /// When (RFC 3339).
    pub time: String,
    /// `installed`, `not installed` or `failed`.
    pub outcome: String,
}

/// What the log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The lines that were asked for, the oldest first.
    pub lines: Vec<Line>,
    /// How many lines could not be read. They stay where they are.
    pub damaged: usize,
}

impl Log {
    /// The log in this directory.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self(directory.into())
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.0.join("decisions.jsonl")
    }

    /// Adds lines, all of them together.
    pub fn append(&self, lines: &[Line]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        private::directory(&self.0)?;
        let mut file = private::appended(&self.path())?;
        file.lock()?;
        let mut text = Vec::new();
        if !ends_a_line(&mut file)? {
            // Somebody died while writing. What follows must not be lost with that line.
            text.push(b'\n');
        }
        for line in lines {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        file.write_all(&text)
    }

    /// Reads the lines that are wanted. A log that is not there is empty.
    pub fn read(&self, wanted: impl Fn(&Line) -> bool) -> io::Result<History> {
        let file = match File::open(self.path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(History::default()),
            Err(error) => return Err(error),
        };
        let mut reader = BufReader::new(file);
        let mut history = History::default();
        let mut line = Vec::new();
        loop {
            line.clear();
            let limit = LONGEST as u64;
            let read = reader.by_ref().take(limit).read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(history);
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice::<Line>(&line) {
                Ok(line) if wanted(&line) => history.lines.push(line),
                Ok(_) => {}
                Err(_) => history.damaged += 1,
            }
        }
    }
}

fn ends_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn ended(run: &str) -> Line {
        Line::Ended(Ended {
            run: run.to_owned(),
            time: "2026-06-01T12:00:00Z".to_owned(),
            outcome: "installed".to_owned(),
        })
    }

    #[test]
    fn what_was_added_is_read_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::at(folder.path().join("deep"));
        assert_eq!(log.read(|_| true).unwrap(), History::default());
        log.append(&[ended("1"), ended("2")]).unwrap();
        log.append(&[ended("3")]).unwrap();
        let all = log.read(|_| true).unwrap();
        assert_eq!(all.lines, [ended("1"), ended("2"), ended("3")]);
        let one = log.read(|line| *line == ended("2")).unwrap();
        assert_eq!(one.lines, [ended("2")]);
        let mode = fs::metadata(log.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_torn_line_costs_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::at(folder.path());
        log.append(&[ended("1")]).unwrap();
        let mut bytes = fs::read(log.path()).unwrap();
        bytes.extend(b"{\"judged\":{\"run");
        fs::write(log.path(), &bytes).unwrap();
        log.append(&[ended("2")]).unwrap();
        let history = log.read(|_| true).unwrap();
        assert_eq!(history.lines, [ended("1"), ended("2")]);
        assert_eq!(history.damaged, 1);
    }

    #[test]
    fn many_writers_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let log = Log::at(folder.path());
                scope.spawn(move || {
                    for turn in 0..20 {
                        log.append(&[ended(&format!("{writer}-{turn}"))]).unwrap();
                    }
                });
            }
        });
        let history = Log::at(folder.path()).read(|_| true).unwrap();
        assert_eq!((history.lines.len(), history.damaged), (160, 0));
    }

    #[test]
    fn endless_lines_are_read_in_bounded_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::at(folder.path());
        fs::write(log.path(), vec![b'x'; 3 * LONGEST]).unwrap();
        log.append(&[ended("1")]).unwrap();
        let history = log.read(|_| true).unwrap();
        assert_eq!(history.lines, [ended("1")]);
        assert!(history.damaged > 0);
    }
}

//! What was read, and where: no finding without it.

use std::fmt;
use std::path::PathBuf;

use crate::{Quoted, SafeUrl};

/// Where a value was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the tool's plan; the pointer is RFC 6901.
    Plan {
        /// JSON pointer into the plan.
        pointer: String,
    },
    /// In a record that an index served; the pointer is RFC 6901.
    Record {
        /// The address of the record.
        url: SafeUrl,
        /// JSON pointer into the record.
        pointer: String,
    },
    /// In a file on this machine.
    File {
        /// The file.
        path: PathBuf,
    },
    /// In a member of the judged archive.
    Member {
        /// The member's path inside the archive.
        path: String,
        /// The line, from 1.
        line: Option<u32>,
    },
    /// In something that ships with this program.
    Builtin {
        /// What it is called.
        name: &'static str,
    },
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record { url, pointer } if pointer.is_empty() => write!(f, "{url}"),
            Self::Plan { pointer } => write!(f, "plan {}", Quoted::new(pointer)),
            Self::Record { url, pointer } => write!(f, "{url} {}", Quoted::new(pointer)),
            Self::File { path } => write!(f, "{}", Quoted::from(path.display().to_string())),
            Self::Member { path, line: None } => write!(f, "{}", Quoted::new(path)),
            Self::Member {
                path,
                line: Some(line),
            } => write!(f, "{}:{line}", Quoted::new(path)),
            Self::Builtin { name } => f.write_str(name),
        }
    }
}

/// A value together with where it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    /// The value.
    pub value: T,
    /// Where it was read.
    pub read_at: Location,
}

impl<T> Fact<T> {
    /// A value and the place that it was read at.
    pub fn new(value: T, read_at: Location) -> Self {
        Self { value, read_at }
    }

    /// The same place, another view of the value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        Fact {
            value: change(self.value),
            read_at: self.read_at,
        }
    }

    /// Makes evidence of this fact: the text says what a reader will find at the place.
    pub fn shows(&self, text: impl Into<Quoted>) -> Evidence {
        Evidence {
            at: self.read_at.clone(),
            shows: text.into(),
        }
    }
}

/// Something that anybody can look up: only [`Fact::shows`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    at: Location,
    shows: Quoted,
}

impl Evidence {
    /// Where to look.
    pub fn at(&self) -> &Location {
        &self.at
    }

    /// What is there.
    pub fn text(&self) -> &Quoted {
        &self.shows
    }
}

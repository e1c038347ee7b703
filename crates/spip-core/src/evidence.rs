//! What was read, and where: no finding without it.

use std::fmt;
use std::ops::Range;
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
            excerpt: None,
        }
    }
}

/// Something that anybody can look up: only [`Fact::shows`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    at: Location,
    shows: Quoted,
    excerpt: Option<Excerpt>,
}

/// One line of the judged text, as it stands there: hostile until it is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    line: String,
    mark: Range<usize>,
}

impl Excerpt {
    /// A line and the byte range of it that matters. A range that does not fit marks all of it.
    pub fn new(line: &str, (start, end): (u32, u32)) -> Self {
        let mark = start as usize..end as usize;
        let mark = match line.get(mark.clone()) {
            Some(_) => mark,
            None => 0..line.len(),
        };
        Self {
            line: line.to_owned(),
            mark,
        }
    }

    /// The line: outside text, not escaped.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The part that matters: a byte range within [`Self::line`].
    pub fn mark(&self) -> Range<usize> {
        self.mark.clone()
    }
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

    /// The line of code it points at.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.excerpt.as_ref()
    }

    pub(crate) fn with_excerpt(mut self, excerpt: Excerpt) -> Self {
        self.excerpt = Some(excerpt);
        self
    }
}

//! Gaps: what could not be looked at, as data.

use std::fmt;

use crate::{Quoted, Severity};

/// Why something could not be looked at.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Cause {
    /// The tool was told to stay offline.
    Offline,
    /// The other side did not answer, or not in time.
    Unreachable,
    /// The other side wants credentials that were not given.
    Unauthorized,
    /// The other side answered with an error of its own.
    ServerError,
    /// The answer could not be read.
    Malformed,
    /// The answer was larger than the bound.
    TooLarge,
    /// A file on this machine could not be read.
    Unreadable,
    /// The source has nothing that would prove it.
    Unprovable,
    /// What was asked is older than it may be. What it says still holds, and what it does not say
    /// may be new: such a gap weighs LOW.
    Stale,
    /// What earlier runs remembered cannot be read. Everything is judged as at first sight, which
    /// is what every other machine does: such a gap weighs LOW.
    Forgotten,
    /// The release that is installed cannot be read, so nothing is compared with it. What would take
    /// its place is judged as a first installation is: such a gap weighs LOW.
    Uncompared,
    /// A check failed: an error in this program.
    Internal,
}

impl Cause {
    /// The name used in reports: kebab-case, stable.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Unreachable => "unreachable",
            Self::Unauthorized => "unauthorized",
            Self::ServerError => "server-error",
            Self::Malformed => "malformed",
            Self::TooLarge => "too-large",
            Self::Unreadable => "unreadable",
            Self::Unprovable => "unprovable",
            Self::Stale => "stale",
            Self::Forgotten => "forgotten",
            Self::Uncompared => "uncompared",
            Self::Internal => "internal",
        }
    }
}

impl Cause {
    /// How much a gap of this cause can weigh, whatever the check could have found.
    pub fn worst(self) -> Severity {
        match self {
            Self::Stale | Self::Forgotten | Self::Uncompared => Severity::Low,
            _ => Severity::Critical,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Gap {
    /// Why.
    pub cause: Cause,
    /// The particulars, lower case, reads after "not checked:".
    pub detail: Quoted,
}

impl Gap {
    /// A gap and its particulars.
    pub fn new(cause: Cause, detail: impl Into<Quoted>) -> Self {
        Self {
            cause,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.cause, self.detail)
    }
}

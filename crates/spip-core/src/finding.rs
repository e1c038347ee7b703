//! Findings: how bad, how sure, and why.

use std::fmt;
use std::str::FromStr;

use crate::{Evidence, Quoted};

/// How bad, if true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth a line.
    Low,
    /// Worth a question.
    Medium,
    /// Worth a refusal.
    High,
    /// An exact fact that no blanket override covers.
    Critical,
}

/// The text named no severity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no severity: use low, medium, high or critical")]
pub struct SeverityError(Quoted);

impl FromStr for Severity {
    type Err = SeverityError;

    fn from_str(text: &str) -> Result<Self, SeverityError> {
        match text.to_ascii_lowercase().as_str() {
            "low" => Ok(Self::Low),
            "medium" => Ok(Self::Medium),
            "high" => Ok(Self::High),
            "critical" => Ok(Self::Critical),
            _ => Err(SeverityError(text.into())),
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

/// How sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A hint.
    Low,
    /// More likely than not.
    Medium,
    /// Read off a record.
    High,
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

/// Something a check saw. One without evidence cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad, if true.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// One line, lower case, reads after "demo 1.4.0". Outside text in it must have passed
    /// through [`Quoted`].
    pub title: String,
    /// What it rests on.
    pub primary: Evidence,
    /// What else belongs to it.
    pub related: Vec<Evidence>,
    /// What the reader can do.
    pub help: Option<String>,
}

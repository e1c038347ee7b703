//! What checks can be told.

use std::time::Duration;

use crate::Severity;

const HOUR: u64 = 3600;

/// Settings of the checks.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Settings {
    /// How young is too young.
    pub release_age: ReleaseAge,
    /// How old a list of known-bad releases may be.
    pub advisory_age: AdvisoryAge,
}

/// How old a list of known-bad releases may be; one exactly at the limit may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvisoryAge {
    /// An older one leaves a gap.
    pub stale_after: Duration,
}

impl Default for AdvisoryAge {
    fn default() -> Self {
        Self {
            stale_after: Duration::from_secs(14 * 24 * HOUR),
        }
    }
}

/// Limits of `release-age`; a file exactly at a limit has passed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseAge {
    /// Younger than this asks.
    pub ask_under: Duration,
    /// Younger than this warns.
    pub warn_under: Duration,
}

impl Default for ReleaseAge {
    fn default() -> Self {
        Self {
            ask_under: Duration::from_secs(8 * HOUR),
            warn_under: Duration::from_secs(48 * HOUR),
        }
    }
}

impl ReleaseAge {
    /// How bad this age is.
    pub fn severity_at(&self, age: Duration) -> Option<Severity> {
        if age < self.ask_under {
            Some(Severity::Medium)
        } else if age < self.warn_under {
            Some(Severity::Low)
        } else {
            None
        }
    }
}

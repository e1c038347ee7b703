//! Words of a policy file as the core knows them.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};
use spip_core::{Decision, Level, Sensitivity, Severity};

use crate::document::{CheckLevel, OnGap, Strictness};

pub(super) fn sensitivity(level: Strictness) -> Sensitivity {
    match level {
        Strictness::Low => Sensitivity::Low,
        Strictness::Medium => Sensitivity::Medium,
        Strictness::High => Sensitivity::High,
    }
}

pub(super) fn severity(level: Strictness) -> Severity {
    match level {
        Strictness::Low => Severity::Low,
        Strictness::Medium => Severity::Medium,
        Strictness::High => Severity::High,
    }
}

pub(super) fn decision(on_gap: OnGap) -> Decision {
    match on_gap {
        OnGap::Allow => Decision::Allow,
        OnGap::Ask => Decision::Ask,
        OnGap::Block => Decision::Block,
    }
}

pub(super) fn level(level: CheckLevel) -> Level {
    match level {
        CheckLevel::Off => Level::Off,
        CheckLevel::Low => Level::Weighs(Severity::Low),
        CheckLevel::Medium => Level::Weighs(Severity::Medium),
        CheckLevel::High => Level::Weighs(Severity::High),
    }
}

/// As it is written.
pub(super) fn word(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").to_ascii_lowercase()
}

/// `3d`, `12h`, `P3D`; a day has 24 hours.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is no time like \"3d\" or \"12h\"");
    let span: Span = text.parse().map_err(|_| wrong())?;
    let time = span.to_duration(SpanRelativeTo::days_are_24_hours());
    let time = time.map_err(|_| wrong())?;
    Duration::try_from(time).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_days_and_hours() {
        let hours = |text: &str| duration(text).map(|it| it.as_secs() / 3600);
        assert_eq!(hours("3d"), Ok(72));
        assert_eq!(hours("P1DT12H"), Ok(36));
        assert_eq!(hours("0h"), Ok(0));
        for text in ["", "3", "three days", "-3d", "1 month"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}

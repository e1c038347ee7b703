//! How much a suspicion weighs: the earlier code runs, the more.

use spip_core::{Severity, Trigger};

/// No finding.
pub(crate) const NOTHING: Option<Severity> = None;

/// The severity of what runs unasked, and of what somebody has to call. What nothing reaches is
/// worth a line where it would otherwise be refused.
pub(crate) fn weigh(
    trigger: Trigger,
    unasked: impl Into<Option<Severity>>,
    called: impl Into<Option<Severity>>,
) -> Option<Severity> {
    match trigger {
        Trigger::Build | Trigger::Start | Trigger::Import => unasked.into(),
        Trigger::Call => called.into(),
        Trigger::Never => (unasked.into() == Some(Severity::High)).then_some(Severity::Low),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Severity::{High, Low, Medium};

    #[test]
    fn what_nothing_reaches_is_at_most_worth_a_line() {
        assert_eq!(weigh(Trigger::Never, High, High), Some(Low));
        assert_eq!(weigh(Trigger::Never, Medium, Medium), None);
        assert_eq!(weigh(Trigger::Call, High, Medium), Some(Medium));
        assert_eq!(weigh(Trigger::Call, High, NOTHING), None);
        for trigger in [Trigger::Import, Trigger::Start, Trigger::Build] {
            assert_eq!(weigh(trigger, High, Low), Some(High));
        }
    }
}

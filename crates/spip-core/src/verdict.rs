//! From a decision to a permission: only an [`Approved`] lets a tool go on.

use std::collections::HashSet;

use crate::{Decision, Finding, Gap, Meta, Package, Severity, Waiver};

/// One thing that bears on the decision.
#[derive(Clone, Copy, Debug)]
pub enum Reason<'r> {
    /// A check found something.
    Found(&'r Package, &'static Meta, &'r Finding),
    /// A check found something that the policy drops.
    Ignored(&'r Package, &'static Meta, &'r Finding),
    /// A check found something that an exception covers.
    Waived(&'r Package, &'static Meta, &'r Finding, &'r Waiver),
    /// A check could not look.
    Gap(&'r Package, &'static Meta, &'r Gap),
    /// A check could not look, and an exception covers that.
    WaivedGap(&'r Package, &'static Meta, &'r Gap, &'r Waiver),
    /// Part of the plan itself could not be read.
    PlanGap(&'r Gap),
    /// No check had anything to look at.
    Unexamined(&'r Package),
}

impl Reason<'_> {
    /// What a person agrees to when saying yes to this.
    pub fn concern(&self) -> Concern {
        let of = |package: &Package, check: &str, what: String| Concern {
            package: package.label(),
            check: check.to_owned(),
            what,
        };
        match self {
            Self::Found(package, check, finding)
            | Self::Ignored(package, check, finding)
            | Self::Waived(package, check, finding, _) => {
                of(package, check.id.as_str(), finding.title.clone())
            }
            Self::Gap(package, check, gap) | Self::WaivedGap(package, check, gap, _) => {
                of(package, check.id.as_str(), gap.to_string())
            }
            Self::Unexamined(package) => of(package, "", "unexamined".to_owned()),
            Self::PlanGap(gap) => Concern {
                package: String::new(),
                check: String::new(),
                what: gap.to_string(),
            },
        }
    }

    /// What it is about; `None`: the plan itself.
    pub fn package(&self) -> Option<&Package> {
        match self {
            Self::Found(package, ..)
            | Self::Ignored(package, ..)
            | Self::Waived(package, ..)
            | Self::Gap(package, ..)
            | Self::WaivedGap(package, ..)
            | Self::Unexamined(package) => Some(package),
            Self::PlanGap(_) => None,
        }
    }

    /// How bad what was found is, if that counts.
    pub fn severity(&self) -> Option<Severity> {
        match self {
            Self::Found(_, _, finding) => Some(finding.severity),
            _ => None,
        }
    }

    /// Whether this is about something that could not be looked at.
    pub fn is_gap(&self) -> bool {
        matches!(self, Self::Gap(..) | Self::PlanGap(_) | Self::Unexamined(_))
    }
}

/// What exactly a person agreed to: package with version, check, and the words shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Concern {
    package: String,
    check: String,
    what: String,
}

/// What a person agreed to so far in one run.
#[derive(Clone, Debug, Default)]
pub struct Agreed(HashSet<Concern>);

impl Agreed {
    /// Nothing yet.
    pub fn none() -> Self {
        Self::default()
    }

    /// Remembers everything that an approval was asked for.
    pub fn extend(&mut self, approved: &Approved<'_>) {
        self.0.extend(approved.asked.iter().map(Reason::concern));
    }

    /// Whether exactly this was agreed to.
    pub fn covers(&self, reason: &Reason<'_>) -> bool {
        self.0.contains(&reason.concern())
    }
}

/// A decision with everything it rests on.
#[derive(Clone, Debug)]
pub struct Verdict<'r> {
    decision: Decision,
    reasons: Vec<(Decision, Reason<'r>)>,
    unused_waivers: Vec<&'r Waiver>,
}

/// What a person said, if there was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Yes.
    Given,
    /// No.
    Refused,
    /// Nobody could be asked.
    NobodyToAsk,
}

/// The permission to go on. Only [`Verdict::settle`] makes one.
#[derive(Clone, Debug)]
pub struct Approved<'r> {
    asked: Vec<Reason<'r>>,
}

/// The run must stop.
#[derive(Clone, Debug)]
pub struct Refused<'r> {
    /// What asks for it, findings and gaps alike.
    pub reasons: Vec<Reason<'r>>,
    /// Whether a person refused, rather than the policy.
    pub by_person: bool,
    /// The decision that led here; after [`Decision::Ask`] a yes would have been enough.
    pub decision: Decision,
}

impl<'r> Verdict<'r> {
    pub(crate) fn new(
        reasons: Vec<(Decision, Reason<'r>)>,
        unused_waivers: Vec<&'r Waiver>,
    ) -> Self {
        let decision = reasons.iter().map(|(decision, _)| *decision).max();
        Self {
            decision: decision.unwrap_or(Decision::Allow),
            reasons,
            unused_waivers,
        }
    }

    /// The strictest decision.
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// Whether it is a yes that rests on nobody's exception and nobody's choice to look away.
    pub fn is_plain(&self) -> bool {
        let excused = |reason: &Reason<'_>| {
            reason.is_gap()
                || matches!(
                    reason,
                    Reason::Ignored(..) | Reason::Waived(..) | Reason::WaivedGap(..)
                )
                || reason.severity() > Some(Severity::Low)
        };
        let mut reasons = self.reasons.iter();
        self.decision == Decision::Allow && !reasons.any(|(_, reason)| excused(reason))
    }

    /// Everything that bears on it, in plan order, each with its own decision.
    pub fn reasons(&self) -> &[(Decision, Reason<'r>)] {
        &self.reasons
    }

    /// Exceptions that matched nothing.
    pub fn unused_waivers(&self) -> &[&'r Waiver] {
        &self.unused_waivers
    }

    /// Exceptions that covered something.
    pub fn used_waivers(&self) -> impl Iterator<Item = &'r Waiver> {
        self.reasons.iter().filter_map(|(_, reason)| match reason {
            Reason::Waived(.., waiver) | Reason::WaivedGap(.., waiver) => Some(*waiver),
            _ => None,
        })
    }

    /// Turns the decision into a permission or a refusal. Consent counts only where the decision
    /// was to ask.
    pub fn settle(self, consent: Consent) -> Result<Approved<'r>, Refused<'r>> {
        let at_least = |least: Decision| {
            let weighty = self
                .reasons
                .iter()
                .filter(move |(decision, _)| *decision >= least);
            weighty.map(|(_, reason)| *reason).collect::<Vec<_>>()
        };
        match (self.decision, consent) {
            (Decision::Allow, _) => Ok(Approved { asked: Vec::new() }),
            (Decision::Ask, Consent::Given) => Ok(Approved {
                asked: at_least(Decision::Ask),
            }),
            (decision, consent) => Err(Refused {
                reasons: at_least(decision),
                by_person: decision == Decision::Ask && consent == Consent::Refused,
                decision,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ANY, ByName, report};
    use crate::{Policy, Sensitivity};

    #[test]
    fn takes_consent_only_where_it_was_asked_for() {
        let policy = Policy::default();
        let ends = |name: &str, consent| {
            let report = report(&ByName(&ANY), &[name]);
            policy
                .judge(&report, &Agreed::none())
                .settle(consent)
                .is_ok()
        };
        for (name, expected) in [
            ("low", [true, true, true]),
            ("medium", [true, false, false]),
            ("lost", [true, false, false]),
            ("critical", [false, false, false]),
        ] {
            let consents = [Consent::Given, Consent::Refused, Consent::NobodyToAsk];
            assert_eq!(
                consents.map(|consent| ends(name, consent)),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn tells_a_person_who_refused_from_a_policy_that_did() {
        let policy = Policy::default();
        let refused = |name: &str, consent| {
            let report = report(&ByName(&ANY), &[name]);
            let refused = policy.judge(&report, &Agreed::none()).settle(consent);
            refused.map_err(|refused| refused.by_person).err()
        };
        assert_eq!(refused("medium", Consent::Refused), Some(true));
        assert_eq!(refused("medium", Consent::NobodyToAsk), Some(false));
        assert_eq!(refused("high", Consent::Refused), Some(false));
    }

    #[test]
    fn asks_once_for_the_same_thing_but_again_for_another() {
        let policy = Policy::default();
        let mut agreed = Agreed::none();
        let first = report(&ByName(&ANY), &["medium"]);
        let approved = policy
            .judge(&first, &agreed)
            .settle(Consent::Given)
            .unwrap();
        agreed.extend(&approved);
        assert_eq!(policy.judge(&first, &agreed).decision(), Decision::Allow);
        let second = report(&ByName(&ANY), &["medium", "lost"]);
        assert_eq!(policy.judge(&second, &agreed).decision(), Decision::Ask);
    }

    #[test]
    fn never_takes_an_earlier_yes_for_what_is_refused_outright() {
        let asking = Policy::default();
        let report = report(&ByName(&ANY), &["medium"]);
        let mut agreed = Agreed::none();
        agreed.extend(
            &asking
                .judge(&report, &agreed)
                .settle(Consent::Given)
                .unwrap(),
        );
        let strict = Policy {
            sensitivity: Sensitivity::High,
            ..Policy::default()
        };
        assert_eq!(strict.judge(&report, &agreed).decision(), Decision::Block);
    }
}

//! From severities and gaps to a decision.

use std::fmt;
use std::str::FromStr;

use crate::{
    Agreed, Assessment, CheckId, Examined, Finding, Outcome, PackageName, Quoted, Reason, Report,
    Severity, SeverityError, Sha256, Verdict, Version,
};

/// What to do; the strictest of several wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Go on.
    Allow,
    /// Go on if a person says so.
    Ask,
    /// Stop.
    Block,
}

/// How sensitive the policy is; see [`Sensitivity::decide`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Sensitivity {
    /// LOW warns, MEDIUM asks, HIGH and above refuse.
    #[default]
    Low,
    /// LOW asks, MEDIUM and above refuse.
    Medium,
    /// Every finding refuses.
    High,
}

impl Sensitivity {
    /// What a finding of this severity leads to.
    pub fn decide(self, severity: Severity) -> Decision {
        match (self, severity) {
            (Self::Low, Severity::Low) => Decision::Allow,
            (Self::Low, Severity::Medium) | (Self::Medium, Severity::Low) => Decision::Ask,
            _ => Decision::Block,
        }
    }
}

impl FromStr for Sensitivity {
    type Err = SeverityError;

    fn from_str(text: &str) -> Result<Self, SeverityError> {
        match text.parse()? {
            Severity::Low => Ok(Self::Low),
            Severity::Medium => Ok(Self::Medium),
            Severity::High | Severity::Critical => Ok(Self::High),
        }
    }
}

/// What a waiver covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every version of the package.
    AnyVersion,
    /// One version.
    Version(Version),
    /// One file, by the digest of its bytes.
    File(Sha256),
}

/// A named exception: findings and gaps of one check on one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The check, as the user spelled it.
    pub check: String,
    /// The package.
    pub package: PackageName,
    /// Which versions.
    pub scope: Scope,
    /// Why, for the report.
    pub reason: String,
    /// Where it stands.
    pub written: Written,
}

/// Where an exception stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// On the command line, or in the variable that stands for the option.
    Option,
    /// In a file.
    File {
        /// The file and the line: `spip.toml:12`.
        place: String,
        /// The last day on which it counts: `2026-12-31`.
        until: String,
        /// Whether the file came with a project, whose author may be anybody: it then lifts no
        /// refusal.
        by_project: bool,
    },
}

/// Why a text is no waiver.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not CHECK:PACKAGE or CHECK:PACKAGE==VERSION: {why}")]
pub struct WaiverError {
    text: Quoted,
    why: String,
}

impl FromStr for Waiver {
    type Err = WaiverError;

    fn from_str(text: &str) -> Result<Self, WaiverError> {
        let error = |why: String| WaiverError {
            text: text.into(),
            why,
        };
        let (check, target) = text
            .split_once(':')
            .ok_or_else(|| error("the colon is missing".to_owned()))?;
        let (name, scope) = match target.split_once("==") {
            None => (target, Scope::AnyVersion),
            Some((name, version)) => {
                let version = version
                    .trim()
                    .parse()
                    .map_err(|why| error(format!("{why}")))?;
                (name, Scope::Version(version))
            }
        };
        let package = name.trim().parse().map_err(|why| error(format!("{why}")))?;
        if check.trim().is_empty() {
            return Err(error("the check is missing".to_owned()));
        }
        let check = check.trim().to_ascii_lowercase();
        Ok(Self {
            check,
            package,
            scope,
            reason: "named on the command line".to_owned(),
            written: Written::Option,
        })
    }
}

impl fmt::Display for Waiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", Quoted::new(&self.check), self.package)?;
        match &self.scope {
            Scope::AnyVersion => Ok(()),
            Scope::Version(version) => write!(f, "=={version}"),
            Scope::File(sha256) => write!(f, " ({sha256})"),
        }
    }
}

impl Waiver {
    fn covers(&self, check: CheckId, examined: &Examined) -> bool {
        let package = &examined.package;
        let fits = match &self.scope {
            Scope::AnyVersion => true,
            Scope::Version(wanted) => package.version.as_ref() == Some(wanted),
            Scope::File(wanted) => examined.sha256.as_ref() == Some(wanted),
        };
        fits && self.check == check.as_str() && self.package == package.name
    }

    /// Whether it may cover what leads to this: whoever wrote a project's file, whose author may be
    /// anybody, may answer a question and lift no refusal.
    fn reaches(&self, decision: Decision) -> bool {
        let by_project = matches!(
            self.written,
            Written::File {
                by_project: true,
                ..
            }
        );
        decision < Decision::Block || !by_project
    }
}

/// How findings and gaps weigh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How sensitive.
    pub sensitivity: Sensitivity,
    /// Findings of this severity and below are dropped; never reaches CRITICAL.
    pub ignore: Option<Severity>,
    /// Nothing but CRITICAL findings stops the run (`--spip-ignore-warning`).
    pub ignore_warnings: bool,
    /// What a gap leads to, at most what the check's worst finding would lead to.
    pub on_gap: Decision,
    /// Named exceptions.
    pub waivers: Vec<Waiver>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            sensitivity: Sensitivity::Low,
            ignore: None,
            ignore_warnings: false,
            on_gap: Decision::Ask,
            waivers: Vec::new(),
        }
    }
}

impl Policy {
    /// The one function that turns findings and gaps into a decision. What the user agreed to
    /// earlier in the same run is not asked again.
    pub fn judge<'r>(&'r self, report: &'r Report, agreed: &Agreed) -> Verdict<'r> {
        let mut reasons = Vec::new();
        for gap in report.plan_gaps() {
            reasons.push((self.soften(self.on_gap), Reason::PlanGap(gap)));
        }
        for examined in report.packages() {
            let package = &examined.package;
            for assessment in &examined.assessments {
                self.weigh(examined, assessment, &mut reasons);
            }
            // With a level ignored, checks were left out on purpose.
            if self.ignore.is_none() && is_unexamined(examined) {
                reasons.push((self.soften(self.on_gap), Reason::Unexamined(package)));
            }
        }
        for (decision, reason) in &mut reasons {
            if *decision == Decision::Ask && agreed.covers(reason) {
                *decision = Decision::Allow;
            }
        }
        let is_here = |waiver: &Waiver| match waiver.written {
            Written::Option => true,
            // Most installations have nothing to do with most exceptions of a file.
            Written::File { .. } => report
                .packages()
                .iter()
                .any(|examined| examined.package.name == waiver.package),
        };
        let unused = self
            .waivers
            .iter()
            .filter(|waiver| is_here(waiver))
            .filter(|waiver| {
                !reasons.iter().any(|(_, reason)| {
                    matches!(reason,
                        Reason::Waived(.., used) | Reason::WaivedGap(.., used)
                            if std::ptr::eq(*used, *waiver))
                })
            })
            .collect();
        Verdict::new(reasons, unused)
    }

    /// Whether a check can say anything that this policy does not drop.
    pub fn wants(&self, worst: Severity) -> bool {
        self.ignore.is_none_or(|ignored| worst > ignored)
    }

    fn weigh<'r>(
        &'r self,
        examined: &'r Examined,
        assessment: &'r Assessment,
        reasons: &mut Vec<(Decision, Reason<'r>)>,
    ) {
        let (check, package) = (assessment.check, &examined.package);
        let covering = self.waivers.iter();
        let mut covering = covering.filter(|waiver| waiver.covers(check.id, examined));
        for finding in &assessment.findings {
            let mut able = covering.clone();
            let weight = self.decide(finding);
            reasons.push(match able.find(|waiver| waiver.reaches(weight)) {
                Some(waiver) => (
                    Decision::Allow,
                    Reason::Waived(package, check, finding, waiver),
                ),
                None if self.drops(finding) => {
                    (Decision::Allow, Reason::Ignored(package, check, finding))
                }
                None => (weight, Reason::Found(package, check, finding)),
            });
        }
        if let Outcome::Incomplete(gap) = &assessment.outcome {
            let worst = assessment.worst.min(gap.cause.worst());
            let worst = self.sensitivity.decide(worst);
            let weight = self.soften(self.on_gap.min(worst));
            // What nobody could see may be as bad as it gets.
            let at_most = self.sensitivity.decide(assessment.worst);
            reasons.push(match covering.find(|waiver| waiver.reaches(at_most)) {
                Some(waiver) => (
                    Decision::Allow,
                    Reason::WaivedGap(package, check, gap, waiver),
                ),
                None => (weight, Reason::Gap(package, check, gap)),
            });
        }
    }

    fn drops(&self, finding: &Finding) -> bool {
        finding.severity != Severity::Critical
            && self
                .ignore
                .is_some_and(|ignored| finding.severity <= ignored)
    }

    fn decide(&self, finding: &Finding) -> Decision {
        if finding.severity == Severity::Critical {
            Decision::Block
        } else {
            self.soften(self.sensitivity.decide(finding.severity))
        }
    }

    fn soften(&self, decision: Decision) -> Decision {
        if self.ignore_warnings {
            Decision::Allow
        } else {
            decision
        }
    }
}

/// Nobody looked at it: every check said "not applicable", and there was at least one.
fn is_unexamined(examined: &Examined) -> bool {
    !examined.assessments.is_empty() && examined.is_unexamined()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ANY, ByName, ONLY_LOW, report, report_with};
    use crate::{Level, Settings};
    use Decision::{Allow, Ask, Block};

    fn decided(policy: &Policy, name: &str) -> Decision {
        policy
            .judge(&report(&ByName(&ANY), &[name]), &Agreed::none())
            .decision()
    }

    fn decisions(policy: &Policy) -> Vec<Decision> {
        ["fine", "low", "medium", "high", "critical"]
            .map(|name| decided(policy, name))
            .to_vec()
    }

    #[test]
    fn weighs_levels_by_sensitivity() {
        for (sensitivity, expected) in [
            (Sensitivity::Low, [Allow, Allow, Ask, Block, Block]),
            (Sensitivity::Medium, [Allow, Ask, Block, Block, Block]),
            (Sensitivity::High, [Allow, Block, Block, Block, Block]),
        ] {
            let policy = Policy {
                sensitivity,
                ..Policy::default()
            };
            assert_eq!(decisions(&policy), expected, "{sensitivity:?}");
        }
    }

    #[test]
    fn ignores_a_level_and_below_but_never_critical() {
        let ignoring = |level| Policy {
            ignore: Some(level),
            ..Policy::default()
        };
        assert_eq!(
            decisions(&ignoring(Severity::Low)),
            [Allow, Allow, Ask, Block, Block]
        );
        assert_eq!(
            decisions(&ignoring(Severity::Medium)),
            [Allow, Allow, Allow, Block, Block]
        );
        assert_eq!(
            decisions(&ignoring(Severity::High)),
            [Allow, Allow, Allow, Allow, Block]
        );
        assert_eq!(decided(&ignoring(Severity::High), "lost"), Ask);
        assert_eq!(decided(&ignoring(Severity::Low), "other"), Allow);
    }

    #[test]
    fn lets_everything_but_critical_pass_when_warnings_are_ignored() {
        let policy = Policy {
            ignore_warnings: true,
            ..Policy::default()
        };
        assert_eq!(decisions(&policy), [Allow, Allow, Allow, Allow, Block]);
        assert_eq!(decided(&policy, "lost"), Allow);
        assert_eq!(decided(&policy, "other"), Allow);
    }

    #[test]
    fn asks_about_gaps_and_about_what_nobody_looked_at() {
        let policy = Policy::default();
        assert_eq!(decided(&policy, "lost"), Ask);
        assert_eq!(decided(&policy, "panic"), Ask);
        assert_eq!(decided(&policy, "other"), Ask);
    }

    #[test]
    fn weighs_a_gap_no_more_than_the_worst_finding_of_its_check() {
        let report = report(&ByName(&ONLY_LOW), &["lost"]);
        let decision = |policy: Policy| policy.judge(&report, &Agreed::none()).decision();
        assert_eq!(decision(Policy::default()), Allow);
        let strict = Policy {
            sensitivity: Sensitivity::Medium,
            ..Policy::default()
        };
        assert_eq!(decision(strict), Ask);
    }

    #[test]
    fn weighs_what_is_stale_like_a_low_finding() {
        assert_eq!(decided(&Policy::default(), "stale"), Allow);
        let strict = Policy {
            sensitivity: Sensitivity::Medium,
            ..Policy::default()
        };
        assert_eq!(decided(&strict, "stale"), Ask);
    }

    #[test]
    fn waives_by_name_and_reports_what_matched_nothing() {
        let waiving = |text: &str| Policy {
            waivers: vec![text.parse().unwrap()],
            ..Policy::default()
        };
        for (waiver, name, expected) in [
            ("sample:critical", "critical", Allow),
            ("SAMPLE:Critical==1.0.0", "critical", Allow),
            ("sample:critical==1.1", "critical", Block),
            ("sample:other", "critical", Block),
            ("another:critical", "critical", Block),
            ("sample:lost", "lost", Allow),
        ] {
            let policy = waiving(waiver);
            let report = report(&ByName(&ANY), &[name]);
            let verdict = policy.judge(&report, &Agreed::none());
            assert_eq!(verdict.decision(), expected, "{waiver}");
            assert_eq!(
                verdict.unused_waivers().is_empty(),
                expected == Allow,
                "{waiver}"
            );
        }
    }

    #[test]
    fn a_project_s_exception_answers_questions_and_lifts_no_refusal() {
        let by_project = |text: &str| {
            let mut waiver: Waiver = text.parse().unwrap();
            waiver.written = Written::File {
                place: "spip.toml:1".to_owned(),
                until: "2026-12-31".to_owned(),
                by_project: true,
            };
            Policy {
                waivers: vec![waiver],
                ..Policy::default()
            }
        };
        for (name, expected) in [
            ("medium", Allow),
            ("high", Block),
            ("critical", Block),
            // What could not be checked may be an exact fact.
            ("lost", Ask),
        ] {
            let policy = by_project(&format!("sample:{name}"));
            assert_eq!(decided(&policy, name), expected, "{name}");
        }
        let strict = Policy {
            sensitivity: Sensitivity::Medium,
            ..by_project("sample:medium")
        };
        assert_eq!(decided(&strict, "medium"), Block);
    }

    #[test]
    fn a_project_s_exception_covers_no_gap_behind_which_a_refusal_may_be() {
        let mut waiver: Waiver = "minor:lost".parse().unwrap();
        let policy = |written| {
            waiver.written = written;
            Policy {
                waivers: vec![waiver.clone()],
                ..Policy::default()
            }
        };
        let file = |by_project| Written::File {
            place: "spip.toml:1".to_owned(),
            until: "2026-12-31".to_owned(),
            by_project,
        };
        let [by_project, by_user] = [true, false].map(file).map(policy);
        for (level, expected) in [(Severity::Medium, Allow), (Severity::High, Ask)] {
            let mut settings = Settings::default();
            settings
                .levels
                .insert("minor".to_owned(), Level::Weighs(level));
            let report = report_with(&ByName(&ONLY_LOW), &["lost"], &settings);
            let decided = |policy: &Policy| policy.judge(&report, &Agreed::none()).decision();
            assert_eq!(decided(&by_project), expected, "{level}");
            assert_eq!(decided(&by_user), Allow, "{level}");
        }
    }

    #[test]
    fn only_the_very_file_is_covered_by_its_digest() {
        let mut waiver: Waiver = "sample:high".parse().unwrap();
        waiver.scope = Scope::File(Sha256::from_bytes([1; 32]));
        let policy = Policy {
            waivers: vec![waiver],
            ..Policy::default()
        };
        // The test's world has no bytes, so no digest fits.
        assert_eq!(decided(&policy, "high"), Block);
    }

    #[test]
    fn an_exception_of_a_file_is_unused_only_where_its_package_is() {
        let mut waiver: Waiver = "another:fine".parse().unwrap();
        waiver.written = Written::File {
            place: "spip.toml:1".to_owned(),
            until: "2026-12-31".to_owned(),
            by_project: false,
        };
        let policy = Policy {
            waivers: vec![waiver],
            ..Policy::default()
        };
        let unused = |name: &str| {
            let report = report(&ByName(&ANY), &[name]);
            policy
                .judge(&report, &Agreed::none())
                .unused_waivers()
                .len()
        };
        assert_eq!((unused("fine"), unused("low")), (1, 0));
    }

    #[test]
    fn refuses_waivers_that_are_none() {
        for text in [
            "",
            "sample",
            ":demo",
            "sample:",
            "sample:demo==",
            "sample:-",
            "sample:a b",
        ] {
            assert!(text.parse::<Waiver>().is_err(), "{text:?}");
        }
    }
}

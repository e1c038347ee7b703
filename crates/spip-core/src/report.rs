//! Every package, every check, one recorded outcome each.

use std::cmp::Reverse;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

use crate::{
    Cause, Check, CheckId, Context, Facts, Finding, Gap, Level, Meta, Package, Plan, Settings,
    Severity, Sha256, Stop,
};

/// How far a check came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It looked at everything it needed.
    Complete,
    /// It could not.
    Incomplete(Gap),
    /// The question does not arise.
    NotApplicable(&'static str),
}

/// What one check said of one package.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// The check.
    pub check: &'static Meta,
    /// What it found: the worst first, at most [`Assessment::MOST_FINDINGS`].
    pub findings: Vec<Finding>,
    /// How many more it found, none worse than those.
    pub omitted: usize,
    /// How far it came.
    pub outcome: Outcome,
    /// The worst that it could have found: a gap weighs no more than that.
    pub worst: Severity,
}

impl Assessment {
    /// A package can make a check find any number of things; nobody reads more than this.
    pub const MOST_FINDINGS: usize = 10;

    /// The same for the related evidence of one finding.
    pub const MOST_RELATED: usize = 10;
}

/// One package with everything said of it, in the order of the checks.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The package.
    pub package: Package,
    /// One entry per check.
    pub assessments: Vec<Assessment>,
    /// The digest of the judged bytes, where there are some.
    pub sha256: Option<Sha256>,
}

/// The outcome of every check on every package of a plan. Only [`Report::examine`] makes one.
#[derive(Clone, Debug)]
pub struct Report {
    packages: Vec<Examined>,
    plan_gaps: Vec<Gap>,
}

/// Counts of package × check pairs by outcome; the four add up to all pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Pairs with at least one finding.
    pub found: usize,
    /// Pairs without an answer and without a finding.
    pub unknown: usize,
    /// Pairs that were looked at and are clean.
    pub clear: usize,
    /// Pairs where the question does not arise.
    pub not_applicable: usize,
}

impl Report {
    /// Runs every check on every package. A check that panics leaves a gap.
    pub fn examine(
        plan: &Plan,
        checks: &[&dyn Check],
        facts: &dyn Facts,
        settings: &Settings,
        now: Timestamp,
    ) -> Self {
        let cx = Context {
            plan,
            facts,
            settings,
            now,
        };
        let packages = plan
            .packages
            .iter()
            .map(|package| Examined {
                package: package.clone(),
                assessments: checks
                    .iter()
                    .map(|check| assess(*check, package, &cx))
                    .collect(),
                sha256: digest(package, facts),
            })
            .collect();
        Self {
            packages,
            plan_gaps: plan.gaps.clone(),
        }
    }

    /// The packages in plan order.
    pub fn packages(&self) -> &[Examined] {
        &self.packages
    }

    /// What could not be read of the plan itself.
    pub fn plan_gaps(&self) -> &[Gap] {
        &self.plan_gaps
    }

    /// How many checks each package went through.
    pub fn checks(&self) -> usize {
        self.packages
            .first()
            .map_or(0, |examined| examined.assessments.len())
    }

    /// Counts the outcomes.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for assessment in self
            .packages
            .iter()
            .flat_map(|examined| &examined.assessments)
        {
            *match (&assessment.outcome, assessment.findings.is_empty()) {
                (_, false) => &mut tally.found,
                (Outcome::Complete, true) => &mut tally.clear,
                (Outcome::Incomplete(_), true) => &mut tally.unknown,
                (Outcome::NotApplicable(_), true) => &mut tally.not_applicable,
            } += 1;
        }
        tally
    }
}

impl Examined {
    /// Whether no check had anything to look at.
    pub fn is_unexamined(&self) -> bool {
        self.assessments
            .iter()
            .all(|assessment| matches!(assessment.outcome, Outcome::NotApplicable(_)))
    }

    /// What one check said.
    pub fn assessment(&self, check: CheckId) -> Option<&Assessment> {
        self.assessments
            .iter()
            .find(|assessment| assessment.check.id == check)
    }
}

fn assess(check: &dyn Check, package: &Package, cx: &Context<'_>) -> Assessment {
    let mut findings = Vec::new();
    // `findings` is only appended to, so a panic leaves it usable.
    let result = catch_unwind(AssertUnwindSafe(|| check.run(package, cx, &mut findings)));
    let outcome = match result {
        Ok(Ok(())) => Outcome::Complete,
        Ok(Err(Stop::Gap(gap))) => Outcome::Incomplete(gap),
        Ok(Err(Stop::NotApplicable(why))) => Outcome::NotApplicable(why),
        Err(_) => Outcome::Incomplete(Gap::new(Cause::Internal, "the check itself failed")),
    };
    let level = cx.settings.levels.get(check.meta().id.as_str());
    level.inspect(|level| apply(**level, &mut findings));
    findings.sort_by_key(|finding| Reverse(finding.severity));
    let omitted = findings.len().saturating_sub(Assessment::MOST_FINDINGS);
    findings.truncate(Assessment::MOST_FINDINGS);
    for finding in &mut findings {
        finding.related.truncate(Assessment::MOST_RELATED);
    }
    Assessment {
        check: check.meta(),
        findings,
        omitted,
        outcome: match (level, outcome) {
            // CRITICAL findings are kept, so that one may have been missed is kept as well.
            (Some(Level::Off), Outcome::Incomplete(_))
                if check.meta().worst < Severity::Critical =>
            {
                Outcome::NotApplicable(SWITCHED_OFF)
            }
            (_, outcome) => outcome,
        },
        worst: match level {
            Some(Level::Weighs(severity)) => check.meta().worst.max(*severity),
            _ => check.meta().worst,
        },
    }
}

const SWITCHED_OFF: &str = "the policy switches the check off";

/// Exact facts keep their weight whatever the policy says.
fn apply(level: Level, findings: &mut Vec<Finding>) {
    match level {
        Level::Off => findings.retain(|finding| finding.severity == Severity::Critical),
        Level::Weighs(severity) => {
            let others = findings.iter_mut();
            let others = others.filter(|finding| finding.severity != Severity::Critical);
            others.for_each(|finding| finding.severity = severity);
        }
    }
}

fn digest(package: &Package, facts: &dyn Facts) -> Option<Sha256> {
    Some(facts.measured(package).ok()??.sha256)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ANY, ByName, ONLY_LOW, report, report_with};

    #[test]
    fn counts_every_pair_exactly_once() {
        let names = ["low", "lost", "half", "other", "fine", "panic"];
        let tally = report(&ByName(&ANY), &names).tally();
        let expected = Tally {
            found: 3,
            unknown: 1,
            clear: 1,
            not_applicable: 1,
        };
        assert_eq!(tally, expected);
    }

    fn found(level: Level, name: &str) -> Vec<Severity> {
        let mut settings = Settings::default();
        settings.levels.insert("sample".to_owned(), level);
        let report = report_with(&ByName(&ANY), &[name], &settings);
        let assessment = &report.packages()[0].assessments[0];
        assessment.findings.iter().map(|it| it.severity).collect()
    }

    #[test]
    fn levels_change_everything_but_exact_facts() {
        let high = Level::Weighs(Severity::High);
        assert_eq!(found(high, "low"), [Severity::High]);
        assert_eq!(found(high, "critical"), [Severity::Critical]);
        assert_eq!(found(Level::Off, "medium"), []);
        assert_eq!(found(Level::Off, "critical"), [Severity::Critical]);
    }

    #[test]
    fn a_check_that_is_switched_off_leaves_a_gap_only_where_it_finds_exact_facts() {
        let mut settings = Settings::default();
        for id in ["sample", "minor"] {
            settings.levels.insert(id.to_owned(), Level::Off);
        }
        let tally = |check: &dyn Check| {
            let tally = report_with(check, &["lost"], &settings).tally();
            (tally.unknown, tally.not_applicable)
        };
        assert_eq!(tally(&ByName(&ANY)), (1, 0));
        assert_eq!(tally(&ByName(&ONLY_LOW)), (0, 1));
    }

    #[test]
    fn keeps_the_worst_of_too_many_findings() {
        let report = report(&ByName(&ANY), &["many"]);
        let assessment = &report.packages()[0].assessments[0];
        assert_eq!(assessment.findings.len(), Assessment::MOST_FINDINGS);
        assert_eq!(assessment.omitted, 991);
        assert_eq!(assessment.findings[0].severity, Severity::High);
    }

    #[test]
    fn keeps_what_was_found_before_a_gap_or_a_panic() {
        for name in ["half", "panic"] {
            let report = report(&ByName(&ANY), &[name]);
            let assessment = &report.packages()[0].assessments[0];
            assert_eq!(assessment.findings.len(), 1, "{name}");
            assert!(
                matches!(assessment.outcome, Outcome::Incomplete(_)),
                "{name}"
            );
        }
    }
}

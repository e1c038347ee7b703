//! Where things are judged that no tool is waiting for: each by itself, one tally at the end.

use std::io::{self, Write};

use jiff::Timestamp;
use spip_core::{
    Agreed, CheckId, Decision, Needs, Package, PackageName, Plan, Policy, Quoted, Reason, Report,
    Settings, Severity, Tool, Version, Waiver,
};

use crate::gathered::{Gathered, Known};
use crate::json::{Destination, Record};
use crate::policy::Rules;
use crate::render::Screen;
use crate::scan::Format;
use crate::tallied::Tallied;

/// One review.
pub(crate) struct Review {
    tool: Tool,
    policy: Policy,
    settings: Settings,
    expired: Vec<Waiver>,
    screen: Option<Screen>,
    /// The report for machines.
    pub(crate) record: Record,
    /// What stands in the way, in the order in which it was found.
    pub(crate) objections: Vec<Objection>,
    tallied: Tallied,
}

/// One thing that would ask or refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Objection {
    /// What it leads to.
    pub(crate) decision: Decision,
    /// The package.
    pub(crate) package: PackageName,
    /// Its version; `None`: it is no release.
    pub(crate) version: Option<Version>,
    /// The check; `None`: no check in particular.
    pub(crate) check: Option<CheckId>,
    /// How bad what was found is; `None`: something could not be looked at.
    pub(crate) severity: Option<Severity>,
    /// What exactly, in words.
    pub(crate) what: Quoted,
}

impl Objection {
    fn of((decision, reason): &(Decision, Reason<'_>)) -> Option<Self> {
        let package = reason.package()?;
        let (check, what) = match reason {
            Reason::Found(_, check, finding) => (Some(check.id), finding.title.as_str().into()),
            Reason::Gap(_, check, gap) => (Some(check.id), gap.to_string().into()),
            Reason::Unexamined(_) => (None, "no check had anything to look at".into()),
            _ => return None,
        };
        (*decision > Decision::Allow).then(|| Self {
            decision: *decision,
            package: package.name.clone(),
            version: package.version.clone(),
            check,
            severity: reason.severity(),
            what,
        })
    }
}

impl Review {
    /// Nothing judged yet. `screen`: where people look, if they do.
    pub(crate) fn new(tool: Tool, rules: Rules, screen: Option<Screen>) -> Self {
        Self {
            tool,
            policy: rules.policy,
            settings: rules.settings,
            expired: rules.expired,
            screen,
            record: Record::new(tool),
            objections: Vec::new(),
            tallied: Tallied::default(),
        }
    }

    /// Judges one package by what is known of it.
    pub(crate) fn judge(&mut self, package: Package, known: Known, needs: &[Needs]) {
        let facts: Gathered = [(package.id, known)].into_iter().collect();
        let plan = Plan {
            tool: self.tool,
            packages: vec![package],
            gaps: Vec::new(),
        };
        let wanted = spip_checks::ALL.iter().copied();
        let wanted = wanted.filter(|check| self.policy.wants(check.meta().worst));
        let wanted = wanted.filter(|check| needs.contains(&check.meta().needs));
        let checks: Vec<_> = wanted.collect();
        let report = Report::examine(&plan, &checks, &facts, &self.settings, Timestamp::now());
        let policy = self.policy.clone();
        let verdict = policy.judge(&report, &Agreed::none());
        self.record.add(&report, &facts, &verdict);
        let objections = verdict.reasons().iter().filter_map(Objection::of);
        self.objections.extend(objections);
        if let Some(screen) = &mut self.screen {
            let reasons: Vec<_> = verdict.reasons().iter().map(|(_, reason)| reason).collect();
            screen.reasons(&reasons);
            screen.omissions(&report);
        }
        self.tallied.add(&report);
        self.tallied
            .watch_exceptions(&report, &verdict, &self.expired);
    }

    /// One line beside what is judged, for people.
    pub(crate) fn note(&mut self, line: std::fmt::Arguments<'_>) {
        if let Some(screen) = &mut self.screen {
            screen.line(line);
        }
    }

    /// The report for machines, on standard output if that is for them, and where it was wanted.
    pub(crate) fn write(&self, format: Format, into: Option<Destination>) -> io::Result<()> {
        if format == Format::Json {
            writeln!(io::stdout().lock(), "{}", self.record.to_json()?)?;
        }
        into.map_or(Ok(()), |destination| destination.write(&self.record))
    }

    /// The last lines.
    pub(crate) fn conclude(&mut self) {
        if let Some(screen) = &mut self.screen {
            self.tallied.show(screen);
        }
    }
}

//! Where things are judged that no tool is waiting for: each by itself, one tally at the end.

use std::io::{self, Write};

use jiff::Timestamp;
use spip_core::{Agreed, Needs, Package, Plan, Policy, Report, Settings, Tool};

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
    screen: Option<Screen>,
    /// The report for machines.
    pub(crate) record: Record,
    tallied: Tallied,
}

impl Review {
    /// Nothing judged yet. `screen`: where people look, if they do.
    pub(crate) fn new(tool: Tool, rules: Rules, screen: Option<Screen>) -> Self {
        Self {
            tool,
            policy: rules.policy,
            settings: rules.settings,
            screen,
            record: Record::new(tool),
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
        if let Some(screen) = &mut self.screen {
            let reasons: Vec<_> = verdict.reasons().iter().map(|(_, reason)| reason).collect();
            screen.reasons(&reasons);
            screen.omissions(&report);
        }
        self.tallied.add(&report);
        self.tallied.leave_out_unused(&verdict);
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

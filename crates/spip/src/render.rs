//! What people see: findings, gaps, the last lines. Everything goes to standard error.

use std::collections::HashSet;
use std::fmt;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use spip_core::{Evidence, Finding, Gap, Location, Meta, Package, Plan, Reason, Report, Severity};

use crate::gathered::Gathered;

/// Standard error, with colour only where it is wanted.
pub(crate) struct Screen {
    output: Box<dyn Write>,
    debug: bool,
    helped: HashSet<String>,
}

impl Screen {
    /// Honours `NO_COLOR`, `CLICOLOR` and whether a terminal is there.
    pub(crate) fn stderr(debug: bool) -> Self {
        Self {
            output: Box::new(anstream::stderr()),
            debug,
            helped: HashSet::new(),
        }
    }

    /// One line. A closed standard error is no reason to change a verdict.
    pub(crate) fn line(&mut self, line: fmt::Arguments<'_>) {
        if let Err(error) = writeln!(self.output, "{line}") {
            tracing::debug!(%error, "standard error is closed");
        }
    }

    /// One line for `--spip-debug`.
    pub(crate) fn debug(&mut self, line: fmt::Arguments<'_>) {
        if self.debug {
            self.line(format_args!("debug: {line}"));
        }
    }

    /// The plan, for `--spip-debug`.
    pub(crate) fn plan(&mut self, plan: &Plan, facts: &Gathered) {
        if !self.debug {
            return;
        }
        for package in &plan.packages {
            let sha256 = facts
                .sha256(package)
                .map_or_else(String::new, |sha256| sha256.to_string());
            let (kind, why) = (package.artifact.kind(), &package.why);
            self.debug(format_args!(
                "plan: {} ({kind}, {why}) {sha256}",
                package.label()
            ));
        }
    }

    /// One finding or gap; whether there was something to say.
    pub(crate) fn reason(&mut self, reason: &Reason<'_>) -> bool {
        match reason {
            Reason::Found(package, check, finding) => self.finding(package, check, finding),
            Reason::Gap(package, check, gap) => self.gap(package, check, gap),
            Reason::Unexamined(package) => self.unknown(
                "every-check",
                &package.label(),
                "no check had anything to look at",
            ),
            Reason::PlanGap(gap) => self.unknown("plan", "the plan", &gap.to_string()),
            Reason::Waived(package, check, finding, waiver) => self.line(format_args!(
                "allowed[{}]: {} {} (--spip-allow {waiver})",
                check.id,
                package.label(),
                finding.title
            )),
            Reason::WaivedGap(package, check, gap, waiver) => self.line(format_args!(
                "allowed[{}]: {} not checked: {gap} (--spip-allow {waiver})",
                check.id,
                package.label()
            )),
            Reason::Ignored(..) => return false,
        }
        true
    }

    /// How the pairs of packages and checks came out; the numbers add up.
    pub(crate) fn tally(&mut self, report: &Report) {
        let (packages, checks) = (report.packages().len(), report.checks());
        if packages == 0 {
            return;
        }
        let tally = report.tally();
        let mut parts = Vec::new();
        for (count, one, many) in [
            (tally.found, "finding", "findings"),
            (tally.unknown, "unknown", "unknown"),
            (tally.clear, "clear", "clear"),
            (tally.not_applicable, "not applicable", "not applicable"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {}", if count == 1 { one } else { many }));
            }
        }
        let plural = if packages == 1 { "package" } else { "packages" };
        self.line(format_args!(
            "{packages} {plural} × {checks} checks: {}",
            parts.join(", ")
        ));
    }

    fn finding(&mut self, package: &Package, check: &Meta, finding: &Finding) {
        let style = style_of(finding.severity);
        self.line(format_args!(
            "{style}{}[{}]{style:#}: {} {}",
            finding.severity,
            check.id,
            package.label(),
            finding.title
        ));
        self.evidence(&finding.primary);
        for evidence in &finding.related {
            self.evidence(evidence);
        }
        self.line(format_args!("  why  {}", package.why));
        self.help(check, finding);
    }

    /// Advice is given once for each check that gives it.
    fn help(&mut self, check: &Meta, finding: &Finding) {
        let help = finding.help.as_deref().unwrap_or_default();
        if !self.helped.insert(format!("{} {help}", check.id)) {
            return;
        }
        let explain = format!("`spip explain {}` says more", check.id);
        if help.is_empty() {
            self.line(format_args!("  help {explain}"));
        } else {
            self.line(format_args!("  help {help};"));
            self.line(format_args!("       {explain}"));
        }
    }

    fn evidence(&mut self, evidence: &Evidence) {
        match evidence.at() {
            Location::Plan { .. } => {
                self.line(format_args!(
                    "  at   {}: {}",
                    evidence.at(),
                    evidence.text()
                ));
            }
            at => {
                self.line(format_args!("  at   {at}"));
                self.line(format_args!("       {}", evidence.text()));
            }
        }
    }

    fn gap(&mut self, package: &Package, check: &Meta, gap: &Gap) {
        self.unknown(check.id.as_str(), &package.label(), &gap.to_string());
        self.line(format_args!("  why  {}", package.why));
    }

    fn unknown(&mut self, check: &str, what: &str, why: &str) {
        let style = Style::new().bold();
        self.line(format_args!(
            "{style}unknown[{check}]{style:#}: {what} not checked: {why}"
        ));
    }
}

fn style_of(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Low => AnsiColor::Yellow,
        Severity::Medium => AnsiColor::BrightYellow,
        Severity::High | Severity::Critical => AnsiColor::BrightRed,
    };
    Style::new().bold().fg_color(Some(colour.into()))
}

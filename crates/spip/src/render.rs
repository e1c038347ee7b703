//! What people see: findings, gaps, the last lines. Everything goes to standard error.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt;
use std::io::Write;
use std::ops::Range;

use anstyle::{AnsiColor, Style};
use spip_core::{
    Assessment, Cause, Changes, Evidence, Finding, Gap, How, Location, Meta, Package, PackageId,
    Plan, Quoted, Reason, Report, Severity, Tally, Waiver, Written,
};

use crate::frame::frame;
use crate::gathered::Gathered;

/// Standard error, with colour only where it is wanted.
pub(crate) struct Screen {
    output: Box<dyn Write>,
    debug: bool,
    helped: HashSet<String>,
    framed: HashSet<(PackageId, String, Range<usize>)>,
    stale: HashSet<Gap>,
}

impl Screen {
    /// Honours `NO_COLOR`, `CLICOLOR` and whether a terminal is there.
    pub(crate) fn stderr(debug: bool) -> Self {
        Self::new(Box::new(anstream::stderr()), debug)
    }

    /// The same on standard output, for what is the whole purpose of a run.
    pub(crate) fn stdout(debug: bool) -> Self {
        Self::new(Box::new(anstream::stdout()), debug)
    }

    fn new(output: Box<dyn Write>, debug: bool) -> Self {
        Self {
            output,
            debug,
            helped: HashSet::new(),
            framed: HashSet::new(),
            stale: HashSet::new(),
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

    /// Findings and gaps, of each package the worst first; whether there was something to say. One
    /// cause that keeps several checks from looking at one package is told once, and that a source
    /// is too old is told once for all packages.
    pub(crate) fn reasons(&mut self, reasons: &[&Reason<'_>]) -> bool {
        let mut something = false;
        let reasons = worst_first(reasons);
        for (place, reason) in reasons.iter().enumerate() {
            let Reason::Gap(package, check, gap) = reason else {
                something |= self.reason(reason);
                continue;
            };
            let same = |other: &&&Reason<'_>| {
                matches!(other, Reason::Gap(other, _, cause)
                    if other.id == package.id && cause == gap)
            };
            if reasons[..place].iter().any(|earlier| same(&earlier)) {
                continue;
            }
            // What is too old is so for every package.
            if matches!(gap.cause, Cause::Stale | Cause::Forgotten)
                && !self.stale.insert((*gap).clone())
            {
                continue;
            }
            let later = reasons[place + 1..].iter().filter(same);
            let others = later.filter_map(|reason| match reason {
                Reason::Gap(_, check, _) => Some(check.id.as_str()),
                _ => None,
            });
            let checks: Vec<_> = [check.id.as_str()].into_iter().chain(others).collect();
            self.gap(package, &listed(&checks), gap);
            something = true;
        }
        something
    }

    /// One finding or gap; whether there was something to say.
    fn reason(&mut self, reason: &Reason<'_>) -> bool {
        match reason {
            Reason::Found(package, check, finding) => self.finding(package, check, finding),
            Reason::Gap(package, check, gap) => self.gap(package, check.id.as_str(), gap),
            Reason::Unexamined(package) => self.unknown(
                "every-check",
                &package.label(),
                "no check had anything to look at",
            ),
            Reason::PlanGap(gap) => self.unknown("plan", "the plan", &gap.to_string()),
            Reason::Waived(package, check, finding, waiver) => self.line(format_args!(
                "allowed[{}]: {} {} ({})",
                check.id,
                package.label(),
                finding.title,
                because(waiver)
            )),
            Reason::WaivedGap(package, check, gap, waiver) => self.line(format_args!(
                "allowed[{}]: {} not checked: {gap} ({})",
                check.id,
                package.label(),
                because(waiver)
            )),
            Reason::Ignored(..) => return false,
        }
        true
    }

    /// How the pairs of packages and checks came out; the numbers add up.
    pub(crate) fn tally(&mut self, report: &Report) {
        let (packages, checks) = (report.packages().len(), report.checks());
        self.counts(packages, checks, report.tally());
        self.omissions(report);
    }

    /// How many pairs came out in which way.
    pub(crate) fn counts(&mut self, packages: usize, checks: usize, tally: Tally) {
        if packages == 0 {
            return;
        }
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
        let packages = counted(packages, "package");
        let checks = counted(checks, "check");
        self.line(format_args!("{packages} × {checks}: {}", parts.join(", ")));
    }

    /// What an artifact has that an older one had not, and what is gone.
    pub(crate) fn changes(&mut self, package: &Package, changes: &Changes<'_>) {
        for difference in &changes.made_of {
            let sign = match difference.how {
                How::Came => '+',
                How::Went => '-',
                How::Changed => '~',
            };
            let (part, name) = (difference.part.as_str(), Quoted::new(difference.name));
            self.line(format_args!("  {sign} {part:14} {name}"));
        }
        for act in &changes.acts {
            let (deed, when) = (act.deed.words(), act.trigger.words());
            self.line(format_args!("  + {deed}, {when}"));
            self.evidence(package, &act.site.shows(act.callee.as_str()));
        }
    }

    /// Which checks found more than anybody reads.
    pub(crate) fn omissions(&mut self, report: &Report) {
        for examined in report.packages() {
            for assessment in &examined.assessments {
                self.omitted(&examined.package, assessment);
            }
        }
    }

    fn omitted(&mut self, package: &Package, assessment: &Assessment) {
        if assessment.omitted > 0 {
            let (count, check) = (assessment.omitted, assessment.check.id);
            let package = package.label();
            self.line(format_args!(
                "note: {check} found {count} more in {package}, none worse"
            ));
        }
    }

    /// One finding with its evidence.
    pub(crate) fn finding(&mut self, package: &Package, check: &Meta, finding: &Finding) {
        let style = style_of(finding.severity);
        self.line(format_args!(
            "{style}{}[{}]{style:#}: {} {}",
            finding.severity,
            check.id,
            package.label(),
            finding.title
        ));
        self.evidence(package, &finding.primary);
        for evidence in &finding.related {
            self.evidence(package, evidence);
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

    fn evidence(&mut self, package: &Package, evidence: &Evidence) {
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
                match self.frame_once(package, evidence) {
                    Some(lines) => {
                        for line in lines {
                            self.line(format_args!("  {line}"));
                        }
                    }
                    None => self.line(format_args!("       {}", evidence.text())),
                }
            }
        }
    }

    /// The line of code, unless it has just been shown with the same part marked.
    fn frame_once(&mut self, package: &Package, evidence: &Evidence) -> Option<Vec<String>> {
        let mark = evidence.excerpt()?.mark();
        let place = (package.id, evidence.at().to_string(), mark);
        self.framed.insert(place).then(|| frame(evidence))?
    }

    /// Something that could not be checked.
    pub(crate) fn gap(&mut self, package: &Package, checks: &str, gap: &Gap) {
        self.unknown(checks, &package.label(), &gap.to_string());
        self.line(format_args!("  why  {}", package.why));
    }

    fn unknown(&mut self, check: &str, what: &str, why: &str) {
        let style = Style::new().bold();
        self.line(format_args!(
            "{style}unknown[{check}]{style:#}: {what} not checked: {why}"
        ));
    }
}

/// Which exception it is, and why there is one.
fn because(waiver: &Waiver) -> String {
    match &waiver.written {
        Written::Option => format!("--spip-allow {waiver}"),
        Written::File { place, until, .. } => {
            let (place, reason) = (Quoted::new(place), Quoted::new(&waiver.reason));
            format!("{place} until {until}: {reason}")
        }
    }
}

/// Names in a row, of which nobody reads more than a few.
fn listed(names: &[&str]) -> String {
    const MOST: usize = 6;
    let shown = &names[..names.len().min(MOST)];
    let more = names.len() - shown.len();
    let more = match more {
        0 => String::new(),
        more => format!(", … {more} more"),
    };
    format!("{}{more}", shown.join(", "))
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn style_of(severity: Severity) -> Style {
    let colour = match severity {
        Severity::Low => AnsiColor::Yellow,
        Severity::Medium => AnsiColor::BrightYellow,
        Severity::High | Severity::Critical => AnsiColor::BrightRed,
    };
    Style::new().bold().fg_color(Some(colour.into()))
}

/// The packages in their order, and of each what counts most before the rest.
fn worst_first<'a, 'r>(reasons: &[&'a Reason<'r>]) -> Vec<&'a Reason<'r>> {
    let package = |reason: &Reason<'_>| reason.package().map(|package| package.id);
    let of_one = reasons.chunk_by(|one, other| package(one) == package(other));
    let sorted = of_one.flat_map(|reasons| {
        let mut reasons = reasons.to_vec();
        reasons.sort_by_key(|reason| Reverse(reason.severity()));
        reasons
    });
    sorted.collect()
}

#[cfg(test)]
mod tests;

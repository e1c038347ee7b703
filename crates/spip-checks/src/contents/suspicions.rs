//! Collects what a check saw and makes one finding of everything that says the same of one file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use spip_core::{Act, Confidence, Evidence, Finding, Oddity, Quoted, Severity, Site, Trigger};

/// One thing that a check saw.
pub(crate) struct Suspicion<'c> {
    /// How bad.
    pub(crate) severity: Severity,
    /// What it does, in words that read after "demo 1.4.0".
    pub(crate) what: String,
    /// When.
    pub(crate) trigger: Trigger,
    /// Where.
    pub(crate) site: &'c Site,
    /// What a reader will find there.
    pub(crate) shows: String,
}

/// What a check saw in one artifact.
#[derive(Default)]
pub(crate) struct Suspicions<'c> {
    /// By what is said and the member it is said of.
    groups: BTreeMap<(String, &'c str), Vec<Suspicion<'c>>>,
}

impl<'c> Suspicions<'c> {
    /// Adds an act, unless it weighs nothing.
    pub(crate) fn act(
        &mut self,
        severity: Option<Severity>,
        what: impl Into<String>,
        act: &'c Act,
    ) {
        if let Some(severity) = severity {
            self.add(Suspicion {
                severity,
                what: what.into(),
                trigger: act.trigger,
                site: &act.site,
                shows: describe(act),
            });
        }
    }

    /// Adds an oddity, unless it weighs nothing.
    pub(crate) fn oddity(
        &mut self,
        severity: Option<Severity>,
        what: impl Into<String>,
        oddity: &'c Oddity,
    ) {
        if let Some(severity) = severity {
            self.add(Suspicion {
                severity,
                what: what.into(),
                trigger: oddity.trigger,
                site: &oddity.site,
                shows: oddity.detail.clone(),
            });
        }
    }

    /// Adds anything else.
    pub(crate) fn add(&mut self, suspicion: Suspicion<'c>) {
        let key = (suspicion.what.clone(), suspicion.site.member.as_str());
        self.groups.entry(key).or_default().push(suspicion);
    }

    /// One finding per thing that is said of a member, the worst first. The title tells when the
    /// code runs.
    pub(crate) fn report(self, help: &str, found: &mut Vec<Finding>) {
        self.finish(help, found, |worst| {
            format!("{}, {}", worst.what, worst.trigger.words())
        });
    }

    /// The same for what is true of a file whether it runs or not.
    pub(crate) fn report_facts(self, help: &str, found: &mut Vec<Finding>) {
        self.finish(help, found, |worst| worst.what.clone());
    }

    fn finish(
        self,
        help: &str,
        found: &mut Vec<Finding>,
        title: impl Fn(&Suspicion<'_>) -> String,
    ) {
        let mut findings: Vec<Finding> = self
            .groups
            .into_values()
            .filter_map(|group| finding(group, help, &title))
            .collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        found.extend(findings);
    }
}

fn finding(
    mut group: Vec<Suspicion<'_>>,
    help: &str,
    title: impl Fn(&Suspicion<'_>) -> String,
) -> Option<Finding> {
    group.sort_by_key(|suspicion| std::cmp::Reverse((suspicion.severity, suspicion.trigger)));
    let worst = group.first()?;
    let mut evidence: Vec<Evidence> = Vec::new();
    for suspicion in &group {
        let shown = suspicion.site.shows(suspicion.shows.as_str());
        if !evidence.contains(&shown) {
            evidence.push(shown);
        }
    }
    let related = evidence.split_off(1);
    Some(Finding {
        severity: worst.severity,
        confidence: match worst.severity {
            Severity::Low => Confidence::Low,
            _ => Confidence::Medium,
        },
        title: title(worst),
        primary: evidence.pop()?,
        related,
        help: Some(help.to_owned()),
    })
}

/// What an act is, for people: the callee, what reaches it, and how it was hidden.
fn describe(act: &Act) -> String {
    let mut text = Quoted::new(&act.callee).to_string();
    let taints = act.taints.words();
    if !taints.is_empty() {
        text.push_str(" with ");
        text.push_str(&taints);
    }
    if act.layers > 0 {
        let plural = if act.layers == 1 { "" } else { "s" };
        // Writing to a string cannot fail.
        let _ = write!(text, ", under {} layer{plural} of encoding", act.layers);
    }
    if act.disguised {
        text.push_str(", its name put together at run time");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ActBuilder, act};
    use spip_core::{Deed, Taints};

    fn titles(acts: &[(Severity, ActBuilder)]) -> Vec<(String, usize)> {
        let mut suspicions = Suspicions::default();
        for (severity, act) in acts {
            suspicions.act(Some(*severity), "does it", act);
        }
        let mut found = Vec::new();
        suspicions.report("leave it", &mut found);
        let shown = found.iter();
        shown
            .map(|it| (format!("{}: {}", it.severity, it.title), it.related.len()))
            .collect()
    }

    #[test]
    fn one_file_makes_one_finding_and_the_worst_speaks_for_it() {
        let acts = [
            (
                Severity::Low,
                act(Deed::Spawn, "os.popen").when(Trigger::Call),
            ),
            (Severity::High, act(Deed::Spawn, "os.system")),
        ];
        let expected = ("high: does it, when it is imported".to_owned(), 1);
        assert_eq!(titles(&acts), [expected]);
    }

    #[test]
    fn files_are_told_apart_and_the_worst_comes_first() {
        let acts = [
            (
                Severity::Low,
                act(Deed::Spawn, "os.popen").at("demo/a.py", 1),
            ),
            (
                Severity::High,
                act(Deed::Spawn, "os.popen").at("demo/b.py", 1),
            ),
        ];
        let severities: Vec<_> = titles(&acts).into_iter().map(|(title, _)| title).collect();
        assert!(severities[0].starts_with("high"));
        assert_eq!(severities.len(), 2);
    }

    #[test]
    fn evidence_says_what_reaches_the_call_and_how_it_was_hidden() {
        let act = act(Deed::Execute, "builtins.exec")
            .tainted(Taints::DECODED)
            .under(2)
            .disguised();
        assert_eq!(
            describe(&act),
            "builtins.exec with encoded data, under 2 layers of encoding, its name put together at run time"
        );
    }
}

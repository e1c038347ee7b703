//! Counts what became of the labelled cases and holds it against the targets.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::{Judged, Kind};
use crate::eval::interval::Share;

/// Of all malicious cases, at least this share is flagged.
const FLAGGED: f64 = 0.95;

/// Of those that run at build, start or import, at least this share is refused.
const REFUSED: f64 = 0.90;

/// The triggers that the second target is about.
const EARLY: [&str; 3] = ["build", "startup", "import"];

/// Everything that was counted.
#[derive(Serialize)]
pub(super) struct Figures {
    pub(super) pass: bool,
    flagged: Counted,
    /// Of the cases that run at build, start or import.
    refused_early: Counted,
    /// The means over techniques of their shares.
    flagged_macro: f64,
    refused_early_macro: f64,
    benign: Benign,
    by_trigger: BTreeMap<String, Recall>,
    by_technique: BTreeMap<String, Recall>,
    /// Names of malicious cases that nothing was said about.
    missed: Vec<Missed>,
    /// Names of early cases that were flagged, but not refused.
    not_refused: Vec<Missed>,
}

#[derive(Serialize)]
struct Benign {
    refused: Counted,
    asked: Counted,
    any: Counted,
    names: Vec<Missed>,
}

#[derive(Default, Serialize)]
struct Recall {
    flagged: Share,
    refused: Share,
}

#[derive(Serialize)]
struct Missed {
    case: String,
    said: String,
}

/// A share with its interval.
#[derive(Serialize)]
struct Counted {
    #[serde(flatten)]
    share: Share,
    value: f64,
    interval: (f64, f64),
}

impl From<Share> for Counted {
    fn from(share: Share) -> Self {
        Self {
            share,
            value: share.value(),
            interval: share.interval(),
        }
    }
}

impl Figures {
    /// Counts.
    pub(super) fn of(judged: &[Judged]) -> Self {
        let of_kind = |kind| judged.iter().filter(move |one| one.case.label == kind);
        let malicious = || of_kind(Kind::Malicious);
        let early = || malicious().filter(|one| is_early(one));
        let flagged = share(malicious(), |one| one.said.is_flagged());
        let refused_early = share(early(), |one| one.said.is_refused());
        let benign = Benign::of(of_kind(Kind::Benign));
        let by_technique = recall(malicious(), technique);
        let pass = flagged.value() >= FLAGGED
            && refused_early.value() >= REFUSED
            && benign.refused.share.hits == 0;
        Self {
            pass,
            flagged: flagged.into(),
            refused_early: refused_early.into(),
            flagged_macro: mean(by_technique.values().map(|recall| recall.flagged)),
            refused_early_macro: {
                let by_technique = recall(early(), technique);
                mean(by_technique.values().map(|recall| recall.refused))
            },
            benign,
            by_trigger: recall(malicious(), |one| one.case.trigger.clone()),
            by_technique,
            missed: named(malicious().filter(|one| !one.said.is_flagged())),
            not_refused: named(
                early().filter(|one| one.said.is_flagged() && !one.said.is_refused()),
            ),
        }
    }

    /// For people.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::from("technique                           flagged   refused\n");
        for (name, recall) in &self.by_technique {
            row(&mut text, name, recall);
        }
        text += "\ntrigger\n";
        for (name, recall) in &self.by_trigger {
            row(&mut text, name, recall);
        }
        section(&mut text, "missed", &self.missed);
        section(
            &mut text,
            "flagged, but not refused at build, start or import",
            &self.not_refused,
        );
        section(&mut text, "said of benign twins", &self.benign.names);
        let mut line = |name: &str, words: String| {
            writeln!(text, "{name:<34}{words}").expect("a string takes every write");
        };
        line("\nflagged", self.flagged.share.words());
        line(
            "  by technique",
            format!("{:.1} %", self.flagged_macro * 100.0),
        );
        line(
            "refused at build, start, import",
            self.refused_early.share.words(),
        );
        line(
            "  by technique",
            format!("{:.1} %", self.refused_early_macro * 100.0),
        );
        line("benign twins refused", self.benign.refused.share.words());
        line("benign twins asked", self.benign.asked.share.words());
        line(
            "benign twins with any finding",
            self.benign.any.share.words(),
        );
        let outcome = if self.pass { "pass" } else { "fail" };
        line(
            outcome,
            format!(
                "(targets: {:.0} % flagged, {:.0} % refused, no benign twin refused)",
                FLAGGED * 100.0,
                REFUSED * 100.0
            ),
        );
        text
    }
}

impl Benign {
    fn of<'a>(judged: impl Iterator<Item = &'a Judged> + Clone) -> Self {
        Self {
            refused: share(judged.clone(), |one| one.said.is_refused()).into(),
            asked: share(judged.clone(), |one| one.said.is_asked()).into(),
            any: share(judged.clone(), |one| one.said.is_flagged()).into(),
            names: named(judged.filter(|one| one.said.is_flagged() || one.said.gaps > 0)),
        }
    }
}

fn is_early(one: &Judged) -> bool {
    EARLY.contains(&one.case.trigger.as_str())
}

/// `033 init-base64`
fn technique(one: &Judged) -> String {
    match &one.case.technique {
        Value::Number(number) => format!("{:>03} {}", number.to_string(), one.case.slug),
        _ => one.case.slug.clone(),
    }
}

fn share<'a>(judged: impl Iterator<Item = &'a Judged>, is_hit: impl Fn(&Judged) -> bool) -> Share {
    let mut share = Share::default();
    judged.for_each(|one| share.count(is_hit(one)));
    share
}

fn recall<'a>(
    judged: impl Iterator<Item = &'a Judged>,
    key: impl Fn(&Judged) -> String,
) -> BTreeMap<String, Recall> {
    let mut groups = BTreeMap::<_, Recall>::new();
    for one in judged {
        let group = groups.entry(key(one)).or_default();
        group.flagged.count(one.said.is_flagged());
        group.refused.count(one.said.is_refused());
    }
    groups
}

#[expect(clippy::cast_precision_loss, reason = "the counts are small")]
fn mean(shares: impl ExactSizeIterator<Item = Share>) -> f64 {
    let count = shares.len().max(1) as f64;
    shares.map(Share::value).sum::<f64>() / count
}

fn named<'a>(judged: impl Iterator<Item = &'a Judged>) -> Vec<Missed> {
    let missed = |one: &Judged| Missed {
        case: one.name.clone(),
        said: one.said.words(),
    };
    judged.map(missed).collect()
}

fn row(text: &mut String, name: &str, recall: &Recall) {
    let of = |share: Share| format!("{}/{}", share.hits, share.all);
    let (flagged, refused) = (of(recall.flagged), of(recall.refused));
    writeln!(text, "{name:<34}{flagged:>9}{refused:>10}").expect("a string takes every write");
}

fn section(text: &mut String, title: &str, cases: &[Missed]) {
    if cases.is_empty() {
        return;
    }
    writeln!(text, "\n{title}").expect("a string takes every write");
    for Missed { case, said } in cases {
        writeln!(text, "  {case}: {said}").expect("a string takes every write");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Said;
    use super::*;

    fn judged(label: &str, technique: u8, trigger: &str, severity: &str) -> Judged {
        let label = json!({
            "technique": technique, "slug": "x", "trigger": trigger, "label": label, "artifact": "x",
        });
        let finding = ("check".to_owned(), severity.to_owned());
        let findings = if severity.is_empty() {
            vec![]
        } else {
            vec![finding]
        };
        Judged {
            name: format!("x/{technique}"),
            case: serde_json::from_value(label).unwrap(),
            said: Said { findings, gaps: 0 },
        }
    }

    #[test]
    fn passes_when_everything_bad_is_refused_and_nothing_good() {
        let all = [
            judged("malicious", 1, "build", "high"),
            judged("benign", 1, "build", "medium"),
        ];
        let figures = Figures::of(&all);
        assert!(figures.pass);
        assert_eq!(figures.benign.asked.share.hits, 1);
    }

    #[test]
    fn fails_on_a_miss_a_soft_answer_and_a_refused_twin() {
        for bad in [
            judged("malicious", 1, "call", ""),
            judged("malicious", 1, "import", "medium"),
            judged("benign", 1, "import", "high"),
        ] {
            assert!(!Figures::of(&[bad]).pass);
        }
        // What runs on a call need not be refused.
        assert!(Figures::of(&[judged("malicious", 1, "call", "low")]).pass);
    }

    #[test]
    fn a_technique_counts_once_however_many_variants_it_has() {
        let mut all = vec![judged("malicious", 1, "call", "")];
        all.extend((0..9).map(|_| judged("malicious", 2, "call", "low")));
        let figures = Figures::of(&all);
        assert!((figures.flagged_macro - 0.5).abs() < 1e-9);
        assert!((figures.flagged.value - 0.9).abs() < 1e-9);
    }
}

//! Holds the scan to its targets on the labelled cases, in this process and on every test run.

use std::fmt::Write as _;

use spip_cases::{Case, Label, Trigger};

use super::interval::Share;
use super::judge::{self, Said};

/// As in `eval scan`: of all malicious cases, and of those that run at build, start or import.
const FLAGGED: f64 = 0.95;
const REFUSED: f64 = 0.90;

/// What fell short of the targets, as a text to read.
fn shortfalls(cases: &[Case], judge: impl Fn(&Case) -> Said) -> String {
    let (mut flagged, mut refused) = (Share::default(), Share::default());
    let (mut missed, mut false_alarms) = (String::new(), String::new());
    for case in cases {
        let said = judge(case);
        let (is_flagged, is_refused) = (said.worst().is_some(), said.is_refused());
        let name = case.folder();
        match case.label {
            Label::Benign if is_refused => {
                writeln!(
                    false_alarms,
                    "refused: {}: {:?}",
                    name.display(),
                    said.findings
                )
                .expect("a string takes every write");
            }
            Label::Benign => {}
            Label::Malicious => {
                flagged.count(is_flagged);
                let is_early = matches!(
                    case.trigger,
                    Trigger::Build | Trigger::Startup | Trigger::Import
                );
                if is_early {
                    refused.count(is_refused);
                }
                if !is_flagged || is_early && !is_refused {
                    writeln!(missed, "missed: {}: {:?}", name.display(), said.findings)
                        .expect("a string takes every write");
                }
            }
        }
    }
    if flagged.value() < FLAGGED || refused.value() < REFUSED {
        let (flagged, refused) = (flagged.words(), refused.words());
        writeln!(false_alarms, "{missed}flagged {flagged}, refused {refused}")
            .expect("a string takes every write");
    }
    false_alarms
}

fn judge(case: &Case) -> Said {
    let name = &case.artifact;
    let said = match case.files.iter().find(|(path, _)| path == name) {
        Some((_, bytes)) => judge::file(name, bytes.clone()),
        None => {
            let below = format!("{name}/");
            let files = case.files.iter().filter_map(|(path, bytes)| {
                Some((path.strip_prefix(&below)?.to_owned(), bytes.clone()))
            });
            judge::tree(name, &files.collect::<Vec<_>>())
        }
    };
    said.expect("every case can be judged")
}

#[test]
#[ignore = "the analysis is not there yet"]
fn the_scan_reaches_its_targets_on_the_labelled_cases() {
    let shortfalls = shortfalls(&spip_cases::all(), judge);
    assert!(shortfalls.is_empty(), "{shortfalls}");
}

#[test]
fn a_scan_that_says_nothing_or_refuses_everything_falls_short() {
    let cases = spip_cases::all();
    assert!(shortfalls(&cases, |_| Said::default()).contains("flagged 0/"));
    let refusal = (
        spip_core::CheckId::new("any"),
        spip_core::Severity::High,
        String::new(),
    );
    let everything = Said {
        findings: vec![refusal],
        ..Said::default()
    };
    let shortfalls = shortfalls(&cases, |_| everything.clone());
    assert!(shortfalls.starts_with("refused: b001-version-exec/"));
}

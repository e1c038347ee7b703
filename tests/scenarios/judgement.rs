//! What findings and gaps lead to, and what options change about it.

use std::fs;

use serde_json::Value;
use spip_tests::index::{Manner, Offer};
use spip_tests::packages::package;
use spip_tests::run::{Outcome, Run};
use spip_tests::world::World;

use crate::fresh;

/// How old the only release is, or what is wrong with it.
#[derive(Clone, Copy, PartialEq)]
enum Case {
    Old,
    Yesterday,
    Fresh,
    OtherBytes,
    Unknown,
}

fn world(case: Case) -> World {
    let world = World::new();
    let wheel = package("quillbarn", "1.4.0").wheel();
    world.index.offer(match case {
        Case::Old | Case::Unknown => Offer::of(wheel),
        Case::Yesterday => Offer::of(wheel).hours_old(24),
        Case::Fresh => fresh(wheel),
        Case::OtherBytes => Offer::of(wheel).api_says(&"0".repeat(64)),
    });
    if case == Case::Unknown {
        world
            .index
            .manner("quillbarn", Manner::HtmlOnly, Manner::Broken);
    }
    world
}

#[track_caller]
fn leads_to(case: Case, options: &[&str], code: i32) -> Outcome {
    let world = world(case);
    let outcome = world.spip(&["install", "quillbarn"]);
    let outcome = options.iter().fold(outcome, Run::arg).finish();
    match code {
        0 => outcome.succeeds(),
        code => outcome.refuses(code),
    };
    assert_eq!(
        world.environment.has("quillbarn", "1.4.0"),
        code == 0,
        "{outcome}"
    );
    outcome
}

#[test]
fn low_findings_warn() {
    leads_to(Case::Yesterday, &[], 0)
        .says("low[release-age]: quillbarn 1.4.0 uploaded 24 hours ago");
}

#[test]
fn nothing_to_say_adds_one_line() {
    let outcome = leads_to(Case::Old, &[], 0);
    outcome.never_says("[release-age]");
    assert!(outcome.stderr.lines().count() <= 1, "{outcome}");
}

#[test]
fn sensitivity_moves_the_limits() {
    leads_to(Case::Yesterday, &["--sensitivity", "low"], 0);
    leads_to(Case::Yesterday, &["--sensitivity", "medium"], 100);
    leads_to(Case::Yesterday, &["--sensitivity=high"], 100);
    leads_to(Case::Old, &["--sensitivity=high"], 0);
}

#[test]
fn ignoring_a_level_drops_it_and_everything_below() {
    leads_to(Case::Fresh, &["--spip-ignore", "low"], 100);
    leads_to(Case::Fresh, &["--spip-ignore", "medium"], 0);
    leads_to(Case::Fresh, &["--spip-ignore=high"], 0);
    leads_to(
        Case::Yesterday,
        &["--sensitivity=high", "--spip-ignore=low"],
        0,
    );
}

#[test]
fn ignoring_warnings_lets_everything_but_critical_pass() {
    leads_to(Case::Fresh, &["--spip-ignore-warning"], 0).says("medium[release-age]");
    leads_to(Case::Unknown, &["--spip-ignore-warning"], 0)
        .says("unknown[archive-hash, dormant-project, late-file, release-age, release-burst]");
    leads_to(
        Case::Fresh,
        &["--spip-ignore-warning", "--sensitivity=high"],
        0,
    );
}

#[test]
fn critical_findings_pass_only_by_name() {
    let finding = "critical[archive-hash]: quillbarn 1.4.0";
    leads_to(Case::OtherBytes, &[], 100).says(finding);
    leads_to(Case::OtherBytes, &["--spip-ignore-warning"], 100).says(finding);
    leads_to(Case::OtherBytes, &["--spip-ignore", "high"], 100).says(finding);
    leads_to(
        Case::OtherBytes,
        &["--spip-allow", "archive-hash:quillbarn==1.4.0"],
        0,
    );
}

#[test]
fn a_waiver_covers_one_check_of_one_package() {
    leads_to(Case::Fresh, &["--spip-allow", "release-age:quillbarn"], 0);
    leads_to(Case::Fresh, &["--spip-allow=release-age:Quill_Barn"], 100);
    leads_to(Case::Fresh, &["--spip-allow=release-age:QuillBarn==1.4"], 0);
    leads_to(
        Case::Fresh,
        &["--spip-allow=release-age:quillbarn==1.3"],
        100,
    );
    leads_to(Case::Fresh, &["--spip-allow=yanked-release:quillbarn"], 100);
    let both = [
        "--spip-allow",
        "yanked-release:quillbarn",
        "--spip-allow",
        "release-age:quillbarn",
    ];
    leads_to(Case::Fresh, &both, 0);
}

#[test]
fn a_waiver_that_matched_nothing_is_reported() {
    let outcome = leads_to(Case::Old, &["--spip-allow", "release-age:zorvexkit"], 0);
    outcome.says("release-age:zorvexkit");
}

#[test]
fn what_could_not_be_checked_refuses_with_its_own_status() {
    leads_to(Case::Unknown, &[], 101)
        .says("unknown[archive-hash, dormant-project, late-file, release-age, release-burst]: quillbarn 1.4.0 not checked");
    leads_to(
        Case::Unknown,
        &["--spip-allow", "archive-hash:quillbarn"],
        101,
    );
}

#[test]
fn every_option_has_a_variable() {
    let cases = [
        (Case::Yesterday, "SPIP_SENSITIVITY", "medium", 100),
        (Case::Fresh, "SPIP_IGNORE", "medium", 0),
        (Case::Fresh, "SPIP_IGNORE_WARNING", "1", 0),
        (Case::Fresh, "SPIP_ALLOW", "release-age:quillbarn", 0),
    ];
    for (case, name, value, code) in cases {
        let world = world(case);
        let outcome = world
            .spip(&["install", "quillbarn"])
            .env(name, value)
            .finish();
        outcome.exits_with(code);
    }
}

#[test]
fn options_may_stand_anywhere() {
    let world = world(Case::Fresh);
    let commands: [&[&str]; 4] = [
        &[
            "--spip-ignore",
            "medium",
            "install",
            "--target",
            "a",
            "quillbarn",
        ],
        &[
            "install",
            "--spip-ignore=medium",
            "--target",
            "b",
            "quillbarn",
        ],
        &[
            "-q",
            "--spip-ignore-warning",
            "install",
            "quillbarn",
            "--target",
            "c",
        ],
        &[
            "install",
            "--target",
            "d",
            "quillbarn",
            "--spip-allow=release-age:quillbarn",
        ],
    ];
    for command in commands {
        world.spip(command).finish().succeeds();
    }
    // Behind a bare `--` every word is a requirement, and pip says what it thinks of this one.
    let outcome = world
        .spip(&["install", "--", "quillbarn", "--spip-ignore-warning"])
        .finish();
    outcome.changes_nothing();
    assert_ne!(outcome.code, Some(0), "{outcome}");
}

#[test]
fn a_value_that_makes_no_sense_stops_before_anything_happens() {
    let world = world(Case::Old);
    let options: [&[&str]; 4] = [
        &["--sensitivity", "banana"],
        &["--spip-ignore=critical"],
        &["--spip-allow", "quillbarn"],
        &["--spip-allow"],
    ];
    for option in options {
        let outcome = world
            .spip(&[&["install", "quillbarn"], option].concat())
            .finish();
        outcome.exits_with(102).changes_nothing();
    }
    assert!(world.index.requests().is_empty());
}

#[test]
fn the_report_tells_everything() {
    let report = |case: Case, code: i32| -> Value {
        let world = world(case);
        let path = world.aside("report.json");
        let run = world
            .spip(&["install", "quillbarn", "--spip-report"])
            .arg(&path);
        run.finish().exits_with(code);
        let text = fs::read_to_string(&path).expect("the report is there");
        serde_json::from_str(&text).expect("the report is JSON")
    };
    let old = report(Case::Old, 0);
    assert_eq!(old["schema"], "spip-report/1");
    assert_eq!(old["tool"], "pip");
    assert_eq!(old["verdict"], "allow");
    assert_eq!(old["packages"][0]["findings"], Value::Array(Vec::new()));

    let fresh = report(Case::Fresh, 100);
    let package = &fresh["packages"][0];
    assert_eq!(package["name"], "quillbarn");
    assert_eq!(package["version"], "1.4.0");
    assert_eq!(package["why"], "requested");
    assert_eq!(package["artifact"]["kind"], "wheel");
    assert_eq!(
        package["artifact"]["sha256"].as_str().map(str::len),
        Some(64)
    );
    let url = package["artifact"]["url"].as_str().unwrap_or_default();
    assert!(
        url.ends_with("/files/quillbarn-1.4.0-py3-none-any.whl"),
        "{url}"
    );
    let finding = &package["findings"][0];
    assert_eq!(finding["check"], "release-age");
    assert_eq!(finding["severity"], "medium");
    assert!(finding["evidence"][0]["at"].is_string(), "{finding}");
    assert_eq!(fresh["verdict"], "ask");

    let other = report(Case::OtherBytes, 100);
    assert_eq!(other["verdict"], "block");
    let unknown = report(Case::Unknown, 101);
    assert_eq!(unknown["verdict"], "incomplete");
    let gaps = unknown["packages"][0]["gaps"]
        .as_array()
        .expect("there are gaps");
    assert!(
        gaps.iter().any(|gap| gap["check"] == "release-age"),
        "{gaps:?}"
    );
}

#[test]
fn a_report_that_cannot_be_written_stops_the_run_before_it_begins() {
    let world = world(Case::Old);
    let path = "/nonexistent/report.json";
    let run = world.spip(&["install", "quillbarn", "--spip-report", path]);
    run.finish().refuses(102).says("failed to write the report");
}

#[test]
fn debugging_shows_the_plan() {
    let outcome = leads_to(Case::Old, &["--spip-debug"], 0);
    outcome.says("quillbarn 1.4.0");
}

#[test]
fn the_last_lines_add_up() {
    let outcome = leads_to(Case::Fresh, &[], 100);
    let tally = outcome
        .stderr
        .lines()
        .find(|line| line.starts_with("1 package × "));
    let tally = tally.unwrap_or_else(|| panic!("no tally\n{outcome}"));
    let numbers: Vec<usize> = tally
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect();
    let (pairs, counts) = numbers.split_at(2);
    assert_eq!(pairs[0] * pairs[1], counts.iter().sum::<usize>(), "{tally}");
}

#[test]
fn an_answer_on_a_pipe_is_no_answer() {
    let world = world(Case::Fresh);
    let outcome = world
        .spip(&["install", "quillbarn"])
        .input(b"y\ny\n")
        .finish();
    outcome.refuses(100);
}

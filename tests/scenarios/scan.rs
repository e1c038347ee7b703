//! `spip scan`: what it names, in which order, how it ends, and that it runs nothing.

use std::fs;
use std::path::PathBuf;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::Value;
use spip_tests::index::Offer;
use spip_tests::packages::package;
use spip_tests::run::Outcome;
use spip_tests::world::World;

use crate::fresh;

/// The report on standard output.
#[track_caller]
fn report(outcome: &Outcome) -> Value {
    let report = serde_json::from_str(&outcome.stdout);
    let report: Value = report.unwrap_or_else(|why| panic!("no report: {why}\n{outcome}"));
    assert_eq!(report["schema"], "spip-report/1", "{outcome}");
    assert_eq!(report["tool"], "spip scan", "{outcome}");
    report
}

/// Kind, path, name and version of each package of a report.
fn listed(report: &Value) -> Vec<String> {
    let packages = report["packages"].as_array().expect("there is a list");
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |package: &Value| {
        let artifact = &package["artifact"];
        let parts = [
            &artifact["kind"],
            &artifact["path"],
            &package["name"],
            &package["version"],
        ];
        parts.map(text).join(" ")
    };
    packages.iter().map(line).collect()
}

/// A working directory with one of each kind.
fn one_of_each() -> World {
    let world = World::new();
    let marked = |name: &str| package(name, "1.4.0").marks(&world.marker);
    let house = world.work().join("house");
    marked("zorvexkit").wheel().save(&house);
    marked("plindorf").sdist().save(&house);
    marked("quillbarn").wheel().save(&world.work());
    marked("quillbarn").sdist().save(&world.work());
    marked("quillbarn").lay_out(&world.work().join("project"));
    world.write("module.py", &world.marker.python("module"));
    world
}

#[test]
fn lists_everything_in_the_order_of_the_arguments() {
    let world = one_of_each();
    let run = world.spip(&[
        "scan",
        "module.py",
        "./house",
        "--format",
        "json",
        "project/",
    ]);
    let run = run.arg("quillbarn-1.4.0.tar.gz");
    let outcome = run.arg("quillbarn-1.4.0-py3-none-any.whl").finish();
    outcome.succeeds().runs_nothing().changes_nothing();
    assert_eq!(outcome.stderr, "", "{outcome}");
    let report = report(&outcome);
    assert_eq!(report["verdict"], "allow");
    assert_eq!(
        listed(&report),
        [
            "module module.py module -",
            "sdist ./house/plindorf-1.4.0.tar.gz plindorf 1.4.0",
            "wheel ./house/zorvexkit-1.4.0-py3-none-any.whl zorvexkit 1.4.0",
            "directory project/ quillbarn 1.4.0",
            "sdist quillbarn-1.4.0.tar.gz quillbarn 1.4.0",
            "wheel quillbarn-1.4.0-py3-none-any.whl quillbarn 1.4.0",
        ]
    );
    for package in report["packages"].as_array().expect("there is a list") {
        let is_file = package["artifact"]["kind"] != "directory";
        assert_eq!(package["artifact"]["sha256"].is_string(), is_file);
        assert!(package["artifact"]["url"].is_null());
        assert_eq!(package["why"], "requested");
    }
}

#[test]
fn needs_no_python_and_says_in_one_line_that_all_is_clear() {
    let world = one_of_each();
    let run = world.spip(&["scan", "house", "project", "module.py"]);
    let run = run.env("PATH", "/nonexistent").without("VIRTUAL_ENV");
    let outcome = run.finish();
    outcome.succeeds().prints("4 packages × ");
    assert_eq!(outcome.stdout.lines().count(), 1, "{outcome}");
    assert_eq!(outcome.stderr, "", "{outcome}");
}

#[test]
fn scans_the_rest_when_a_path_is_missing() {
    let world = one_of_each();
    for missing in ["gone/", "gone/demo-1.0.tar.gz", "gone.whl"] {
        let run = world.spip(&["scan", "--format=json", missing, "house"]);
        let outcome = run.finish();
        outcome
            .exits_with(102)
            .says(&format!("spip: failed to scan {missing}: No such file"));
        assert_eq!(listed(&report(&outcome)).len(), 2, "{outcome}");
    }
}

#[test]
fn says_what_is_wrong_with_a_command_line() {
    let world = World::new();
    for arguments in [
        &["scan"][..],
        &["scan", "--nonsense", "x"],
        &["scan", "--format=xml", "x"],
    ] {
        let outcome = world.spip(arguments).finish();
        outcome.exits_with(102).changes_nothing();
        assert!(outcome.stderr.contains("error: "), "{outcome}");
        assert!(!outcome.stderr.contains("installed"), "{outcome}");
    }
    world
        .spip(&["scan", "--help"])
        .finish()
        .succeeds()
        .prints("spip scan [OPTIONS]");
}

#[test]
fn what_cannot_be_read_is_unknown() {
    let world = World::new();
    let pipe = world.aside("quillbarn-1.4.0-py3-none-any.whl");
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR, 0).expect("the directory is writable");
    let outcome = world.spip(&["scan"]).arg(&pipe).finish();
    outcome
        .exits_with(101)
        .prints("quillbarn 1.4.0 not checked: unreadable: ");
    let outcome = world
        .spip(&["scan", "--format", "json"])
        .arg(&pipe)
        .finish();
    let report = report(&outcome.clone());
    assert_eq!(report["verdict"], "incomplete", "{outcome}");
    assert_eq!(report["packages"][0]["gaps"][0]["cause"], "unreadable");
    let run = world.spip(&["scan", "--spip-ignore-warning"]).arg(&pipe);
    run.finish().succeeds();
}

#[test]
fn fetches_a_release_by_name_and_builds_nothing() {
    let world = World::new();
    let release = package("quillbarn", "1.4.0").marks(&world.marker);
    world.index.offer(release.sdist());
    world.index.offer(release.wheel());
    world.index.offer(release.wheel_for("cp39-cp39-win32"));
    world.index.offer(package("quillbarn", "1.5.0rc1").wheel());
    world.index.offer(package("quillbarn", "1.3.0").wheel());
    for name in ["quillbarn==1.4.0", "QuillBarn"] {
        let outcome = world.spip(&["scan", "--format=json", name]).finish();
        outcome.succeeds().runs_nothing().changes_nothing();
        outcome.says("note: quillbarn 1.4.0 has 1 more files");
        let report = report(&outcome);
        assert_eq!(
            listed(&report),
            ["sdist - quillbarn 1.4.0", "wheel - quillbarn 1.4.0"]
        );
        let artifact = &report["packages"][0]["artifact"];
        let url = artifact["url"].as_str().unwrap_or_default();
        assert!(
            url.starts_with(&world.index.url().replace("/simple", "")),
            "{url}"
        );
        assert_eq!(artifact["sha256"], release.sdist().sha256());
    }
    let outcome = world.spip(&["scan", "--all-files", "--format=json", "quillbarn==1.4.0"]);
    assert_eq!(listed(&report(&outcome.finish())).len(), 3);
    assert!(world.leftovers().is_empty());
}

#[test]
fn judges_a_release_by_what_the_index_says_of_it_too() {
    let world = World::new();
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    let zeros = "0".repeat(64);
    let other = Offer::of(package("zorvexkit", "2.0").wheel()).page_says(&zeros);
    world.index.offer(other);
    let outcome = world.spip(&["scan", "quillbarn"]).finish();
    outcome
        .exits_with(100)
        .prints("medium[release-age]: quillbarn 1.4.0 uploaded 2 hours ago");
    let outcome = world.spip(&["scan", "zorvexkit==2.0"]).finish();
    outcome
        .exits_with(100)
        .prints("critical[archive-hash]: zorvexkit 2.0");
    let run = world.spip(&["scan", "--spip-allow", "release-age:quillbarn", "quillbarn"]);
    run.finish().succeeds();
}

#[test]
fn what_exists_is_a_path_and_what_does_not_is_looked_up() {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    world.write("quillbarn/module.py", "");
    let outcome = world.spip(&["scan", "--format=json", "quillbarn"]).finish();
    assert_eq!(
        listed(&report(&outcome)),
        ["directory quillbarn quillbarn -"]
    );
    let outcome = world.spip(&["scan", "plindorf"]).finish();
    outcome
        .exits_with(102)
        .says("no index has a project of that name");
    let outcome = world.spip(&["scan", "quillbarn==9"]).finish();
    outcome
        .exits_with(102)
        .says("find quillbarn 9: the index lists no file of it");
    let run = world.spip(&[
        "scan",
        "--index-url",
        "http://127.0.0.1:1/simple",
        "plindorf",
    ]);
    run.finish().exits_with(102).says("unreachable");
}

#[test]
fn finds_the_index_where_pip_is_configured_to() {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    let settings = world.aside("pip.conf");
    fs::write(
        &settings,
        format!("[global]\nindex-url = {}\n", world.index.url()),
    )
    .unwrap();
    let run = world.spip(&["scan", "quillbarn"]).without("PIP_INDEX_URL");
    run.env("PIP_CONFIG_FILE", &settings).finish().succeeds();
}

/// Where features are kept.
fn features(world: &World) -> Vec<PathBuf> {
    let entries = fs::read_dir(world.aside("spip/scan/v1"))
        .into_iter()
        .flatten();
    let entries = entries.map(|entry| entry.expect("the directory is readable").path());
    entries.collect()
}

#[test]
fn the_same_file_is_read_once_until_what_is_kept_of_it_is_damaged() {
    let world = World::new();
    let wheel = package("quillbarn", "1.4.0").wheel().save(&world.work());
    let scan = |expected: &str| {
        let outcome = world.spip(&["scan", "--spip-debug"]).arg(&wheel).finish();
        outcome.succeeds().says(expected);
    };
    scan("scan: 1 artifacts scanned");
    scan("scan: 0 artifacts scanned");
    let kept = features(&world);
    assert_eq!(kept.len(), 1);
    let whole = fs::read(&kept[0]).unwrap();
    for damaged in [&whole[..whole.len() - 1], b"nonsense", b""] {
        fs::write(&kept[0], damaged).unwrap();
        scan("scan: 1 artifacts scanned");
        scan("scan: 0 artifacts scanned");
    }
    let without = world.spip(&["scan", "--spip-debug"]).arg(&wheel);
    let without = without.env("SPIP_CACHE_DIR", "/dev/null");
    without
        .finish()
        .succeeds()
        .says("scan: 1 artifacts scanned");
}

#[test]
fn an_install_reads_what_an_earlier_one_has_read_only_once() {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    let install = |expected: &str| {
        let run = world.spip(&["install", "--spip-debug", "--force-reinstall", "quillbarn"]);
        run.finish().succeeds().says(expected);
    };
    install("scan: 1 artifacts scanned");
    install("scan: 0 artifacts scanned");
    for kept in features(&world) {
        fs::write(kept, "nonsense").unwrap();
    }
    install("scan: 1 artifacts scanned");
}

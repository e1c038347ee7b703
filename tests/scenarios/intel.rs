//! Lists of known-bad releases: what they refuse, what they only show, and what happens without them.

use std::fs;
use std::io::{Cursor, Write};

use serde_json::{Value, json};
use spip_tests::packages::package;
use spip_tests::pips::Pip;
use spip_tests::run::Outcome;
use spip_tests::world::World;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A record about versions of a package that was changed just now.
fn record(id: &str, name: &str, versions: &[&str]) -> Value {
    json!({"id": id, "modified": jiff::Timestamp::now().to_string(), "summary": "made for a test",
           "affected": [{"package": {"ecosystem": "PyPI", "name": name}, "versions": versions}]})
}

fn whole_project(mut record: Value) -> Value {
    record["affected"][0]["ranges"] =
        json!([{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]);
    record
}

/// Makes a database of these records.
#[track_caller]
fn know(world: &World, records: &[Value]) -> Outcome {
    for record in records {
        let name = format!("records/{}.json", record["id"].as_str().expect("an id"));
        world.write(&name, &record.to_string());
    }
    let outcome = world
        .spip(&["intel", "update", "--from", "records"])
        .finish();
    outcome.exits_with(0);
    outcome
}

/// A world whose index offers `quillbarn` and `zorvexkit`, both honest.
fn world() -> World {
    let world = World::new();
    for name in ["quillbarn", "zorvexkit"] {
        world
            .index
            .offer(package(name, "1.4.0").marks(&world.marker).wheel());
    }
    world
}

fn install(world: &World, name: &str) -> Outcome {
    world.spip(&["install", name]).finish()
}

fn report(world: &World, name: &str) -> Value {
    let path = world.aside("report.json");
    let path = path.to_str().expect("plain text");
    world
        .spip(&["--spip-report", path, "install", name])
        .finish();
    serde_json::from_str(&fs::read_to_string(path).expect("a report")).expect("JSON")
}

#[test]
fn a_malicious_version_is_refused_and_the_next_one_is_not() {
    let world = world();
    know(
        &world,
        &[
            record("MAL-2026-1", "Quill_Barn", &["1.4"]),
            record("MAL-2026-2", "quillbarn", &["1.4", "1.3"]),
        ],
    );
    world.index.offer(package("quillbarn", "1.5.0").wheel());
    install(&world, "quillbarn==1.4")
        .refuses(100)
        .says("critical[known-malicious]: quillbarn 1.4.0 this release is known to be malicious (MAL-2026-2)")
        .says("made for a test");
    install(&world, "quillbarn==1.5").succeeds();
    install(&world, "zorvexkit").succeeds();
    let report = report(&world, "quillbarn==1.4");
    let advisory = &report["packages"][0]["advisories"][0];
    assert_eq!(
        (&advisory["id"], &advisory["matched_by"]),
        (&json!("MAL-2026-2"), &json!("version"))
    );
}

#[test]
fn a_malicious_file_is_refused_under_another_name() {
    let world = world();
    let renamed = package("plindorf", "2.0").wheel();
    let digest = renamed.sha256();
    world.index.offer(renamed);
    let mut record = record("MAL-2026-1", "somethingelse", &["9"]);
    record["affected"][0]["database_specific"] = json!({"indicators": {"package_integrity": [{"filename": "x", "hashes": {"sha256": digest}}]}});
    know(&world, &[record]);
    install(&world, "plindorf")
        .refuses(100)
        .says("critical[known-malicious]: plindorf 2.0 this very file is known to be malicious (MAL-2026-1)");
    install(&world, "zorvexkit").succeeds();
}

#[test]
fn no_blanket_option_lets_a_malicious_release_pass() {
    let world = world();
    know(&world, &[record("MAL-2026-1", "quillbarn", &["1.4.0"])]);
    let options = ["--spip-ignore-warning", "--spip-ignore=high"];
    for option in options {
        world
            .spip(&[option, "install", "quillbarn"])
            .finish()
            .refuses(100);
    }
    let allowed = "known-malicious:quillbarn==1.4.0";
    world
        .spip(&["--spip-allow", allowed, "install", "quillbarn"])
        .finish()
        .succeeds();
}

#[test]
fn a_record_that_was_taken_back_never_refuses() {
    let world = world();
    let mut withdrawn = record("MAL-2026-1", "quillbarn", &["1.4.0"]);
    withdrawn["withdrawn"] = json!("2026-05-26T00:00:00Z");
    know(&world, &[withdrawn]);
    install(&world, "quillbarn")
        .succeeds()
        .never_says("MAL-2026-1");
}

#[test]
fn a_record_about_a_whole_project_refuses_unless_everybody_uses_the_project() {
    let world = world();
    world.index.offer(package("idna", "99.0").wheel());
    let unknown = whole_project(record("MAL-2026-1", "quillbarn", &["1.4.0"]));
    let popular = whole_project(record("MAL-2026-2", "idna", &["99.0"]));
    know(&world, &[unknown, popular]);
    install(&world, "quillbarn").refuses(100).says(
        "critical[known-malicious]: quillbarn 1.4.0 the whole project is known to be malicious",
    );
    install(&world, "idna")
        .refuses(100)
        .says("medium[known-malicious]: idna 99.0 a list calls every version of it malicious (MAL-2026-2)")
        .says("possibly a mistake in the list")
        .says("run this in a terminal to be asked");
}

#[test]
fn a_vulnerability_is_shown_and_stops_nobody() {
    let world = world();
    let mut vulnerable = record("PYSEC-2026-1", "quillbarn", &[]);
    vulnerable["aliases"] = json!(["CVE-2026-1"]);
    vulnerable["severity"] =
        json!([{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]);
    vulnerable["affected"][0]["ranges"] =
        json!([{"type": "ECOSYSTEM", "events": [{"introduced": "1.0"}, {"fixed": "1.4.1"}]}]);
    let mut same = record("CVE-2026-1", "quillbarn", &["1.4.0"]);
    same["aliases"] = json!(["PYSEC-2026-1"]);
    know(&world, &[vulnerable, same]);
    install(&world, "quillbarn")
        .succeeds()
        .says("low[known-vulnerability]: quillbarn 1.4.0 has a known vulnerability (CVSS 9.8, critical)")
        .says("mended in 1.4.1");
}

#[test]
fn without_a_database_nothing_is_said() {
    let world = world();
    install(&world, "quillbarn").succeeds().never_says("known-");
    let outcome = world.spip(&["intel"]).finish();
    outcome
        .exits_with(0)
        .prints("no database; `spip intel update` makes one");
}

#[test]
fn a_damaged_database_is_told_and_not_passed_over() {
    let world = world();
    know(&world, &[record("MAL-2026-1", "other", &["1"])]);
    install(&world, "quillbarn").succeeds();
    let path = world.aside("spip/intel/advisories");
    let mut bytes = fs::read(&path).expect("a database");
    *bytes.last_mut().expect("not empty") ^= 1;
    fs::write(&path, bytes).expect("the database is writable");
    install(&world, "zorvexkit")
        .refuses(101)
        .says("unknown[known-malicious, known-vulnerability]: zorvexkit 1.4.0 not checked: malformed: the database of advisories")
        .says("is damaged; `spip intel update` makes a new one");
    world
        .spip(&["intel"])
        .finish()
        .exits_with(101)
        .prints("is damaged");
    know(&world, &[record("MAL-2026-1", "other", &["1"])]);
    install(&world, "zorvexkit").succeeds();
}

#[test]
fn an_old_database_still_refuses_and_its_age_is_told_once() {
    let world = world();
    let mut old = record("MAL-2026-1", "plindorf", &["2.0"]);
    old["modified"] = json!("2026-01-01T00:00:00Z");
    world.index.offer(package("plindorf", "2.0").wheel());
    world.write("records/1.json", &old.to_string());
    let outcome = world
        .spip(&["intel", "update", "--from", "records"])
        .finish();
    outcome.exits_with(101).prints("too old");
    let outcome = world.spip(&["install", "quillbarn", "zorvexkit"]).finish();
    outcome
        .succeeds()
        .says("not checked: stale: what is known of bad releases is ");
    assert_eq!(outcome.stderr.matches("stale").count(), 1, "{outcome}");
    install(&world, "plindorf")
        .refuses(100)
        .says("critical[known-malicious]");
}

#[test]
fn the_indexs_own_list_counts_for_the_newest_version_alone() {
    let world = World::new();
    for version in ["1.3.0", "1.4.0"] {
        world.index.offer(package("quillbarn", version).wheel());
    }
    let entry = json!({"id": "PYSEC-2026-7", "aliases": [], "details": "made for a test", "fixed_in": ["1.6"],
                       "link": "https://osv.invalid/PYSEC-2026-7", "source": "osv", "summary": null, "withdrawn": null});
    world.index.vulnerabilities("quillbarn", json!([entry]));
    install(&world, "quillbarn==1.3.0")
        .succeeds()
        .never_says("PYSEC-2026-7");
    install(&world, "quillbarn==1.4.0")
        .succeeds()
        .says("low[known-vulnerability]: quillbarn 1.4.0 has a known vulnerability")
        .says("/pypi/quillbarn/json /vulnerabilities/0");
}

#[test]
fn scan_and_audit_look_it_up_too() {
    let world = world();
    install(&world, "quillbarn").succeeds();
    know(&world, &[record("MAL-2026-1", "quillbarn", &["1.4.0"])]);
    package("quillbarn", "1.4.0").wheel().save(&world.work());
    let wheel = "quillbarn-1.4.0-py3-none-any.whl";
    world
        .spip(&["scan", wheel])
        .finish()
        .exits_with(100)
        .prints("critical[known-malicious]");
    world
        .spip(&["audit", "--offline"])
        .finish()
        .exits_with(100)
        .prints("critical[known-malicious]");
}

/// An archive of these records.
fn archive(records: &[Value]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for record in records {
        let name = format!("{}.json", record["id"].as_str().expect("an id"));
        let options = SimpleFileOptions::default();
        zip.start_file(name, options).expect("memory is writable");
        write!(zip, "{record}").expect("memory is writable");
    }
    zip.finish().expect("memory is writable").into_inner()
}

#[test]
fn an_update_fetches_an_archive_and_says_what_there_is() {
    let world = world();
    let bytes = archive(&[
        record("MAL-2026-1", "quillbarn", &["1.4.0"]),
        record("PYSEC-2026-1", "other", &["1"]),
    ]);
    let address = world.index.serve("all.zip", &bytes);
    let pin = spip_tests::sha256(&bytes);
    let update = |pin: &str| {
        let arguments = ["intel", "update", "--from", &address, "--sha256", pin];
        world.spip(&arguments).finish()
    };
    update(&"0".repeat(64))
        .exits_with(102)
        .says("its sha256 is");
    let outcome = update(&pin);
    outcome
        .exits_with(0)
        .prints("1 malicious, 1 vulnerabilities");
    outcome.prints("2 records, 0 unusable");
    install(&world, "quillbarn").refuses(100);
    let outcome = world.spip(&["intel", "--format", "json"]).finish();
    let state: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(state["schema"], "spip-intel/1");
    assert_eq!(state["state"], "usable");
    assert_eq!(state["database"]["sources"][0]["name"], json!(address));
    assert_eq!(state["database"]["sources"][0]["sha256"], json!(pin));
    assert_eq!(state["database"]["age_days"], 0);
}

#[test]
fn an_update_is_whole_pinned_or_not_at_all() {
    let world = world();
    know(&world, &[record("MAL-2026-1", "quillbarn", &["1.4.0"])]);
    world.write("empty/readme.txt", "nothing");
    world.write("broken.zip", "not an archive");
    let pinned = ["--sha256", &"0".repeat(64)];
    let fails: [(&str, &[&str], &str); 6] = [
        ("empty", &[], "hold no usable record"),
        ("broken.zip", &[], "broken.zip"),
        ("absent.zip", &[], "absent.zip"),
        (
            "http://192.0.2.1/all.zip",
            &[],
            "anybody on the way could change it",
        ),
        ("records", &pinned, "exactly one archive"),
        ("broken.zip", &pinned, "its sha256 is"),
    ];
    for (from, more, why) in fails {
        let arguments = [&["intel", "update", "--from", from], more].concat();
        world.spip(&arguments).finish().exits_with(102).says(why);
    }
    install(&world, "quillbarn").refuses(100);
}

#[test]
fn what_a_tool_kept_from_before_is_looked_up_again() {
    let world = World::with_tls(&Pip::newest());
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    let install = |target: &str| {
        let arguments = ["pip", "install", "--target", target, "quillbarn"];
        world.suv(&arguments).finish()
    };
    install("one").succeeds();
    know(&world, &[record("MAL-2026-1", "quillbarn", &["1.4.0"])]);
    install("two")
        .exits_with(100)
        .says("critical[known-malicious]: quillbarn 1.4.0");
}

#[test]
fn a_well_known_compromised_release_is_refused_without_any_database() {
    let world = World::new();
    for version in ["1.82.6", "1.82.7"] {
        world.index.offer(package("litellm", version).wheel());
    }
    install(&world, "litellm==1.82.6").succeeds();
    install(&world, "litellm==1.82.7")
        .refuses(100)
        .says("critical[known-malicious]: litellm 1.82.7 this release is known to be malicious (MAL-2026-2144)")
        .says("https://github.com/BerriAI/litellm/issues/24521");
}

//! An index that hangs, lies, floods or writes to the terminal.

use std::fs;
use std::time::Duration;

use spip_tests::index::{Manner, Offer};
use spip_tests::packages::package;
use spip_tests::pips::with_every_pip;
use spip_tests::world::World;

use crate::fresh;

const LARGE: u64 = 200 * 1024 * 1024;
const BAD_RECORDS: [Manner; 5] = [
    Manner::Broken,
    Manner::Garbage,
    Manner::OtherShape,
    Manner::Hanging,
    Manner::Endless(LARGE),
];

#[test]
fn a_bad_json_api_is_a_gap_where_the_page_has_no_times() {
    for manner in BAD_RECORDS {
        let world = World::new();
        world.index.manner("quillbarn", Manner::HtmlOnly, manner);
        world.index.offer(package("quillbarn", "1.4.0").wheel());
        let run = world.spip(&["install", "quillbarn"]);
        let outcome = run.within(Duration::from_secs(90)).finish();
        outcome
            .refuses(101)
            .says("unknown[archive-hash, dormant-project, late-file, release-age, release-burst]: quillbarn 1.4.0 not checked");
        assert!(world.index.streamed() < LARGE, "the whole flood was read");
    }
}

#[test]
fn a_bad_json_api_is_seen_where_the_page_has_times() {
    for manner in BAD_RECORDS {
        let world = World::new();
        world.index.manner("quillbarn", Manner::Honest, manner);
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        let run = world.spip(&["install", "quillbarn"]);
        let outcome = run.within(Duration::from_secs(90)).finish();
        outcome
            .refuses(100)
            .says("medium[release-age]: quillbarn 1.4.0")
            .says("unknown[");
    }
}

#[test]
fn an_index_without_a_json_api_is_good_enough() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world
            .index
            .set(|settings| settings.records = Manner::Missing);
        world.index.offer(package("zorvexkit", "2.0").wheel());
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        world.spip(&["install", "zorvexkit"]).finish().succeeds();
        world.spip(&["install", "quillbarn"]).finish().refuses(100);
    });
}

#[test]
fn an_index_of_html_pages_alone_is_good_enough() {
    let world = World::new();
    world.index.set(|settings| {
        settings.pages = Manner::HtmlOnly;
        settings.records = Manner::Missing;
    });
    world.index.offer(package("zorvexkit", "2.0").wheel());
    world.spip(&["install", "zorvexkit"]).finish().succeeds();
}

#[test]
fn pages_that_pip_cannot_read_end_with_pips_own_status() {
    for manner in [Manner::Hanging, Manner::Garbage, Manner::Broken] {
        let world = World::new();
        world.index.manner("quillbarn", manner, Manner::Honest);
        world.index.offer(package("quillbarn", "1.4.0").wheel());
        let install = ["install", "--retries", "0", "--timeout", "1", "quillbarn"];
        let plain = world.pip(&install).finish();
        let guarded = world.spip(&install).within(Duration::from_mins(1)).finish();
        guarded.changes_nothing();
        assert_eq!(guarded.code, plain.code, "{guarded}");
        assert_ne!(guarded.code, Some(0), "{guarded}");
    }
}

#[test]
fn each_file_is_fetched_once_and_a_later_swap_changes_nothing() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let wheel = package("quillbarn", "1.4.0").wheel();
        let evil = package("quillbarn", "1.4.0").file("evil.py", "").wheel();
        let path = format!("/files/{}", wheel.filename);
        let address = world.index.file_url(&wheel.filename);
        world.index.swap(&wheel.filename, 1, evil.bytes);
        world.index.offer(wheel);
        // By address no digest of a page protects the second download.
        let run = world.spip(&["install", "--spip-allow", "direct-url:quillbarn", &address]);
        let outcome = run.finish();
        outcome.succeeds();
        assert_eq!(world.index.count(&path), 1, "{outcome}");
        assert!(!world.environment.packages().join("evil.py").exists());
    });
}

#[test]
fn a_file_swapped_after_the_plan_is_not_installed() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        let wheel = package("quillbarn", "1.4.0").wheel();
        let evil = package("quillbarn", "1.4.0").file("evil.py", "").wheel();
        world.index.swap(&wheel.filename, 0, evil.bytes);
        world.index.offer(wheel);
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome.changes_nothing();
        assert_ne!(outcome.code, Some(0), "{outcome}");
    });
}

#[test]
fn a_page_and_a_file_that_contradict_the_json_api_are_refused() {
    let world = World::new();
    let wheel = package("quillbarn", "1.4.0").wheel();
    world
        .index
        .offer(Offer::of(wheel).api_says(&"0".repeat(64)));
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome
        .refuses(100)
        .says("critical[archive-hash]: quillbarn 1.4.0");
}

#[test]
fn text_of_packages_cannot_write_to_the_terminal() {
    let world = World::new();
    let nasty = "\u{1b}]0;owned\u{7}\u{1b}[31mred\u{1b}[2K\r\u{202e}drow\u{200b}\u{9b}5A";
    let wheel = package("quillbarn", "1.4.0")
        .summary(nasty)
        .description(nasty);
    let wheel = wheel
        .url("Home\u{1b}[1m", "http://192.0.2.7/\u{1b}[5m\u{202e}")
        .wheel();
    world.index.offer(fresh(wheel.clone()).yanked(nasty));
    let report = world.aside("report.json");
    let run = world
        .spip(&["install", "--spip-debug", "--spip-report"])
        .arg(&report);
    let outcome = run
        .arg("quillbarn==1.4.0")
        .env("SPIP_LOG", "debug")
        .finish();
    outcome.refuses(100).says("[yanked-release]");
    let ours: Vec<&str> = outcome
        .stderr
        .lines()
        .filter(|line| !line.starts_with("WARNING: The candidate selected"))
        .filter(|line| !line.starts_with("Reason for being yanked"))
        .collect();
    for letter in ['\u{1b}', '\u{7}', '\r', '\u{202e}', '\u{200b}', '\u{9b}'] {
        let found = ours.iter().find(|line| line.contains(letter));
        assert_eq!(found, None, "{letter:?} got through");
    }
    let json = fs::read_to_string(&report).expect("the report is there");
    assert!(!json.contains('\u{1b}'), "{json}");
}

#[test]
fn a_login_is_used_and_never_shown() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        world
            .index
            .offer(fresh(package("quillbarn", "1.4.0").wheel()));
        world.index.offer(package("zorvexkit", "2.0").wheel());
        world
            .index
            .set(|settings| settings.login = Some(("user".into(), "s3cr3t".into())));
        let address = world.index.url_with_login("user", "s3cr3t");
        let report = world.aside("report.json");
        for (name, code) in [("quillbarn", 100), ("zorvexkit", 0)] {
            let run = world.spip(&["install", "--spip-debug", "-i", &address, name]);
            let run = run.env("SPIP_REPORT", &report).env("SPIP_LOG", "trace");
            let outcome = run.finish();
            outcome
                .exits_with(code)
                .never_says("s3cr3t")
                .never_says("unknown[");
            let json = fs::read_to_string(&report).expect("the report is there");
            assert!(!json.contains("s3cr3t"), "{json}");
        }
        let requests = world.index.requests();
        let allowed = requests.iter().any(|request| {
            request.path == "/pypi/zorvexkit/json" && request.headers.contains_key("authorization")
        });
        assert!(allowed, "the JSON API was not asked with the login");
    });
}

#[test]
fn a_spoiled_cache_does_no_harm() {
    let world = World::new();
    world.index.offer(package("zorvexkit", "2.0").wheel());
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    let install = [
        "install",
        "--ignore-installed",
        "--target",
        "there",
        "zorvexkit",
    ];
    world.spip(&install).finish().succeeds();
    let spoiled = spoil(&world.aside("spip"));
    assert!(spoiled > 0, "nothing was cached");
    world
        .spip(&["install", "zorvexkit"])
        .finish()
        .succeeds()
        .never_says("unknown[");
    spoil(&world.aside("spip"));
    world.spip(&["install", "quillbarn"]).finish().refuses(100);
}

#[test]
fn a_cache_that_cannot_be_written_does_no_harm() {
    let world = World::new();
    world.index.offer(package("zorvexkit", "2.0").wheel());
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    let file = world.write("a-file", "");
    for (name, code) in [("quillbarn", 100), ("zorvexkit", 0)] {
        let run = world.spip(&["install", name]).env("SPIP_CACHE_DIR", &file);
        run.finish().exits_with(code);
    }
}

#[test]
fn what_was_missing_once_is_asked_for_again() {
    let world = World::new();
    world
        .index
        .manner("quillbarn", Manner::HtmlOnly, Manner::Missing);
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    let install = ["install", "--target", "there", "quillbarn"];
    world.spip(&install).finish().succeeds();
    world
        .index
        .manner("quillbarn", Manner::HtmlOnly, Manner::Honest);
    world.spip(&["install", "quillbarn"]).finish().refuses(100);
}

/// Overwrites every file below a directory with rubbish and says how many there were.
fn spoil(directory: &std::path::Path) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            count += spoil(&entry.path());
        } else {
            fs::write(entry.path(), b"\0rubbish{").expect("the cache is ours");
            count += 1;
        }
    }
    count
}

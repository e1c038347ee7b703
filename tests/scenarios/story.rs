//! The compromise of a project that is installed already, from end to end. What a person sees is
//! recorded in `docs/story.md`; `SPIP_STORY=write` records it anew.

use std::fs;
use std::path::Path;

use regex::Regex;
use spip_tests::index::Offer;
use spip_tests::packages::package;
use spip_tests::run::Outcome;
use spip_tests::world::World;

/// Where the text lies.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/story.md");

/// A start-up file as such compromises bring them: what it runs prints a word.
const START: &str = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', \
    \"import base64; exec(base64.b64decode('cHJpbnQoImluZXJ0Iik='))\"])\n";

#[test]
fn the_story_is_as_it_is_told() {
    let world = World::new();
    let release = |version: &str, address: &str| {
        package("quillbarn", version)
            .by(address)
            .url("Source", "https://github.com/quill/quillbarn")
    };
    world.index.owners("quillbarn", &["quill"]);
    for (version, days) in [("0.8", 300), ("0.9", 200), ("1.0", 100)] {
        let honest = release(version, "quill@quillbarn.invalid");
        let offer = Offer::of(honest.wheel()).hours_old(days * 24).attested();
        world.index.offer(offer);
    }
    let first = world.spip(&["install", "quillbarn"]).finish();
    first.succeeds().never_says("low[").never_says("medium[");

    world.index.owners("quillbarn", &["mallory"]);
    let poisoned = release("1.0.1", "mallory@mail.invalid")
        .file("quillbarn_init.pth", START)
        .marks(&world.marker);
    world.index.offer(Offer::of(poisoned.wheel()).hours_old(3));
    let upgrade = ["install", "--upgrade", "quillbarn"];
    let refused = world.spip(&upgrade).finish();
    refused.refuses(100).runs_nothing();
    for check in [
        "high[startup-code]",
        "medium[new-capability]",
        "medium[new-startup-file]",
        "medium[owner-changed]",
        "medium[provenance-lost]",
        "medium[release-age]",
        "low[maintainer-domain-drift]",
    ] {
        refused.says(check);
    }
    let history = world.spip(&["history", "quillbarn"]).finish();
    history.exits_with(0);

    assert_told("install", &said(&world, &first));
    assert_told("upgrade", &said(&world, &refused));
    assert_told("history", &plain(&world, &history.stdout));
}

/// What a run said, without what differs from run to run.
fn said(world: &World, outcome: &Outcome) -> String {
    plain(world, &outcome.stderr)
}

fn plain(world: &World, text: &str) -> String {
    let index = world.index.url();
    let root = index.trim_end_matches("simple/");
    let text = text.replace(root, "https://index.invalid/");
    let work = world.work().display().to_string();
    let text = text.replace(&work, "~/work");
    let varying = [
        (
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
            "2026-03-01T09:00:00Z",
        ),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?Z?", "2026-03-01 09:00"),
        (
            r"/\S+/environment/lib/python3\.\d+/",
            "~/venv/lib/python3.12/",
        ),
        (r"by     \d+ with", "by     1000 with"),
        (r"\b[0-9a-f]{64}\b", "9f2c…"),
        (r"\b[0-9a-f]{12,63}\b", "9f2c…"),
    ];
    varying.iter().fold(text, |text, (pattern, instead)| {
        let pattern = Regex::new(pattern).expect("a pattern");
        pattern.replace_all(&text, *instead).into_owned()
    })
}

/// Compares a text with the block of this name in the page, or writes it there.
#[track_caller]
fn assert_told(name: &str, text: &str) {
    let page = fs::read_to_string(PAGE).expect("the page is there");
    let begin = format!("<!-- {name} -->\n```text\n");
    let (before, rest) = page.split_once(&begin).expect("the page has the block");
    let (told, after) = rest.split_once("```\n").expect("the block ends");
    if std::env::var_os("SPIP_STORY").is_some() {
        let text = text.trim_end();
        let page = format!("{before}{begin}{text}\n```\n{after}");
        fs::write(Path::new(PAGE), page).expect("the page can be written");
        return;
    }
    assert_eq!(told.trim_end(), text.trim_end(), "docs/story.md, {name}");
}

//! Policy files: what they change, what they may not change, and what is said of them.

use std::fs;

use spip_tests::packages::{Distribution, package};
use spip_tests::world::World;

use crate::fresh;

/// A world in which installing asks because of one finding.
fn world() -> World {
    let world = World::new();
    world.index.offer(fresh(wheel()));
    world
}

fn wheel() -> Distribution {
    package("quillbarn", "1.4.0").wheel()
}

/// The project's file, in the working directory.
fn project(world: &World, text: &str) {
    world.write("spip.toml", text);
}

/// The user's own file.
fn user(world: &World, text: &str) {
    let folder = world.home().join(".config/spip");
    fs::create_dir_all(&folder).expect("it can be made");
    fs::write(folder.join("spip.toml"), text).expect("it can be written");
}

fn exception(rest: &str) -> String {
    format!(
        "[[exceptions]]\ncheck = \"release-age\"\npackage = \"quillbarn\"\nreason = \"ours\"\n\
         until = \"{}\"\n{rest}\n",
        jiff::Zoned::now().date()
    )
}

#[test]
fn an_exception_allows_and_says_so() {
    let world = world();
    project(&world, &exception("version = \"1.4.0\""));
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome
        .succeeds()
        .says("allowed[release-age]: quillbarn 1.4.0");
    outcome.says("spip.toml:1 until").says(": ours)");
}

#[test]
fn an_exception_covers_one_version_or_one_file_only() {
    let digest = wheel().sha256();
    for (rest, code) in [
        ("version = \"1.4.1\"".to_owned(), 100),
        (format!("sha256 = \"{digest}\""), 0),
        (format!("sha256 = \"{}\"", "0".repeat(64)), 100),
    ] {
        let world = world();
        project(&world, &exception(&rest));
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome.exits_with(code);
        if code == 100 {
            outcome.says("covered nothing; remove it").changes_nothing();
        }
    }
}

#[test]
fn an_exception_that_has_ended_covers_nothing() {
    let world = world();
    let today = jiff::Zoned::now().date().to_string();
    let text = exception("version = \"1.4.0\"").replace(&today, "2026-01-31");
    project(&world, &text);
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome.refuses(100).says("ended on 2026-01-31");
}

#[test]
fn an_exception_of_a_project_lifts_no_refusal() {
    let text = exception("version = \"1.4.0\"").replace("release-age", "archive-hash");
    let install = |place: fn(&World, &str)| {
        let world = World::new();
        world
            .index
            .offer(spip_tests::index::Offer::of(wheel()).api_says(&"0".repeat(64)));
        place(&world, &text);
        world.spip(&["install", "quillbarn"]).finish()
    };
    install(project).refuses(100).says("critical[archive-hash]");
    install(user).succeeds().says("allowed[archive-hash]");

    let text = exception("version = \"1.4.0\"").replace("release-age", "encoded-execution");
    let hostile = |place: fn(&World, &str)| {
        let world = World::new();
        world
            .index
            .offer(crate::hostile(&world, "quillbarn").wheel());
        place(&world, &text);
        world.spip(&["install", "quillbarn"]).finish()
    };
    let refused = hostile(project);
    refused
        .refuses(100)
        .says("high[encoded-execution]")
        .says("--reason WHY --user");
    hostile(user).succeeds().says("allowed[encoded-execution]");
}

#[test]
fn each_mistake_stops_the_run_with_one_message() {
    for (text, expected) in [
        ("sensitivty = \"low\"", "did you mean `sensitivity`?"),
        ("[checks]\ntyposquad = \"off\"", "did you mean `typosquat`?"),
        ("min-age = \"soon\"", "is no time like \"3d\""),
        ("sensitivity = ", "spip.toml:1:"),
        (
            "only-wheels = true\nmin-age = \"soon\"",
            "spip.toml:2:11: `min-age`: ",
        ),
        (
            "only-wheels = true\nmin-age = \"soon\"",
            "\n  |\n2 | min-age = \"soon\"\n  |           ^^^^^^\n",
        ),
        ("ignore = \"low\"", "a project may only tighten the policy"),
        (
            "private-names = [\"quillbarn\"]",
            "a project may only tighten the policy",
        ),
        (
            "locked = [\"ignore\"]",
            "a project may only tighten the policy",
        ),
    ] {
        let world = world();
        project(&world, text);
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome
            .refuses(102)
            .says("spip: failed to apply the policy in");
        outcome.says(expected).runs_nothing();
    }
}

#[test]
fn a_mistake_does_not_keep_harmless_commands_from_working() {
    let world = world();
    project(&world, "nonsense = 1");
    let outcome = world.spip(&["list"]).finish();
    outcome.succeeds().never_says("policy");
}

#[test]
fn what_the_user_has_locked_nobody_loosens() {
    let locked = "locked = [\"sensitivity\", \"ignore\", \"exceptions\"]\n";
    for line in [
        &["--sensitivity", "low"][..],
        &["--spip-ignore", "medium"],
        &["--spip-ignore-warning"],
        &["--spip-allow", "release-age:quillbarn"],
    ] {
        let world = world();
        user(&world, &format!("{locked}sensitivity = \"medium\"\n"));
        let mut run = world.spip(&["install", "quillbarn"]);
        for word in line {
            run = run.arg(word);
        }
        run.finish().refuses(102).says("is locked by");
    }
    for (name, value) in [("SPIP_SENSITIVITY", "low"), ("SPIP_IGNORE_WARNING", "1")] {
        let world = world();
        user(&world, &format!("{locked}sensitivity = \"medium\"\n"));
        let run = world.spip(&["install", "quillbarn"]).env(name, value);
        run.finish().refuses(102).says("is locked by");
    }
    let world = world();
    user(&world, locked);
    project(&world, &exception("version = \"1.4.0\""));
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome.refuses(102).says("`exceptions` is locked by");
}

#[test]
fn a_project_may_tighten() {
    for (text, expected) in [
        ("sensitivity = \"high\"", "medium[release-age]"),
        ("[checks]\nrelease-age = \"high\"", "high[release-age]"),
        ("only-wheels = true", "high[unapproved-source]"),
        ("require-hashes = true", "high[missing-hash]"),
        (
            "allowed-indexes = [\"https://internal.invalid/\"]",
            "high[unapproved-index]",
        ),
        (
            "[indexes]\n\"quill*\" = \"https://internal.invalid/\"",
            "high[unapproved-index]",
        ),
    ] {
        let world = World::new();
        crate::offer_build_tools(&world);
        let sdist = package("quillbarn", "1.4.0").marks(&world.marker).sdist();
        world.index.offer(fresh(sdist));
        project(&world, text);
        let outcome = world.spip(&["install", "quillbarn"]).finish();
        outcome.refuses(100).says(expected).runs_nothing();
    }
}

#[test]
fn a_minimum_age_counts_by_project() {
    let install = |text: &str| {
        let world = World::new();
        let offer = spip_tests::index::Offer::of(wheel()).hours_old(60);
        world.index.offer(offer);
        user(&world, text);
        world.spip(&["install", "quillbarn"]).finish()
    };
    install("").succeeds();
    install("min-age = \"3d\"")
        .refuses(100)
        .says("medium[release-age]");
    install("min-age = { default = \"3d\", packages = { quillbarn = \"1d\" } }").succeeds();
}

#[test]
fn a_minimum_age_counts_by_index() {
    let install = |text: &dyn Fn(&str) -> String| {
        let world = World::new();
        let offer = spip_tests::index::Offer::of(wheel()).hours_old(60);
        world.index.offer(offer);
        user(&world, &text(&world.index.url()));
        world.spip(&["install", "quillbarn"]).finish()
    };
    let ages = |default: &'static str, index: &'static str| {
        move |url: &str| {
            format!(
                "[min-age]\ndefault = \"{default}\"\n[min-age.indexes]\n\"{url}\" = \"{index}\"\n"
            )
        }
    };
    install(&ages("3d", "1d")).succeeds();
    install(&ages("1d", "3d"))
        .refuses(100)
        .says("medium[release-age]");
}

#[test]
fn private_names_resemble_what_they_like() {
    let install = |text: &str| {
        let world = World::new();
        world.index.offer(package("reqeusts", "1.4.0").wheel());
        user(&world, text);
        world.spip(&["install", "reqeusts"]).finish()
    };
    install("").refuses(100).says("[typosquat]: reqeusts");
    install("private-names = [\"reqeusts\"]").succeeds();
}

#[test]
fn a_pyproject_counts_and_one_beside_a_file_of_its_own_is_a_mistake() {
    let world = world();
    world.write("pyproject.toml", "[tool.spip]\nsensitivity = \"high\"\n");
    let below = world.work().join("deep/inside");
    fs::create_dir_all(&below).expect("it can be made");
    let run = world.spip(&["policy"]).inside(&below);
    run.finish().succeeds().prints("pyproject.toml:2");
    project(&world, "only-wheels = true");
    let outcome = world.spip(&["policy"]).finish();
    outcome.exits_with(102).says("keep one of the two");
}

#[test]
fn the_policy_is_shown_with_where_it_comes_from() {
    let world = world();
    user(&world, "locked = [\"on-gap\"]\non-gap = \"block\"\n");
    project(
        &world,
        &format!("min-age = \"9d\"\n{}", exception("version = \"*\"")),
    );
    let outcome = world.spip(&["policy", "--sensitivity", "medium"]).finish();
    outcome.succeeds().changes_nothing();
    for expected in [
        "on-gap",
        "spip.toml:2",
        "9d",
        "option or variable",
        "every version",
        "locked by",
    ] {
        outcome.prints(expected);
    }
    let outcome = world.spip(&["policy", "--format", "json"]).finish();
    let shown: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(shown["schema"], "spip-policy/1");
    let outcome = world.spip(&["policy", "schema"]).finish();
    let schema: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert!(schema["properties"]["min-age"].is_object(), "{outcome}");
}

#[test]
fn waiving_writes_what_the_next_run_honours() {
    let world = world();
    let before = "# ours\nmin-age   = \"9d\" # long\n";
    project(&world, before);
    let refused = world.spip(&["install", "quillbarn"]).finish();
    refused
        .refuses(100)
        .says("spip waive release-age quillbarn==1.4.0 --reason WHY");
    let run = world.spip(&[
        "waive",
        "release-age",
        "quillbarn==1.4.0",
        "--reason",
        "we wrote it",
    ]);
    run.finish()
        .succeeds()
        .prints("release-age of quillbarn==1.4.0 is allowed until");
    let text = fs::read_to_string(world.work().join("spip.toml")).expect("it is there");
    assert!(text.starts_with(before), "{text}");
    let outcome = world.spip(&["install", "quillbarn"]).finish();
    outcome.succeeds().says("we wrote it");
}

#[test]
fn waiving_refuses_what_says_too_little() {
    let world = world();
    for line in [
        &["waive", "release-age", "quillbarn", "--reason", "x"][..],
        &["waive", "release-age", "quillbarn==1", "--reason", " "],
        &["waive", "nonsense", "quillbarn==1", "--reason", "x"],
        &[
            "waive",
            "release-age",
            "quillbarn==1",
            "--reason",
            "x",
            "--until",
            "2020-01-01",
        ],
        &["waive", "release-age", "quillbarn==1"],
    ] {
        let outcome = world.spip(line).finish();
        outcome.exits_with(102).changes_nothing();
    }
}

#[test]
fn a_waiver_that_silences_nothing_is_told() {
    let world = world();
    let waive = |check: &str, release: &str| {
        let line = ["waive", check, release, "--reason", "ours"];
        world.spip(&line).finish()
    };
    let unseen = waive("release-age", "quillbarn==1.4.0");
    unseen
        .succeeds()
        .prints("no installation here has judged that of quillbarn");
    world.write("spip.toml", "");
    world.spip(&["install", "quillbarn"]).finish().refuses(100);
    let other = waive("typosquat", "quillbarn==1.4.0");
    other
        .succeeds()
        .prints("it silences nothing: typosquat had nothing to say");
    other.prints("shown was release-age");
    let fits = waive("release-age", "Quillbarn==1.4");
    assert!(!fits.stdout.contains("note:"), "{fits}");
    waive("release-age", "quillbarn==*")
        .succeeds()
        .prints("it covers every version");
}

#[test]
fn a_waiver_in_a_named_file_is_checked_as_well() {
    let world = world();
    for line in [
        &["release-age", "quill barn==1.4.0"][..],
        &["release-age", "quillbarn", "--sha256", "00"],
    ] {
        let run = world.spip(&["waive", "--file", "other.toml", "--reason", "x"]);
        let outcome = line.iter().fold(run, spip_tests::run::Run::arg).finish();
        outcome.exits_with(102).changes_nothing();
    }
}

#[test]
fn exceptions_are_watched_where_a_tool_takes_file_by_file() {
    let world = World::with_tls(&spip_tests::pips::Pip::newest());
    world
        .index
        .offer(package("plindorf", "1.0.0").needs("quillbarn").wheel());
    world.index.offer(fresh(wheel()));
    let today = jiff::Zoned::now().date().to_string();
    let about = |rest: &str| exception(rest);
    let suv = |text: &str| {
        project(&world, text);
        world.suv(&["pip", "install", "plindorf"]).finish()
    };
    let ended = about("version = \"1.4.0\"").replace(&today, "2026-01-31");
    suv(&ended).exits_with(100).says("ended on 2026-01-31");
    let other = about("version = \"1.4.1\"");
    suv(&other)
        .exits_with(100)
        .says("covered nothing; remove it");
    let broad = about("version = \"*\"");
    let allowed = suv(&broad);
    allowed.succeeds().says("covers every version; name one");
    allowed.never_says("covered nothing");
}

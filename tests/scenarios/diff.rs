//! `spip diff`: what changed between two releases, without installing either.

use serde_json::Value;
use spip_tests::packages::package;
use spip_tests::world::World;

/// A world whose index offers an honest release and one that brings more than it says.
fn world() -> World {
    let world = World::new();
    world.index.offer(package("quillbarn", "1.4.0").wheel());
    let poisoned = package("quillbarn", "1.4.1")
        .needs("zorvexkit>=2")
        .file(
            "quillbarn_helper.pth",
            "import os; os.system('echo word')\n",
        )
        .marks(&world.marker);
    world.index.offer(poisoned.wheel());
    world
}

#[test]
fn tells_what_came_with_a_release_and_runs_nothing() {
    let world = world();
    let outcome = world
        .spip(&["diff", "quillbarn", "1.4.0", "1.4.1"])
        .finish();
    outcome.exits_with(100).changes_nothing().runs_nothing();
    outcome.prints("quillbarn 1.4.0 → quillbarn 1.4.1 (wheel)");
    outcome.prints("+ start-up file  quillbarn_helper.pth");
    outcome.prints("+ requirement    zorvexkit>=2");
    outcome.prints("+ starts programs, at every start of the interpreter");
    outcome.prints("high[startup-code]: quillbarn 1.4.1");
}

#[test]
fn a_comparison_says_what_an_upgrade_would() {
    let world = world();
    let outcome = world
        .spip(&["diff", "quillbarn", "1.4.0", "1.4.1"])
        .finish();
    outcome.prints("medium[new-capability]: quillbarn 1.4.1 starts programs at every start of the interpreter, new in a patch release");
    outcome.prints("quillbarn 1.4.0, which it takes the place of, has none");
    outcome.prints("low[new-dependency]: quillbarn 1.4.1 requires zorvexkit");
}

#[test]
fn the_way_back_is_no_finding() {
    let world = world();
    let outcome = world
        .spip(&["diff", "quillbarn", "1.4.1", "1.4.0"])
        .finish();
    outcome
        .succeeds()
        .prints("- start-up file  quillbarn_helper.pth");
    outcome.never_says("[startup-code]").never_says("[new-");
}

#[test]
fn files_are_compared_and_told_to_machines() {
    let world = World::new();
    let old = package("quillbarn", "1.4.0").sdist().save(&world.work());
    let new = package("quillbarn", "1.4.1")
        .summary("other")
        .sdist()
        .save(&world.work());
    let [old, new] = [old, new].map(|path| path.display().to_string());
    let outcome = world
        .spip(&["diff", &old, &new, "--format", "json"])
        .finish();
    outcome.succeeds();
    let report: Value = serde_json::from_str(&outcome.stdout).expect("a report");
    assert_eq!(report["schema"], "spip-diff/1");
    let pair = &report["pairs"][0];
    assert_eq!(
        [&pair["old"], &pair["new"], &pair["kind"]],
        ["1.4.0", "1.4.1", "sdist"]
    );
    assert_eq!(pair["changes"][0]["name"], "setup.py", "{outcome}");
}

#[test]
fn a_release_that_is_not_there_is_an_error() {
    let world = world();
    let outcome = world.spip(&["diff", "quillbarn", "1.4.0", "9.9"]).finish();
    outcome.exits_with(102).says("find quillbarn 9.9");
}

//! Commands and plug-ins that an upgrade brings.

use std::fs;

use spip_tests::packages::{Package, package};
use spip_tests::run::Outcome;
use spip_tests::world::World;

/// A release with these entry points, and a script.
fn release(version: &str, points: &str) -> Package {
    let base = format!("quillbarn-{version}");
    package("quillbarn", version)
        .file(&format!("{base}.dist-info/entry_points.txt"), points)
        .file(&format!("{base}.data/scripts/fetch-feathers"), "#!python\n")
}

const BEFORE: &str = "[console_scripts]\nfeather-comb = quillbarn:VERSION\n";

/// Installs 1.4.0 and upgrades to 1.4.1 with these entry points more.
fn upgrade(world: &World, more: &str, keeps_memory: bool) -> Outcome {
    world.index.offer(release("1.4.0", BEFORE).wheel());
    let first = world.spip(&["install", "quillbarn"]).finish();
    first.succeeds().never_says("new-entry-point");
    if !keeps_memory {
        fs::remove_dir_all(world.memory()).expect("something was remembered");
    }
    let newer = release("1.4.1", &format!("{BEFORE}{more}"));
    world.index.offer(newer.marks(&world.marker).wheel());
    let run = world.spip(&["install", "--upgrade", "quillbarn"]);
    run.finish()
}

#[test]
fn a_plugin_that_loads_by_itself_asks() {
    let world = World::new();
    let outcome = upgrade(&world, "[pytest11]\nquill = quillbarn\n", false);
    outcome
        .refuses(100)
        .runs_nothing()
        .says("medium[new-entry-point]: quillbarn 1.4.1 brings the plug-in quill, which loads by itself (pytest11)")
        .says("quillbarn 1.4.0, which it takes the place of, has none");
}

#[test]
fn a_command_named_after_a_widely_used_project_asks() {
    let world = World::new();
    let outcome = upgrade(&world, "black = quillbarn:VERSION\n", true);
    outcome.refuses(100).runs_nothing().says(
        "medium[new-entry-point]: quillbarn 1.4.1 brings the command black, the name of a widely",
    );
}

#[test]
fn commands_that_were_there_and_its_own_are_quiet() {
    for keeps_memory in [true, false] {
        let world = World::new();
        let more = "quillbarn = quillbarn:VERSION\n[babel.extractors]\nquill = quillbarn\n";
        let outcome = upgrade(&world, more, keeps_memory);
        outcome.succeeds().never_says("new-entry-point");
        assert!(world.environment.has("quillbarn", "1.4.1"), "{outcome}");
    }
}

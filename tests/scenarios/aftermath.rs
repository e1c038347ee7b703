//! What code of a build leaves in the environment beside what is installed.

use std::fs;
use std::path::PathBuf;

use spip_tests::packages::{Marker, package};
use spip_tests::pips::with_every_pip;
use spip_tests::run::Run;
use spip_tests::world::World;

use crate::offer_build_tools;

/// A world whose index offers a source archive that writes to a file of the environment when it is
/// built.
fn world(file: &str) -> World {
    let world = World::new();
    offer_build_tools(&world);
    let place = place(&world, file);
    let sdist = package("quillbarn", "1.4.0").marks(&Marker::at(place));
    world.index.offer(sdist.sdist());
    world.index.offer(package("zorvexkit", "2.0").wheel());
    world.pip(&["install", "zorvexkit"]).finish().succeeds();
    world
}

fn place(world: &World, file: &str) -> PathBuf {
    world.environment.packages().join(file)
}

/// Somebody trusts what the build does, whatever a scan says of it.
fn install(world: &World) -> Run<'_> {
    let run = world.spip(&["install", "--use-pep517", "quillbarn"]);
    run.arg("--spip-allow=environment-tampering:quillbarn")
        .arg("--spip-allow=persistence:quillbarn")
        .arg("--spip-allow=foreign-files:quillbarn")
}

#[test]
fn a_start_up_file_is_told() {
    let world = world("helper.pth");
    let outcome = install(&world).finish();
    outcome.exits_with(100);
    outcome.says("high[unrecorded-change]: site-packages runs at every start");
    outcome.says("at   helper.pth").says("nothing was moved");
    assert!(place(&world, "helper.pth").exists(), "nobody said yes");
}

#[test]
fn a_start_up_file_is_moved_aside_after_a_yes() {
    let world = world("helper.pth");
    let mut terminal = install(&world).on_terminal();
    terminal.wait_for("aside, where nothing runs them? [y/N]");
    terminal.types("y\n");
    let outcome = terminal.finish();
    outcome.exits_with(100).prints("moved: ");
    assert!(!place(&world, "helper.pth").exists(), "{outcome}");
    let aside = world.home().join(".local/share/spip/aside");
    let run = fs::read_dir(aside).expect("it was made").next();
    let run = run.expect("there is one").expect("it can be read").path();
    assert!(run.join("0-helper.pth").exists(), "{outcome}");
}

#[test]
fn a_changed_module_is_told() {
    let world = world("zorvexkit.py");
    let outcome = install(&world).finish();
    outcome.exits_with(100);
    outcome.says("medium[unrecorded-change]: site-packages");
    outcome.says("at   zorvexkit.py");
    outcome.says("install again what a changed file belongs to");
}

#[test]
fn a_build_that_leaves_nothing_is_quiet() {
    with_every_pip(|pip| {
        let world = World::with(pip);
        offer_build_tools(&world);
        let sdist = package("quillbarn", "1.4.0").marks(&world.marker).sdist();
        world.index.offer(sdist);
        let run = world.spip(&["install", "--use-pep517", "quillbarn"]);
        let outcome = run.finish();
        outcome.succeeds().runs("setup.py of quillbarn:");
        outcome.never_says("unrecorded-change");
    });
}

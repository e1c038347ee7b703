//! Upgrades: what a release does is held against the release that is installed.

use std::fs;

use spip_tests::packages::{Package, package};
use spip_tests::pips::Pip;
use spip_tests::world::World;

/// What an honest project's module does: it asks its server when somebody calls it.
const HONEST: &str = "import json\nimport urllib.request\n\n\ndef ask(url):\n    \
    return json.load(urllib.request.urlopen(url))\n";

/// The same, and a line that fetches its settings whenever it is imported.
const GROWN: &str = "import json\nimport os\nimport urllib.request\n\n\ndef ask(url):\n    \
    return json.load(urllib.request.urlopen(url))\n\n\n\
    SETTINGS = urllib.request.urlopen(\"https://settings.example.invalid/v1\").read()\n\
    KEYS = open(os.path.expanduser(\"~/.ssh/id_rsa\")).read()\n";

fn release(version: &str, code: &str) -> Package {
    package("quillbarn", version).file("quillbarn_parts/client.py", code)
}

/// A world in which 1.4.0 is installed, and nothing is remembered of it.
fn installed(code: &str) -> World {
    let world = World::new();
    world.index.offer(release("1.4.0", code).wheel());
    world.spip(&["install", "quillbarn"]).finish().succeeds();
    fs::remove_dir_all(world.memory()).expect("something was remembered");
    world
}

#[test]
fn a_patch_release_that_grows_network_and_secrets_at_import_is_refused() {
    let world = installed(HONEST);
    world.index.offer(release("1.4.1", GROWN).wheel());
    let run = world.spip(&["install", "--upgrade", "quillbarn"]);
    run.finish()
        .refuses(100)
        .runs_nothing()
        .says("medium[new-capability]: quillbarn 1.4.1 talks to other machines when it is imported, new in a patch release")
        .says("high[new-capability]: quillbarn 1.4.1 reads secrets and talks to other machines unasked")
        .says("quillbarn-1.4.0.dist-info")
        .says("quillbarn 1.4.0, which it takes the place of, has none");
    assert!(world.environment.has("quillbarn", "1.4.0"));
}

#[test]
fn an_honest_upgrade_is_quiet() {
    let world = installed(HONEST);
    let repaired = HONEST.replace("(url)", "(url, timeout=9)");
    world.index.offer(release("1.4.1", &repaired).wheel());
    let run = world.spip(&["install", "--upgrade", "quillbarn"]);
    let outcome = run.finish();
    outcome.succeeds().never_says("[new-").never_says("unknown");
    assert!(world.environment.has("quillbarn", "1.4.1"), "{outcome}");
}

#[test]
fn what_the_installed_release_does_already_is_not_new() {
    let world = installed("import os\nos.system('true')\n");
    let more = "import os\nos.system('true')\nos.system('false')\n";
    world.index.offer(release("1.4.1", more).wheel());
    let run = world.spip(&["install", "--upgrade", "quillbarn"]);
    run.finish().never_says("[new-capability]");
}

#[test]
fn an_installed_release_that_was_changed_is_a_gap_that_stops_nobody() {
    let world = installed(HONEST);
    let loads = format!("import ctypes\nLIBRARY = ctypes.CDLL('libc.so.6')\n{HONEST}");
    world.index.offer(release("1.4.1", &loads).wheel());
    let module = world
        .environment
        .packages()
        .join("quillbarn_parts/client.py");
    fs::write(module, "changed = True\n").expect("it is there");
    let run = world.spip(&["install", "--upgrade", "quillbarn"]);
    run.finish()
        .succeeds()
        .says("unknown[new-capability, new-dependency, new-entry-point, new-module, new-startup-file]: quillbarn 1.4.1 not checked: uncompared:")
        .says("quillbarn_parts/client.py");
}

#[test]
fn what_was_judged_here_is_not_read_again() {
    let world = World::new();
    world.index.offer(release("1.4.0", HONEST).wheel());
    world.spip(&["install", "quillbarn"]).finish().succeeds();
    world.index.offer(release("1.4.1", GROWN).wheel());
    let upgrade = ["install", "--spip-debug", "--upgrade", "quillbarn"];
    world
        .spip(&upgrade)
        .finish()
        .refuses(100)
        .says("[new-capability]: quillbarn 1.4.1")
        .says("scan: 1 artifacts scanned");
    fs::remove_dir_all(world.memory()).expect("something was remembered");
    world
        .spip(&upgrade)
        .finish()
        .refuses(100)
        .says("scan: 1 artifacts scanned")
        .says("1 known from the cache");
}

#[test]
fn what_was_remembered_stands_in_where_nothing_is_installed() {
    let world = World::new();
    world.index.offer(release("1.4.0", HONEST).wheel());
    world.spip(&["install", "quillbarn"]).finish().succeeds();
    let gone = ["uninstall", "--yes", "quillbarn"];
    world.pip(&gone).finish().succeeds();
    world.index.offer(release("1.4.1", GROWN).wheel());
    let run = world.spip(&["install", "quillbarn"]);
    run.finish()
        .refuses(100)
        .says("[new-capability]: quillbarn 1.4.1")
        .says("quillbarn 1.4.0, which was installed here before, had none");
}

#[test]
fn behind_uv_a_release_is_held_against_what_was_remembered() {
    let world = World::with_tls(&Pip::newest());
    world.index.offer(release("1.4.0", HONEST).wheel());
    let install = world.suv(&["pip", "install", "quillbarn"]);
    install.finish().succeeds();
    world.index.offer(release("1.4.1", GROWN).wheel());
    let run = world.suv(&["pip", "install", "--upgrade", "quillbarn"]);
    let outcome = run.finish();
    outcome
        .says("high[new-capability]: quillbarn 1.4.1 reads secrets and talks to other machines unasked")
        .says("quillbarn 1.4.0, which was installed here before, had none");
    assert!(world.environment.has("quillbarn", "1.4.0"), "{outcome}");
}

#[test]
fn a_wheel_that_was_built_is_compared_before_it_is_installed() {
    let world = World::new();
    let release = |version, code| package("quillbarn", version).file("quillbarn_client.py", code);
    world.index.offer(release("1.4.0", HONEST).wheel());
    world.spip(&["install", "quillbarn"]).finish().succeeds();
    let asks = GROWN.replace("KEYS", "# KEYS");
    world
        .index
        .offer(release("1.4.1", &asks).sdist_with_backend());
    let run = world.spip(&["install", "--upgrade", "quillbarn"]);
    let outcome = run.finish();
    outcome
        .exits_with(100)
        .says("medium[new-capability]: quillbarn 1.4.1 talks to other machines");
    assert!(world.environment.has("quillbarn", "1.4.0"), "{outcome}");
}

#[test]
fn a_dependency_and_a_module_that_a_patch_release_brings_are_told_and_stop_nobody() {
    let world = installed(HONEST);
    let grown = release("1.4.1", HONEST).file("zorvexkit_parts/__init__.py", "");
    world.index.offer(grown.needs("zorvexkit").wheel());
    world.index.offer(package("zorvexkit", "2.0").wheel());
    let run = world.spip(&["install", "--upgrade", "quillbarn"]);
    run.finish()
        .succeeds()
        .says("low[new-dependency]: quillbarn 1.4.1 requires zorvexkit")
        .says("low[new-module]: quillbarn 1.4.1 brings the module zorvexkit_parts");
}

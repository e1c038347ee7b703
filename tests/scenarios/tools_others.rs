//! pdm, pip-tools and tox below `spip exec`: what they fetch is judged, and nothing else is different.

use std::fs;
use std::path::{Path, PathBuf};

use spip_tests::packages::package;
use spip_tests::run::Outcome;
use spip_tests::tools;
use spip_tests::world::World;

use crate::{hostile, leaves_the_same, mixed, offer_build_tools};

/// Besides wheels, everything whose code would run while a tool only wants to know about it.
fn world() -> World {
    let world = mixed();
    offer_build_tools(&world);
    world.index.offer(hostile(&world, "setupdemo").sdist());
    world
        .index
        .offer(hostile(&world, "builder").backend_wheel());
    let built = package("builtdemo", "1.0").sdist_built_by("builder");
    world.index.offer(built);
    world
}

/// What must not get in, and where the finding is.
const BAD: [(&str, &str); 4] = [
    ("quillbarn", "zorvexkit.py:1"),
    ("setupdemo", "setupdemo-1.4.0/setup.py:1"),
    ("sourcedemo", "inside/backend_inside.py:1"),
    ("builtdemo", "backend_of_tests.py:1"),
];

#[track_caller]
fn refuses(outcome: &Outcome, place: &str) {
    outcome.exits_with(100).runs_nothing().says(place);
    let last = outcome.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("refused: "), "{outcome}");
    // What is honest itself may have been installed before.
    let names = [
        "zorvexkit",
        "setupdemo",
        "sourcedemo",
        "builtdemo",
        "builder",
    ];
    let is_bad = |change: &&String| {
        let path = Path::new(change.split(": ").next().unwrap_or_default());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        names.iter().any(|bad| name.starts_with(bad))
    };
    assert_eq!(outcome.changes.iter().find(is_bad), None, "{outcome}");
}

fn text(world: &World, name: &str) -> Option<String> {
    fs::read_to_string(world.work().join(name)).ok()
}

#[test]
fn pip_compile_runs_nothing_that_was_refused() {
    let world = world();
    let compile = tools::pip_tools("pip-compile");
    for (name, place) in &BAD[1..] {
        world.write("in.txt", name);
        let outcome = world.exec(&compile, &["in.txt", "-o", "out.txt"]).finish();
        refuses(&outcome, place);
        assert_eq!(text(&world, "out.txt"), None, "{outcome}");
    }
}

#[test]
fn pip_compile_writes_what_it_writes_without_the_guard() {
    let world = world();
    world.write("in.txt", "plindorf\n");
    world.write("out.txt", "");
    let compile = tools::pip_tools("pip-compile");
    let arguments = ["--generate-hashes", "in.txt", "-o", "out.txt"];
    leaves_the_same(
        &world,
        ["in.txt", "out.txt"],
        || world.alone(&compile, &arguments).finish(),
        || world.exec(&compile, &arguments).finish(),
    );
    let written = text(&world, "out.txt").expect("it was written");
    assert!(written.contains("plindorf==2.0"), "{written}");
}

#[test]
fn pip_sync_installs_what_was_judged_and_nothing_else() {
    let world = world();
    let sync = tools::pip_tools("pip-sync");
    let python = world.environment.python();
    let python = python.to_str().expect("the path is text");
    let arguments = ["--python-executable", python, "in.txt"];
    for (name, place) in BAD {
        world.write("in.txt", name);
        refuses(&world.exec(&sync, &arguments).finish(), place);
    }
    world.write("in.txt", "plindorf==2.0\n");
    world.exec(&sync, &arguments).finish().succeeds();
    assert!(world.environment.has("plindorf", "2.0"));
}

fn pdm_project(world: &World, needs: &str) {
    let url = world.index.url();
    let text = format!(
        "[project]\nname = \"mine\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
         dependencies = [{needs}]\n[tool.pdm]\ndistribution = false\n\
         [[tool.pdm.source]]\nname = \"pypi\"\nurl = \"{url}\"\n"
    );
    world.write("pyproject.toml", &text);
}

#[test]
fn pdm_gets_nothing_that_was_refused() {
    let world = world();
    pdm_project(&world, "");
    let before = text(&world, "pyproject.toml");
    for (name, place) in BAD {
        refuses(&world.exec(&tools::pdm(), &["add", name]).finish(), place);
        assert_eq!(text(&world, "pyproject.toml"), before);
    }
    pdm_project(&world, "\"sourcedemo\"");
    let outcome = world.exec(&tools::pdm(), &["lock"]).finish();
    refuses(&outcome, "inside/backend_inside.py:1");
    assert_eq!(text(&world, "pdm.lock"), None);
}

#[test]
fn pdm_locks_and_installs_as_without_the_guard() {
    let world = world();
    pdm_project(&world, "\"plindorf\"");
    world.write("pdm.lock", "");
    let lock = ["lock", "--no-cross-platform"];
    leaves_the_same(
        &world,
        ["pyproject.toml", "pdm.lock"],
        || world.alone(&tools::pdm(), &lock).finish(),
        || world.exec(&tools::pdm(), &lock).finish(),
    );
    let written = text(&world, "pdm.lock").expect("it was written");
    assert!(written.contains("plindorf"), "{written}");
    let outcome = world.exec(&tools::pdm(), &["sync"]).finish();
    outcome.succeeds();
    assert!(world.environment.has("plindorf", "2.0"), "{outcome}");
}

fn tox_project(world: &World, needs: &str) -> PathBuf {
    let text = format!(
        "env_list = [\"run\"]\n[env_run_base]\npackage = \"skip\"\ndeps = [\"{needs}\"]\n\
         commands = [[\"python\", \"-c\", \"import {needs}; print({needs}.__name__, 'is here')\"]]\n"
    );
    world.write("tox.toml", &text);
    tools::tox()
}

#[test]
fn tox_runs_its_commands_only_with_what_was_judged() {
    let world = world();
    for (name, place) in BAD {
        let tox = tox_project(&world, name);
        let outcome = world.exec(&tox, &["run"]).finish();
        refuses(&outcome, place);
        assert!(!outcome.stdout.contains("is here"), "{outcome}");
    }
    let tox = tox_project(&world, "plindorf");
    let outcome = world.exec(&tox, &["run"]).finish();
    outcome.succeeds().prints("plindorf is here");
}

#[test]
fn tox_builds_the_project_only_with_what_was_judged() {
    let world = world();
    world.write(
        "tox.toml",
        "env_list = [\"run\"]\n[env_run_base]\npackage = \"wheel\"\ncommands = []\n",
    );
    let project = package("mine", "1.0");
    for (needs, code) in [("builder", 100), ("plindorf", 0)] {
        project
            .clone()
            .built_with(&[needs])
            .lay_out_with_backend(&world.work());
        let outcome = world.exec(&tools::tox(), &["run"]).finish();
        outcome.exits_with(code).runs_nothing();
    }
}

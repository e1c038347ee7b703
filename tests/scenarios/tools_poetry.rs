//! Poetry under guard: nothing runs while it locks, nothing refused arrives, its files stay.

use std::fs;

use spip_tests::packages::package;
use spip_tests::run::{Outcome, Run};
use spip_tests::world::World;

use crate::{fresh, hostile, leaves_the_same, mixed};

const NAMES: [&str; 4] = ["quillbarn", "zorvexkit", "plindorf", "sourcedemo"];

/// A world with a project whose only source is the index.
fn world() -> World {
    let world = mixed();
    project(&world, "");
    world
}

fn project(world: &World, needs: &str) {
    let text = format!(
        "[project]\nname = \"own\"\nversion = \"0.1.0\"\nrequires-python = \">=3.9\"\n\
         dependencies = [{needs}]\n\n[tool.poetry]\npackage-mode = false\n\n\
         [[tool.poetry.source]]\nname = \"internal\"\nurl = \"{}\"\npriority = \"primary\"\n",
        world.index.url()
    );
    world.write("pyproject.toml", &text);
}

const FILES: [&str; 2] = ["pyproject.toml", "poetry.lock"];

fn files(world: &World) -> [Option<String>; 2] {
    crate::files(world, FILES)
}

#[track_caller]
fn refuses<'o>(outcome: &'o Outcome, world: &World, before: &[Option<String>]) -> &'o Outcome {
    outcome.exits_with(100).runs_nothing();
    assert_eq!(files(world), before, "{outcome}");
    let mut changes = outcome.changes.iter();
    let hostile = changes.find(|it| it.contains("zorvexkit") || it.contains("sourcedemo"));
    assert_eq!(hostile, None, "{outcome}");
    let last = outcome.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("refused: "), "{outcome}");
    outcome
}

fn has(world: &World, name: &str) -> bool {
    let packages = world.environment.packages();
    let inside = packages.strip_prefix(world.environment.root());
    let packages = world
        .work()
        .join(".venv")
        .join(inside.expect("it lies in there"));
    let entries = fs::read_dir(packages).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .any(|entry| entry.starts_with(&format!("{name}-")))
}

#[test]
fn additions_that_are_refused_leave_the_project_as_it_was() {
    let world = world();
    let before = files(&world);
    for arguments in [
        &["quillbarn"][..],
        &["sourcedemo", "--source", "internal"],
        &["--group", "g", "quillbarn"],
    ] {
        let run = arguments.iter().fold(world.spoetry(&["add"]), Run::arg);
        refuses(&run.finish(), &world, &before).says("encoded-execution");
    }
}

#[test]
fn nothing_runs_while_poetry_locks() {
    let world = world();
    let before = files(&world);
    for options in [
        &["add", "--lock", "sourcedemo"][..],
        &["add", "--dry-run", "sourcedemo"],
    ] {
        let outcome = world.spoetry(options).finish();
        refuses(&outcome, &world, &before).says("backend_inside.py:1");
    }
    project(&world, "\"sourcedemo\"");
    let before = files(&world);
    for command in [
        &["lock"][..],
        &["install"],
        &["update"],
        &["sync"],
        &["-vv", "lock"],
    ] {
        let outcome = world.spoetry(command).finish();
        refuses(&outcome, &world, &before);
    }
}

#[test]
fn lock_files_are_as_without_the_guard() {
    let world = world();
    let is_same = |command: &[&str]| {
        let plain = || world.poetry(command).finish();
        leaves_the_same(&world, FILES, plain, || world.spoetry(command).finish());
    };
    is_same(&["add", "--source", "internal", "plindorf"]);
    assert!(has(&world, "plindorf"));
    is_same(&["lock"]);
    is_same(&["sync"]);
    is_same(&["remove", "plindorf"]);
}

#[test]
fn a_lock_file_that_says_so_brings_in_nothing_unjudged() {
    let world = world();
    project(&world, "\"quillbarn\"");
    world.poetry(&["lock"]).finish().succeeds();
    let before = files(&world);
    for command in [&["install"][..], &["sync"]] {
        let outcome = world.spoetry(command).finish();
        refuses(&outcome, &world, &before).says("poetry sync");
        assert!(!has(&world, "zorvexkit"));
    }
}

#[test]
fn warm_caches_are_no_way_in() {
    let world = world();
    world.index.offer(fresh(package("wickerly", "3.0").wheel()));
    world.poetry(&["add", "quillbarn"]).finish().succeeds();
    fs::remove_dir_all(world.work().join(".venv")).expect("poetry made it");
    let before = files(&world);
    for run in [
        world.spoetry(&["sync"]),
        world
            .spoetry(&["sync"])
            .env("POETRY_CACHE_DIR", world.aside("plain")),
        world.spoetry(&["sync", "--no-cache"]),
    ] {
        refuses(&run.finish(), &world, &before);
    }
    project(&world, "");
    fs::remove_file(world.work().join("poetry.lock")).expect("poetry made it");
    let run = world.spoetry(&["add", "wickerly", "--spip-allow=release-age:wickerly"]);
    run.finish().succeeds();
    fs::remove_dir_all(world.work().join(".venv")).expect("poetry made it");
    let before = files(&world);
    let outcome = world.spoetry(&["sync"]).finish();
    refuses(&outcome, &world, &before).says("release-age");
}

#[test]
fn what_lies_on_this_machine_is_judged() {
    let world = world();
    hostile(&world, "wickerly").wheel().save(&world.work());
    hostile(&world, "treedemo").lay_out_with_backend(&world.work().join("tree"));
    let before = files(&world);
    for place in [
        &["./wickerly-1.4.0-py3-none-any.whl"][..],
        &["./tree"],
        &["--editable", "./tree"],
    ] {
        let run = place.iter().fold(world.spoetry(&["add"]), Run::arg);
        let outcome = run.finish();
        refuses(&outcome, &world, &before);
    }
    let outcome = world
        .spoetry(&["add", "git+ssh://git@h.invalid/x.git"])
        .finish();
    outcome.exits_with(102).says("cannot be looked at");
    assert_eq!(files(&world), before, "{outcome}");
}

#[test]
fn harmless_commands_are_poetrys_own() {
    let world = world();
    for arguments in [
        &["--version"][..],
        &["check"],
        &["add", "--help"],
        &["no-such-command"],
    ] {
        let plain = world.poetry(arguments).finish();
        let guarded = world.spoetry(arguments);
        let guarded = guarded
            .env("POETRY_CACHE_DIR", world.aside("plain"))
            .finish();
        assert_eq!(guarded.code, plain.code, "{guarded}");
        assert_eq!(guarded.stdout, plain.stdout, "{guarded}");
        assert_eq!(guarded.stderr, plain.stderr, "{guarded}");
    }
    assert!(
        NAMES
            .iter()
            .all(|name| world.index.count(&format!("/simple/{name}/")) == 0)
    );
}

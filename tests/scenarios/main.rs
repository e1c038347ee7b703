//! Whole programs in a world of their own; each module is one side of the guard.

mod aftermath;
mod attacks;
mod audit;
mod build;
mod bypasses;
mod contents;
mod diff;
mod entry_points;
mod hostile_index;
mod install;
mod intel;
mod intel_service;
mod judgement;
mod memory;
mod memory_people;
mod mutants;
mod passthrough;
mod policy;
mod policy_init;
mod policy_place;
mod proxy;
mod releases;
mod replays;
mod scan;
mod shims;
mod sources;
mod story;
mod terminal;
mod the_world;
mod tools_around;
mod tools_exec;
mod tools_local;
mod tools_others;
mod tools_pipx;
mod tools_poetry;
mod tools_private;
mod tools_usage;
mod tools_uv;
mod tools_uv_project;
mod upgrade;

use std::fs;

use spip_tests::environment;
use spip_tests::index::Offer;
use spip_tests::packages::{self, Distribution, Package, package};
use spip_tests::pips::Pip;
use spip_tests::run::Outcome;
use spip_tests::world::World;

/// Offers setuptools and wheel, as an index that serves sdists with a `setup.py` must.
fn offer_build_tools(world: &World) {
    for (project, version) in environment::BUILD_TOOLS {
        world.index.offer(packages::real_wheel(project, version));
    }
}

/// A file that was uploaded two hours ago, which is `medium[release-age]`.
fn fresh(distribution: Distribution) -> Offer {
    Offer::of(distribution).hours_old(2)
}

/// A package all of whose code hides what it does, which is `high[encoded-execution]`.
fn hostile(world: &World, name: &str) -> Package {
    let package = package(name, "1.4.0").marks(&world.marker);
    package.hides_its_marks()
}

/// A world whose index offers an honest package that needs a hostile one, both alone, and a hostile
/// source.
fn mixed() -> World {
    let world = World::with_tls(&Pip::newest());
    world
        .index
        .offer(package("quillbarn", "1.4.0").needs("zorvexkit").wheel());
    world.index.offer(hostile(&world, "zorvexkit").wheel());
    world.index.offer(package("plindorf", "2.0").wheel());
    world
        .index
        .offer(hostile(&world, "sourcedemo").sdist_with_backend());
    world
}

/// What files of the working directory say.
fn files(world: &World, names: [&str; 2]) -> [Option<String>; 2] {
    names.map(|name| fs::read_to_string(world.work().join(name)).ok())
}

/// Asserts that a command of a tool leaves the same files behind with the guard as without.
#[track_caller]
fn leaves_the_same(
    world: &World,
    names: [&str; 2],
    plain: impl FnOnce() -> Outcome,
    guarded: impl FnOnce() -> Outcome,
) {
    let before = files(world, names);
    plain().succeeds();
    let expected = files(world, names);
    fs::remove_dir_all(world.work().join(".venv")).ok();
    for (name, text) in names.iter().zip(before) {
        match text {
            Some(text) => drop(world.write(name, &text)),
            None => fs::remove_file(world.work().join(name)).expect("the tool wrote it"),
        }
    }
    let outcome = guarded();
    outcome.succeeds();
    assert_eq!(files(world, names), expected, "{outcome}");
}

/// Asserts that a tool got nothing, ran nothing and left nothing but locks of its own.
#[track_caller]
fn refused(outcome: &Outcome, code: i32) -> &Outcome {
    outcome.exits_with(code).runs_nothing();
    let last = outcome.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("refused: "), "{outcome}");
    let is_lock = |change: &&String| change.contains("/.lock: ");
    let changes: Vec<_> = outcome.changes.iter().filter(|it| !is_lock(it)).collect();
    assert!(changes.is_empty(), "{changes:#?}\n{outcome}");
    outcome
}

//! Command lines that a guard by translation refuses, misreads or lets pass: each is the tool's own.

use std::fs;

use spip_tests::index::Index;
use spip_tests::packages::{Distribution, package, real_wheel};
use spip_tests::run::{Outcome, Run};
use spip_tests::world::World;

use crate::{hostile, mixed, refused};

const PROJECT: &str = "[project]\nname = \"own\"\nversion = \"0.1.0\"\n\
                       requires-python = \">=3.8\"\ndependencies = []\n";

fn suv(world: &World, line: &str) -> Outcome {
    line.split(' ').fold(world.suv(&[]), Run::arg).finish()
}

#[test]
fn options_of_uv_anywhere_change_nothing_about_the_verdict() {
    let world = mixed();
    world.write("over.txt", "plindorf==2.0\n");
    for line in [
        "--native-tls pip install NAME",
        "pip install --exclude-newer 2100-01-01 NAME",
        "pip install --overrides over.txt NAME",
        "pip install --build-constraints over.txt NAME",
        "pip install --python-version 3.11 NAME",
        "pip install --resolution lowest NAME",
        "pip install --target there NAME",
        "--offline --no-offline pip install NAME",
    ] {
        let outcome = suv(&world, &line.replace("NAME", "zorvexkit"));
        outcome
            .exits_with(100)
            .runs_nothing()
            .says("encoded-execution");
        let change = outcome.changes.iter().find(|it| it.contains("zorvexkit"));
        assert_eq!(change, None, "{outcome}");
        suv(&world, &line.replace("NAME", "plindorf")).succeeds();
    }
}

#[test]
fn additions_of_uv_are_judged_however_they_are_said() {
    let world = mixed();
    world.write("pyproject.toml", PROJECT);
    world.index.offer(
        package("extrademo", "1.0")
            .needs("zorvexkit; extra == 'x'")
            .wheel(),
    );
    let text = || fs::read_to_string(world.work().join("pyproject.toml")).expect("it is there");
    for line in [
        "--native-tls add zorvexkit",
        "add extrademo --extra x",
        "add extrademo[x]",
        "add --group g zorvexkit",
        "add --dev zorvexkit",
        "add zorvexkit --index other=INDEX",
        "add --no-sync sourcedemo",
    ] {
        let line = line.replace("INDEX", &world.index.url());
        let outcome = suv(&world, &line);
        outcome
            .exits_with(100)
            .runs_nothing()
            .says("encoded-execution");
        assert_eq!(text(), PROJECT, "{outcome}");
    }
    suv(&world, "add extrademo").succeeds();
    suv(&world, "add --group g plindorf").succeeds();
}

#[test]
fn what_is_judged_is_from_the_index_that_uv_uses() {
    let other = Index::start();
    let world = mixed();
    other.offer(hostile(&world, "plindorf").wheel());
    other.offer(real_wheel("pip", "26.3"));
    // The plan that was seen before is none for another index.
    suv(&world, "pip install --dry-run plindorf").succeeds();
    let run = world.suv(&["pip", "install", "plindorf"]);
    let outcome = run.env("UV_DEFAULT_INDEX", other.url()).finish();
    refused(&outcome, 100).says("encoded-execution");
    let index = format!(
        "{PROJECT}[[tool.uv.index]]\nname = \"other\"\nurl = \"{}\"\ndefault = true\n",
        other.url()
    );
    world.write("pyproject.toml", &index);
    let run = world.suv(&["add", "plindorf"]).without("UV_DEFAULT_INDEX");
    let outcome = run.finish();
    outcome
        .exits_with(100)
        .runs_nothing()
        .says("encoded-execution");
    let run = world.spipx(&["install", "--backend", "pip", "plindorf"]);
    let outcome = run.env("PIP_INDEX_URL", other.url()).finish();
    outcome
        .exits_with(100)
        .runs_nothing()
        .says("encoded-execution");
}

#[test]
fn tools_of_uv_are_upgraded_only_to_what_was_judged() {
    let world = mixed();
    world.index.offer(program("3.0", None));
    suv(&world, "tool install wickerly").succeeds();
    let installed = world.home().join(".local/bin/wickerly");
    world.index.offer(program("4.0", Some("zorvexkit")));
    for line in ["tool upgrade wickerly", "tool upgrade --all"] {
        let outcome = suv(&world, &format!("{line} --no-cache"));
        outcome
            .exits_with(100)
            .runs_nothing()
            .says("encoded-execution");
    }
    world
        .program(&installed, &[])
        .finish()
        .succeeds()
        .prints("3.0");
}

#[test]
fn synchronising_an_environment_is_judged() {
    let world = mixed();
    for (name, code) in [("zorvexkit==1.4.0", 100), ("plindorf==2.0", 0)] {
        world.write("in.txt", name);
        let outcome = suv(&world, "pip sync in.txt");
        outcome.exits_with(code).runs_nothing();
    }
    assert!(world.environment.has("plindorf", "2.0"));
    suv(&world, "venv --seed fresh").runs_nothing();
}

/// A wheel with a program that says its version.
fn program(version: &str, needs: Option<&str>) -> Distribution {
    let package = package("wickerly", version)
        .file(
            "wickerly_tool.py",
            &format!("def main():\n    print('{version}')\n"),
        )
        .file(
            &format!("wickerly-{version}.dist-info/entry_points.txt"),
            "[console_scripts]\nwickerly = wickerly_tool:main\n",
        );
    match needs {
        Some(needs) => package.needs(needs).wheel(),
        None => package.wheel(),
    }
}

#[test]
fn every_command_of_pipx_that_installs_is_judged() {
    let world = mixed();
    world.index.offer(real_wheel("pip", "26.3"));
    world.index.offer(program("3.0", None));
    let spipx = |line: &str| {
        let run = line.split(' ').fold(world.spipx(&[]), Run::arg);
        run.env("PIPX_DEFAULT_BACKEND", "uv")
            .env("UV_NO_CACHE", "1")
            .finish()
    };
    spipx("install wickerly").succeeds();
    let specification = spipx("list --json").stdout.replace("3.0", "4.0");
    let specification = world.write("all.json", &specification);
    let installed = world.home().join("pipx/bin/wickerly");
    world.index.offer(program("4.0", Some("zorvexkit")));
    for line in [
        "upgrade wickerly",
        "upgrade-all",
        "install --force wickerly",
        "reinstall wickerly",
        "reinstall-all",
        "runpip wickerly install zorvexkit",
        &format!("install-all --force {specification}"),
    ] {
        let outcome = spipx(line);
        outcome
            .exits_with(100)
            .runs_nothing()
            .says("encoded-execution");
        let shown = world.program(&installed, &[]).finish();
        shown.succeeds().prints("3.0");
    }
}

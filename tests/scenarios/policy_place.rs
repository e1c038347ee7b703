//! The policy that counts is that of the project in which the tool really works.

use spip_tests::packages::package;
use spip_tests::pips::Pip;
use spip_tests::run::Run;
use spip_tests::tools;
use spip_tests::world::World;

use crate::fresh;

/// A current directory without a policy, and a project beside it with one that refuses.
fn world() -> World {
    let world = World::with_tls(&Pip::newest());
    world
        .index
        .offer(fresh(package("quillbarn", "1.4.0").wheel()));
    let poetry = format!(
        "[tool.poetry]\npackage-mode = false\n\n[[tool.poetry.source]]\nname = \"internal\"\n\
         url = \"{}\"\npriority = \"primary\"\n",
        world.index.url()
    );
    for (folder, more) in [
        ("here", ""),
        ("strict", "[tool.spip.checks]\nrelease-age = \"high\"\n"),
    ] {
        let text = format!(
            "[project]\nname = \"own\"\nversion = \"0.1.0\"\nrequires-python = \">=3.9\"\n\
             dependencies = []\n\n{poetry}\n{more}"
        );
        world.write(&format!("{folder}/pyproject.toml"), &text);
    }
    world
}

fn inside<'w>(world: &'w World, run: Run<'w>, folder: &str) -> Run<'w> {
    run.inside(world.work().join(folder))
}

#[test]
fn uv_is_judged_by_the_project_that_it_is_led_to() {
    let world = world();
    let run = |folder, line: &[&str]| inside(&world, world.suv(line), folder).finish();
    run("here", &["add", "quillbarn"])
        .exits_with(100)
        .says("medium[release-age]");
    for line in [
        &["--directory", "../strict", "add", "quillbarn"][..],
        &["add", "quillbarn", "--project=../strict"],
        &[
            "--directory",
            "..",
            "add",
            "--project",
            "strict",
            "quillbarn",
        ],
    ] {
        run("here", line).exits_with(100).says("high[release-age]");
    }
    let back = run("strict", &["--directory", "../here", "add", "quillbarn"]);
    back.exits_with(100).says("medium[release-age]");
    let led = inside(&world, world.suv(&["add", "quillbarn"]), "here");
    let led = led.env("UV_PROJECT", world.work().join("strict")).finish();
    led.exits_with(100).says("high[release-age]");
}

#[test]
fn poetry_is_judged_by_the_project_that_it_is_led_to() {
    let world = world();
    let run = |line: &[&str]| inside(&world, world.spoetry(line), "here").finish();
    for line in [
        &["-C", "../strict", "add", "quillbarn"][..],
        &["add", "--dir=../strict", "quillbarn"],
        &["add", "quillbarn", "-P", "../strict"],
    ] {
        run(line).exits_with(100).says("high[release-age]");
    }
    run(&["add", "quillbarn"])
        .exits_with(100)
        .says("medium[release-age]");
}

#[test]
fn below_exec_the_tool_s_own_options_count() {
    let world = world();
    let line = ["--project", "../strict", "add", "quillbarn"];
    let run = world.exec(&tools::uv(), &line);
    let run = run.env("UV_DEFAULT_INDEX", world.index.url());
    let outcome = inside(&world, run, "here").finish();
    outcome.exits_with(100).says("high[release-age]");
}

#[test]
fn where_nobody_can_tell_nothing_is_installed() {
    let world = world();
    let uv = [
        "--project",
        "../strict",
        "add",
        "--project",
        ".",
        "quillbarn",
    ];
    let outcome = inside(&world, world.suv(&uv), "here").finish();
    outcome.refuses(102).says("--project is given twice");
    let poetry = ["-nC", "../strict", "add", "quillbarn"];
    let outcome = inside(&world, world.spoetry(&poetry), "here").finish();
    outcome
        .refuses(102)
        .says("write -C and its value as words of their own");
    let gone = ["--directory", "../gone", "add", "quillbarn"];
    let outcome = inside(&world, world.suv(&gone), "here").finish();
    outcome.refuses(102).says("cannot be found");
}

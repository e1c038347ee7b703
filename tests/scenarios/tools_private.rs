//! Indexes that want to know who asks: the guard's own questions are the user's as well.

use std::fs;

use spip_tests::packages::package;
use spip_tests::pips::Pip;
use spip_tests::run::{Outcome, Run};
use spip_tests::tools;
use spip_tests::world::World;

use crate::hostile;

const USER: &str = "someone";
const PASSWORD: &str = "hunter-of-tests";

fn world() -> World {
    let world = World::with_tls(&Pip::newest());
    world.index.offer(package("plindorf", "2.0").wheel());
    world.index.offer(hostile(&world, "zorvexkit").wheel());
    world
        .index
        .set(|settings| settings.login = Some((USER.to_owned(), PASSWORD.to_owned())));
    world
}

/// Everything was checked, and nobody heard the password.
#[track_caller]
fn knows_everything(world: &World, run: Run<'_>) -> Outcome {
    let report = world.aside("report.json");
    let run = run.env("SPIP_REPORT", &report).env("SPIP_LOG", "debug");
    let outcome = run.finish();
    outcome.never_says("unknown[").never_says(PASSWORD);
    let report = fs::read_to_string(report).expect("the report was written");
    assert!(!report.contains(PASSWORD), "{report}");
    outcome
}

#[test]
fn uv_says_who_asks_and_so_does_the_guard() {
    let world = world();
    let index = world.index.url_with_login(USER, PASSWORD);
    let install = |name: &str| {
        let run = world.suv(&["pip", "install", name]);
        run.env("UV_DEFAULT_INDEX", &index)
    };
    knows_everything(&world, install("plindorf")).succeeds();
    knows_everything(&world, install("zorvexkit")).exits_with(100);
}

#[test]
fn a_lock_file_asks_no_page_and_its_files_are_known_all_the_same() {
    let world = world();
    let text = "[project]\nname = \"mine\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
                dependencies = [\"plindorf\"]\n";
    world.write("pyproject.toml", text);
    let index = world.index.url_with_login(USER, PASSWORD);
    world
        .uv(&["lock"])
        .env("UV_DEFAULT_INDEX", &index)
        .finish()
        .succeeds();
    let run = world.suv(&["sync"]).env("UV_DEFAULT_INDEX", &index);
    knows_everything(&world, run).succeeds();
}

#[test]
fn poetry_says_who_asks_and_so_does_the_guard() {
    let world = world();
    let text = format!(
        "[project]\nname = \"mine\"\nversion = \"1.0\"\nrequires-python = \">=3.9\"\n\
         dependencies = []\n[tool.poetry]\npackage-mode = false\n\
         [[tool.poetry.source]]\nname = \"inner\"\nurl = \"{}\"\npriority = \"primary\"\n",
        world.index.url()
    );
    world.write("pyproject.toml", &text);
    let run = world
        .spoetry(&["add", "plindorf"])
        .env("POETRY_HTTP_BASIC_INNER_USERNAME", USER)
        .env("POETRY_HTTP_BASIC_INNER_PASSWORD", PASSWORD);
    knows_everything(&world, run).succeeds();
}

#[test]
fn a_command_says_who_asks_and_so_does_the_guard() {
    let world = world();
    let index = world.index.url_with_login(USER, PASSWORD);
    let python = world.environment.python();
    let run = world
        .exec(&python, &["-m", "pip", "install", "plindorf"])
        .env("PIP_INDEX_URL", &index);
    knows_everything(&world, run).succeeds();
    world.write("in.txt", "plindorf");
    let compile = tools::pip_tools("pip-compile");
    let run = world
        .exec(
            &compile,
            &["--no-emit-index-url", "in.txt", "-o", "out.txt"],
        )
        .env("PIP_INDEX_URL", &index);
    knows_everything(&world, run).succeeds();
}

//! Any command under guard: what it starts is led through the proxy.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use spip_tests::packages::package;
use spip_tests::run::Run;
use spip_tests::world::World;

use crate::{fresh, mixed};

fn exec<'w>(world: &'w World, arguments: &[&str]) -> Run<'w> {
    arguments.iter().fold(world.spip(&["exec", "--"]), Run::arg)
}

#[test]
fn pip_gets_what_was_judged_and_nothing_else() {
    let world = mixed();
    exec(&world, &["pip", "install", "plindorf"])
        .finish()
        .succeeds();
    assert!(world.environment.has("plindorf", "2.0"));
    for name in ["quillbarn", "sourcedemo"] {
        let outcome = exec(&world, &["pip", "install", name]).finish();
        outcome.exits_with(100).runs_nothing().changes_nothing();
        outcome.says("encoded-execution").says("refused: ");
    }
    let run = exec(&world, &["pip", "install", "--no-deps", "quillbarn"]);
    run.env("NO_PROXY", "*").finish().succeeds();
}

#[test]
fn a_script_that_goes_on_after_a_refusal_is_refused_all_the_same() {
    let world = mixed();
    let script = world.write(
        "build.sh",
        "#!/bin/sh\npip install -q quillbarn || echo went on\n\
         python -m pip install -q sourcedemo || true\nexit 0\n",
    );
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(&script, mode).expect("the file is ours");
    let outcome = exec(&world, &[&script]).finish();
    outcome.exits_with(100).runs_nothing().changes_nothing();
    outcome.prints("went on").says("refused: ");
}

#[test]
fn a_command_keeps_its_status_and_its_output() {
    let world = mixed();
    let outcome = exec(&world, &["sh", "-c", "echo out; echo err >&2; exit 7"]).finish();
    outcome
        .exits_with(7)
        .prints("out\n")
        .says("err\n")
        .never_says("refused:");
    exec(&world, &["no-such-command"]).finish().exits_with(102);
    world.spip(&["exec"]).finish().exits_with(102);
    let outcome = exec(&world, &["sh", "-c", "kill -TERM $$"]).finish();
    assert_eq!(outcome.signal, Some(15), "{outcome}");
}

#[test]
fn what_was_allowed_once_is_judged_again() {
    let world = mixed();
    world.index.offer(fresh(package("wickerly", "3.0").wheel()));
    let install = ["pip", "install", "--target", "a", "wickerly"];
    let run = world.spip(&["exec", "--spip-allow=release-age:wickerly", "--"]);
    install.iter().fold(run, Run::arg).finish().succeeds();
    let outcome = exec(&world, &["pip", "install", "wickerly"]).finish();
    outcome
        .exits_with(100)
        .changes_nothing()
        .says("release-age");
}

#[test]
fn what_was_not_even_looked_at_is_judged_later() {
    for option in ["--spip-ignore=medium", "--spip-ignore-warning"] {
        let world = mixed();
        world.index.offer(fresh(package("wickerly", "3.0").wheel()));
        let install = ["pip", "install", "--target", "a", "wickerly"];
        let run = world.suv(&[option]);
        install.iter().fold(run, Run::arg).finish().succeeds();
        let outcome = world.suv(&["pip", "install", "wickerly"]).finish();
        outcome.exits_with(100).says("release-age");
        assert!(!world.environment.has("wickerly", "3.0"), "{outcome}");
    }
}

#[test]
fn uv_below_a_command_is_guarded_as_well() {
    let world = mixed();
    let uv = spip_tests::tools::uv();
    let uv = uv.to_str().expect("the path is text");
    for (name, code) in [("plindorf", 0), ("quillbarn", 100)] {
        let run = exec(&world, &[uv, "pip", "install", name]);
        let run = run.env("UV_DEFAULT_INDEX", world.index.url());
        let outcome = run.env("UV_PYTHON_DOWNLOADS", "never").finish();
        outcome.exits_with(code).runs_nothing();
        assert!(!world.environment.has("zorvexkit", "1.4.0"), "{outcome}");
    }
    assert!(world.environment.has("plindorf", "2.0"));
}

#[test]
fn warm_caches_of_the_user_are_no_way_in() {
    let world = mixed();
    let cache = world.aside("plain");
    let run = world.uv(&["pip", "install", "--target", "a", "zorvexkit"]);
    run.finish().succeeds();
    // pip keeps the wheels that it has built.
    let run = world.pip(&["install", "--target", "b", "sourcedemo"]);
    run.env("PIP_CACHE_DIR", &cache).finish().succeeds();
    world.marker.clear();
    let uv = spip_tests::tools::uv();
    let uv = uv.to_str().expect("the path is text");
    for words in [
        [uv, "pip", "install", "zorvexkit"],
        ["python", "-mpip", "install", "sourcedemo"],
    ] {
        let run = exec(&world, &words)
            .env("UV_DEFAULT_INDEX", world.index.url())
            .env("UV_PYTHON_DOWNLOADS", "never")
            .env("UV_CACHE_DIR", &cache)
            .env("PIP_CACHE_DIR", &cache);
        let outcome = run.finish();
        outcome.exits_with(100).runs_nothing();
    }
    for name in ["zorvexkit", "sourcedemo"] {
        assert!(!world.environment.has(name, "1.4.0"), "{name}");
    }
}
